"""Ways of empty runs: between which stops buses have run without riders, and what they served next.

Owns the numbering. What such a way looks like on the map is the positions' business.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Way(NamedTuple):
    """From one stop of the network straight to another, to serve a pattern."""

    from_stop: int
    to_stop: int
    pattern: int


@dataclass(slots=True)
class Ways:
    """All ways so far, each once, by number: `every[number]`. There are no more than stops times patterns, and few of these in fact."""

    every: list[Way] = field(default_factory=list)
    _numbers: dict[Way, int] = field(default_factory=dict)

    def number(self, from_stop: int, to_stop: int, pattern: int) -> int:
        """Return the number of a way, a new one if need be."""
        way = Way(from_stop, to_stop, pattern)
        if way not in self._numbers:
            self._numbers[way] = len(self.every)
            self.every.append(way)
        return self._numbers[way]
