"""Links: latency, loss and outages with store-and-forward, also over the ends of slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.batches import WITHHELD
from sim.errors import UsageError
from sim.links import Backlog, Blackout, Link
from sim.units import SECOND_US


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def times(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def devices(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def test_a_link_without_latency_releases_at_the_time_of_the_event() -> None:
    release_us = Link().release(times(5, 6, 9), devices(0, 1, 0), (), Backlog(), rng())
    assert release_us.tolist() == [5, 6, 9]


def test_latency_is_lognormal_around_its_median() -> None:
    count, sigma = 20_000, 0.5
    time_us = np.arange(count, dtype=np.int64)
    link = Link(latency_us=60_000, sigma=sigma)
    latency = link.release(time_us, np.zeros(count, dtype=np.int32), (), Backlog(), rng()) - time_us
    assert latency.min() > 0
    assert np.median(latency) == pytest.approx(60_000, rel=3 * 1.2533 * sigma / count**0.5)
    assert np.log(latency).std() == pytest.approx(sigma, rel=3 / (2 * count) ** 0.5)


def test_constant_latency_is_added_to_every_event() -> None:
    assert Link(latency_us=250).release(times(0, 10), devices(0, 0), (), Backlog(), rng()).tolist() == [250, 260]


def test_lost_events_are_withheld_at_the_share_declared() -> None:
    count, loss = 20_000, 0.03
    link = Link(loss=loss)
    release_us = link.release(np.arange(count, dtype=np.int64), np.zeros(count, dtype=np.int32), (), Backlog(), rng())
    assert (release_us == WITHHELD).mean() == pytest.approx(loss, abs=3 * (loss * (1 - loss) / count) ** 0.5)


def test_a_blackout_without_a_store_loses_what_falls_into_it_and_nothing_else() -> None:
    link = Link(stores=False)
    release_us = link.release(times(9, 10, 19, 20), devices(0, 0, 0, 0), [Blackout(10, 20)], Backlog(), rng())
    assert release_us.tolist() == [9, WITHHELD, WITHHELD, 20]


def test_a_device_hands_over_what_it_stored_oldest_first_one_by_one() -> None:
    link = Link(drain_us=100)
    release_us = link.release(times(10, 11, 12, 13), devices(4, 2, 4, 4), [Blackout(10, 1_000)], Backlog(), rng())
    assert release_us.tolist() == [1_100, 1_100, 1_200, 1_300]


def test_an_event_that_latency_carries_into_a_blackout_is_stored() -> None:
    release_us = Link(latency_us=5, drain_us=1).release(times(8), devices(0), [Blackout(10, 20)], Backlog(), rng())
    assert release_us.tolist() == [21]


def test_what_drains_into_the_next_blackout_waits_for_its_end() -> None:
    link = Link(drain_us=100)
    release_us = link.release(times(10, 11), devices(0, 0), [Blackout(10, 50), Blackout(200, 300)], Backlog(), rng())
    assert release_us.tolist() == [150, 400]


def test_a_lost_event_is_not_brought_back_by_a_blackout() -> None:
    release_us = Link(loss=1.0).release(times(10), devices(0), [Blackout(10, 20)], Backlog(), rng())
    assert release_us.tolist() == [WITHHELD]


@given(
    gaps=st.lists(st.integers(0, 3 * SECOND_US), min_size=1, max_size=60),
    owners=st.lists(st.integers(0, 3), min_size=60, max_size=60),
    slice_us=st.sampled_from([SECOND_US, 7 * SECOND_US, 1_000 * SECOND_US]),
)
def test_stored_events_leave_in_the_same_order_however_time_is_sliced(gaps: list[int], owners: list[int], slice_us: int) -> None:
    time_us = np.cumsum(np.array(gaps, dtype=np.int64))
    device = devices(*owners[: len(gaps)])
    blackouts = [Blackout(2 * SECOND_US, 20 * SECOND_US), Blackout(40 * SECOND_US, 60 * SECOND_US)]
    link = Link(drain_us=1_000)
    whole = link.release(time_us, device, blackouts, Backlog(), rng())
    backlog = Backlog()
    sliced = [
        link.release(time_us[rows], device[rows], blackouts, backlog, rng())
        for number in np.unique(time_us // slice_us)
        for rows in [time_us // slice_us == number]
    ]
    assert np.concatenate(sliced).tolist() == whole.tolist()
    for number in range(4):
        assert (np.diff(whole[device == number]) >= 0).all()  # nothing of a device overtakes its own store
        for blackout in blackouts:
            mine = (device == number) & (time_us >= blackout.start_us) & (time_us < blackout.end_us)
            assert whole[mine].tolist() == [blackout.end_us + 1_000 * (1 + place) for place in range(int(mine.sum()))]


def test_what_happens_while_a_store_drains_queues_behind_it() -> None:
    time_us = times(*range(0, 100 * SECOND_US, SECOND_US), 100 * SECOND_US + 10, 102 * SECOND_US, 110 * SECOND_US)
    device = devices(*[0] * 101, 1, 0)
    release = Link(drain_us=50_000).release(time_us, device, [Blackout(0, 100 * SECOND_US)], Backlog(), rng())
    assert release[99:].tolist() == [105 * SECOND_US, 105 * SECOND_US + 50_000, 102 * SECOND_US, 110 * SECOND_US]


def test_a_slice_without_events_has_no_releases() -> None:
    assert Link(latency_us=9, sigma=1.0, loss=0.5).release(times(), devices(), [Blackout(0, 9)], Backlog(), rng()).shape == (0,)


def test_a_link_reads_units_and_refuses_what_no_network_can_be() -> None:
    assert Link(latency_us="60ms", loss="1%", drain_us="20ms") == Link(latency_us=60_000, loss=0.01, drain_us=20_000)  # type: ignore[arg-type]
    for wrong in ({"loss": 2}, {"loss": "130%"}, {"loss": "1"}, {"latency_us": -1}, {"latency_us": "60 parsec"}, {"sigma": float("nan")}):
        with pytest.raises(UsageError):
            Link(**wrong)  # type: ignore[arg-type]
