"""The centre: what it knows of departures, from reports that have come in, and when it raises an alert.

Owns the last known departures by slot and the rules for gaps and bunches. When a report comes in is `incoming.py`'s business, what a
dispatcher does `dispatchers.py`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass

from devices.buses.choices import HeadwayAlert
from devices.buses.driving.bus import Bus
from devices.buses.parameters import DispatchParameters
from sim.figures import Figure, Grade
from sim.units import LONG_AGO_US

_PAUSED = "assumption: the service paused in between"
FORGOTTEN = Figure("headway above which the departure before says nothing", value=2, unit="h", source=_PAUSED, low=1, high=4)
FORGOTTEN_HEADWAYS = Figure("that headway over the planned one, at least", value=5, unit="ratio", source=_PAUSED, low=3, high=10)
STALE = Figure(
    "age at which a report raises no alert",
    value=90,
    unit="s",
    grade=Grade.A,
    source="GTFS Realtime Best Practices: data no older than 90 s; later it says what was, not what is",
    low=60,
    high=300,
)
CENTRE_FIGURES = (FORGOTTEN, FORGOTTEN_HEADWAYS, STALE)

FORGOTTEN_US, STALE_US = FORGOTTEN.us, STALE.us


@dataclass(frozen=True, slots=True)
class Alert:
    """Something is wrong with a headway: known to the centre from `known_us` on.

    `bus` is the one that came too late or too early, None while nobody has come at all; `trip` then is the one that is missing.
    """

    alert: HeadwayAlert
    line: int
    trip: int
    bus: Bus | None
    place: int
    headway_us: int
    planned_us: int
    known_us: int


class Centre:
    """One memory of detected departures for the city; each alert goes to the line's desk by `raise_alert`."""

    def __init__(self, slot_count: int, parameters: DispatchParameters, raise_alert: Callable[[Alert], None]) -> None:
        """Know nothing yet."""
        self.seen_us = [LONG_AGO_US] * slot_count
        self._raise = raise_alert
        self._quiet_us = parameters.quiet
        self._gap = parameters.gap_factor
        self._bunch = parameters.bunch_factor

    def hear(self, bus: Bus, place: int, seen_us: int, known_us: int, load: int = 0) -> None:
        """Take in the report of a departure; raise an alert when the headway calls for one and the bus had none lately."""
        if seen_us >= bus.heard_us:
            bus.heard_us, bus.heard_place, bus.heard_load = seen_us, place, load
        slot = bus.pattern.slots[place]
        headway_us = seen_us - self.seen_us[slot]
        if headway_us > 0:
            self.seen_us[slot] = seen_us
        else:
            headway_us = -headway_us  # it left before a bus that is still standing here
        planned_us = bus.headways_us[place]
        if self._bunch * planned_us <= headway_us <= self._gap * planned_us or known_us < bus.quiet_until_us:
            return
        if known_us - seen_us > STALE_US or headway_us > max(FORGOTTEN_US, float(FORGOTTEN_HEADWAYS) * planned_us):
            return
        bus.quiet_until_us = known_us + self._quiet_us
        alert = HeadwayAlert.GAP if headway_us > planned_us else HeadwayAlert.BUNCHING
        self._raise(
            Alert(
                alert=alert,
                line=bus.pattern.line,
                trip=bus.trip,
                bus=bus,
                place=place,
                headway_us=headway_us,
                planned_us=planned_us,
                known_us=known_us,
            )
        )
