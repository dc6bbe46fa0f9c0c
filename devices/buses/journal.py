"""The journal: what the vehicles' processes leave behind for the cohorts of the same slice.

Owns legs (motion between two stops), stays (standing at a stop or terminal), boardings, and what the centre came to know.
Rows may reach past the slice; readers cut at its end. Everything is true; only `reports` and `sightings` are what the centre knows.
"""

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.boardings import Boardings
from devices.buses.notices import Notices
from devices.buses.ways import Ways


@dataclass(slots=True)
class Legs:
    """Stretches of a vehicle's day in city time, µs, as growing columns; one row per leg driven or stay.

    `vehicle` device number; `trip` index into the operated trips, or ~ of a number of Journal.ways for an empty run; `from_m`, `to_m`
    distance along the pattern (equal while standing) or the way; `stop` place in the pattern of the stop it drives to or stands at; `load`
    riders on board.
    """

    vehicle: "array[int]" = field(default_factory=lambda: array("q"))
    trip: "array[int]" = field(default_factory=lambda: array("q"))
    start_us: "array[int]" = field(default_factory=lambda: array("q"))
    end_us: "array[int]" = field(default_factory=lambda: array("q"))
    from_m: "array[float]" = field(default_factory=lambda: array("d"))
    to_m: "array[float]" = field(default_factory=lambda: array("d"))
    stop: "array[int]" = field(default_factory=lambda: array("q"))
    load: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, vehicle: int, trip: int, start_us: int, end_us: int, from_m: float, to_m: float, stop: int, load: int) -> None:
        """Leave one leg or stay."""
        self.vehicle.append(vehicle)
        self.trip.append(trip)
        self.start_us.append(start_us)
        self.end_us.append(end_us)
        self.from_m.append(from_m)
        self.to_m.append(to_m)
        self.stop.append(stop)
        self.load.append(load)

    def extend(self, columns: dict[str, NDArray[np.int64] | NDArray[np.float64]]) -> None:
        """Leave many legs at once; columns by name, int64 and float64."""
        for name, column in columns.items():
            getattr(self, name).frombytes(column.tobytes())

    def columns(self) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
        """Return copies of the columns as arrays of equal length."""
        return {name: np.array(getattr(self, name)) for name in ("vehicle", "trip", "start_us", "end_us", "from_m", "to_m", "stop", "load")}

    def forget_before(self, at_us: int) -> None:
        """Drop rows that ended at or before an instant, so memory does not grow with the run."""
        keep = np.array(self.end_us) > at_us
        for name, column in self.columns().items():
            kept = column[keep]
            setattr(self, name, array("d" if kept.dtype.kind == "f" else "q", kept.tobytes()))


@dataclass(frozen=True, slots=True)
class OperatedTrip:
    """A trip as it is run on one day: `trip` and `pattern` index the network; codes are of the city's Names tables.

    `day_us` is the instant from which the timetable counts; `vehicle` a device number; `added` for an inserted bus (its `trip` is
    the timetabled one it copies, `day_us` shifted so that the copy leaves when it does); `turned` when it begins where the bus was
    turned short, at once and ahead of the timetable, which then says nothing of it (GTFS-Realtime: unscheduled).
    """

    trip: int
    pattern: int
    trip_code: int
    start_date_code: int
    day_us: int
    vehicle: int
    added: bool = False
    turned: bool = False


GONE = OperatedTrip(-1, -1, -1, -1, -1, -1)


@dataclass(slots=True)
class Reports:
    """What reached the centre, as growing columns in order of arrival there: all it knows of buses at stops.

    `known_us` when it arrived at the centre, `detected_us` what the sensor said, `trip` index into Journal.trips, `stop` place
    in the pattern, `action` a StopAction. False hits are among them and cannot be told apart. The oldest rows leave;
    `dropped` counts them, so a reader that counts rows keeps its place.
    """

    known_us: "array[int]" = field(default_factory=lambda: array("q"))
    detected_us: "array[int]" = field(default_factory=lambda: array("q"))
    trip: "array[int]" = field(default_factory=lambda: array("q"))
    stop: "array[int]" = field(default_factory=lambda: array("q"))
    action: "array[int]" = field(default_factory=lambda: array("q"))
    dropped: int = 0

    def add(self, known_us: int, detected_us: int, trip: int, stop: int, action: int) -> None:
        """Leave one report."""
        self.known_us.append(known_us)
        self.detected_us.append(detected_us)
        self.trip.append(trip)
        self.stop.append(stop)
        self.action.append(action)

    def extend(self, rows: NDArray[np.int64]) -> None:
        """Leave many reports at once: shape (n, 5), columns as in `add`, in order of `known_us`."""
        for place, name in enumerate(("known_us", "detected_us", "trip", "stop", "action")):
            getattr(self, name).frombytes(np.ascontiguousarray(rows[:, place]).tobytes())

    def forget_before(self, at_us: int) -> None:
        """Drop reports known before an instant, so memory does not grow with the run."""
        old = int(np.searchsorted(np.array(self.known_us), at_us))
        self.dropped += old
        for name in ("known_us", "detected_us", "trip", "stop", "action"):
            del getattr(self, name)[:old]


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


@dataclass(frozen=True, slots=True)
class Came:
    """The true arrivals of one slice: columns of equal length, fields as in Visit."""

    operated: NDArray[np.int64]
    place: NDArray[np.int64]
    at_us: NDArray[np.int64]
    vehicle: NDArray[np.int64]

    @classmethod
    def none(cls) -> "Came":
        """Return no arrivals."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing)


@dataclass(slots=True)
class Journal:
    """Everything the processes of one city's buses leave behind.

    `trips` are the operated trips in the order in which vehicles come to the terminal to run them; `arrivals` maps (operated trip,
    place of stop) to the true instant of arrival, for judging predictions; `came` are those of the slice. Half an hour after a trip's
    end its arrivals leave and its place in `trips` holds GONE; reports leave after an hour, legs and boardings when their slice is over.
    """

    trips: list[OperatedTrip] = field(default_factory=list)
    legs: Legs = field(default_factory=Legs)
    reports: Reports = field(default_factory=Reports)
    sightings: Sightings = field(default_factory=Sightings.none)
    arrivals: dict[tuple[int, int], int] = field(default_factory=dict)
    came: Came = field(default_factory=Came.none)
    boardings: Boardings = field(default_factory=Boardings)
    notices: Notices = field(default_factory=Notices)
    ways: Ways = field(default_factory=Ways)
