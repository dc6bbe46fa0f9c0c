"""Links: the network between a device and the broker, as far as it changes what was meant.

Owns latency, loss and outages with store-and-forward. Faults of messages already on the wire are `sim.faults`'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.batches import WITHHELD


@dataclass(frozen=True, slots=True)
class Blackout:
    """A stretch in which nothing passes: city time, µs, end exclusive."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Link:
    """Log-normal latency (median µs, sigma of its logarithm), a share lost, and what happens in blackouts.

    With `stores` a device keeps what it cannot send and hands it over from the end of the blackout on, oldest first, one
    every `drain_us`; without, events of a blackout are lost.
    """

    latency_us: int = 0
    sigma: float = 0.0
    loss: float = 0.0
    stores: bool = True
    drain_us: int = 20_000

    def release(
        self,
        time_us: NDArray[np.int64],
        device: NDArray[np.int32],
        blackouts: Sequence[Blackout],
        rng: np.random.Generator,
    ) -> NDArray[np.int64]:
        """Return when each event is handed to the network (WITHHELD for lost ones): shape (n,), city time, µs.

        `time_us` is sorted. Blackouts do not overlap.
        """
        release = time_us + self._latency(len(time_us), rng)
        if self.loss:
            release[rng.random(len(time_us)) < self.loss] = WITHHELD
        for blackout in blackouts:
            caught = (release >= blackout.start_us) & (release < blackout.end_us)
            if not caught.any():
                continue
            if self.stores:
                release[caught] = blackout.end_us + self.drain_us * (1 + _rank(device[caught]))
            else:
                release[caught] = WITHHELD
        return release

    def _latency(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        if not self.sigma or not self.latency_us:
            return np.full(count, self.latency_us, dtype=np.int64)
        drawn = self.latency_us * np.exp(self.sigma * rng.standard_normal(count))
        return np.rint(drawn).astype(np.int64)


def _rank(device: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many earlier rows have the same device: shape (n,)."""
    order = np.argsort(device, kind="stable")
    grouped = device[order]
    first = np.flatnonzero(np.r_[True, grouped[1:] != grouped[:-1]])
    rank = np.empty(len(device), dtype=np.int64)
    rank[order] = np.arange(len(device)) - np.repeat(first, np.diff(np.r_[first, len(device)]))
    return rank
