"""The work of a slice: who comes, who passes gates, who travels, and what is told.

Owns the order of these, and the riders on their way. The parts are `devices.metro`'s other modules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.causes import METRO_ENTRY, METRO_EXIT
from devices.metro import kinds
from devices.metro.ahead import Arrivals
from devices.metro.figures import GATE_GAP
from devices.metro.gates import Gates
from devices.metro.network import Network
from devices.metro.parameters import RiderParameters
from devices.metro.riders import Demanded, Riders
from devices.metro.stations import Slots, Stations
from devices.metro.timetable import Standstill, Stretch, Timetable
from devices.metro.trips import Trips, travel
from sim.arrays import Code, Flags, Int, Real, Records
from sim.city.calendar import DayKind
from sim.city.causes import Cause
from sim.city.site import Site
from sim.events.batches import Span
from sim.scenario import SLICE_US
from sim.units import HOUR_US, SECOND_US

NIGHT_US = 3 * HOUR_US  # the service day changes when no train runs
GAP_IN, GAP_OUT, CARD, PATIENCE = 1, 2, 4, 5  # which of a rider's own draws say what
_GAP_LEAST_US, _GAP_MOST_US = (each * SECOND_US for each in GATE_GAP.numbers)
# Riders on their way to the gate where they leave: when they reach it, which direction they last rode in, and what they bring along.
LEAVING = np.dtype(
    [
        ("at_us", "i8"),
        ("station", "i8"),
        ("direction", "i8"),
        ("gap", "f8"),
        ("by_card", "?"),
        ("journey", "i8"),
        ("entered_us", "i8"),
        ("track_m", "f8"),
    ]
)


@dataclass(slots=True)
class Work:
    """What happens in each slice."""

    site: Site
    parameters: RiderParameters
    network: Network
    demanded: Demanded
    gates: Gates
    stations: Stations
    broken: int
    down: tuple[Stretch, ...]
    _leaving: Arrivals = field(default_factory=lambda: Arrivals(LEAVING))
    _timetables: dict[DayKind, Timetable] = field(default_factory=dict)
    _station: Code = field(init=False)
    _line: Code = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the words of stations and directions."""
        for kind in DayKind:
            self._timetables[kind] = Timetable.of(self.network, free_day=kind is DayKind.FREE_DAY)
        station, line = self.site.names("station"), self.site.names("line")
        self._station = np.array([station.code(name) for name in self.network.names], dtype=np.int32)
        self._line = np.repeat([line.code(each.name) for each in self.network.lines], 2).astype(np.int32)

    def slice(self, span: Span) -> None:
        """Let riders come and leave, and close the books of the slice."""
        slots = Slots(self.site.calendar.day_start_us(span.start_us - NIGHT_US), span.start_us, SLICE_US)
        riders = self._patient(self.demanded.of(span))
        leaving = self._leaving.take(span.index)
        station = np.concatenate([riders.origin, leaving["station"]])
        at_us = np.concatenate([riders.at_us, leaving["at_us"]])
        gap = np.concatenate([riders.draws[:, GAP_IN], leaving["gap"]])
        passed_us, gate = self.gates.take(station, at_us, _between(gap, _GAP_LEAST_US, _GAP_MOST_US))
        self.stations.tap(slots.of(passed_us), gate)
        self.site.sample(kinds.GATE_WAIT, (passed_us - at_us)[self.stations.here[station]] / SECOND_US)
        self._leave(leaving, passed_us[len(riders) :], slots)
        self._enter(riders, passed_us[: len(riders)], slots, span)
        self.stations.close(span)

    def _patient(self, riders: Riders) -> Riders:
        """Return those who do not turn away because their first line stands."""
        first = self.network.direction[riders.origin, self.network.calls[riders.origin, riders.target, 1]]
        gone = self._stands(first, riders.at_us) & (riders.draws[:, PATIENCE] < self.parameters.give_up)
        self.site.sample(kinds.TURNED_AWAY, gone[self.stations.here[riders.origin]].astype(np.float64))
        return riders.some(~gone)

    def _stands(self, direction: Int, at_us: Int) -> Flags:
        stands: Flags = np.zeros(len(at_us), dtype=np.bool_)
        for each in self.down:
            stands |= (at_us >= each.start_us) & (at_us < each.end_us) & (direction // 2 == self.broken)
        return stands

    def _enter(self, riders: Riders, passed_us: Int, slots: Slots, span: Span) -> None:
        """Count and tell who enters, and let them travel."""
        self.stations.enter(slots.of(passed_us), riders.origin)
        calls = self.network.calls[riders.origin, riders.target]
        timetable = self._timetables[self.site.calendar.day_kind(slots.midnight_us)]
        trips = travel(self.network, timetable, calls, riders.draws, slots.seconds(passed_us), self._standstills(slots))
        for number, ride in enumerate(trips.rides):
            self.stations.ride(ride, slots)
            if not number:
                waited_s = (ride.board_s - ride.from_s)[self.stations.here[ride.origin]]
                self.site.sample(kinds.TRAIN_WAIT, waited_s)
        by_card = riders.draws[:, CARD] < self.parameters.card_share
        self._tell_entries(riders, trips, passed_us, by_card)
        self._await(riders, trips, passed_us, by_card, slots, span)

    def _await(self, riders: Riders, trips: Trips, passed_us: Int, by_card: Flags, slots: Slots, span: Span) -> None:
        """Keep riders until they reach the gate where they leave, at the earliest in the next slice."""
        at_us = np.maximum(slots.instant_us(trips.leave_s), span.end_us)
        leaving = np.zeros(len(riders), dtype=LEAVING)
        leaving["at_us"], leaving["station"], leaving["direction"] = at_us, riders.target, trips.last
        leaving["gap"], leaving["by_card"] = riders.draws[:, GAP_OUT], by_card
        leaving["journey"], leaving["entered_us"] = riders.journey, passed_us
        leaving["track_m"] = self.network.trip_m[riders.origin, riders.target]
        self._leaving.add(span.index + slots.of(at_us), leaving)

    def _leave(self, leaving: Records, passed_us: Int, slots: Slots) -> None:
        """Count and tell who leaves."""
        station = leaving["station"]
        self.stations.leave(slots.of(passed_us), station)
        took_s = (passed_us - leaving["entered_us"])[self.stations.here[station]] / SECOND_US
        self.site.sample(kinds.JOURNEY, took_s)
        if self.site.is_heard(METRO_EXIT):
            columns = self._told(station, leaving["direction"], leaving["by_card"], leaving["journey"])
            self._tell(METRO_EXIT, passed_us, station, columns | {"distance_km": leaving["track_m"] / 1_000})

    def _tell_entries(self, riders: Riders, trips: Trips, passed_us: Int, by_card: Flags) -> None:
        if self.site.is_heard(METRO_ENTRY):
            columns = self._told(riders.origin, trips.first, by_card, riders.journey)
            self._tell(METRO_ENTRY, passed_us, riders.origin, columns)

    def _told(self, station: Int, direction: Int, by_card: Flags, journey: Int) -> dict[str, NDArray[np.generic]]:
        """Return what is told of passages in and out alike."""
        return {
            "station": self._station[station],
            "line": self._line[direction],
            "latitude": self.network.latitude[station],
            "longitude": self.network.longitude[station],
            "by_card": by_card,
            "journey": journey,
        }

    def _tell(self, cause: Cause, at_us: Int, station: Int, columns: Mapping[str, NDArray[np.generic]]) -> None:
        """Tell passages at the gates of the scenario's districts."""
        here = self.stations.here[station]
        district = self.site.roster.district_codes()[self.stations.device[station[here]]]
        self.site.tell_rows(cause, at_us[here], district, {name: column[here] for name, column in columns.items()})

    def _standstills(self, slots: Slots) -> list[Standstill]:
        """Return when the line stands, in s after the midnight of the service day."""
        ends = [(each.start_us - slots.midnight_us, each.end_us - slots.midnight_us) for each in self.down]
        return [Standstill(self.broken, start_us / SECOND_US, end_us / SECOND_US) for start_us, end_us in ends]


def _between(draw: Real, least_us: float, most_us: float) -> Int:
    return (least_us + draw * (most_us - least_us)).astype(np.int64)
