"""Demand of riders: which way a line's riders go in the peaks, and how many have come in all up to an instant.

Owns the hour profiles of both directions (tidal flow) and the piece of the demand curve that is now: a visit then costs a curve through
it instead of two searches in a day's table. Which direction is the morning's is drawn with the line.
"""

from dataclasses import dataclass, field

from sim.city.demand import BUS_BOARDINGS, SLOT_US, Demand, HourProfile
from sim.figures import Figure

MORNING = Figure("hours of the morning's tide, from and until", value=(6, 10), unit="h")
EVENING = Figure("hours of the evening's tide, from and until", value=(16, 20), unit="h")
TIDE_FIGURES = (MORNING, EVENING)


def tidal_flow(tide: float) -> tuple[HourProfile, HourProfile]:
    """Return the profiles of the morning's and the evening's direction: `tide` more riders than the mean in their own peak.

    Both keep the day's total; a free day has no tide.
    """
    return _leaning(tide), _leaning(-tide)


def _leaning(tide: float) -> HourProfile:
    (begins, ends), (sets_in, is_over) = MORNING.numbers, EVENING.numbers
    weights = [
        weight * (1.0 + (tide if begins <= hour < ends else -tide if sets_in <= hour < is_over else 0.0))
        for hour, weight in enumerate(BUS_BOARDINGS.workday)
    ]
    return HourProfile(tuple(weights), BUS_BOARDINGS.free_day, BUS_BOARDINGS.free_day_level)


@dataclass(slots=True)
class CumulativeDemand:
    """Demand added up from `start_us` on, in days of demand, for every stop to subtract from; asked at instants that never go back."""

    rate: Demand
    start_us: int
    _base: float = 0.0
    _from_us: int = field(init=False)
    _until_us: int = field(init=False)
    _slope: float = 0.0
    _bend: float = 0.0

    def __post_init__(self) -> None:
        """Begin with an empty piece, so that the first question lays one."""
        self._from_us = self._until_us = self.start_us

    def at(self, now_us: int) -> float:
        """Return how much has come up to an instant."""
        while now_us >= self._until_us:
            self._turn()
        return self._base + (now_us - self._from_us) * (self._slope + (now_us - self._until_us) * self._bend)

    def _turn(self) -> None:
        """Go on to the next piece, a slot cut where the load changes, and never past one: whoever asks, rounding is the same."""
        self._base += (self._until_us - self._from_us) * self._slope
        self._from_us = self._until_us
        slot_end_us = self._from_us - self._from_us % SLOT_US + SLOT_US
        self._until_us = min([slot_end_us, *self.rate.load_profile.edges_within(self._from_us, slot_end_us)])
        self._slope = self.rate.expected(1.0, self._from_us, self._until_us) / (self._until_us - self._from_us)
        self._bend = self.rate.bend(self._from_us)
