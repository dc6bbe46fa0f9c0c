"""The trips a sign may announce: those of the timetable around now, and inserted ones the centre has heard of.

Owns the numbering of trips over service days. What is known of a trip is `reported_trips`'s, when it comes `predictor`'s.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from devices.buses.journal import OperatedTrip
from devices.buses.network.arrays import Network
from sim.arrays import Int, Records
from sim.city.site import Site
from sim.events.batches import Span
from sim.figures import Figure
from sim.toolkit.table import Table
from sim.units import DAY_US

ADDED = 1 << 40  # inserted trips are numbered from here, by operated trip
LATEST = Figure("lateness at which a trip is no longer announced", value=90, unit="min", low=30, high=240)
ANNOUNCED_FIGURES = (LATEST,)


@dataclass(frozen=True, slots=True)
class Trips:
    """Trips of the day: `number` ascending, `trip` of the network, `day_us` from which its timetable counts.

    `before` is the place in these columns of the trip that the same block runs before, -1 for none.
    """

    number: Int
    trip: Int
    pattern: Int
    day_us: Int
    trip_code: Int
    start_date_code: Int
    before: Int

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.number)


class AnnouncedTrips:
    """Numbers trips: service day times the network's trips plus the trip; inserted ones apart."""

    def __init__(self, site: Site, network: Network) -> None:
        """Sort the timetable into columns."""
        self._site = site
        self._count = len(network.trips)
        self._origin = site.calendar.local(site.warm_from_us).date() - timedelta(days=2)
        self._codes = site.names("trip").codes(trip.trip_id for trip in network.trips).astype(np.int64)
        self._pattern = np.array([trip.pattern for trip in network.trips], dtype=np.int64)
        self._depart_us = np.array([trip.depart_us[0] for trip in network.trips], dtype=np.int64)
        self._arrive_us = np.array([trip.arrive_us[-1] for trip in network.trips], dtype=np.int64)
        self._before = np.full(self._count, -1, dtype=np.int64)
        for trips in network.blocks.values():
            self._before[list(trips[1:])] = trips[:-1]

    def numbers(self, operated: Int, trips: Table[OperatedTrip]) -> Int:
        """Return the number of each operated trip."""
        number, rows = ADDED + operated, trips.at(operated)
        planned = rows["added"] == 0
        days_us, which = np.unique(rows["day_us"][planned], return_inverse=True)
        # Noon of the service day: a day's start lies in the day before where the clock has just changed.
        days = [self._site.calendar.local(int(day_us) + DAY_US // 2).date() for day_us in days_us]
        past = np.array([(day - self._origin).days for day in days], dtype=np.int64)
        number[planned] = past[which] * self._count + rows["trip"][planned]
        return number

    def trips(self, number: Int, trips: Table[OperatedTrip]) -> Int:
        """Return the trip of the network that each number stands for."""
        trip = number % max(self._count, 1)
        added = number >= ADDED
        trip[added] = trips.at(number[added] - ADDED)["trip"]
        return trip

    def around(self, span: Span, horizon_us: int, added: Int, trips: Table[OperatedTrip]) -> Trips:
        """Return the trips that can be announced in a slice, looking ahead so far; `added` are operated inserted ones."""
        today = self._site.calendar.local(span.start_us).date()
        parts = [self._of_day(today + timedelta(days=shift), span, horizon_us) for shift in (-1, 0, 1)]
        parts.append(_inserted(added, trips.at(added)))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        number, trip = columns["number"], columns["trip"]
        previous = self._before[trip]
        before = np.where((number < ADDED) & (previous >= 0), number - trip + previous, -1)
        place = np.minimum(np.searchsorted(number, before), len(number) - 1)
        found = (before >= 0) & (number[place] == before) if len(number) else place >= 0
        return Trips(**columns, before=np.where(found, place, -1))

    def _of_day(self, day: date, span: Span, horizon_us: int) -> dict[str, Int]:
        """Return the timetable's trips of a day that are near, as columns of Trips but for `before`."""
        day_us = self._site.calendar.instant_us(day)
        near = (self._depart_us + day_us < span.end_us + horizon_us) & (self._arrive_us + day_us > span.start_us - LATEST.us)
        trip = np.flatnonzero(near)
        code = self._site.names("start_date").code(f"{day:%Y%m%d}") if len(trip) else -1
        return {
            "number": (day - self._origin).days * self._count + trip,
            "trip": trip,
            "pattern": self._pattern[trip],
            "day_us": np.full(len(trip), day_us),
            "trip_code": self._codes[trip],
            "start_date_code": np.full(len(trip), code),
        }


def _inserted(added: Int, rows: Records) -> dict[str, Int]:
    """Return operated inserted trips as columns of Trips but for `before`."""
    return {"number": ADDED + added} | {name: rows[name] for name in ("trip", "pattern", "day_us", "trip_code", "start_date_code")}
