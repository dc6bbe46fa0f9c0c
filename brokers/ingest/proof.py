"""Proof that a status comes from the ingest we mean: an HMAC over the message, with a key that only both ends know.

Owns the seal. It is part of the JSON object, in front, so a message with one reads like a message without.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

KEY_ENVIRONMENT = "CITYBEAT_INGEST_KEY"  # or the file that CITYBEAT_INGEST_KEY_FILE names

_FRONT = b'{"proof":"'
_BACK = b'",'
_DIGITS = 2 * sha256().digest_size
_BODY = len(_FRONT) + _DIGITS + len(_BACK)


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals messages and knows its own; an empty key seals nothing and proves nothing."""

    key: bytes = field(default=b"", repr=False)

    def sealed(self, body: bytes) -> bytes:
        """Return a JSON object with a proof of itself in front."""
        return _FRONT + self._digest(body) + _BACK + body[1:] if self.key else body

    def proves(self, message: bytes) -> bool:
        """Return whether a message was sealed with this key and not touched since."""
        if not (self.key and message.startswith(_FRONT)):
            return False
        return hmac.compare_digest(message[len(_FRONT) : _BODY], self._digest(unsealed(message)) + _BACK)

    def _digest(self, body: bytes) -> bytes:
        return hmac.new(self.key, body, sha256).hexdigest().encode()


def unsealed(message: bytes) -> bytes:
    """Return the message without a proof, whosever it is."""
    return b"{" + message[_BODY:] if message.startswith(_FRONT) else message
