"""The centre's forecast of arrivals: reports taken in, running times learned, a predictor for each slice.

Owns the order of these steps. Each of them stands in a module of its own.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from devices.buses.journal import Journal
from devices.buses.network.arrays import Network
from devices.buses.signs.announced_trips import AnnouncedTrips
from devices.buses.signs.learned_times import LearnedTimes
from devices.buses.signs.predictor import Predictor
from devices.buses.signs.reported_trips import Came, ReportedTrips
from devices.buses.trip_columns import Operated, TripColumns
from sim.arrays import Int
from sim.city.site import Site
from sim.events.batches import Span


class ArrivalForecast:
    """What the centre makes of what it knows. Of the journal it reads reports, sightings, and which trip each operated trip is."""

    def __init__(self, site: Site, network: Network, journal: Journal, horizon_us: int) -> None:
        """Know the timetable only; look ahead so far."""
        self._journal = journal
        self._horizon_us = horizon_us
        self._operated = TripColumns(journal)
        self._announced = AnnouncedTrips(site, network)
        self._times = LearnedTimes(network)
        self._reported = ReportedTrips()
        self._added = np.zeros(0, dtype=np.int64)

    @property
    def floor(self) -> int:
        """Return the oldest operated trip that is still remembered."""
        return self._operated.floor

    def operated(self, numbers: Int) -> Operated:
        """Return the columns of operated trips of the slice last taken, or before it."""
        return self._operated.of(numbers)

    def came(self) -> Came:
        """Return the arrivals that were reported in the slice last taken."""
        return self._reported.came()

    def take(self, span: Span) -> Mapping[int, int]:
        """Learn from the last slice's reports, then take in this one's; return the operated trip of each new trip number.

        Giving the same slice again changes nothing.
        """
        if span.start_us <= self._reported.start_us:
            return {}
        fresh = np.array(self._operated.read(), dtype=np.int64)
        columns = self._operated.of(fresh)
        steps = self._reported.steps()
        self._times.learn(steps, self._announced.trips(steps.trip, self._operated), span.end_us - span.start_us)
        self._added = np.concatenate([self._added[self._added >= self.floor], fresh[columns.added == 1]])
        reports = self._journal.reports
        operated = self._reported.unread(span, reports)["trip"]
        seen = self._journal.sightings
        seen = replace(seen, trip=self._announced.numbers(seen.trip, self._operated.of(seen.trip)))
        self._reported.take(span, reports, self._announced.numbers(operated, self._operated.of(operated)), seen)
        return dict(zip(self._announced.numbers(fresh, columns).tolist(), fresh.tolist(), strict=True))

    def predictor(self, span: Span) -> Predictor:
        """Return the predictor of the slice last taken."""
        trips = self._announced.around(span, self._horizon_us, self._added, self._operated.of(self._added))
        return Predictor.during(span, trips, self._times, self._reported)
