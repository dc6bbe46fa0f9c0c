"""Where a broker is and how to speak to it, read from one URL.

Owns the URL's options. Certificates are `brokers.mqtt.tls`'. Which client is then used is decided in `brokers.mqtt.clients`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from urllib.parse import parse_qsl

from brokers.mqtt.tls import TlsSettings
from sim.addresses import take_apart
from sim.errors import UsageError
from sim.files import expanded
from sim.units import nearest

ClientChoice = Literal["auto", "mqtt5", "paho"]
ProtocolChoice = Literal["auto", "5", "311"]

PORTS = {"mqtt": 1883, "mqtts": 8883}  # as registered with IANA
PLACES_FOR_ALL = ("embedded", "none")  # what a run takes in place of a URL
EXAMPLE = "mqtt://user:password@host:1883 or mqtts://host:8883?ca=FILE"


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """One broker. The password never shows in a repr or a message; `place` is what people may read."""

    host: str
    port: int
    username: str | None = field(default=None, repr=False)  # some brokers take a token in its place
    password: str | None = field(default=None, repr=False)
    tls: TlsSettings | None = None
    client: ClientChoice = "auto"
    protocol: ProtocolChoice = "auto"
    keepalive_s: int = 60
    connect_timeout_s: float = 5.0
    retain: bool = True  # off sends what is to be retained like any other message
    give_up_s: float | None = None  # where the URL does not say, the client's options do

    @property
    def place(self) -> str:
        """Return the URL without secrets, for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_broker(url: str, *, username: str | None = None, password: str | None = None) -> BrokerSettings:
    """Read `mqtt://user:password@host:1883` or `mqtts://host?ca=FILE&certificate=FILE&key=FILE&verify=no`.

    Further query keys: client (auto, mqtt5, paho), protocol (auto, 5, 311), keepalive_s, connect_timeout_s, give_up_s (how
    long a lost broker is waited for) and retain (no: for a broker that retains nothing).
    `username` and `password` (from the environment, say) count where the URL has none.
    Raises UsageError with all problems, never a secret.
    """
    if "/" not in url and "@" not in url:
        raise UsageError(_without_scheme(url))
    address = take_apart(url, PORTS)
    problems = address.problems
    if address.path not in ("", "/"):
        problems.append("it has a path: a broker URL has none (the root of topics is --root)")
    options = _Options(dict(parse_qsl(address.query, keep_blank_values=True)), problems)
    settings = BrokerSettings(
        host=address.host,
        port=address.port or PORTS.get(address.scheme, 0),
        username=address.user or username,
        password=address.password or password,
        tls=options.tls(secure=address.scheme == "mqtts"),
        client=options.choice("client", ("auto", "mqtt5", "paho")),
        protocol=options.choice("protocol", ("auto", "5", "311")),
        keepalive_s=int(options.number("keepalive_s", 60)),
        connect_timeout_s=options.number("connect_timeout_s", 5.0),
        retain=options.choice("retain", ("yes", "no")) == "yes",
        give_up_s=options.number("give_up_s", 60.0) if options.has("give_up_s") else None,
    )
    options.refuse_the_rest()
    if settings.client == "mqtt5" and settings.protocol == "311":
        problems.append("client mqtt5 speaks protocol 5 only: leave it out, or use client=paho, for 311")
    if problems:
        msg = f"the broker's URL cannot be used: {'; '.join(problems)}. Write it as {EXAMPLE}"
        raise UsageError(msg)
    return settings


def _without_scheme(url: str) -> str:
    """Return what is wrong with a bare host. Only what is surely one is shown again: anything else may be a password."""
    if url in PLACES_FOR_ALL:
        return f"{url!r} is no broker that can be reached here: give a URL such as mqtt://host:1883"
    host, _, port = url.rpartition(":") if re.fullmatch(r".*:\d{1,5}", url) else (url, "", "")
    if re.fullmatch(r"localhost|\[[0-9a-fA-F:]+\]|\d+(\.\d+){3}|([a-z\d-]+\.)+[a-z]{2,10}", host):
        scheme = "mqtts" if port == str(PORTS["mqtts"]) else "mqtt"
        return f"broker {url!r} has no scheme: write {scheme}://{url}"
    return f"the broker's URL has no scheme{nearest(url, PLACES_FOR_ALL)}: write mqtt:// before host and port, as in {EXAMPLE}"


Word = TypeVar("Word", bound=str)


class _Options:
    """The query of the URL, taken key by key so that what is left over can be refused."""

    KEYS = ("ca", "certificate", "key", "verify", "client", "protocol", "keepalive_s", "connect_timeout_s", "give_up_s", "retain")

    def __init__(self, given: Mapping[str, str], problems: list[str]) -> None:
        self._given = dict(given)
        self._problems = problems

    def choice(self, key: str, valid: tuple[Word, ...]) -> Word:
        text = self._given.pop(key, valid[0])
        for word in valid:
            if word == text:
                return word
        self._problems.append(f"{key} is none of {', '.join(valid)}{nearest(text, valid)}")
        return valid[0]

    def has(self, key: str) -> bool:
        return key in self._given

    def number(self, key: str, default: float) -> float:
        text = self._given.pop(key, str(default))
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 1 <= value <= 65535:  # noqa: PLR2004 - MQTT's keepalive is an unsigned 16-bit number of seconds
            self._problems.append(f"{key} is not a number of seconds from 1 to 65535")
            return default
        return value

    def tls(self, *, secure: bool) -> TlsSettings | None:
        files = {key: self._given.pop(key, None) for key in ("ca", "certificate", "key")}
        verify = self.choice("verify", ("yes", "no"))
        if not secure:
            if any(files.values()):
                self._problems.append("certificates without TLS: use mqtts")
            return None
        if files["key"] and not files["certificate"]:
            self._problems.append("key without certificate: give both, or none")
        ca, certificate, key = (expanded(name) if name else None for name in files.values())
        return TlsSettings(ca, certificate, key, verify=verify == "yes")

    def refuse_the_rest(self) -> None:
        self._problems.extend(f"an unknown option{nearest(key, self.KEYS)}: there are {', '.join(self.KEYS)}" for key in self._given)
