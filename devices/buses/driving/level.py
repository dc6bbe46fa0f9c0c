"""The level of demand: riders a day that have come so far, as a number every stop of a district can subtract from.

Owns the piece of the demand curve that is now. A visit then costs a line through it instead of two searches in a day's table.
"""

from dataclasses import dataclass, field

from sim.city.demand import SLOT_US, Demand


@dataclass(slots=True)
class Level:
    """The integrated demand from `start_us` on, in days of demand; asked at instants that never go back."""

    demand: Demand
    start_us: int
    _base: float = 0.0
    _from_us: int = field(init=False)
    _until_us: int = field(init=False)
    _slope: float = 0.0

    def __post_init__(self) -> None:
        """Begin with an empty piece, so that the first question lays one."""
        self._from_us = self._until_us = self.start_us

    def at(self, now_us: int) -> float:
        """Return the level at an instant."""
        while now_us >= self._until_us:
            self._turn()
        return self._base + (now_us - self._from_us) * self._slope

    def _turn(self) -> None:
        """Go on to the next piece, a slot cut where the load changes, and never past one: whoever asks, rounding is the same."""
        self._base += (self._until_us - self._from_us) * self._slope
        self._from_us = self._until_us
        slot_end_us = self._from_us - self._from_us % SLOT_US + SLOT_US
        self._until_us = min([slot_end_us, *(edge for edge in self.demand.changes_us if self._from_us < edge < slot_end_us)])
        self._slope = self.demand.expected(1.0, self._from_us, self._until_us) / (self._until_us - self._from_us)
