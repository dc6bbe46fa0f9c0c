"""Closing: strict order, numbers and rounding, held against a slow and obvious implementation."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.city.links import Link, Outage
from sim.city.uplinks import Uplinks
from sim.engine.sequencing import Sequencer, device_order, strictly_after, time_order
from sim.events.batches import WITHHELD, Batch, Roster, Span
from sim.events.collector import Block
from sim.events.kinds import Kind, integer, real
from sim.names import Names
from sim.streams import Streams

MARK = Kind("mark", system="lamps", doc="a numbered row", plan_ids=("N18",), qos=0, fields=(integer("number"), real("power_w", "W", 2)))
SLICE_US = 100
DISTRICTS = ("Xuhui", "Putuo", "Minhang")

Row = tuple[int, int]  # time, device


def roster(devices: int = 7) -> Roster:
    made = Roster(Names(DISTRICTS))
    for number in range(devices):
        made.add(f"lamp {number}", DISTRICTS[number % len(DISTRICTS)])
    return made


def sequencer(link: Link | None = None, *outages: Outage, devices: int = 7) -> Sequencer:
    return Sequencer(MARK, uplinks(roster(devices), link or Link(), *outages), {})


def uplinks(stand: Roster, link: Link, *outages: Outage) -> Uplinks:
    return Uplinks.of(MARK.system, link, stand, lambda _district: outages, Streams(1))


def block(rows: list[Row], first: int = 0) -> Block:
    time_us, device = np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.int32)
    number = np.arange(first, first + len(rows))
    return Block(MARK, time_us, device, {"number": number, "power_w": number / 7})


def span(index: int) -> Span:
    return Span(index, index * SLICE_US, (index + 1) * SLICE_US)


@dataclass
class SlowCloser:
    """One row at a time: sort, move on by 1 µs until later than the last of the district, count."""

    last_us: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)

    def close(self, rows: list[Row]) -> list[tuple[int, int, int, int]]:
        """Return (time, device, seq, place of emission)."""
        closed = []
        for at_us, device, place in sorted((at_us, device, place) for place, (at_us, device) in enumerate(rows)):
            district = device % len(DISTRICTS)
            moved_us = max(at_us, self.last_us.get(district, -1) + 1)
            self.last_us[district] = moved_us
            closed.append((moved_us, device, self.numbers.get(device, 0), place))
            self.numbers[device] = self.numbers.get(device, 0) + 1
        return closed


def shown(batch: Batch) -> list[tuple[int, int, int, int]]:
    columns = (batch.time_us, batch.device, batch.seq, batch.columns["number"])
    return list(zip(*(column.tolist() for column in columns), strict=True))


# Times gather at the ends of a slice, so that ties are carried over it.
TIMES = st.one_of(st.integers(0, SLICE_US - 1), st.sampled_from([0, 1, SLICE_US - 2, SLICE_US - 1]))
SLICES = st.lists(st.lists(st.tuples(TIMES, st.integers(0, 6)), min_size=1, max_size=40), min_size=1, max_size=5)


@given(slices=SLICES, cut=st.integers(0, 40))
def test_slices_close_as_the_obvious_implementation_closes_them(slices: list[list[Row]], cut: int) -> None:
    fast, slow = sequencer(), SlowCloser()
    for index, offsets in enumerate(slices):
        rows = [(index * SLICE_US + at_us, device) for at_us, device in offsets]
        blocks = [part for part in (block(rows[:cut]), block(rows[cut:], first=min(cut, len(rows)))) if len(part)]
        assert shown(fast.close(span(index), blocks)) == slow.close(rows)


@given(slices=SLICES)
def test_times_increase_strictly_within_a_district_also_over_slice_ends(slices: list[list[Row]]) -> None:
    one = sequencer()
    batches = [
        one.close(span(index), [block([(index * SLICE_US + at_us, device) for at_us, device in rows])]) for index, rows in enumerate(slices)
    ]
    for code in range(len(DISTRICTS)):
        times = np.concatenate([batch.time_us[batch.district == code] for batch in batches])
        assert (np.diff(times) > 0).all()


def test_ties_at_the_end_of_a_slice_push_the_next_slice_on() -> None:
    one = sequencer()
    first = one.close(span(0), [block([(99, 0), (99, 3), (99, 0)])])
    second = one.close(span(1), [block([(100, 0), (101, 0), (101, 3), (105, 0)])])
    assert first.time_us.tolist() == [99, 100, 101]
    assert second.time_us.tolist() == [102, 103, 104, 105]


def test_equal_times_in_different_districts_stay() -> None:
    assert sequencer().close(span(0), [block([(5, 0), (5, 1), (5, 2)])]).time_us.tolist() == [5, 5, 5]


def test_rows_of_one_instant_and_device_keep_the_order_of_emission() -> None:
    batch = sequencer().close(span(0), [block([(9, 1), (9, 1)]), block([(9, 1), (3, 1)], first=2)])
    assert batch.columns["number"].tolist() == [3, 0, 1, 2]


@given(st.lists(st.tuples(TIMES, st.integers(0, 6)), min_size=1, max_size=40))
def test_sequence_numbers_run_from_zero_without_gaps(rows: list[Row]) -> None:
    one = sequencer()
    batches = [one.close(span(index), [block([(index * SLICE_US + at_us, device) for at_us, device in rows])]) for index in range(3)]
    for device in range(7):
        numbers = np.concatenate([batch.seq[batch.device == device] for batch in batches])
        assert numbers.tolist() == list(range(len(numbers)))


def test_devices_that_join_later_begin_at_zero_and_may_bring_a_district() -> None:
    one = sequencer(devices=1)
    one.close(span(0), [block([(9, 0), (10, 0)])])
    new = one.roster.add("late lamp", "Baoshan")
    batch = one.close(span(1), [block([(110, new), (111, 0)])])
    assert batch.seq.tolist() == [0, 2]
    assert batch.roster.districts[int(batch.district[0])] == "Baoshan"


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50), st.integers(0, 6))
def test_rounding_what_is_rounded_changes_nothing(values: list[float], decimals: int) -> None:
    kind = Kind("level", system="lamps", doc="a level", plan_ids=("N18",), qos=0, fields=(real("level", "m", decimals),))

    def closed(column: NDArray[np.float64], *, rounded: bool) -> NDArray[np.generic]:
        rows = Block(kind, np.arange(len(column)), np.zeros(len(column), np.int32), {"level": column}, rounded=rounded)
        return Sequencer(kind, uplinks(roster(), Link()), {}).close(span(0), [rows]).columns["level"]

    once = np.asarray(closed(np.array(values), rounded=False), dtype=np.float64)
    assert np.array_equal(closed(once, rounded=False), once)
    assert np.array_equal(closed(once, rounded=True), once)
    assert np.abs(once - np.array(values)).max() <= 0.5 * 10.0**-decimals * 1.000001 + 1e-6


def test_values_that_are_not_given_stay_absent() -> None:
    rows = Block(MARK, np.array([1]), np.array([0], np.int32), {"number": np.array([1]), "power_w": np.array([np.nan])})
    assert np.isnan(sequencer().close(span(0), [rows]).columns["power_w"][0])


@pytest.mark.parametrize("at_us", [-1, SLICE_US, 10**17])
def test_a_row_outside_the_slice_is_refused_by_name_and_time(at_us: int) -> None:
    with pytest.raises(ValueError, match=f"kind mark: a row at {at_us} lies outside its slice, 0 up to 100"):
        sequencer().close(span(0), [block([(5, 0), (at_us, 0)])])


@pytest.mark.parametrize("device", [-1, 7])
def test_a_row_of_no_device_is_refused(device: int) -> None:
    with pytest.raises(ValueError, match=f"there is no device {device} in system 'lamps'"):
        sequencer().close(span(0), [block([(5, device)])])


def test_a_column_of_another_length_is_refused() -> None:
    rows = Block(MARK, np.array([1, 2]), np.array([0, 1], np.int32), {"number": np.array([1]), "power_w": np.array([1.0, 2.0])})
    with pytest.raises(ValueError, match="number has 1 values for 2 rows"):
        sequencer().close(span(0), [rows])


def test_a_certain_link_shifts_every_release_by_its_latency() -> None:
    batch = sequencer(Link(latency_us=30)).close(span(0), [block([(5, 0), (5, 3), (7, 1)])])
    assert batch.release_us.tolist() == (batch.time_us + 30).tolist()


def test_a_certain_link_still_stops_in_a_blackout() -> None:
    batch = sequencer(Link(stores=False), Outage(6, 9)).close(span(0), [block([(5, 0), (7, 1), (9, 2)])])
    assert batch.release_us.tolist() == [5, WITHHELD, 9]


def test_the_latency_of_a_district_does_not_depend_on_the_others() -> None:
    link = Link(latency_us=50, sigma=1.0)
    rows = [(number, number) for number in range(60)]
    both = sequencer(link, devices=60).close(span(0), [block(rows)])
    alone = sequencer(link, devices=60).close(span(0), [block([row for row in rows if row[1] % 3 == 1])])
    assert both.release_us[both.district == 1].tolist() == alone.release_us.tolist()
    assert len(set((alone.release_us - alone.time_us).tolist())) > 5


@given(st.lists(st.integers(0, 200_000), max_size=60), st.sampled_from([200_001, 2**31 - 1]))
def test_devices_are_ordered_as_a_plain_stable_sort_does(devices: list[int], count: int) -> None:
    column = np.array(devices, dtype=np.int32)
    assert device_order(column, count).tolist() == np.argsort(column, kind="stable").tolist()


@given(st.integers(0, 2**32), st.integers(1, 3_000), st.integers(1, 5_000), st.integers(1, 50))
def test_any_number_of_sorted_runs_comes_into_order(seed: int, rows: int, longest_us: int, devices: int) -> None:
    rng = np.random.default_rng(seed)
    offset_us, device = rng.integers(0, longest_us, rows), rng.integers(0, devices, rows).astype(np.int32)
    order = time_order(offset_us, device, devices)
    expected = np.lexsort((device, offset_us))
    assert (np.arange(rows) if order is None else order).tolist() == expected.tolist()


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(-5, 40))
def test_times_move_as_little_as_possible(offsets: list[int], last_us: int) -> None:
    times = np.sort(np.array(offsets, dtype=np.int64))
    expected, previous = [], last_us
    for at_us in times.tolist():
        previous = max(at_us, previous + 1)
        expected.append(previous)
    assert strictly_after(times, last_us).tolist() == expected
