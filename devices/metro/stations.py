"""Stations: who is in them, at gates and on platforms, and the row that each leaves every minute.

Owns counts of persons by station. Where riders go, and when they pass gates, others say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from devices.metro import kinds
from devices.metro.ahead import Tally
from devices.metro.figures import OPEN_FROM, OPEN_UNTIL
from devices.metro.gates import Gates
from devices.metro.kinds import STATION_FLOW, StationState
from devices.metro.network import Network
from devices.metro.parameters import StationParameters
from devices.metro.trips import Ride
from sim.arrays import Code, Flags, Int, Real
from sim.city.site import Site
from sim.events.batches import Span
from sim.units import DAY_US, HOUR_US

GATE_HORIZON = 60  # slices; nobody queues at a gate for longer
_OPENS_US, _CLOSES_US = (round(float(each) * HOUR_US) for each in (OPEN_FROM, OPEN_UNTIL))


@dataclass(slots=True)
class Stations:
    """All stations of the city, of which those with a `device` (n,), not -1, stand in the districts of the scenario."""

    site: Site
    parameters: StationParameters
    network: Network
    gates: Gates
    device: Code
    horizon: int
    here: Flags = field(init=False)
    _entered: Tally = field(init=False)
    _exited: Tally = field(init=False)
    _waiting: Tally = field(init=False)
    _inside: Tally = field(init=False)
    _taps: Tally = field(init=False)
    _now: dict[str, Int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with empty stations."""
        count = len(self.device)
        self.here = self.device >= 0
        self._entered, self._exited, self._waiting, self._inside = (Tally(count, self.horizon) for _ in range(4))
        self._taps = Tally(int(self.gates.count.sum()), GATE_HORIZON)
        self._now = {"waiting": np.zeros(count, dtype=np.int64), "inside": np.zeros(count, dtype=np.int64)}

    def enter(self, slot: Int, station: Int) -> None:
        """Count riders who pass gates inwards, by slot: 0 is the present slice."""
        self._entered.add(slot, station)
        self._inside.add(slot, station)

    def leave(self, slot: Int, station: Int) -> None:
        """Count riders who pass gates outwards."""
        self._exited.add(slot, station)
        self._inside.add(slot, station, -1)

    def tap(self, slot: Int, gate: Int) -> None:
        """Count passages by gate."""
        self._taps.add(slot, gate)

    def ride(self, ride: Ride, slot_of: "Slots") -> None:
        """Count riders on platforms while they wait, out of the station while they ride, and in the next from there on."""
        boards = slot_of(ride.board_s)
        self._waiting.add(slot_of(ride.from_s), ride.origin)
        self._waiting.add(boards, ride.origin, -1)
        self._inside.add(boards, ride.origin, -1)
        self._inside.add(slot_of(ride.alight_s), ride.target)

    def close(self, span: Span) -> None:
        """Leave the rows, samples and census of a slice, and go on to the next."""
        entered, exited, taps = (each.turn() for each in (self._entered, self._exited, self._taps))
        self._now["waiting"] += self._waiting.turn()
        self._now["inside"] += self._inside.turn()
        occupancy = self._now["inside"] / (self.parameters.platform * self.network.lines_at * self.site.scale)
        state, is_open = self._states(occupancy, span), self._is_open(span)
        columns = {
            "station_state": state,
            "entered": entered,
            "exited": exited,
            "waiting": self._now["waiting"],
            "inside": self._now["inside"],
            "gates_open": self.gates.count if is_open else np.zeros_like(self.gates.count),
            "occupancy": occupancy,
        }
        here, device = self.here, self.device[self.here]
        at_us = np.full(len(device), span.end_us - 1, dtype=np.int64)
        self.site.rows(STATION_FLOW, at_us, device, {name: column[here] for name, column in columns.items()})
        self.site.count_states("station", device, state[here])
        self._sample(occupancy, taps)

    def _sample(self, occupancy: Real, taps: Int) -> None:
        self.site.sample(kinds.OCCUPANCY, occupancy[self.here])
        taps = taps[np.repeat(self.here, self.gates.count)]
        self.site.sample(kinds.GATE_RATE, taps[taps > 0])

    def _is_open(self, span: Span) -> bool:
        clock_us = (span.start_us - self.site.calendar.day_start_us(span.start_us)) % DAY_US
        return _OPENS_US <= clock_us < _CLOSES_US

    def _states(self, occupancy: Real, span: Span) -> Int:
        """Return the state of each station; one that is closed and not yet empty is as full as it is."""
        bounds: Sequence[float] = (self.parameters.busy, 1.0)
        state = np.array([StationState.CALM, StationState.BUSY, StationState.CROWDED])[np.searchsorted(bounds, occupancy, side="right")]
        return state if self._is_open(span) else np.where(self._now["inside"] > 0, state, StationState.CLOSED)


@dataclass(frozen=True, slots=True)
class Slots:
    """Turns instants, s after the midnight of a service day, into slots from the present slice on."""

    midnight_us: int
    now_us: int
    slice_us: int

    def instant_us(self, at_s: Real) -> Int:
        """Return city time, µs."""
        return self.midnight_us + np.rint(at_s * 1_000_000).astype(np.int64)

    def seconds(self, at_us: Int) -> Real:
        """Return s after midnight."""
        return (at_us - self.midnight_us) / 1_000_000

    def of(self, at_us: Int) -> Int:
        """Return slots of city time."""
        return (at_us - self.now_us) // self.slice_us

    def __call__(self, at_s: Real) -> Int:
        """Return slots of s after midnight."""
        return self.of(self.instant_us(at_s))
