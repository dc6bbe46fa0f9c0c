"""The contracts between parts of the house that do not know each other.

Owns protocols only. Implementations stand in `brokers` and `sim`; `citybeat` joins them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from sim.events.batches import Slice
from sim.events.kinds import Kind
from sim.histogram import Histogram

# Asked between slices, from the thread that pulls them.
Stop = Callable[[], bool]
# What may be done to a slice before any sink sees it, in the thread that pulls slices: wire faults, for one.
Step = Callable[[Slice], Slice]


def never() -> bool:
    """Return False: go on to the end."""
    return False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sink has taken so far from a call: events by kind. Acknowledgements are counters of the client, not receipts."""

    taken: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return how many events were taken in all."""
        return sum(self.taken.values())


class Source(Protocol):
    """What yields slices in order of city time."""

    def slices(self, stop: Stop = never) -> Iterator[Slice]:
        """Yield closed slices; each is complete and never changes afterwards. Ends early, also in a warm-up, when `stop` says so."""
        ...


class Sink(Protocol):
    """What takes slices."""

    def stage(self, piece: Slice) -> None:
        """Prepare a slice whose events will be put later; may encode, must not send."""
        ...

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        """Take events first..last of the send order of a staged slice, whose time has come. Returns at once.

        Of a slice of which nothing has left by its end an empty stretch is put then, so that every slice is begun.
        """
        ...

    def settle(self, deadline_s: float) -> Receipt:
        """Finish: wait for what is under way, at most so long, and close. What was never put is given up."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """Events of a kind on the sending side: those that left, those that the broker took or refused, and those that left after the end."""

    sent: int = 0
    acked: int = 0
    refused: int = 0
    late: int = 0


class Delivery(Sink, Protocol):
    """A sink through which events leave this process for a broker, over one connection or many.

    `shift_us` turns city into wire time and is set before anything is staged. `lag` is the time from due to put, `acks` that from
    sent to acknowledged, in µs.
    """

    shift_us: int
    lag: Histogram
    acks: Histogram

    def observe(self) -> None:
        """Bring `acks` up to date."""
        ...

    def delivered(self, kind: str) -> Delivered:
        """Return what became of the events of a kind; one that still waits here has not been sent, one of QoS 0 is never acknowledged."""
        ...

    def handed_over(self, kind: str) -> tuple[int, int]:
        """Return how many events of a kind were handed over to arrive whole, and the sum of their fingerprints."""
        ...

    @property
    def acked(self) -> int:
        """Return how many messages the broker acknowledged in all."""
        ...

    @property
    def in_flight(self) -> int:
        """Return how many messages wait to be sent or acknowledged."""
        ...

    @property
    def trouble(self) -> str:
        """Return what ails the connection just now; empty when nothing does."""
        ...

    @property
    def refusal(self) -> str:
        """Return the broker's words for an event that it would not take; empty when it took all."""
        ...

    def connection(self) -> Mapping[str, int | float]:
        """Return how the connection fared so far: losses and waits, under the names of summary.json's `broker`."""
        ...

    def clear_retained(self) -> None:
        """Take back what the broker retains of this run. Raises ServiceError when it does not confirm."""
        ...

    def stop(self) -> None:
        """End what works in the background, whatever still waits. May be called again."""
        ...


class EventLog(Protocol):
    """The events of one run, wherever they are kept: what was meant, or what a store holds of it."""

    def kinds(self) -> Sequence[str]:
        """Return the names of the kinds that have events."""
        ...

    def frame(self, kind: str) -> pl.LazyFrame:
        """Return all events of a kind, in order of time, each once. Raises UsageError for an unknown kind.

        Columns are at least `time` (city time, UTC), `district`, `device`, `seq` and the kind's wire fields, their instants in city
        time too. What was meant has more: the release, faults, truth.
        """
        ...


class Query(Protocol):
    """A store that answers a query text with a frame: for the report and for checking boards."""

    def frame(self, text: str) -> pl.DataFrame:
        """Return the answer; empty when the store has no rows. Raises ServiceError with the store's own words."""
        ...


class Store(Protocol):
    """Where events end. Every store counts what it holds itself; nobody believes what was written."""

    def prepare(self, kinds: Sequence[Kind]) -> None:
        """Create buckets, mappings or folders. Raises ServiceError when the store is away or refuses us."""
        ...

    def check_series(self, more: int) -> None:
        """Raise UsageError when a run that makes so many series more would take the store past what it can hold."""
        ...

    def check_span(self, start_us: int, end_us: int) -> None:
        """Raise UsageError when the store would drop events of wire time start..end."""
        ...

    def count(self, run: str, kinds: Sequence[str]) -> Mapping[str, int]:
        """Return how many events of the run the store holds, by kind (0 for none)."""
        ...

    def held(self, run: str, kind: Kind, start_us: int | None, end_us: int | None) -> pl.DataFrame:
        """Return the rows of a run and kind with start <= t < end (None: without end), wire time, columns as in a payload."""
        ...

    def write_ops(self, rows: Sequence["OpsRow"]) -> None:
        """Write rows about the run and the pipeline (InfluxDB bucket `city/ops`, or the embedded store's `ops` files)."""
        ...

    def delete(self, run: str) -> None:
        """Delete everything of a run."""
        ...

    def close(self) -> None:
        """Release connections and files."""
        ...


@dataclass(frozen=True, slots=True)
class OpsRow:
    """One row about the run or the pipeline: measurement, tags and fields; `t_us` is wire time, µs since 1970."""

    measurement: str
    t_us: int
    tags: Mapping[str, str]
    fields: Mapping[str, int | float | str | bool]
