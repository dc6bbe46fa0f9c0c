"""Losses and refusals: the errors of a connection, and the words in which people are told.

Owns what is said, each with place, reason and remedy. What a client does about it is `brokers.mqtt.client`'s business.
"""

import socket
import ssl

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.tls import alerted, unverified
from sim.errors import ServiceError


class ConnectionLost(ConnectionError):  # noqa: N818 - a state to recover from, told apart from errors shown to people
    """The connection broke; the client may connect again. The message is the reason."""


class Refused(ServiceError):  # noqa: N818 - reads as what the broker did
    """The broker answered and does not want us: trying again would not help."""


class ProtocolRefused(Refused):
    """The broker does not speak this level of MQTT."""


class HungUp(ServiceError):  # noqa: N818 - reads as what the broker did
    """The broker said nothing to our greeting: older ones do so when they do not know the level of MQTT."""


def explained(settings: BrokerSettings, error: OSError | str) -> ServiceError:
    """Return the failure to connect in words: where, why, and what to do."""
    place = settings.place
    if isinstance(error, socket.gaierror):
        return ServiceError(f"broker {place}: the host name is not known ({error.strerror}); check the URL")
    if isinstance(error, ConnectionRefusedError):
        return ServiceError(f"broker {place}: nothing listens there; start the broker or correct host and port")
    if settings.tls and isinstance(error, ssl.SSLError | ConnectionResetError | TimeoutError):
        return _explained_tls(settings, error)
    if isinstance(error, TimeoutError):
        return ServiceError(f"broker {place}: no answer within {settings.connect_timeout_s:g} s; check host, port and firewall")
    return ServiceError(f"broker {place}: {error}; is it an MQTT broker, and {'without' if settings.tls else 'with'} TLS?")


def hung_up(settings: BrokerSettings, error: OSError | str) -> ServiceError:
    """Return why there was no answer to our greeting: a peer that ends the connection or stays silent may know another level only.

    With TLS the handshake is over by then: what ends the connection now may still be about a certificate of ours.
    """
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        error = "it closed the connection"
    if isinstance(error, ssl.SSLError):
        return _explained_tls(settings, error)
    if not isinstance(error, str | ConnectionError | TimeoutError):
        return explained(settings, error)
    place, said = settings.place, str(error) if isinstance(error, str) else (error.strerror or "no answer in time").lower()
    if settings.tls:
        given = "accepts the certificate that we give" if settings.tls.certificate_file else "asks for one: ?certificate=FILE&key=FILE"
        return HungUp(
            f"broker {place}: {said}, after the TLS handshake; look whether it {given}. If it speaks MQTT 3.1.1 only: protocol=311"
        )
    return HungUp(f"broker {place}: {said}; is it an MQTT broker, and with TLS? If it speaks MQTT 3.1.1 only, it may need protocol=311")


def _explained_tls(settings: BrokerSettings, error: OSError) -> ServiceError:
    place, certified = settings.place, bool(settings.tls and settings.tls.certificate_file)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused(f"broker {place}: {unverified(settings.host, error)}")
    if isinstance(error, ssl.SSLError) and (words := alerted(error, certified=certified)):
        return Refused(f"broker {place}: {words}")
    return ServiceError(f"broker {place}: no TLS is spoken there ({error}); use mqtt:// or the TLS port")


# MQTT 5 reason codes of CONNACK; paho translates those of 3.1.1 into them.
_PROTOCOL = 0x84
_CREDENTIALS = (0x86, 0x87, 0x8A, 0x8C)
_TEMPORARY = (0x88, 0x89, 0x97, 0x9F)


def refused(settings: BrokerSettings, code: int, reason: str) -> ServiceError:
    """Return a CONNACK's refusal in words, as the error that says whether trying again makes sense."""
    text = reason.replace("_", " ").lower()
    if code == _PROTOCOL:
        return ProtocolRefused(f"broker {settings.place}: it does not speak this level of MQTT ({text}); use protocol=311")
    if code in _CREDENTIALS:
        who = "our user name and password" if settings.username else "a client without user name"
        return Refused(f"broker {settings.place}: it refuses {who} ({text}); check user name and password")
    if code in _TEMPORARY:
        return ServiceError(f"broker {settings.place}: it is not ready for us ({text}); try again later")
    return Refused(f"broker {settings.place}: it refuses the connection ({text})")


def taken_over(settings: BrokerSettings, client_id: str) -> Refused:
    """Return in words that the broker gave our session to another client of the same id."""
    return Refused(f"broker {settings.place}: another client uses the id {client_id!r}; stop it or wait for its end")
