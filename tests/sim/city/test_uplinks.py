"""Uplinks: latency, loss and outages with store-and-forward, in order for each device whatever it sends."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.city.links import Link, Links, Outage
from sim.city.uplinks import Uplinks
from sim.events.batches import WITHHELD, Roster
from sim.names import Names
from sim.streams import Streams
from sim.units import HOUR_US, MINUTE_US, MS_US, SECOND_US

OUTAGES = (Outage(2 * SECOND_US, 20 * SECOND_US), Outage(40 * SECOND_US, 60 * SECOND_US))


def times(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def devices(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def uplinks(link: Link, *outages: Outage, count: int = 8, wired: Sequence[int] = ()) -> Uplinks:
    roster = Roster(Names())
    for number in range(count):
        roster.add(f"lamp {number}", "Putuo", on_wire=number in wired)
    return Uplinks.of("lamps", link, roster, lambda _district: outages, Streams(11))


def passed(link: Link, time_us: NDArray[np.int64], device: NDArray[np.int32], *outages: Outage) -> list[int]:
    return uplinks(link, *outages, count=int(device.max(initial=0)) + 1).all_passed(device, time_us, time_us).tolist()


def test_a_link_without_latency_passes_at_the_time_of_the_event() -> None:
    assert passed(Link(), times(5, 6, 9), devices(0, 1, 0)) == [5, 6, 9]


def test_constant_latency_is_added_to_every_event() -> None:
    assert passed(Link(latency_us=250), times(0, 10), devices(0, 0)) == [250, 260]


def test_latency_is_lognormal_around_its_median() -> None:
    count, sigma = 20_000, 0.5
    time_us, device = np.full(count, 5 * HOUR_US), np.arange(count, dtype=np.int32)
    latency = uplinks(Link(latency_us=60_000, sigma=sigma), count=count).all_passed(device, time_us, time_us) - time_us
    assert latency.min() > 0
    # Hardly an event waits for the beat before: 60 ms of a second, and only where that one was slower.
    assert np.median(latency) == pytest.approx(60_000, rel=3 * 1.2533 * sigma / count**0.5 + 0.01)
    assert np.log(latency).std() == pytest.approx(sigma, rel=3 / (2 * count) ** 0.5 + 0.01)


def test_latency_changes_from_beat_to_beat() -> None:
    time_us = np.arange(600, dtype=np.int64) * SECOND_US
    latency = uplinks(Link(latency_us=60_000, sigma=0.5)).all_passed(np.zeros(600, dtype=np.int32), time_us, time_us) - time_us
    assert len(np.unique(latency)) > 550
    assert abs(np.corrcoef(latency[1:], latency[:-1])[0, 1]) < 0.15


def test_lost_events_are_withheld_at_the_share_declared_whichever_kind_they_are() -> None:
    count, loss = 20_000, 0.03
    time_us, device = np.arange(count, dtype=np.int64), np.zeros(count, dtype=np.int32)
    release_us = uplinks(Link(loss=loss)).all_passed(device, time_us + 3, time_us)
    assert (release_us == WITHHELD).mean() == pytest.approx(loss, abs=3 * (loss * (1 - loss) / count) ** 0.5)
    assert passed(Link(loss=1.0), times(1, 2), devices(0, 1)) == [WITHHELD, WITHHELD]


def test_a_lost_event_is_not_brought_back_by_a_blackout() -> None:
    assert passed(Link(loss=1.0), times(10), devices(0), Outage(10, 20)) == [WITHHELD]


def test_a_blackout_without_a_store_loses_what_falls_into_it_and_nothing_else() -> None:
    assert passed(Link(stores=False), times(9, 10, 19, 21), devices(0, 0, 0, 0), Outage(10, 20)) == [9, WITHHELD, WITHHELD, 21]


def test_a_device_hands_over_what_it_stored_oldest_first_so_many_times_faster() -> None:
    link = Link(catch_up=10)
    assert passed(link, times(0, 100, 900, 1_000, 1_050, 2_000), devices(*[0] * 6), Outage(0, 1_000)) == [
        1_001,
        1_010,
        1_090,
        1_100,  # what happens meanwhile queues behind
        1_105,
        2_000,
    ]


def test_an_event_that_latency_carries_into_a_blackout_is_stored() -> None:
    assert passed(Link(latency_us=5), times(8), devices(0), Outage(10, 20)) == [21]


def test_what_drains_into_the_next_blackout_waits_for_its_end_and_without_a_store_is_lost() -> None:
    outages = Outage(0, 1_000), Outage(1_050, 2_000)
    assert passed(Link(catch_up=10), times(0, 900), devices(0, 0), *outages) == [1_001, 2_004]
    assert passed(Link(catch_up=10, stores=False), times(1_020, 1_049), devices(0, 0), *outages) == [WITHHELD, WITHHELD]


def test_a_device_on_a_wire_knows_no_link() -> None:
    found = uplinks(Link(latency_us=9, sigma=1.0, loss=1.0), Outage(0, 100), count=2, wired=[1])
    assert found.all_passed(devices(0, 1), times(5, 5), times(5, 5)).tolist() == [WITHHELD, 5]
    assert found.passed(1, 5, 5) == 5


def test_a_slice_without_events_has_no_releases() -> None:
    assert passed(Link(latency_us=9, sigma=1.0, loss=0.5), times(), devices(), Outage(0, 9)) == []


LINKS = st.builds(
    Link,
    latency_us=st.sampled_from([0, 30 * MS_US, 5 * SECOND_US]),
    sigma=st.sampled_from([0.0, 0.4, 1.2]),
    loss=st.sampled_from([0.0, 0.2]),
    stores=st.booleans(),
    catch_up=st.sampled_from([1.5, 100.0]),
)


@given(link=LINKS, sent_us=st.lists(st.integers(0, 2 * MINUTE_US), min_size=2, max_size=60), device=st.integers(0, 7))
def test_nothing_of_a_device_overtakes_and_one_by_one_is_as_all_at_once(link: Link, sent_us: list[int], device: int) -> None:
    one = uplinks(link, *OUTAGES)
    time_us, same = np.sort(times(*sent_us)), devices(*[device] * len(sent_us))
    release_us = one.all_passed(same, time_us, time_us)
    assert release_us.tolist() == [one.passed(device, at_us, at_us) for at_us in time_us.tolist()]
    left = release_us != WITHHELD
    assert (np.diff(release_us[left]) >= 0).all()
    assert (release_us >= time_us).all()
    assert not any(((each.start_us <= release_us) & (release_us < each.end_us)).any() for each in OUTAGES)


@given(sent_us=st.lists(st.integers(0, 2 * MINUTE_US), min_size=2, max_size=60), latency_us=st.sampled_from([0, 30 * MS_US, 5 * SECOND_US]))
def test_what_is_not_stored_waits_behind_what_is(sent_us: list[int], latency_us: int) -> None:
    time_us, same = np.sort(times(*sent_us)), devices(*[3] * len(sent_us))
    kept, dropped = (uplinks(Link(latency_us, 0.5, stores=stores), *OUTAGES).all_passed(same, time_us, time_us) for stores in (True, False))
    left = dropped != WITHHELD
    assert (dropped[left] == kept[left]).all()


FIXED, MOBILE = Link(latency_us=6_000, sigma=0.2, catch_up=10), Link(latency_us=90_000, sigma=0.5, loss=0.1, stores=False)


def mixed(count: int = 8, outages: Sequence[Outage] = (), wired: Sequence[int] = ()) -> Uplinks:
    """Return devices that hang on the two links in turn."""
    roster = Roster(Names())
    for number in range(count):
        roster.add(f"lamp {number}", "Putuo", on_wire=number in wired, network=number % 2)
    return Uplinks.of("lamps", Links({0: FIXED, 1: MOBILE}), roster, lambda _district: outages, Streams(11))


def test_each_device_has_the_latency_and_the_loss_of_its_own_network() -> None:
    count = 20_000
    time_us, device = np.full(count, 5 * HOUR_US), np.arange(count, dtype=np.int32)
    release_us = mixed(count).all_passed(device, time_us, time_us)
    for network, link in enumerate((FIXED, MOBILE)):
        own = release_us[network::2]
        left = own[own != WITHHELD] - 5 * HOUR_US
        assert np.median(left) == pytest.approx(link.latency_us, rel=0.03)
        assert np.log(left).std() == pytest.approx(link.sigma, rel=0.05)
        assert (own == WITHHELD).mean() == pytest.approx(link.loss, abs=3 * (link.loss / (count / 2)) ** 0.5)


def test_in_an_outage_each_network_keeps_or_loses_and_catches_up_in_its_own_way() -> None:
    found = mixed(2, (Outage(0, SECOND_US),)).all_passed(devices(0, 1), times(500_000, 500_000), times(500_000, 500_000))
    assert SECOND_US + 50_000 < found[0] < SECOND_US + 60_000  # at 10 times the pace
    assert found[1] == WITHHELD


@given(
    st.lists(st.integers(0, 80 * SECOND_US), min_size=2, max_size=40).map(sorted),
    st.integers(0, 3),
    st.sampled_from([(), OUTAGES]),
)
def test_on_several_networks_too_nothing_overtakes_and_one_by_one_is_as_all_at_once(
    sent_us: list[int], device: int, outages: Sequence[Outage]
) -> None:
    found = mixed(4, outages, wired=(3,))
    time_us = times(*sent_us)
    release_us = found.all_passed(np.full(len(sent_us), device, dtype=np.int32), time_us, time_us)
    left = release_us[release_us != WITHHELD]
    assert (np.diff(left) >= 0).all()
    assert release_us.tolist() == [found.passed(device, at_us, at_us) for at_us in sent_us]


def test_several_networks_of_one_kind_are_as_that_link_alone() -> None:
    count = 500
    time_us, device = np.arange(count, dtype=np.int64) * 10_000_000, np.arange(count, dtype=np.int32)
    roster = Roster(Names())
    for number in range(count):
        roster.add(f"lamp {number}", "Putuo", network=number % 3)
    several = Uplinks.of("lamps", Links(dict.fromkeys(range(3), MOBILE)), roster, lambda _district: OUTAGES, Streams(11))
    one = Uplinks.of("lamps", MOBILE, roster, lambda _district: OUTAGES, Streams(11))
    assert (several.all_passed(device, time_us, time_us) == one.all_passed(device, time_us, time_us)).all()


@pytest.mark.parametrize(
    ("network", "problem"), [(-1, "'lamp' hangs on no access network"), (2, "'lamp' hangs on access network 2, which has no link")]
)
def test_a_device_on_none_of_the_networks_is_named(network: int, problem: str) -> None:
    roster = Roster(Names())
    roster.add("desk", "Putuo", on_wire=True)
    roster.add("lamp", "Putuo", network=network)
    astray = Uplinks.of("lamps", Links({0: FIXED, 1: MOBILE}), roster, lambda _district: (), Streams(11))
    with pytest.raises(ValueError, match=problem):
        astray.passed(1, 0, 0)
    with pytest.raises(ValueError, match=problem):
        astray.all_passed(devices(1), times(0), times(0))
