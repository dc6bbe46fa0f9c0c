"""Closing a slice: raw rows become batches in strict time order, numbered and with a release.

Owns rounding, the sort, moved ties and sequence numbers. Rows come from `sim.events.collector`, networks from the systems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.city.uplinks import Uplinks
from sim.events.batches import WITHHELD, Batch, Column, Roster, Span
from sim.events.collector import Block
from sim.events.kinds import Field, FieldType, Kind
from sim.names import Names

# Numpy sorts 16-bit keys by radix, in linear time; wider ones by comparing.
RADIX_BITS = 16
# Numpy's stable sort merges sorted runs and wins while they are few; beyond, the plain sort does (measured).
FEW_RUNS = 1_000

Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows by district: `order` of the rows by (district, row), and where in it the rows of each code begin and end."""

    order: NDArray[np.intp]
    bounds: tuple[tuple[int, int, int], ...]  # code, begin, end

    @classmethod
    def of(cls, district: NDArray[np.int16]) -> "_Groups":
        counts = np.bincount(district)
        codes = np.flatnonzero(counts)
        ends = np.cumsum(counts[codes])
        bounds = zip(codes.tolist(), (ends - counts[codes]).tolist(), ends.tolist(), strict=True)
        return cls(np.argsort(district, kind="stable"), tuple(bounds))

    def scatter(self, grouped: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a column that is in this order in the order of the rows."""
        scattered = np.empty_like(grouped)
        scattered[self.order] = grouped
        return scattered


@dataclass(slots=True)
class Sequencer:
    """Closes one kind slice by slice; remembers the last time of each district and the next number of each device.

    `uplinks` is how its events leave the city, `names` decodes its TEXT fields.
    """

    kind: Kind
    uplinks: Uplinks
    names: Mapping[str, Names]
    _last_us: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _next_seq: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, dtype=np.uint32))

    @property
    def roster(self) -> Roster:
        """Return the devices."""
        return self.uplinks.roster

    def close(self, span: Span, blocks: Sequence[Block]) -> Batch:
        """Return the slice's batch; slices come in order. A single block that is sorted already is taken over, not copied.

        Raises ValueError when a row lies outside the slice or names no device, or when columns differ in length.
        """
        time_us, device, columns = _join(self.kind, blocks)
        self._check(span, time_us, device)
        order = time_order(time_us - span.start_us, device, len(self.roster))
        if order is not None:
            time_us, device = time_us[order], device[order]
            columns = {name: column[order] for name, column in columns.items()}
        district = self.roster.district_codes()[device]
        groups = _Groups.of(district)
        happened_us, time_us = time_us, self._without_ties(time_us, district, groups)
        release_us = np.full_like(time_us, WITHHELD) if self.kind.label else self.uplinks.all_passed(device, time_us, happened_us)
        fault = np.zeros(len(time_us), dtype=np.uint8)
        seq = self._number(device)
        return Batch(
            kind=self.kind,
            roster=self.roster,
            time_us=time_us,
            release_us=release_us,
            district=district,
            device=device,
            seq=seq,
            fault=fault,
            columns=columns,
            names=self.names,
        )

    def _check(self, span: Span, time_us: NDArray[np.int64], device: NDArray[np.int32]) -> None:
        if not len(time_us):
            return
        for at_us in (int(time_us.min()), int(time_us.max())):
            if not span.start_us <= at_us < span.end_us:
                msg = f"kind {self.kind.name}: a row at {at_us} lies outside its slice, {span.start_us} up to {span.end_us}"
                raise ValueError(msg)
        for number in (int(device.min()), int(device.max())):
            if not 0 <= number < len(self.roster):
                msg = f"kind {self.kind.name}: there is no device {number} in system {self.kind.system!r}"
                raise ValueError(msg)

    def _without_ties(self, time_us: NDArray[np.int64], district: NDArray[np.int16], groups: _Groups) -> NDArray[np.int64]:
        """Move ties on by 1 µs within each district, carried over slice ends."""
        if len(self._last_us) < len(self.roster.districts):
            grown = np.full(len(self.roster.districts), np.iinfo(np.int64).min, dtype=np.int64)
            grown[: len(self._last_us)] = self._last_us
            self._last_us = grown
        if _increases(time_us) and (not len(time_us) or time_us[0] > self._last_us.max()):
            self._last_us[district] = time_us  # of equal indices numpy keeps the last, which is the latest
            return time_us
        grouped = time_us[groups.order]
        for code, begin, end in groups.bounds:
            grouped[begin:end] = strictly_after(grouped[begin:end], int(self._last_us[code]))
            self._last_us[code] = grouped[end - 1]
        return groups.scatter(grouped)

    def _number(self, device: NDArray[np.int32]) -> NDArray[np.int64]:
        if len(self._next_seq) < len(self.roster):
            grown = np.zeros(len(self.roster), dtype=np.uint32)
            grown[: len(self._next_seq)] = self._next_seq
            self._next_seq = grown
        order = device_order(device, len(self.roster))
        grouped = device[order]
        firsts = np.flatnonzero(np.concatenate([[True], grouped[1:] != grouped[:-1]])) if len(grouped) else grouped
        counts = np.diff(np.append(firsts, len(grouped)))
        owners = grouped[firsts]
        seq = np.empty(len(device), dtype=np.int64)
        # Numbers rise by one except where a device begins: one running sum, which numpy does faster than repeating.
        steps = np.ones(len(device), dtype=np.int64)
        begin = self._next_seq[owners].astype(np.int64)
        self._next_seq[owners] = begin + counts
        steps[firsts] = np.diff(begin, prepend=0) - np.concatenate([[0], counts - 1])[:-1]
        seq[order] = np.cumsum(steps, out=steps)
        return seq


def time_order(offset_us: NDArray[np.int64], device: NDArray[np.int32], devices: int) -> NDArray[np.intp] | None:
    """Return the order by (time, device, order of emission), or None when the rows have it already.

    `offset_us` counts from the start of the slice, `device` is below `devices`; time and device make one key of 63 bits.
    """
    key = offset_us * devices + device
    descents = np.count_nonzero(key[1:] < key[:-1])
    if not descents:
        return None
    if descents > FEW_RUNS:
        order = np.argsort(key)
        ordered = key[order]
        if bool((ordered[1:] > ordered[:-1]).all()):
            return order
    return np.argsort(key, kind="stable")


def device_order(device: NDArray[np.int32], devices: int) -> NDArray[np.intp]:
    """Return the order by (device, row), sorting 16 bits at a time from the lowest: shape (n,)."""
    order = np.argsort(device.astype(np.uint16), kind="stable")
    if devices <= 1 << RADIX_BITS:
        return order
    high = (device >> RADIX_BITS).astype(np.uint16)
    return order[np.argsort(high[order], kind="stable")]


def _increases(time_us: NDArray[np.int64]) -> bool:
    return bool((time_us[1:] > time_us[:-1]).all())


def strictly_after(time_us: NDArray[np.int64], last_us: int) -> NDArray[np.int64]:
    """Return sorted times made strictly increasing and later than `last_us`, moving each as little as possible.

    With t'[i] = max(t[i], t'[i-1] + 1) the sequence t'[i] - i is a running maximum, hence one `maximum.accumulate`.
    """
    if not len(time_us) or (time_us[0] > last_us and _increases(time_us)):
        return time_us
    step = np.arange(len(time_us))
    slack = time_us - step
    slack[0] = max(int(slack[0]), last_us + 1)
    return np.asarray(np.maximum.accumulate(slack) + step, dtype=np.int64)


def _join(kind: Kind, blocks: Sequence[Block]) -> tuple[NDArray[np.int64], NDArray[np.int32], dict[str, Column]]:
    time_us = _joined([block.time_us for block in blocks])
    device = _joined([block.device for block in blocks])
    columns = {each.name: _joined([_column(each, block) for block in blocks]) for each in kind.fields}
    return time_us, device, columns


def _column(declared: Field, block: Block) -> Column:
    """Return one column of a block in the field's own type and resolution."""
    column = np.asarray(block.columns[declared.name], dtype=declared.dtype)
    if len(column) != len(block):
        msg = f"kind {block.kind.name}: {declared.name} has {len(column)} values for {len(block)} rows"
        raise ValueError(msg)
    rough = declared.type is FieldType.REAL and not block.rounded
    return np.asarray(np.round(column.astype(np.float64, copy=False), declared.decimals)) if rough else column


def _joined(parts: Sequence[NDArray[Value]]) -> NDArray[Value]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
