"""When a trip will come to a stop, from the centre's knowledge alone: reports, learned running times, timetable.

Owns the rule of prediction. It never sees legs or arrivals, so the truth can change without changing a prediction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import StopAction
from devices.buses.signs.announced_trips import ADDED, Trips
from devices.buses.signs.learned_times import LearnedTimes, Profiles
from devices.buses.signs.reported_trips import MOVING, STANDING, Latest, ReportedTrips
from sim.arrays import Flags, Int, Real
from sim.events.batches import Span
from sim.figures import Figure
from sim.units import LONG_AGO_US

PATIENCE = Figure(
    "longest a predictor waits for the report of the next stop",
    value=90.0,
    unit="s",
    source="assumption: then it was missed",
    low=30,
    high=300,
)
LOST = Figure("silence after which a running trip is no longer announced", value=10.0, unit="min", low=5, high=30)
GIVE_UP = Figure("lateness at which a departure without news is no longer announced", value=10.0, unit="min", low=5, high=30)
TURN = Figure("least time at the terminal a predictor expects", value=60.0, unit="s", low=30, high=300)
STOOD = Figure(
    "part of its stay that is over when a bus is seen standing",
    value=0.4,
    unit="share",
    source="assumption: long stays are seen more often",
    low=0.2,
    high=0.6,
)
PREDICTION_FIGURES = (PATIENCE, LOST, GIVE_UP, TURN, STOOD)


@dataclass(frozen=True, slots=True)
class Predictor:
    """Predictions for one slice; rows of a question are places in `trips`."""

    trips: Trips
    profiles: Profiles
    reported: ReportedTrips
    depart_us: Int  # timetabled
    dwell_us: Real
    ready_us: Int  # when the vehicle is back from the trip before; LONG_AGO_US when nothing is known

    @classmethod
    def during(cls, span: Span, trips: Trips, times: LearnedTimes, reported: ReportedTrips) -> "Predictor":
        """Prepare a slice: what the vehicles' trips before mean for departures is worked out once, at its start."""
        profiles = times.profiles(trips.trip)
        departs_us = trips.day_us + times.depart_us(trips.trip)
        nothing = np.full(len(trips), LONG_AGO_US)
        alone = cls(
            trips=trips, profiles=profiles, reported=reported, depart_us=departs_us, dwell_us=times.dwell_us(trips.trip), ready_us=nothing
        )
        return cls(
            trips=trips,
            profiles=profiles,
            reported=reported,
            depart_us=departs_us,
            dwell_us=alone.dwell_us,
            ready_us=alone._back_us(span.start_us),
        )

    def arrivals(self, trip: NDArray[np.intp], place: Int, now_us: Int) -> tuple[Int, Flags]:
        """Return the predicted arrival of each row's trip at a place of its pattern, and whether one can be given."""
        latest = self.reported.latest(self.trips.number[trip], now_us)
        running_us, running = self._running(latest, trip, place, now_us)
        waiting_us, waiting = self._waiting(trip, place, now_us)
        predicted_us = np.where(latest.known, running_us, waiting_us)
        return np.maximum(predicted_us, now_us), np.where(latest.known, running, waiting)

    def _running(self, latest: Latest, trip: NDArray[np.intp], place: Int, now_us: Int) -> tuple[Int, Flags]:
        """Add the expected way to the latest sighting; a bus overdue at the next stop pushes everything back for a while."""
        first, last = self.profiles.first[trip], self.profiles.last[trip]
        reached = np.minimum(latest.place, last)
        after_us = self.profiles.after_us
        origin_us = latest.at_us - self._come_us(latest, trip, first + reached, np.minimum(reached + 1, last) + first)
        overdue_us = now_us - (origin_us + after_us[first + np.minimum(reached + 1, last)])
        pushed_us = np.clip(overdue_us, 0, PATIENCE.us)
        predicted_us = origin_us + after_us[first + place] + pushed_us
        return predicted_us.astype(np.int64), (place > reached) & (overdue_us < LOST.us)

    def _come_us(self, latest: Latest, trip: NDArray[np.intp], at: Int, following: Int) -> Real:
        """Return how far into its course, µs, a bus was when it was seen: at a place, or on the way to the one that follows."""
        after_us = self.profiles.after_us
        step_us = after_us[following] - after_us[at]
        dwell_us = np.where(latest.place > 0, np.minimum(self.dwell_us[trip], step_us), 0.0)
        stood = np.select(
            [(latest.action == StopAction.DEPART) | (latest.action == MOVING), latest.action == STANDING], [1.0, float(STOOD)], 0.0
        )
        come_us: Real = after_us[at] + stood * dwell_us + latest.part * (step_us - dwell_us)
        return come_us

    def _waiting(self, trip: NDArray[np.intp], place: Int, now_us: Int) -> tuple[Int, Flags]:
        """Expect a trip without news to leave by the timetable, or when its vehicle is back; never before now."""
        due_us = np.maximum(self.depart_us[trip], self.ready_us[trip])
        after_us = self.profiles.after_us[self.profiles.first[trip] + place]
        given = (now_us - due_us < GIVE_UP.us) & (self.trips.number[trip] < ADDED)
        return (np.maximum(due_us, now_us) + after_us).astype(np.int64), given

    def _back_us(self, now_us: int) -> Int:
        """Return when each trip's vehicle should be ready for it: the end of its trip before and a short turn."""
        ready_us = np.full(len(self.trips), LONG_AGO_US)
        rows = np.flatnonzero(self.trips.before >= 0)
        before = self.trips.before[rows]
        last = self.profiles.last[before]
        now = np.full(len(rows), now_us)
        latest = self.reported.latest(self.trips.number[before], now)
        expected_us, given = self.arrivals(before, last, now)
        arrived = latest.known & (latest.place >= last)
        end_us = np.where(arrived, latest.at_us, expected_us)
        known = arrived | given
        ready_us[rows[known]] = end_us[known] + TURN.us
        return ready_us
