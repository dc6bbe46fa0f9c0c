"""TLS: the files that a connection needs, and the words for each way in which they or the other side fail.

Owns certificates and their remedies. Sockets are opened in `brokers.mqtt.sockets`.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from sim.errors import UsageError

# OpenSSL's codes of X509_verify_cert_error_string.
NOT_YET_VALID, EXPIRED = 9, 10
UNKNOWN_AUTHORITY = {2, 18, 19, 20, 21, 27, 33}
OTHER_NAME = {62, 63, 64}
NO_AUTHORITY_ITSELF = {24, 26, 79}

UNENCRYPTED = "openssl pkey -in KEY -out PLAIN"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Which certificates count. Without `ca_file` the system's own authorities do; `verify` off accepts any certificate."""

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Return a client context. Raises UsageError naming the file that cannot be used, and why; never asks for a passphrase."""
        for option, file in (("ca", self.ca_file), ("certificate", self.certificate_file), ("key", self.key_file)):
            if file is not None:
                _check_readable(option, file)
        context = self._authorities()
        if self.certificate_file is not None:
            _load_own(context, self.certificate_file, self.key_file)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _authorities(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        except ssl.SSLError as error:
            msg = f"ca={self.ca_file} holds no certificate in PEM ({_reason(error)}): give the file of the broker's authority"
            raise UsageError(msg) from None


def _check_readable(option: str, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such path can be"
        msg = f"{option}={file} cannot be read: {reason}; give a readable file in PEM"
        raise UsageError(msg) from None


def _load_own(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Load our certificate and its key. Raises UsageError."""
    holder, option = (key, "key") if key else (certificate, "certificate")
    asked: list[bool] = []

    def passphrase() -> str:
        asked.append(True)  # without this OpenSSL would ask at the terminal, and a service would wait for ever
        return ""

    try:
        context.load_cert_chain(certificate, key, passphrase)
    except (ssl.SSLError, ValueError) as error:
        if asked:
            msg = f"{option}={holder} is encrypted, and citybeat asks for no passphrase: write the key without one ({UNENCRYPTED})"
        elif isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            msg = f"{option}={holder} is not the key of certificate={certificate}: give the two that belong together"
        elif b"PRIVATE KEY-----" not in holder.read_bytes():
            msg = f"{option}={holder} holds no private key in PEM: give it as key=FILE"
        elif b"CERTIFICATE-----" not in certificate.read_bytes():
            msg = f"certificate={certificate} holds no certificate in PEM"
        else:
            msg = f"certificate={certificate} with {option}={holder} cannot be used ({_reason(error)})"
        raise UsageError(msg) from None


def _reason(error: Exception) -> str:
    named = error.reason if isinstance(error, ssl.SSLError) else str(error)
    return str(named or error).replace("_", " ").lower()


def unverified(host: str, error: ssl.SSLCertVerificationError) -> str:
    """Return why the broker's certificate does not count, and what to do."""
    code, words = error.verify_code, error.verify_message
    if code == EXPIRED:
        return (
            f"its certificate does not count: it, or one of its authorities, has expired ({words}); renew it, or set this machine's clock"
        )
    if code == NOT_YET_VALID:
        return f"its certificate does not count: it is not yet valid ({words}); set this machine's clock, or wait"
    if code in OTHER_NAME:
        return f"its certificate does not count: it is for another name than {host} ({words}); use the name it was made for"
    if code in UNKNOWN_AUTHORITY:
        return f"its certificate does not count: its authority is not known here ({words}); give the authority's certificate as ?ca=FILE"
    if code in NO_AUTHORITY_ITSELF:
        return (
            f"its certificate does not count: ca= names a certificate that may sign no others ({words}); give its authority's as ?ca=FILE"
        )
    return (
        f"its certificate does not count: it does not keep to RFC 5280 ({words}), which Python checks strictly from 3.13 on; make it and "
        "its authority's anew with the extensions that are missing (openssl: -addext), or use an older Python"
    )


# OpenSSL's names of alerts, in part; all end so.
ALERTS = {
    "CERTIFICATE_REQUIRED": "it asks for a client certificate: give ?certificate=FILE&key=FILE",
    "UNKNOWN_CA": "it does not know the authority of our certificate: give one that it trusts as ?certificate=FILE&key=FILE",
    "CERTIFICATE_EXPIRED": "our certificate has expired: renew it",
    "CERTIFICATE_REVOKED": "our certificate is revoked: use another",
    "BAD_CERTIFICATE": "it does not accept our certificate: give one that it trusts as ?certificate=FILE&key=FILE",
    "CERTIFICATE_UNKNOWN": "it does not accept our certificate: give one that it trusts as ?certificate=FILE&key=FILE",
    "PROTOCOL_VERSION": "it speaks no version of TLS that this Python does (1.2 and 1.3): renew its TLS library",
    "UNRECOGNIZED_NAME": "it does not know the host name of the URL: use the name it was set up for",
}


def alerted(error: ssl.SSLError, *, certified: bool) -> str:
    """Return what the broker's refusal of our TLS means; empty when it is no refusal. `certified`: we gave a certificate."""
    reason = error.reason or ""
    if "ALERT" not in reason:
        return ""
    told = next((words for name, words in ALERTS.items() if reason.endswith(name)), "")
    if not told and reason.endswith("HANDSHAKE_FAILURE"):
        told = (
            "no way to encrypt is common to both"
            if certified
            else f"no way to encrypt is common to both, or {ALERTS['CERTIFICATE_REQUIRED']}"
        )
    return f"it refuses our TLS ({_reason(error)}){': ' + told if told else ''}"
