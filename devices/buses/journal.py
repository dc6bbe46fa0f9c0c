"""The journal: what the vehicles' processes leave behind for the cohorts of the same slice.

Owns visits (calls at stops), legs (motion between two stops), stays (standing at a stop or terminal), and what the centre came to know.
Rows may reach past the slice; readers cut at its end. Everything is true; only `reports` and `sightings` are what the centre knows.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devices.buses.ways import Ways
from sim.arrays import Records
from sim.toolkit.table import Table
from sim.units import MS_US

MOVED_US = MS_US  # a tie at the closing moves a row by microseconds; a report counts as sent so much later


class Leg(NamedTuple):
    """A stretch of a vehicle's day in city time, µs: a leg driven, or a stay.

    `vehicle` device number; `trip` index into the operated trips, or ~ of a number of Journal.ways for an empty run; `from_m`, `to_m`
    distance along the pattern (equal while standing) or the way; `stop` place in the pattern of the stop it drives to or stands at; `load`
    riders on board.
    """

    vehicle: int
    trip: int
    start_us: int
    end_us: int
    from_m: float
    to_m: float
    stop: int
    load: int


class Visit(NamedTuple):
    """A call of a bus at a stop, left by its process at the moment of arrival; NEVER_US in an instant stands for what did not happen.

    `operated` index into Journal.trips; `trip` and `pattern` index the network; `place` in the pattern; `next_us` arrival at the next
    place; `seen_us` when a sensor says the bus departed, `known_us` when the centre hears it; `came` riders who came since `since_us`;
    `cards` those of `boarded` who pay by card; `left` behind by a full bus; `load` after the stop; `stopped` false for a stop passed by.
    """

    operated: int
    trip: int
    vehicle: int
    pattern: int
    place: int
    arrive_us: int
    depart_us: int
    next_us: int
    seen_us: int
    known_us: int
    since_us: int
    came: int
    boarded: int
    cards: int
    alighted: int
    left: int
    load: int
    stopped: bool


class OperatedTrip(NamedTuple):
    """A trip as it is run on one day: `trip` and `pattern` index the network; codes are of the city's Names tables.

    `at_us` when its vehicle came to the terminal to run it; `day_us` the instant from which the timetable counts; `vehicle` a device
    number; `added` for an inserted bus (its `trip` is the timetabled one it copies, `day_us` shifted so that the copy leaves when it
    does); `turned` when it begins where the bus was turned short, at once and ahead of the timetable, which then says nothing of it
    (GTFS-Realtime: unscheduled).
    """

    at_us: int
    trip: int
    pattern: int
    trip_code: int
    start_date_code: int
    day_us: int
    vehicle: int
    added: bool = False
    turned: bool = False


class Report(NamedTuple):
    """What reached the centre, in order of arrival there: all it knows of buses at stops.

    `known_us` when it arrived at the centre, `detected_us` what the sensor said, `trip` index into Journal.trips, `stop` place
    in the pattern, `action` a StopAction. False hits are among them and cannot be told apart.
    """

    known_us: int
    detected_us: int
    trip: int
    stop: int
    action: int


class Notice(NamedTuple):
    """What the centre comes to know and the public should hear of: `source_kind` a SourceKind, `line` its number in the network.

    Whom it reaches, how and when is `publication`'s business.
    """

    known_us: int
    source_kind: int
    line: int


@dataclass(frozen=True, slots=True)
class Sightings:
    """Positions of buses on trips as the centre comes to know them, those of one slice: columns of equal length.

    `known_us` when the network had let one pass, `at_us` when it was reported, `trip` index into Journal.trips, `stop` the place in the
    pattern where the bus stands or which it left last, `part` of the way to the next it has driven by its odometer, NaN where it stands.
    """

    known_us: NDArray[np.int64]
    at_us: NDArray[np.int64]
    trip: NDArray[np.int64]
    stop: NDArray[np.int64]
    part: NDArray[np.float64]

    @classmethod
    def none(cls) -> "Sightings":
        """Return no sightings."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(0))


def _visits() -> Table[Visit]:
    return Table(Visit, time="arrive_us")


@dataclass(slots=True)
class Journal:
    """Everything the processes of one city's buses leave behind.

    `trips` are the operated trips in the order in which vehicles come to the terminal to run them, addressed by number; `visits` those
    of the slice under way, `came` those of the slice that is over; `arrivals` maps (operated trip, place of stop) to the true instant of
    arrival, for judging predictions. Trips before `oldest` are over, and nobody waits for their buses.
    """

    trips: Table[OperatedTrip] = field(default_factory=lambda: Table(OperatedTrip, time="at_us"))
    visits: Table[Visit] = field(default_factory=_visits)
    legs: Table[Leg] = field(default_factory=lambda: Table(Leg, time="end_us"))
    reports: Table[Report] = field(default_factory=lambda: Table(Report, time="known_us"))
    sightings: Sightings = field(default_factory=Sightings.none)
    arrivals: dict[tuple[int, int], int] = field(default_factory=dict)
    came: Records = field(default_factory=lambda: _visits().rows)
    notices: Table[Notice] = field(default_factory=lambda: Table(Notice, time="known_us"))
    ways: Ways = field(default_factory=Ways)
    oldest: int = 0
    _over: set[int] = field(default_factory=set)

    def forget_arrivals(self, operated: int, last: int) -> None:
        """Forget when the bus of a trip that is over came to its stops, up to the last place."""
        for place in range(last + 1):
            self.arrivals.pop((operated, place), None)
        self._over.add(operated)
        while self.oldest in self._over:
            self._over.remove(self.oldest)
            self.oldest += 1
