"""Arrival sensors: what beacons, door contacts and GPS fences say of buses at stops (B1).

Owns the rows of `stop_event` and the centre's reports: delays, misses and false hits. Departures were detected while the city ran
(`sensing.py`), because dispatchers act on them.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import DetectedBy, StopAction
from devices.buses.journal import MOVED_US, Journal, Report, Visit
from devices.buses.kinds import STOP_EVENT
from devices.buses.measures import MISSED
from devices.buses.network.timetable import Timetable
from devices.buses.parameters import SensorParameters
from devices.buses.sensors.calls import Calls, Codes, districts_of, gather
from devices.buses.sensors.headways import LastAtSlot
from devices.buses.sensors.sensing import detection, report_delay_us
from sim.arrays import Code, Flags, Int
from sim.city.site import Site
from sim.city.uplinks import Uplinks
from sim.events.batches import WITHHELD, Column, Span
from sim.events.kinds import ABSENT_INT
from sim.figures import Figure
from sim.toolkit.draws import by_district
from sim.toolkit.table import Table
from sim.units import LONG_AGO_US, NEVER_US, SECOND_US

DOORS = Figure("from the stop to the opening of the doors, and from their closing to the departure", value=1, unit="s", low=0.5, high=3)
MISTAKEN_AT = Figure("part of the way to the next stop into which a false hit falls, from and until", value=(0.3, 0.8), unit="share")
ARRIVAL_FIGURES = (DOORS, MISTAKEN_AT)

STAY_PARTS = 3  # in a shorter stay they take a third of it each, so that they always open before they close


@dataclass(frozen=True, slots=True)
class Detections:
    """What sensors say of some calls: `rows` choose the calls, all other columns have one entry for each."""

    calls: Calls
    rows: NDArray[np.intp]
    action: Code
    by: Code
    seen_us: Int
    true_us: Int
    dwell_s: NDArray[np.float64] | None = None
    headway_s: NDArray[np.float64] | None = None


@dataclass(slots=True)
class Sensors:
    """The sensors of all buses and stops; `door_contacts` by device, `beacons` by stop of the network."""

    site: Site
    timetable: Timetable
    journal: Journal
    codes: Codes
    parameters: SensorParameters
    beacons: Flags
    door_contacts: Flags
    uplinks: Uplinks
    _departures: Table[Visit] = field(default_factory=lambda: Table(Visit, time="seen_us"))
    _reports: Table[Report] = field(default_factory=lambda: Table(Report, time="known_us"))
    _seen: LastAtSlot = field(init=False)

    def __post_init__(self) -> None:
        """Know no departure yet."""
        self._seen = LastAtSlot(self.timetable.slot_count)

    def emit(self, span: Span, calls: Calls, out: Site) -> None:
        """Leave rows and reports of the slice's visits, and of departures seen in it."""
        self._arrivals(span, calls, out)
        self._departed(span, calls, out)
        reports = self._reports.take_before(span.end_us)
        self.journal.reports.put(reports[reports["trip"] >= self.journal.trips.first])

    def detected_by(self, calls: Calls) -> tuple[Code, Flags, Flags]:
        """Return the sensor that serves each call, and whether there are a beacon and a door contact."""
        beacon = self.beacons[self.codes.stop_number[calls.flat]]
        door = self.door_contacts[calls.rows["vehicle"]]
        return np.where(beacon, DetectedBy.BEACON, np.where(door, DetectedBy.DOOR, DetectedBy.GPS)).astype(np.int32), beacon, door

    def _arrivals(self, span: Span, calls: Calls, out: Site) -> None:
        """Leave arrivals, doors and false hits, and the reports they make."""
        draws, delay_us = self._draws(span, calls)
        by, beacon, door = self.detected_by(calls)
        miss, lag_us = detection(self.parameters, beacon, door)
        arrive_us, depart_us = calls.rows["arrive_us"], calls.rows["depart_us"]
        calling = (calls.rows["stopped"] == 1) & (calls.rows["place"] > 0)
        missed = draws[0] < miss
        seen_us = np.minimum(arrive_us + (draws[1] * lag_us).astype(np.int64), depart_us)
        seen_us = np.where(door, np.minimum(seen_us, arrive_us + doors_us(depart_us - arrive_us)), seen_us)
        mistaken = (draws[2] < self.parameters.false_hits) & (calls.rows["next_us"] != NEVER_US)
        if not span.warm:
            out.sample(MISSED, missed[calling])
            self._leave(out, self._arrival_rows(calls, calling & ~missed, calling & door, by, seen_us))
        self._send(calls, np.flatnonzero(calling & ~missed), seen_us, delay_us)
        wrong = np.flatnonzero(mistaken)
        if len(wrong):
            self._mistaken(span, calls, wrong, draws[3], delay_us, out)

    def _arrival_rows(self, calls: Calls, hit: Flags, doors: Flags, by: Code, seen_us: Int) -> Detections:
        """Return arrivals, and doors opening and closing."""
        arrived, door = np.flatnonzero(hit), np.flatnonzero(doors)
        arrive_us, depart_us = calls.rows["arrive_us"][door], calls.rows["depart_us"][door]
        pause_us = doors_us(depart_us - arrive_us)
        opened_us, closed_us = arrive_us + pause_us, depart_us - pause_us
        at_door = np.full(2 * len(door), DetectedBy.DOOR, dtype=np.int32)
        return Detections(
            calls=calls,
            rows=np.concatenate([arrived, door, door]),
            action=np.repeat(
                np.array([StopAction.ARRIVE, StopAction.DOORS_OPEN, StopAction.DOORS_CLOSE], dtype=np.int32),
                [len(arrived), len(door), len(door)],
            ),
            by=np.concatenate([by[arrived], at_door]),
            seen_us=np.concatenate([seen_us[arrived], opened_us, closed_us]),
            true_us=np.concatenate([calls.rows["arrive_us"][arrived], opened_us, closed_us]),
        )

    def _mistaken(self, span: Span, calls: Calls, chosen: NDArray[np.intp], draw: NDArray[np.float64], delay_us: Int, out: Site) -> None:
        """Leave arrivals at the next stop of buses that are still on their way; nobody can tell them apart."""
        rows = calls.rows[chosen].copy()
        low, high = MISTAKEN_AT.numbers
        way_us = rows["next_us"] - rows["depart_us"]
        seen_us = rows["depart_us"] + (way_us * (low + (high - low) * draw[chosen])).astype(np.int64)
        rows["place"] += 1
        wrong, all_rows = gather(rows, self.timetable, self.journal, self.codes), np.arange(len(chosen))
        if not span.warm:
            arrive, gps = np.full(len(chosen), StopAction.ARRIVE, dtype=np.int32), np.full(len(chosen), DetectedBy.GPS, dtype=np.int32)
            self._leave(
                out,
                Detections(calls=wrong, rows=all_rows, action=arrive, by=gps, seen_us=seen_us, true_us=np.full(len(chosen), ABSENT_INT)),
            )
        self._send(wrong, all_rows, seen_us, delay_us[chosen])

    def _departed(self, span: Span, calls: Calls, out: Site) -> None:
        """Leave the departures seen in the slice, in order, with the headway to the last one seen, and their reports."""
        self._departures.put(calls.rows[calls.rows["seen_us"] != NEVER_US])
        departed = gather(self._departures.take_before(span.end_us), self.timetable, self.journal, self.codes)
        seen_us, stopped = departed.rows["seen_us"], departed.rows["stopped"] == 1
        last_us = self._seen.replaced_us(self.codes.slot[departed.flat], seen_us)
        headway_s = np.where(last_us == LONG_AGO_US, np.nan, (seen_us - last_us) / SECOND_US)
        all_rows, action = np.arange(len(departed)), np.where(stopped, StopAction.DEPART, StopAction.SKIP).astype(np.int32)
        if not span.warm:
            by, _, door = self.detected_by(departed)
            true_us = departed.rows["depart_us"]
            stay_us = true_us - departed.rows["arrive_us"]
            dwell_us = stay_us - 2 * doors_us(stay_us)
            dwell_s = np.where(door & stopped, dwell_us / SECOND_US, np.nan)
            self._leave(
                out,
                Detections(
                    calls=departed,
                    rows=all_rows,
                    action=action,
                    by=by,
                    seen_us=seen_us,
                    true_us=true_us,
                    dwell_s=dwell_s,
                    headway_s=headway_s,
                ),
            )
        known = np.flatnonzero(departed.rows["known_us"] != NEVER_US)
        self._report(departed, known, seen_us, departed.rows["known_us"], action[known])

    def _draws(self, span: Span, calls: Calls) -> tuple[NDArray[np.float64], Int]:
        draws, delay_us = np.empty((4, len(calls))), np.empty(len(calls), dtype=np.int64)
        for rows, rng in by_district(self.site, districts_of(calls, self.site), "sensors", span.index):
            draws[:, rows] = rng.random((4, len(rows)))
            delay_us[rows] = report_delay_us(rng, self.parameters, len(rows))
        return draws, delay_us

    def _send(self, calls: Calls, rows: NDArray[np.intp], seen_us: Int, delay_us: Int) -> None:
        """Leave the reports of arrivals that the network lets pass: each is known `delay_us` after it has passed."""
        seen = seen_us[rows]
        passed_us = self.uplinks.all_passed(calls.rows["vehicle"][rows].astype(np.int32), seen + MOVED_US, seen)
        passed = passed_us != WITHHELD
        rows, known_us = rows[passed], np.empty_like(seen_us)
        known_us[rows] = passed_us[passed] + delay_us[rows]
        self._report(calls, rows, seen_us, known_us, np.full(len(rows), StopAction.ARRIVE))

    def _report(self, calls: Calls, rows: NDArray[np.intp], seen_us: Int, known_us: Int, action: Int | Code) -> None:
        """Leave reports of some calls; `seen_us` and `known_us` by call, `action` by report."""
        visits = calls.rows[rows]
        self._reports.extend(
            known_us=known_us[rows], detected_us=seen_us[rows], trip=visits["operated"], stop=visits["place"], action=action
        )

    def _leave(self, out: Site, found: Detections) -> None:
        """Leave rows of `stop_event`; a true time that is absent marks a false hit."""
        calls, rows, seen = found.calls, found.rows, found.seen_us
        visits, flat = calls.rows[rows], calls.flat[rows]
        arriving = (found.action == StopAction.ARRIVE) | (found.action == StopAction.DOORS_OPEN)
        scheduled_us = np.where(arriving, calls.arrive_us[rows], calls.depart_us[rows])
        pattern, nothing = visits["pattern"], np.full(len(rows), np.nan)
        columns: dict[str, Column] = {
            "route": self.codes.route[pattern],
            "direction_id": self.codes.direction[pattern],
            "stop_action": found.action,
            "detected_by": found.by,
            "trip": calls.trip_code[rows],
            "start_date": calls.date_code[rows],
            "stop": self.codes.stop[flat],
            "stop_sequence": visits["place"],
            "scheduled_us": np.where(calls.turned[rows], ABSENT_INT, scheduled_us),
            "delay_s": np.where(calls.turned[rows], ABSENT_INT, np.rint((seen - scheduled_us) / SECOND_US).astype(np.int64)),
            "dwell_s": nothing if found.dwell_s is None else found.dwell_s,
            "headway_s": nothing if found.headway_s is None else found.headway_s,
            "true_us": found.true_us,
            "false_hit": found.true_us == ABSENT_INT,
        }
        out.rows(STOP_EVENT, seen, visits["vehicle"].astype(np.int32), columns)


def doors_us(stay_us: Int) -> Int:
    """Return how long after a stop doors open, and how long before the departure they close, µs: shape of `stay_us`."""
    return np.minimum(DOORS.us, stay_us // STAY_PARTS)
