"""Quotes in a feed's file, as RFC 4180 has them: they count at the start of a field only, and elsewhere are characters.

Owns which quotes open and close a field. Rows and fields are `rows`' business.
"""

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags

COMMA, NEWLINE, QUOTE, SPACE = (ord(mark) for mark in ',\n" ')

Codes = NDArray[np.uint8]
Places = NDArray[np.int64]


class TextAfterQuoteError(ValueError):
    """A field in quotes that goes on after its end; `opened` and `closed` are places in the text."""

    def __init__(self, opened: int, closed: int) -> None:
        """Keep the places."""
        super().__init__(f"text after the quote at {closed}")
        self.opened, self.closed = opened, closed


def quotes(codes: Codes) -> tuple[Flags, Flags]:
    """Return what is within quotes and which characters only quote (so are not text): shape of `codes`, rows from their start on.

    Raises TextAfterQuoteError.
    """
    return _by_turns(codes) or _walked(codes)


def _by_turns(codes: Codes) -> tuple[Flags, Flags] | None:
    """Return what `quotes` does where they open and close by turns, each beside a separator or one of a pair; else nothing."""
    quote = codes == QUOTE
    inside = np.bitwise_xor.accumulate(quote.view(np.uint8)).view(np.bool_)
    edge = quote | (codes == COMMA) | (codes == NEWLINE)
    opens = quote & inside
    if (opens[1:] & ~edge[:-1]).any() or ((quote & ~inside)[:-1] & ~edge[1:]).any():
        return None
    opens[1:] &= quote[:-1]  # the second of a pair is text
    opens[0] = False
    return inside, quote & ~opens


def _walked(codes: Codes) -> tuple[Flags, Flags]:
    """Return what `quotes` does, one quote after the other: for texts with quotes that are characters, or spaces beside."""
    text, places = codes.tobytes(), np.flatnonzero(codes == QUOTE).tolist()
    toggles: list[int] = []
    dropped: list[int] = []
    skipped = -1
    for place, following in zip(places, [*places[1:], -1], strict=True):
        inside = len(toggles) % 2 == 1
        if place == skipped or (not inside and not _begins_field(text, place)):
            continue
        dropped.append(place)
        if inside and following == place + 1:
            skipped = following
        elif inside and not _ends_field(text, place):
            raise TextAfterQuoteError(toggles[-1], place)
        else:
            toggles.append(place)
    flags = np.zeros((2, len(codes)), dtype=np.bool_)
    flags[0, toggles] = flags[1, dropped] = True
    return np.bitwise_xor.accumulate(flags[0].view(np.uint8)).view(np.bool_), flags[1]


def _begins_field(text: bytes, place: int) -> bool:
    while place and text[place - 1] == SPACE:
        place -= 1
    return not place or text[place - 1] in (COMMA, NEWLINE)


def _ends_field(text: bytes, place: int) -> bool:
    place += 1
    while place < len(text) and text[place] == SPACE:
        place += 1
    return place == len(text) or text[place] in (COMMA, NEWLINE)
