"""Ways of empty runs: between which places buses have run without riders, and what they served next.

Owns the numbering. What such a way looks like on the map is the positions' business.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Way(NamedTuple):
    """From one place straight to another, latitude and longitude in degrees, to serve a pattern."""

    from_place: tuple[float, float]
    to_place: tuple[float, float]
    pattern: int


@dataclass(slots=True)
class Ways:
    """All ways so far, each once, by number: `every[number]`. No more than stops times patterns are possible, and few of these are used."""

    every: list[Way] = field(default_factory=list)
    _numbers: dict[Way, int] = field(default_factory=dict)

    def number(self, from_place: tuple[float, float], to_place: tuple[float, float], pattern: int) -> int:
        """Return the number of a way, a new one if need be."""
        way = Way(from_place, to_place, pattern)
        if way not in self._numbers:
            self._numbers[way] = len(self.every)
            self.every.append(way)
        return self._numbers[way]
