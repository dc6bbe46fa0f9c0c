"""Text as numbers: append-only tables of names, so that the hot path carries codes.

Owns the coding of ids (devices, districts, stops, trips) and their stable hashes.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError

NO_NAME = -1


class Names:
    """An append-only table of texts; the code of a text is its position. NO_NAME (-1) stands for absent."""

    __slots__ = ("_codes", "_hashes", "_texts")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Start with the texts in order; a repeated one keeps its first code."""
        self._codes: dict[str, int] = {}
        self._texts: list[str] = []
        self._hashes = np.zeros(0, dtype=np.uint64)
        for text in texts:
            self.code(text)

    def code(self, text: str) -> int:
        """Return the code of a text, adding it when new. Raises UsageError for what is no text that can be written."""
        code = self._codes.get(text)
        if code is None:
            check_text(text)
            code = self._codes[text] = len(self._texts)
            self._texts.append(text)
        return code

    def codes(self, texts: Iterable[str]) -> NDArray[np.int32]:
        """Return the codes of many texts, adding new ones."""
        return np.fromiter((self.code(text) for text in texts), dtype=np.int32)

    def find(self, text: str) -> int:
        """Return the code of a text, or NO_NAME when it is not in the table."""
        return self._codes.get(text, NO_NAME)

    def __getitem__(self, code: int) -> str:
        """Return the text of a code. Raises IndexError for NO_NAME and for a code that was never given."""
        if code < 0:
            msg = f"no text has the code {code}"
            raise IndexError(msg)
        return self._texts[code]

    def __len__(self) -> int:
        """Return how many texts the table holds."""
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        """Yield the texts in code order."""
        return iter(self._texts)

    def hashes(self) -> NDArray[np.uint64]:
        """Return a 64-bit hash of every text and, last, of the absent one: shape (len + 1,), index by code.

        Digests read these instead of codes, so they do not depend on the order in which names were met.
        """
        hashes = self._hashes  # one look: another thread may ask at the same time
        known = max(len(hashes) - 1, 0)
        if known != len(self._texts) or not len(hashes):
            fresh = [text_hash(text) for text in self._texts[known:]]
            hashes = np.concatenate([hashes[:known], np.array([*fresh, 0], dtype=np.uint64)])
            self._hashes = hashes
        return hashes


def check_text(text: object) -> None:
    """Raise UsageError for what is no text, or holds half a character (a lone surrogate), which no file or wire can carry."""
    if not isinstance(text, str):
        msg = f"{text!r} is no text: write str({text!r})"
        raise UsageError(msg)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"{text!r} holds half a character (a lone surrogate), which cannot be written: read the text as UTF-8"
        raise UsageError(msg) from error


def text_hash(text: str) -> int:
    """Return the 64-bit hash of a text, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
