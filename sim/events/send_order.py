"""The order in which a slice's events leave this process.

Owns one sort. Releases come from links, extra delays from wire faults.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.events.batches import WITHHELD, Batch, SendOrder


def in_send_order(batches: Sequence[Batch], extra_us: Sequence[NDArray[np.int64]] | None = None) -> SendOrder:
    """Return all events with a release, sorted by release plus extra delay, those of one instant by time, batch and row.

    `extra_us` has one array per batch, of the batch's length.
    """
    if not batches:
        return SendOrder(np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0, np.int32))
    leaving = [np.flatnonzero(batch.release_us != WITHHELD) for batch in batches]
    at_us = [batch.release_us[rows] for batch, rows in zip(batches, leaving, strict=True)]
    if extra_us is not None:
        at_us = [at + extra[rows] for at, extra, rows in zip(at_us, extra_us, leaving, strict=True)]
    joined = np.concatenate(at_us)
    order = _in_order(joined, [batch.time_us[rows] for batch, rows in zip(batches, leaving, strict=True)])
    place = np.repeat(np.arange(len(batches), dtype=np.int16), [len(rows) for rows in leaving])
    return SendOrder(joined[order], place[order], np.concatenate(leaving).astype(np.int32)[order])


def _in_order(at_us: NDArray[np.int64], times_us: Sequence[NDArray[np.int64]]) -> NDArray[np.intp]:
    """Return the order by instant; only the few rows that leave at one instant are sorted by time as well."""
    order = np.argsort(at_us, kind="stable")
    sorted_us = at_us[order]
    same = np.flatnonzero(sorted_us[1:] == sorted_us[:-1])
    if len(same):
        places = np.union1d(same, same + 1)
        tied, time_us = order[places], np.concatenate(times_us)
        order[places] = tied[np.lexsort((tied, time_us[tied], at_us[tied]))]
    return order
