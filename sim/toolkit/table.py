"""Tables that grow at one end and are forgotten at the other: what processes leave for the cohorts of the same slice.

Owns the storage of rows, their numbers and the forgetting. What a row means says the NamedTuple that declares it.
"""

from struct import Struct
from typing import Any, Generic, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Int, Records

Row = TypeVar("Row", bound=tuple[Any, ...])

CODES = {int: "q", bool: "q", float: "d"}  # by the type of a column: a flag is kept as 0 or 1
ROOM = 1024  # rows to begin with


class Table(Generic[Row]):
    """Rows of one kind as columns, declared by a NamedTuple of int, bool and float: names are written once and used on both sides.

    >>> Tap = NamedTuple("Tap", [("time_us", int), ("card", int)])
    >>> taps = Table(Tap)
    >>> taps.add(Tap(time_us=5, card=81))
    >>> taps.between(0, 60)["card"]
    array([81])

    `time` names the column by which rows are chosen and forgotten. Rows are numbered from 0 as they come. `first` have left; where times
    never go back a row keeps its number when older ones leave.
    """

    __slots__ = ("_begin", "_end", "_fresh", "_names", "_pack", "_rows", "_time", "dtype", "first")

    def __init__(self, row: type[Row], time: str = "time_us") -> None:
        """Start empty. Raises TypeError for a column of another type, or without a column called `time`."""
        hints = get_type_hints(row)
        if time not in hints or not set(hints.values()) <= CODES.keys():
            msg = f"a table's row has columns of int, bool and float, one of them called {time!r}: {row.__name__} has {hints}"
            raise TypeError(msg)
        codes = {name: CODES[kind] for name, kind in hints.items()}
        self.dtype = np.dtype([(name, np.int64 if code == "q" else np.float64) for name, code in codes.items()])
        self.first = 0
        self._names = set(codes)
        self._time = time
        self._pack = Struct("=" + "".join(codes.values())).pack
        self._fresh = bytearray()  # rows added one by one, packed: no object outlives its turn for the garbage collector to look at
        self._rows: Records = np.empty(ROOM, dtype=self.dtype)
        self._begin = self._end = 0

    def __len__(self) -> int:
        """Return how many rows are kept."""
        return self._end - self._begin + len(self._fresh) // self.dtype.itemsize

    @property
    def end(self) -> int:
        """Return the number that the next row will have."""
        return self.first + len(self)

    def add(self, row: Row) -> None:
        """Leave one row."""
        self._fresh += self._pack(*row)

    def extend(self, **columns: NDArray[Any]) -> None:
        """Leave many rows at once, all columns by name and of equal length. Raises TypeError for a wrong or missing name."""
        if columns.keys() != self._names:
            msg = f"a row has the columns {', '.join(self.dtype.names or ())}, not {', '.join(columns)}"
            raise TypeError(msg)
        rows = np.empty(len(columns[self._time]), dtype=self.dtype)
        for name, column in columns.items():
            rows[name] = column
        self.put(rows)

    def put(self, rows: Records) -> None:
        """Leave rows of another table of the same declaration."""
        if self._fresh:
            self._settle()
        self._append(rows)

    @property
    def rows(self) -> Records:
        """Return all rows in the order in which they came; not to be written to, and unchanged by what comes later."""
        if self._fresh:
            self._settle()
        return self._rows[self._begin : self._end]

    def at(self, numbers: Int) -> Records:
        """Return rows by number, which must not have left: shape of `numbers`."""
        return self.rows[numbers - self.first]

    def since(self, number: int) -> Records:
        """Return the rows from a number on, as far as they have not left."""
        return self.rows[max(number - self.first, 0) :]

    def between(self, start_us: int, end_us: int) -> Records:
        """Return the rows of a stretch of time, end exclusive, in order of time."""
        rows = self.rows
        at_us = rows[self._time]
        chosen = np.flatnonzero((at_us >= start_us) & (at_us < end_us))
        return rows[chosen[np.argsort(at_us[chosen], kind="stable")]]

    def take_before(self, at_us: int) -> Records:
        """Return the rows before an instant, in order of time, and forget them: what comes later waits for its slice."""
        rows = self.rows
        due = rows[self._time] < at_us
        self._keep(~due)
        ready = rows[due]
        return ready[np.argsort(ready[self._time], kind="stable")]

    def forget_before(self, at_us: int) -> None:
        """Forget the rows before an instant, so that memory does not grow with the run."""
        self._keep(self.rows[self._time] >= at_us)

    def _keep(self, kept: Flags) -> None:
        """Forget all rows but those marked."""
        left = len(kept) - int(np.count_nonzero(kept))
        if left and kept[left:].all():
            self._begin += left
        elif left:
            self._rows = self.rows[kept]
            self._begin, self._end = 0, len(self._rows)
        self.first += left

    def _settle(self) -> None:
        """Put rows that were added one by one to the others."""
        fresh, self._fresh = self._fresh, bytearray()
        self._append(np.frombuffer(fresh, dtype=self.dtype))

    def _append(self, rows: Records) -> None:
        """Put rows behind the others; whoever still reads the rows of before keeps them as they were."""
        if self._end + len(rows) > len(self._rows):
            kept = self._rows[self._begin : self._end]
            self._rows = np.empty(max(ROOM, 2 * (len(kept) + len(rows))), dtype=self.dtype)
            self._rows[: len(kept)] = kept
            self._begin, self._end = 0, len(kept)
        self._rows[self._end : self._end + len(rows)] = rows
        self._end += len(rows)
