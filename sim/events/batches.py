"""Batches and slices: the only things that travel between parts.

Owns the columns of events and their send order. How a batch comes about is `sim.engine.sequencing`'s.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import auto

import numpy as np
from numpy.typing import NDArray

from sim.events.kinds import Choice, FieldType, Kind
from sim.names import Names, check_text

WITHHELD = np.iinfo(np.int64).max  # the release of an event that a modelled link lost
NO_NETWORK = -1  # of a device on the one link of its system

Column = NDArray[np.generic]


class Fault(Choice):
    """What the wire does to an event."""

    NONE = auto()
    LOST = auto()
    LATE = auto()
    DUPLICATED = auto()
    REORDERED = auto()
    MALFORMED = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of city time, start inclusive, end exclusive; `warm` while the city only warms up."""

    index: int
    start_us: int
    end_us: int
    warm: bool = False


class Roster:
    """The devices of one system: a device is its number here; its id and its district are rendered once.

    `names` holds the ids, `district_codes()` the district of each device as a code of `districts`, `networks()` its access network;
    `network_of` gives that of a device for which none is named.
    """

    __slots__ = ("_codes", "_district", "_network", "_networks", "_on_wire", "_wired", "check_district", "districts", "names", "network_of")

    def __init__(self, districts: Names, check_district: Callable[[str], None] | None = None) -> None:
        """Start empty; `districts` is the table shared by the whole city, `check_district` raises UsageError for an unknown one."""
        self.check_district = check_district
        self.names = Names()
        self.districts = districts
        self._district = array("h")
        self._codes = np.zeros(0, dtype=np.int16)
        self._on_wire = bytearray()
        self._wired = np.zeros(0, dtype=np.bool_)
        self._network = array("b")
        self._networks = np.zeros(0, dtype=np.int8)
        self.network_of: Callable[[str], int] = lambda _device_id: NO_NETWORK

    def add(self, device_id: str, district: str, *, on_wire: bool = False, network: int | None = None) -> int:
        """Return the number of a new device; `on_wire` for one whose events no link delays, loses or holds back.

        `network` is the code of its access network, for a system whose devices hang on several. Raises ValueError when the id is taken, and
        UsageError for a district that is not in the city.
        """
        if self.names.find(device_id) >= 0:
            msg = f"device id {device_id!r} is taken"
            raise ValueError(msg)
        if self.check_district is not None:
            self.check_district(district)
        self._district.append(self.districts.code(district))
        self._on_wire.append(on_wire)
        self._network.append(self.network_of(device_id) if network is None else network)
        return self.names.code(device_id)

    def __len__(self) -> int:
        """Return how many devices there are."""
        return len(self.names)

    def district_codes(self) -> NDArray[np.int16]:
        """Return the district code of every device: shape (devices,)."""
        if len(self._codes) != len(self._district):
            self._codes = np.array(self._district, dtype=np.int16)
        return self._codes

    def on_wire(self) -> NDArray[np.bool_]:
        """Return which devices are on a wire: shape (devices,)."""
        if len(self._wired) != len(self._on_wire):
            self._wired = np.frombuffer(bytes(self._on_wire), dtype=np.bool_)
        return self._wired

    def networks(self) -> NDArray[np.int8]:
        """Return the access network of every device, NO_NETWORK where none was named: shape (devices,)."""
        if len(self._networks) != len(self._network):
            self._networks = np.array(self._network, dtype=np.int8)
        return self._networks


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one kind as columns of equal length n, in strict time order within each district.

    time_us, release_us (int64, city time; release WITHHELD when a link lost the event), district (int16),
    device (int32, number in `roster`), seq (int64, per device and kind, from 0), fault (uint8, a Fault) and
    one column per field of the kind, by name. `names` decodes TEXT columns, by field name.
    """

    kind: Kind
    roster: Roster
    time_us: NDArray[np.int64]
    release_us: NDArray[np.int64]
    district: NDArray[np.int16]
    device: NDArray[np.int32]
    seq: NDArray[np.int64]
    fault: NDArray[np.uint8]
    columns: Mapping[str, Column]
    names: Mapping[str, Names]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.time_us)

    def take(self, rows: NDArray[np.intp] | slice) -> "Batch":
        """Return the chosen rows, in the order given."""
        return Batch(
            kind=self.kind,
            roster=self.roster,
            time_us=self.time_us[rows],
            release_us=self.release_us[rows],
            district=self.district[rows],
            device=self.device[rows],
            seq=self.seq[rows],
            fault=self.fault[rows],
            columns={name: column[rows] for name, column in self.columns.items()},
            names=self.names,
        )

    def words(self, name: str) -> Names:
        """Return the table that decodes a CHOICE or TEXT column. Raises KeyError for another column."""
        declared = self.kind.field(name)
        return declared.choices if declared.type is FieldType.CHOICE else self.names[name]


@dataclass(frozen=True, slots=True)
class SendOrder:
    """In which order the events of a slice leave: three columns of equal length, sorted by `at_us`.

    `batch` indexes the slice's batches, `row` the batch's rows, `at_us` is city time: the release plus what a wire fault
    adds. Withheld events are not listed.
    """

    at_us: NDArray[np.int64]
    batch: NDArray[np.int16]
    row: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of events that leave."""
        return len(self.at_us)


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of one modelled measure, taken in a slice; `where` is a bounded label such as a horizon or a route."""

    measure: str
    where: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CensusRow:
    """How many things of one system are in one state in one district, at the end of a slice."""

    system: str
    thing: str
    state: str
    district: str
    count: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to mark on boards and in the report: a stage, an incident, a fault; city time, µs."""

    at_us: int
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What a person should see of one system right now: a headline and a small table of texts."""

    title: str
    headline: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        """Raise UsageError for what is no text."""
        for text in (self.title, self.headline, *self.header, *(cell for row in self.rows for cell in row)):
            check_text(text)


@dataclass(frozen=True, slots=True)
class Slice:
    """A closed slice of city time: its batches (one per kind that had events), send order, what was observed, and labels."""

    span: Span
    batches: tuple[Batch, ...]
    send_order: SendOrder
    samples: tuple[Sample, ...] = ()
    census: tuple[CensusRow, ...] = ()
    marks: tuple[Mark, ...] = ()
    live_statuses: tuple[LiveStatus, ...] = field(default=())
    labels: tuple[Batch, ...] = ()

    def cut(self, first: int, last: int) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Yield (batch index, rows in send order) for the events first..last of the send order."""
        batch = self.send_order.batch[first:last]
        row = self.send_order.row[first:last]
        for index in np.unique(batch):
            yield int(index), row[batch == index]
