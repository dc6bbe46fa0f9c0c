"""Links: the network between a device and the broker, as far as it changes what was meant.

Owns latency, loss and outages with store-and-forward. Faults of messages already on the wire are `sim.faults`'.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.batches import WITHHELD
from sim.errors import UsageError
from sim.parameters import Micros, Share
from sim.units import micros, share


@dataclass(frozen=True, slots=True)
class Blackout:
    """A stretch in which nothing passes: city time, µs, end exclusive."""

    start_us: int
    end_us: int


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Backlog:
    """How many events of one kind each device has stored in its latest blackout: what a link remembers between slices."""

    _blackout_us: NDArray[np.int64] = field(default_factory=_no_rows)  # by device: the end of that blackout
    _stored: NDArray[np.int64] = field(default_factory=_no_rows)

    def length(self, device: NDArray[np.int32], blackout: Blackout) -> NDArray[np.int64]:
        """Return how many events the device of each row has stored in a blackout so far: shape (n,)."""
        self._make_room(device)
        return np.where(self._blackout_us[device] == blackout.end_us, self._stored[device], 0)

    def store(self, device: NDArray[np.int32], blackout: Blackout) -> NDArray[np.int64]:
        """Add rows in order and return the place of each in its device's store, from 0: shape (n,)."""
        self._make_room(device)
        self._stored[device] *= self._blackout_us[device] == blackout.end_us
        self._blackout_us[device] = blackout.end_us
        places: NDArray[np.int64] = _rank(device) + self._stored[device]
        np.maximum.at(self._stored, device, places + 1)
        return places

    def _make_room(self, device: NDArray[np.int32]) -> None:
        missing = int(device.max(initial=-1)) + 1 - len(self._stored)
        if missing > 0:
            self._stored = np.append(self._stored, np.zeros(missing, dtype=np.int64))
            self._blackout_us = np.append(self._blackout_us, np.zeros(missing, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Link:
    """Log-normal latency (median µs, sigma of its logarithm), a share lost, and what happens in blackouts.

    With `stores` a device keeps what it cannot send and hands it over from the end of the blackout on, oldest first, one
    every `drain_us`; what happens while it still does so queues behind. Without, events of a blackout are lost.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    latency_us: Micros = 0
    sigma: float = 0.0
    loss: Share = 0.0
    stores: bool = True
    drain_us: Micros = 20_000

    def __post_init__(self) -> None:
        """Read what was given as text, such as `60ms` and `1%`. Raises UsageError for what no network can be."""
        for name, read in (("latency_us", micros), ("loss", share), ("drain_us", micros), ("sigma", float)):
            given = getattr(self, name)
            object.__setattr__(self, name, read(given) if isinstance(given, str) else given)
            if not 0 <= getattr(self, name) <= (1 if name == "loss" else math.inf):
                msg = f"link: {name} cannot be {given!r}"
                raise UsageError(msg)

    @property
    def by_chance(self) -> bool:
        """Return whether anything is drawn: without, and without a blackout, a release is time plus latency."""
        return bool(self.loss or (self.sigma and self.latency_us))

    def release(
        self,
        time_us: NDArray[np.int64],
        device: NDArray[np.int32],
        blackouts: Sequence[Blackout],
        backlog: Backlog,
        rng: np.random.Generator,
    ) -> NDArray[np.int64]:
        """Return when each event is handed to the network (WITHHELD for lost ones): shape (n,), city time, µs.

        `time_us` is sorted and later than in the calls before. Blackouts are in order and do not overlap. `backlog` is this kind's,
        the same at every call.
        """
        release: NDArray[np.int64] = time_us + self._latency(len(time_us), rng)
        if self.loss:
            lost = rng.binomial(len(time_us), self.loss)
            release[rng.choice(len(time_us), lost, replace=False, shuffle=False)] = WITHHELD
        for blackout in blackouts:
            if self.stores:
                self._hold(release, device, blackout, backlog)
            else:
                release[(release >= blackout.start_us) & (release < blackout.end_us)] = WITHHELD
        return release

    def _hold(self, release: NDArray[np.int64], device: NDArray[np.int32], blackout: Blackout, backlog: Backlog) -> None:
        """Move what a blackout catches to after its end, then what would overtake a device's own store to behind it."""
        placed = np.zeros(len(release), dtype=np.bool_)
        waits = (release >= blackout.start_us) & (release < blackout.end_us)
        while True:
            if waits.any():
                release[waits] = blackout.end_us + self.drain_us * (1 + backlog.store(device[waits], blackout))
                placed |= waits
            emptied_us = blackout.end_us + self.drain_us * backlog.length(device, blackout)
            waits = (release >= blackout.end_us) & (release <= emptied_us) & ~placed
            if not waits.any():
                return

    def _latency(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        if not self.sigma or not self.latency_us:
            return np.full(count, self.latency_us, dtype=np.int64)
        # Single precision is to the microsecond up to 16 s and costs half.
        drawn = rng.standard_normal(count, dtype=np.float32)
        drawn *= self.sigma
        np.exp(drawn, out=drawn)
        drawn *= self.latency_us
        return np.rint(drawn, out=drawn).astype(np.int64)


def _rank(device: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many earlier rows have the same device: shape (n,)."""
    order = np.argsort(device, kind="stable")
    grouped = device[order]
    first = np.flatnonzero(np.r_[True, grouped[1:] != grouped[:-1]])
    rank = np.empty(len(device), dtype=np.int64)
    rank[order] = np.arange(len(device)) - np.repeat(first, np.diff(np.r_[first, len(device)]))
    return rank
