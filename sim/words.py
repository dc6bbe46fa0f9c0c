"""Words from a fixed list, given as the value or by name: `Statistic.P95`, `"p95"` or `"P95"`.

Owns the message for a word that is not in the list.
"""

from enum import StrEnum
from typing import TypeVar

from sim.errors import UsageError
from sim.units import nearest

Word = TypeVar("Word", bound=StrEnum)


def named(words: type[Word], given: object) -> Word:
    """Return the word of a list that was given as itself or by name, in any case. Raises UsageError with the nearest."""
    for word in words:
        if str(given).casefold() in (word.value.casefold(), word.name.casefold()):
            return word
    known = [word.value for word in words]
    msg = f"no {words.__name__.lower()} {given!r}{nearest(str(given), known)}: there are {', '.join(known)}"
    raise UsageError(msg)
