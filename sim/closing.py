"""Closing a slice: raw rows become batches in strict time order, numbered and with a release.

Owns rounding, the sort, moved ties and sequence numbers. Rows come from `sim.collector`, networks from the systems.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.batches import Batch, Column, Roster, Span
from sim.collector import Block
from sim.kinds import FieldType, Kind
from sim.links import Backlog, Blackout, Link
from sim.names import Names
from sim.streams import Streams

# Room for the device below the time in one sort key: 2**22 devices a system, 2**41 µs (25 days) a slice.
DEVICE_BITS = 22


@dataclass(frozen=True, slots=True)
class Outlet:
    """How a kind's events leave the city: its devices, their network, and the networks' outages by district name."""

    roster: Roster
    link: Link
    blackouts: Callable[[str], Sequence[Blackout]]
    names: Mapping[str, Names]


@dataclass(slots=True)
class Closer:
    """Closes one kind slice by slice; remembers the last time of each district and the next number of each device."""

    kind: Kind
    outlet: Outlet
    streams: Streams
    _backlog: Backlog = field(default_factory=Backlog)
    _last_us: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _next_seq: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def close(self, span: Span, blocks: Sequence[Block]) -> Batch:
        """Return the slice's batch. Raises ValueError when a row lies outside the slice."""
        time_us, device, columns = _join(self.kind, blocks)
        order = time_order(time_us - span.start_us, device)
        if order is not None:
            time_us, device = time_us[order], device[order]
            columns = {name: column[order] for name, column in columns.items()}
        if len(time_us) and (time_us[0] < span.start_us or time_us[-1] >= span.end_us):
            msg = f"kind {self.kind.name}: a row lies outside the slice that is being closed"
            raise ValueError(msg)
        district = self.outlet.roster.district_codes()[device]
        time_us = self._without_ties(time_us, district)
        release_us = self._release(span, time_us, device, district)
        fault = np.zeros(len(time_us), dtype=np.uint8)
        seq = self._number(device)
        return Batch(self.kind, self.outlet.roster, time_us, release_us, district, device, seq, fault, columns, self.outlet.names)

    def _without_ties(self, time_us: NDArray[np.int64], district: NDArray[np.int16]) -> NDArray[np.int64]:
        """Move ties on by 1 µs within each district, carried over slice ends."""
        if len(self._last_us) < len(self.outlet.roster.districts):
            grown = np.full(len(self.outlet.roster.districts), np.iinfo(np.int64).min, dtype=np.int64)
            grown[: len(self._last_us)] = self._last_us
            self._last_us = grown
        order = np.argsort(district, kind="stable")
        grouped = time_us[order]
        codes, starts = np.unique(district[order], return_index=True)
        for code, start, end in zip(codes, starts, [*starts[1:], len(order)], strict=True):
            grouped[start:end] = strictly_after(grouped[start:end], int(self._last_us[code]))
            self._last_us[code] = grouped[end - 1]
        moved = np.empty_like(time_us)
        moved[order] = grouped
        return moved

    def _release(
        self,
        span: Span,
        time_us: NDArray[np.int64],
        device: NDArray[np.int32],
        district: NDArray[np.int16],
    ) -> NDArray[np.int64]:
        release_us = np.empty_like(time_us)
        for code in np.unique(district):
            rows = np.flatnonzero(district == code)
            name = self.outlet.roster.districts[int(code)]
            rng = self.streams.child(name, self.kind.system, "link", self.kind.name, span.index)
            blackouts = self.outlet.blackouts(name)
            release_us[rows] = self.outlet.link.release(time_us[rows], device[rows], blackouts, self._backlog, rng)
        return release_us

    def _number(self, device: NDArray[np.int32]) -> NDArray[np.int64]:
        if len(self._next_seq) < len(self.outlet.roster):
            grown = np.zeros(len(self.outlet.roster), dtype=np.int64)
            grown[: len(self._next_seq)] = self._next_seq
            self._next_seq = grown
        order = np.argsort(device, kind="stable")
        grouped = device[order]
        firsts = np.flatnonzero(np.concatenate([[True], grouped[1:] != grouped[:-1]])) if len(grouped) else grouped
        counts = np.diff(np.append(firsts, len(grouped)))
        seq = np.empty(len(device), dtype=np.int64)
        seq[order] = np.arange(len(device)) - np.repeat(firsts, counts) + self._next_seq[grouped]
        self._next_seq[grouped[firsts]] += counts
        return seq


def time_order(offset_us: NDArray[np.int64], device: NDArray[np.int32]) -> NDArray[np.intp] | None:
    """Return the order by (time, device, order of emission), or None when the rows have it already."""
    key = (offset_us << DEVICE_BITS) | device
    if len(key) < 2 or bool((key[1:] >= key[:-1]).all()):  # noqa: PLR2004 - one row is in order
        return None
    order = np.argsort(key)
    ordered = key[order]
    if bool((ordered[1:] == ordered[:-1]).any()):
        order = np.argsort(key, kind="stable")
    return order


def strictly_after(time_us: NDArray[np.int64], last_us: int) -> NDArray[np.int64]:
    """Return sorted times made strictly increasing and later than `last_us`, moving each as little as possible.

    With t'[i] = max(t[i], t'[i-1] + 1) the sequence t'[i] - i is a running maximum, hence one `maximum.accumulate`.
    """
    if not len(time_us) or (time_us[0] > last_us and bool((time_us[1:] > time_us[:-1]).all())):
        return time_us
    step = np.arange(len(time_us))
    slack = time_us - step
    slack[0] = max(int(slack[0]), last_us + 1)
    return np.asarray(np.maximum.accumulate(slack) + step, dtype=np.int64)


def _join(kind: Kind, blocks: Sequence[Block]) -> tuple[NDArray[np.int64], NDArray[np.int32], dict[str, Column]]:
    time_us = np.concatenate([block.time_us for block in blocks])
    device = np.concatenate([block.device for block in blocks])
    columns: dict[str, Column] = {}
    for each in kind.fields:
        parts = []
        for block in blocks:
            part = np.asarray(block.columns[each.name], dtype=each.dtype)
            rough = each.type is FieldType.REAL and not block.rounded
            parts.append(np.round(part.astype(np.float64), each.decimals) if rough else part)
        columns[each.name] = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return time_us, device, columns
