"""The stops of a pattern as processes call at them, in plain lists.

Owns the numbers of one pattern that every trip on it shares. When trips run is `timetable`'s.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PatternStops:
    """A pattern as driven: `number` indexes Network.patterns, `line` Network.lines, `last` is the place of its final stop.

    `slots` numbers what its stops share with other patterns: one slot for each line, direction, stop and how often the pattern
    has called there before, so loops keep their two calls apart. `least_us` no bus drives faster from each place to the next.
    """

    number: int
    line: int
    direction: int
    last: int
    slots: list[int]
    distance_m: list[float]
    stops: list[int]
    least_us: NDArray[np.int64]
