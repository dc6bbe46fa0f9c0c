"""The pump: every departure once and in order, whole at an interruption, with nothing left behind."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ServiceError
from sim.events.batches import WITHHELD, Batch, Roster, Slice, Span
from sim.events.kinds import Kind
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.play.pace import MAX, Pace
from sim.play.pump import AHEAD, Pump, Tick, keep
from sim.ports import Receipt, Step, Stop, never
from sim.units import SECOND_US

PING = Kind("ping", system="lamps", doc="a lamp is alive", plan_ids=("N18",), qos=0, fields=())
ECHO = Kind("echo", system="lamps", doc="and another", plan_ids=("N18",), qos=0, fields=())
SLICE_US = SECOND_US
ROSTER = Roster(Names())
ROSTER.add("lamp", "Putuo")

Left = tuple[int, int, int]  # slice, batch, row


def batch(kind: Kind, release_us: Sequence[int], time_us: Sequence[int]) -> Batch:
    count = len(release_us)
    small = np.zeros(count, dtype=np.int16)
    times, releases = np.array(time_us, dtype=np.int64), np.array(release_us, dtype=np.int64)
    return Batch(kind, ROSTER, times, releases, small, small.astype(np.int32), np.arange(count), small.astype(np.uint8), {}, {})


def piece(index: int, *delays: Sequence[int]) -> Slice:
    """Return a slice with a batch for each list; a row's delay is its release after the start of the slice, -1 withheld."""
    start_us = index * SLICE_US
    batches = tuple(
        batch(kind, [WITHHELD if delay < 0 else start_us + delay for delay in rows], [start_us + row for row in range(len(rows))])
        for kind, rows in zip((PING, ECHO), delays, strict=False)
        if rows
    )
    return Slice(Span(index, start_us, start_us + SLICE_US), batches, in_send_order(batches))


def city(slices: int = 4) -> list[Slice]:
    """Return slices in which some events wait for later ones, and some for long."""
    return [
        piece(index, [10, 900_000, 1_500_000, -1, 700_000], [5, 600_000] if index % 2 else [800_000, 99_000_000]) for index in range(slices)
    ]


@dataclass
class Shelf:
    """A source of slices that are there already; it counts what was taken and may fail after all."""

    pieces: Sequence[Slice]
    failure: Exception | None = None
    taken: int = 0

    def slices(self, stop: Stop = never) -> Iterator[Slice]:
        for each in self.pieces:
            if stop():
                return
            self.taken += 1
            yield each
        if self.failure is not None:
            raise self.failure


@dataclass
class Notebook:
    """A sink that notes what it is given, in order; `fails_at` breaks the put with that number."""

    fails_at: int = -1
    staged: list[int] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    puts: list[tuple[int, int, int]] = field(default_factory=list)

    def stage(self, piece: Slice) -> None:
        self.staged.append(piece.span.index)

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        if len(self.puts) == self.fails_at:
            message = "the broker is gone"
            raise ServiceError(message)
        assert piece.span.index in self.staged
        self.puts.append((piece.span.index, first, last))
        going = zip(piece.send_order.batch[first:last].tolist(), piece.send_order.row[first:last].tolist(), strict=True)
        self.left += [(piece.span.index, batch, row) for batch, row in going]
        return Receipt()

    def settle(self, deadline_s: float) -> Receipt:  # noqa: ARG002 - the contract's name
        return Receipt()


@dataclass
class Clock:
    """Wall time that passes only while the pump sleeps."""

    tick_us: int = 5_000
    now_us: int = 10**15
    slept: int = 0

    def read(self) -> int:
        return self.now_us

    def sleep(self, _seconds: float) -> None:
        self.now_us += self.tick_us
        self.slept += 1


def pump_of(source: Shelf, *sinks: Notebook, speed: float = 1.0, clock: Clock | None = None, end_us: int | None = None) -> Pump:
    clock = clock or Clock()
    pace = Pace(speed, 0, len(source.pieces) * SLICE_US if end_us is None else end_us, clock.read)
    return Pump(source, sinks, pace, sleep=clock.sleep)


def expected(pieces: Sequence[Slice]) -> list[Left]:
    """Return all departures slice by slice."""
    return [
        (each.span.index, batch, row)
        for each in pieces
        for batch, row in zip(each.send_order.batch.tolist(), each.send_order.row.tolist(), strict=True)
    ]


def engines() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "engine"]


@settings(deadline=None, max_examples=25)
@given(
    delays=st.lists(st.tuples(*[st.lists(st.integers(-1, 3 * SLICE_US), max_size=6)] * 2), min_size=1, max_size=5),
    speed=st.sampled_from([0.7, 1.0, 9.3, 60.0, MAX]),
    tick_us=st.sampled_from([5_000, 37_001, 900_000]),
)
def test_every_departure_is_put_once_and_in_the_order_of_its_slice(
    delays: list[tuple[list[int], list[int]]],
    speed: float,
    tick_us: int,
) -> None:
    pieces = [piece(index, *rows) for index, rows in enumerate(delays)]
    sink = Notebook()
    ticks = list(pump_of(Shelf(pieces), sink, speed=speed, clock=Clock(tick_us)).ticks())
    assert sorted(sink.left, key=lambda left: left[0]) == expected(pieces)
    assert sum(tick.put for tick in ticks) == len(sink.left)
    assert sorted(done.span.index for tick in ticks for done in tick.finished) == list(range(len(pieces)))
    assert ticks[-1].city_us == len(pieces) * SLICE_US
    assert engines() == []


@pytest.mark.parametrize("speed", [1.0, MAX])
def test_a_slice_of_which_nothing_has_left_by_its_end_is_begun_then(speed: float) -> None:
    sink = Notebook()
    list(pump_of(Shelf([piece(0, [-1]), piece(1, [5]), piece(2, [1_500_000]), piece(3, [-1, -1])]), sink, speed=speed).ticks())
    late = [(2, 0, 1)] if speed == MAX else [(2, 0, 0), (2, 0, 1)]
    assert [(index, first, last) for index, first, last in sink.puts] == [(0, 0, 0), (1, 0, 1), *late, (3, 0, 0)]


def test_nothing_is_put_before_its_time() -> None:
    clock, pieces = Clock(), city()
    sink = Notebook()
    pump = pump_of(Shelf(pieces), sink, clock=clock)
    seen = 0
    for _tick in pump.ticks():
        for index, _first, last in sink.puts[seen:]:
            at_us = int(pieces[index].send_order.at_us[last - 1])
            assert at_us <= pump.pace.city_now_us() or pump.pace.city_now_us() >= pump.pace.end_us
        seen = len(sink.puts)
    assert seen > len(pieces)


def test_at_max_a_slice_goes_whole_and_nobody_sleeps() -> None:
    clock, pieces = Clock(), city()
    sink = Notebook()
    list(pump_of(Shelf(pieces), sink, speed=MAX, clock=clock).ticks())
    assert sink.puts == [(each.span.index, 0, len(each.send_order)) for each in pieces]
    assert clock.slept == 0


def test_what_is_not_released_by_the_end_goes_then_and_no_later() -> None:
    clock, pieces = Clock(), city(2)
    ticks = list(pump_of(Shelf(pieces), Notebook(), clock=clock).ticks())
    assert ticks[-1].put > 0
    assert clock.now_us - 10**15 < 3 * SECOND_US


def test_a_source_that_ends_early_keeps_nobody_waiting_beyond_the_end() -> None:
    clock, sink, pieces = Clock(50_000), Notebook(), city(2)
    list(pump_of(Shelf(pieces), sink, clock=clock, end_us=5 * SLICE_US).ticks())
    assert len(sink.left) == len(expected(pieces))
    assert clock.now_us - 10**15 < 6 * SECOND_US


def test_a_source_without_slices_is_over_at_once() -> None:
    assert sum(tick.put for tick in pump_of(Shelf([]), Notebook(), speed=MAX).ticks()) == 0


def test_every_sink_sees_the_same_in_the_order_of_the_list() -> None:
    tape, wire = Notebook(), Notebook()
    list(pump_of(Shelf(city()), tape, wire, speed=60.0).ticks())
    assert tape.puts == wire.puts
    assert tape.staged == wire.staged == [0, 1, 2, 3]


def renumbered(change: Callable[[int], int]) -> Step:
    return lambda each: replace(each, span=replace(each.span, index=change(each.span.index)))


def test_every_step_is_taken_in_the_order_of_the_list_before_a_slice_is_staged() -> None:
    sink = Notebook()
    pump = pump_of(Shelf(city()), sink, speed=MAX)
    pump.steps = (renumbered(lambda index: index + 100), renumbered(lambda index: index * 2))
    list(pump.ticks())
    assert sink.staged == [200, 202, 204, 206]


def test_the_run_begins_once_when_the_first_slice_is_ready() -> None:
    seen: list[tuple[int, bool]] = []
    source, sink = Shelf(city()), Notebook()
    pump = pump_of(source, sink, speed=60.0)
    pump.begun = lambda: seen.append((source.taken, bool(pump.pace.began_us) and not sink.staged))
    list(pump.ticks())
    assert seen == [(1, True)]


def test_a_failure_of_the_source_ends_the_run_with_its_reason() -> None:
    sink = Notebook()
    with pytest.raises(RuntimeError, match="a bus vanished"):
        list(pump_of(Shelf(city(2), RuntimeError("a bus vanished")), sink, speed=MAX).ticks())
    assert len(sink.left) == len(expected(city(2)))
    assert engines() == []


def test_a_failure_of_staging_ends_the_run_with_its_reason() -> None:
    sink = Notebook()
    sink.stage = lambda _piece: (_ for _ in ()).throw(OSError("disk full"))  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        list(pump_of(Shelf(city()), sink).ticks())
    assert engines() == []


@pytest.mark.parametrize("speed", [1.0, MAX])
def test_a_failure_of_the_wire_leaves_the_books_with_what_the_tape_took(speed: float) -> None:
    tape, wire = Notebook(), Notebook(fails_at=2)
    pump = pump_of(Shelf(city()), tape, wire, speed=speed)
    finished: list[Slice] = []

    def run() -> None:
        for tick in pump.ticks():
            finished.extend(tick.finished)

    with pytest.raises(ServiceError, match="the broker is gone"):
        run()
    cut = pump.interrupt()
    assert sum(len(each.send_order) for each in (*finished, *cut)) == len(tape.left) > len(wire.left)
    assert engines() == []


@settings(deadline=None, max_examples=15)
@given(after=st.integers(0, 1_200), speed=st.sampled_from([1.0, 2.5]))
def test_an_interruption_keeps_exactly_what_was_put(after: int, speed: float) -> None:
    sink = Notebook()
    pump = pump_of(Shelf(city()), sink, speed=speed)
    finished: list[Slice] = []
    ticks = pump.ticks()
    for number, tick in enumerate(ticks):
        finished += tick.finished
        if number == after:
            break
    ticks.close()
    cut = pump.interrupt()
    parts = [(each.span.index, part) for each in (*finished, *cut) for part in each.batches]
    kept = Counter((index, part.kind.name) for index, part in parts for release_us in part.release_us if release_us != WITHHELD)
    put = Counter((index, (PING, ECHO)[place].name) for index, place, _row in sink.left)
    assert kept == put
    assert pump.interrupt() == ()
    assert engines() == []


def test_a_cut_slice_keeps_the_withheld_events_before_the_last_that_left() -> None:
    whole = piece(0, [3, -1, 4, 900_000, -1])
    cut = keep(whole, 2)
    assert cut.batches[0].seq.tolist() == [0, 1, 2]
    assert len(cut.send_order) == 2
    assert keep(whole, 0).batches == ()


def test_the_engine_is_only_so_many_slices_ahead() -> None:
    source, sink = Shelf(city(20)), Notebook()
    frozen = Clock(tick_us=0)
    pump = pump_of(source, sink, clock=frozen)
    ticks = pump.ticks()
    for _ in range(200):
        next(ticks)
        time.sleep(0.001)
        if len(sink.staged) > AHEAD:
            break
    time.sleep(0.25)  # long enough for a pump without a bound to stage them all
    opened = 1
    assert len(sink.staged) == opened + AHEAD
    ticks.close()
    assert engines() == []


@dataclass
class Slow(Shelf):
    """A source that waits for a word before its second slice."""

    go_on: threading.Event = field(default_factory=threading.Event)

    def slices(self, stop: Stop = never) -> Iterator[Slice]:
        for number, each in enumerate(super().slices(stop)):
            if number == 1:
                assert self.go_on.wait(20)
            yield each


def test_a_source_that_falls_behind_is_seen_and_loses_nothing() -> None:
    source, sink = Slow(city()), Notebook()
    starved: list[Tick] = []
    for tick in pump_of(source, sink, speed=100.0).ticks():
        if tick.starved:
            starved.append(tick)
            source.go_on.set()
    assert starved
    assert len(sink.left) == len(expected(city()))


def test_a_pump_that_never_ran_leaves_no_thread() -> None:
    pump = pump_of(Shelf(city()), Notebook())
    pump.ticks().close()
    assert pump.interrupt() == ()
    assert engines() == []


def test_slices_finish_in_order_and_pass_when_their_time_is_over() -> None:
    held = [piece(0, [10, 3_500_000]), piece(1, [10]), piece(2, [10]), piece(3, [10, 999_000])]
    ticks = list(pump_of(Shelf(held), Notebook()).ticks())
    assert [done.span.index for tick in ticks for done in tick.finished] == [0, 1, 2, 3]
    assert [over.span.index for tick in ticks for over in tick.passed] == [0, 1, 2, 3]
    first_pass = next(tick for tick in ticks if tick.passed)
    first_end = next(tick for tick in ticks if tick.finished)
    assert first_pass.city_us < 2 * SLICE_US < 3 * SLICE_US < first_end.city_us
