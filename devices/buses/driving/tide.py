"""The tide: in the morning more riders go one way, in the evening the other.

Owns the two hour profiles of a line's directions. Which direction is the morning's is drawn with the line.
"""

from sim.city.demand import BUS_BOARDINGS, HourProfile

MORNING = range(6, 10)
EVENING = range(16, 20)


def tidal(tide: float) -> tuple[HourProfile, HourProfile]:
    """Return the profiles of the morning's and the evening's direction: `tide` more riders than the mean in their own peak.

    Both keep the day's total; a free day has no tide.
    """
    return _leaning(tide), _leaning(-tide)


def _leaning(tide: float) -> HourProfile:
    weights = [
        weight * (1.0 + (tide if hour in MORNING else -tide if hour in EVENING else 0.0))
        for hour, weight in enumerate(BUS_BOARDINGS.workday)
    ]
    return HourProfile(tuple(weights), BUS_BOARDINGS.free_day, BUS_BOARDINGS.free_day_level)
