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
from sim.city.site import Site
from sim.events.batches import Span


class ArrivalForecast:
    """What the centre makes of what it knows. Of the journal it reads reports, sightings, and which trip each operated trip is."""

    def __init__(self, site: Site, network: Network, journal: Journal, horizon_us: int) -> None:
        """Know the timetable only; look ahead so far."""
        self._journal = journal
        self._horizon_us = horizon_us
        self._known = 0  # operated trips that were taken in
        self._announced = AnnouncedTrips(site, network)
        self._times = LearnedTimes(network)
        self._reported = ReportedTrips()
        self._added = np.zeros(0, dtype=np.int64)

    def came(self) -> Came:
        """Return the arrivals that were reported in the slice last taken."""
        return self._reported.came()

    def take(self, span: Span) -> Mapping[int, int]:
        """Learn from the last slice's reports, then take in this one's; return the operated trip of each new trip number.

        Giving the same slice again changes nothing.
        """
        if span.start_us <= self._reported.start_us:
            return {}
        journal, trips = self._journal, self._journal.trips
        fresh = np.arange(self._known, trips.end)
        self._known = trips.end
        steps = self._reported.steps()
        self._times.learn(steps, self._announced.trips(steps.trip, trips), span.end_us - span.start_us)
        self._added = np.concatenate([self._added[self._added >= journal.oldest], fresh[trips.at(fresh)["added"] == 1]])
        operated = self._reported.unread(span, journal.reports)["trip"]
        seen = replace(journal.sightings, trip=self._announced.numbers(journal.sightings.trip, trips))
        self._reported.take(span, journal.reports, self._announced.numbers(operated, trips), seen)
        return dict(zip(self._announced.numbers(fresh, trips).tolist(), fresh.tolist(), strict=True))

    def predictor(self, span: Span) -> Predictor:
        """Return the predictor of the slice last taken."""
        trips = self._announced.around(span, self._horizon_us, self._added, self._journal.trips)
        return Predictor.during(span, trips, self._times, self._reported)
