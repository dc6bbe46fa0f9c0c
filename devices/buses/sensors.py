"""Arrival sensors: what beacons, door contacts and GPS fences say of buses at stops (B1).

Owns the rows of `stop_event` and the centre's reports: delays, misses and false hits. Departures were detected while the city ran
(`sensing.py`), because dispatchers act on them.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.calls import Calls, Code, Codes, Int, by_district, gather
from devices.buses.journal import Journal
from devices.buses.kinds import DETECTED_BY, STOP_ACTION, STOP_EVENT
from devices.buses.parameters import SensorParameters
from devices.buses.sensing import detection, report_delay_us
from devices.buses.timetable import Timetable
from devices.buses.visits import NEVER, WIDTH, Rows, Split, Visit
from sim.batches import Column, Span
from sim.city import City
from sim.collector import Collector
from sim.kinds import ABSENT_INT
from sim.units import SECOND_US

ARRIVE, OPEN, CLOSE, DEPART, SKIP = (STOP_ACTION.index(word) for word in ("arrive", "doors_open", "doors_close", "depart", "skip"))
GPS, DOOR, BEACON = (DETECTED_BY.index(word) for word in ("gps", "door", "beacon"))

DOORS_US = SECOND_US  # doors open this long after the stop and close this long before the departure (assumption)
MISTAKEN_AT = (0.3, 0.8)  # a false hit falls into this part of the way to the next stop (assumption)
REPORT_WIDTH = 5


@dataclass(slots=True)
class Sensors:
    """The sensors of all buses and stops; `door_contacts` by device, `beacons` by stop of the network."""

    city: City
    timetable: Timetable
    journal: Journal
    codes: Codes
    parameters: SensorParameters
    beacons: NDArray[np.bool_]
    door_contacts: NDArray[np.bool_]
    _departures: Split = field(default_factory=lambda: Split.by(Visit.SEEN_US, WIDTH))
    _reports: Split = field(default_factory=lambda: Split.by(0, REPORT_WIDTH))
    _seen_us: Int = field(init=False)

    def __post_init__(self) -> None:
        """Know no departure yet."""
        self._seen_us = np.full(self.timetable.slot_count, NEVER, dtype=np.int64)

    def emit(self, span: Span, calls: Calls, out: Collector) -> None:
        """Leave rows and reports of the slice's visits, and of departures seen in it."""
        reports = [self._arrivals(span, calls, out), self._departed(span, calls, out)]
        self.journal.reports.extend(self._reports.take(np.concatenate(reports), span.end_us))

    def detected_by(self, calls: Calls) -> tuple[Code, NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the sensor that serves each call, and whether there are a beacon and a door contact."""
        beacon = self.beacons[self.codes.stop_number[calls.flat]]
        door = self.door_contacts[calls.of(Visit.VEHICLE)]
        return np.where(beacon, BEACON, np.where(door, DOOR, GPS)).astype(np.int32), beacon, door

    def _arrivals(self, span: Span, calls: Calls, out: Collector) -> Rows:
        """Leave arrivals, doors and false hits; return the reports they make."""
        draws, delay_us = self._draws(span, calls)
        by, beacon, door = self.detected_by(calls)
        miss, lag_us = detection(self.parameters, beacon, door)
        arrive_us, depart_us = calls.of(Visit.ARRIVE_US), calls.of(Visit.DEPART_US)
        calling = (calls.of(Visit.STOPPED) == 1) & (calls.of(Visit.PLACE) > 0)
        missed = draws[0] < miss
        seen_us = np.minimum(arrive_us + (draws[1] * lag_us).astype(np.int64), depart_us)
        mistaken = (draws[2] < self.parameters.false_hits) & (calls.of(Visit.NEXT_US) != NEVER)
        if not span.warm:
            out.sample("buses.missed_arrival", missed[calling])
            hit = calling & ~missed
            self._leave(out, calls, hit, ARRIVE, by, seen_us, arrive_us)
            doors = calling & door
            self._leave(out, calls, doors, OPEN, np.full_like(by, DOOR), np.minimum(arrive_us + DOORS_US, depart_us), arrive_us)
            self._leave(out, calls, doors, CLOSE, np.full_like(by, DOOR), np.maximum(depart_us - DOORS_US, arrive_us), depart_us)
        arrivals = self._report(calls, calling & ~missed, seen_us, delay_us, ARRIVE)
        return np.concatenate([arrivals, self._mistaken(span, calls, mistaken, draws[3], delay_us, out)])

    def _mistaken(
        self, span: Span, calls: Calls, mistaken: NDArray[np.bool_], draw: NDArray[np.float64], delay_us: Int, out: Collector
    ) -> Rows:
        """Leave arrivals at the next stop of buses that are still on their way; nobody can tell them apart."""
        chosen = np.flatnonzero(mistaken)
        rows = calls.rows[chosen].copy()
        low, high = MISTAKEN_AT
        way_us = rows[:, Visit.NEXT_US] - rows[:, Visit.DEPART_US]
        seen_us = rows[:, Visit.DEPART_US] + (way_us * (low + (high - low) * draw[chosen])).astype(np.int64)
        rows[:, Visit.PLACE] += 1
        wrong = gather(rows, self.timetable, self.journal, self.codes)
        everything = np.ones(len(wrong), dtype=np.bool_)
        if not span.warm:
            absent = np.full(len(wrong), ABSENT_INT)
            self._leave(out, wrong, everything, ARRIVE, np.full(len(wrong), GPS, dtype=np.int32), seen_us, absent)
        return self._report(wrong, everything, seen_us, delay_us[chosen], ARRIVE)

    def _departed(self, span: Span, calls: Calls, out: Collector) -> Rows:
        """Leave the departures seen in the slice, in order, with the headway to the last one seen; return their reports."""
        fresh = calls.rows[calls.of(Visit.SEEN_US) != NEVER]
        departed = gather(self._departures.take(fresh, span.end_us), self.timetable, self.journal, self.codes)
        seen_us, stopped = departed.of(Visit.SEEN_US), departed.of(Visit.STOPPED) == 1
        headway_s = self._headways(departed, seen_us) / SECOND_US
        by, _, door = self.detected_by(departed)
        dwell_us = departed.of(Visit.DEPART_US) - departed.of(Visit.ARRIVE_US) - 2 * DOORS_US
        dwell_s = np.where(door & stopped, np.maximum(dwell_us, 0) / SECOND_US, np.nan)
        true_us = departed.of(Visit.DEPART_US)
        if not span.warm:
            self._leave(out, departed, stopped, DEPART, by, seen_us, true_us, dwell_s, headway_s)
            self._leave(out, departed, ~stopped, SKIP, by, seen_us, true_us, dwell_s, headway_s)
        reports = self._report(departed, np.ones(len(departed), dtype=np.bool_), seen_us, departed.of(Visit.KNOWN_US) - seen_us, DEPART)
        reports[~stopped, 4] = SKIP
        return reports

    def _headways(self, departed: Calls, seen_us: Int) -> NDArray[np.float64]:
        """Return µs since the last departure seen at each call's slot, NaN for the first: shape (n,)."""
        slot = self.codes.slot[departed.flat]
        order = np.argsort(slot, kind="stable")
        grouped, sorted_us = slot[order], seen_us[order]
        first = np.r_[True, grouped[1:] != grouped[:-1]][: len(grouped)]
        before = np.where(first, self._seen_us[grouped], np.roll(sorted_us, 1))
        headway = np.empty(len(slot))
        headway[order] = np.where(before == NEVER, np.nan, sorted_us - before)
        self._seen_us[slot] = seen_us  # rows are in order of time, so the last one of a slot stays
        return headway

    def _draws(self, span: Span, calls: Calls) -> tuple[NDArray[np.float64], Int]:
        draws, delay_us = np.empty((4, len(calls))), np.empty(len(calls), dtype=np.int64)
        for rows, rng in by_district(self.city, calls.of(Visit.VEHICLE), "sensors", span.index):
            draws[:, rows] = rng.random((4, len(rows)))
            delay_us[rows] = report_delay_us(rng, self.parameters, len(rows))
        return draws, delay_us

    def _report(self, calls: Calls, chosen: NDArray[np.bool_], seen_us: Int, delay_us: Int, action: int) -> Rows:
        rows = np.flatnonzero(chosen)
        seen, visits = seen_us[rows], calls.rows[rows]
        actions = np.full(len(rows), action)
        return np.stack([seen + delay_us[rows], seen, visits[:, Visit.OPERATED], visits[:, Visit.PLACE], actions], axis=1)

    def _leave(
        self,
        out: Collector,
        calls: Calls,
        chosen: NDArray[np.bool_],
        action: int,
        by: Code,
        seen_us: Int,
        true_us: Int,
        dwell_s: NDArray[np.float64] | None = None,
        headway_s: NDArray[np.float64] | None = None,
    ) -> None:
        """Leave rows of `stop_event`; a true time that is absent marks a false hit."""
        rows = np.flatnonzero(chosen)
        seen, visits, flat = seen_us[rows], calls.rows[rows], calls.flat[rows]
        scheduled_us = (calls.arrive_us if action in (ARRIVE, OPEN) else calls.depart_us)[rows]
        pattern, nothing = visits[:, Visit.PATTERN], np.full(len(rows), np.nan)
        columns: dict[str, Column] = {
            "route": self.codes.route[pattern],
            "direction_id": self.codes.direction[pattern],
            "stop_action": np.full(len(rows), action, dtype=np.int32),
            "detected_by": by[rows],
            "trip": calls.trip_code[rows],
            "start_date": calls.date_code[rows],
            "stop": self.codes.stop[flat],
            "stop_sequence": visits[:, Visit.PLACE],
            "scheduled_us": scheduled_us,
            "delay_s": np.rint((seen - scheduled_us) / SECOND_US).astype(np.int64),
            "dwell_s": nothing if dwell_s is None else dwell_s[rows],
            "headway_s": nothing if headway_s is None else headway_s[rows],
            "true_us": true_us[rows],
            "false_hit": true_us[rows] == ABSENT_INT,
        }
        out.rows(STOP_EVENT, seen, visits[:, Visit.VEHICLE].astype(np.int32), columns)
