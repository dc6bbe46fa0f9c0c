"""The collector: where processes and cohorts leave what happened in a slice.

Owns raw rows until the slice is closed. It knows neither order nor digests; `sim.engine.sequencing` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import UsageError
from sim.events.batches import Column, Mark, Sample
from sim.events.kinds import Kind
from sim.events.row_checks import RowChecks, as_column, as_whole, check_names, check_sample, check_samples


@dataclass(frozen=True, slots=True)
class Block:
    """Raw rows of one kind: equal lengths, any order, every field of the kind present.

    `rounded` says that every REAL already has its kind's decimals, as `numpy.round` gives them.
    """

    kind: Kind
    time_us: NDArray[np.int64]
    device: NDArray[np.int32]
    columns: Mapping[str, Column]
    rounded: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time_us)


class Collector:
    """Takes rows one by one from processes and as columns from cohorts.

    Single rows are kept as one flat list for each kind (no object per event, which would wake the garbage collector).
    """

    def __init__(self) -> None:
        """Start empty; with `checks` set, what no system declares and what no column can hold is refused at once."""
        self.checks: RowChecks | None = None
        self._flat: dict[str, tuple[Kind, list[object]]] = {}
        self._blocks: dict[str, list[Block]] = {}
        self._samples: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
        self._single: dict[tuple[str, str], list[float]] = {}
        self._marks: list[Mark] = []

    def record(self, kind: Kind, time_us: int, device: int, *values: object) -> None:
        """Leave one row: values of all fields in schema order; CHOICE as index, TEXT as code, absent as the field's own mark.

        `time_us` may lie in a later slice, never in a closed one. Raises UsageError for values that are missing, too many, or that
        their fields cannot hold, and for what no system declares.
        """
        if self.checks is not None:
            self.checks.time(kind, int(time_us))
            self.checks.form(kind).check(device, values)
        elif len(values) != len(kind.fields):
            msg = f"kind {kind.name} has {len(kind.fields)} fields, got {len(values)} values"
            raise UsageError(msg)
        entry = self._flat.get(kind.name)
        if entry is None:
            entry = self._flat[kind.name] = (kind, [])
        entry[1].extend((time_us, device, *values))

    def rows(
        self,
        kind: Kind,
        time_us: ArrayLike,
        device: ArrayLike,
        columns: Mapping[str, ArrayLike],
        *,
        rounded: bool = False,
    ) -> None:
        """Leave rows as columns, one for every field of the kind. Rows sorted by (time, device) close faster.

        Raises UsageError for columns that are missing, of another length, or that their fields cannot hold, and for what no system
        declares.
        """
        times = as_whole(kind.title, "time_us", time_us).astype(np.int64, copy=False)
        if not len(times):
            return
        devices = as_whole(kind.title, "device", device).astype(np.int32, copy=False)
        if len(devices) != len(times):
            msg = f"kind {kind.name}: device has {len(devices)} values for {len(times)} rows"
            raise UsageError(msg)
        check_names(kind, columns)
        held = {each.name: as_column(kind.title, each, columns[each.name], len(times)) for each in kind.fields}
        if self.checks is not None:
            self.checks.rows(kind, times, devices, held)
        self._blocks.setdefault(kind.name, []).append(Block(kind, times, devices, held, rounded))

    def sample(self, measure: str, values: ArrayLike, where: str = "") -> None:
        """Leave samples of a modelled measure: one number or many. Raises UsageError for an unknown measure and for what it cannot be."""
        unit = "" if self.checks is None else self.checks.unit(measure, where)
        if isinstance(values, int | float):
            check_sample(measure, values, unit)
            self._single.setdefault((measure, where), []).append(float(values))
        else:
            array = np.ravel(np.asarray(values, dtype=np.float64))  # a numpy scalar has no axis to be joined along
            if array.size:
                check_samples(measure, array, unit)
                self._samples.setdefault((measure, where), []).append(array)

    def mark(self, at_us: int, what: str, text: str) -> None:
        """Leave a mark for boards and report."""
        self._marks.append(Mark(at_us, what, text))

    def take_blocks(self, end_us: int) -> dict[str, list[Block]]:
        """Return and forget all rows before `end_us`, by kind name; later rows stay for their slice."""
        taken: dict[str, list[Block]] = {}
        gathered = self._blocks
        self._blocks = {}
        for name, (kind, flat) in self._flat.items():
            if flat:
                gathered.setdefault(name, []).append(_block(kind, flat))
                flat.clear()
        for name, blocks in gathered.items():
            for block in blocks:
                self._split(name, block, end_us, taken)
        return taken

    def _split(self, name: str, block: Block, end_us: int, taken: dict[str, list[Block]]) -> None:
        now = block.time_us < end_us
        if now.all():
            taken.setdefault(name, []).append(block)
            return
        if now.any():
            taken.setdefault(name, []).append(_choose(block, now))
        self._blocks.setdefault(name, []).append(_choose(block, ~now))

    def take_samples(self) -> tuple[Sample, ...]:
        """Return and forget all samples, one entry for each measure and label, in order of first use."""
        for (measure, where), values in self._single.items():
            self._samples.setdefault((measure, where), []).append(np.array(values))
        taken = tuple(Sample(measure, where, np.concatenate(arrays)) for (measure, where), arrays in self._samples.items())
        self._samples.clear()
        self._single.clear()
        return taken

    def take_marks(self) -> tuple[Mark, ...]:
        """Return and forget all marks, in order of time."""
        taken = tuple(sorted(self._marks, key=lambda mark: mark.at_us))
        self._marks.clear()
        return taken


def _block(kind: Kind, flat: list[object]) -> Block:
    width = 2 + len(kind.fields)
    columns = {field.name: np.array(flat[2 + place :: width], dtype=field.dtype) for place, field in enumerate(kind.fields)}
    return Block(kind, np.array(flat[0::width], dtype=np.int64), np.array(flat[1::width], dtype=np.int32), columns)


def _choose(block: Block, rows: NDArray[np.bool_]) -> Block:
    columns = {name: column[rows] for name, column in block.columns.items()}
    return Block(block.kind, block.time_us[rows], block.device[rows], columns, block.rounded)
