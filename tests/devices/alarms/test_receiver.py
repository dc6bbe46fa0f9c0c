"""The receiver finds lost paths in the time of their class, from heartbeats alone."""

import numpy as np
import pytest

from devices.alarms.choices import DeviceClass, SupervisionClass, TroubleCause
from devices.alarms.homes.installed import Units
from devices.alarms.supervision.heartbeats import Beats, Heartbeats
from devices.alarms.supervision.paths import REPORTING_US, Paths, registered
from devices.alarms.supervision.receiver import Finding, Receiver
from devices.alarms.supervision.troubles import Trouble
from devices.alarms.system import Alarms
from sim.city.networks import AccessNetwork
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.table import Table
from sim.units import MINUTE_US, NEVER_US, SECOND_US
from tests.devices.buses.timetabled import a_site

COUNT = 400


def paths_of(supervision: SupervisionClass, spare: float = 0.1) -> tuple[Site, Paths]:
    site = Site(a_site(("Putuo",), scale=0.02).city, Alarms.declared)
    of_all = {"dtype": np.int8}
    units = Units(
        district=np.full(COUNT, site.districts.code("Putuo"), dtype=np.int16),
        home=np.arange(COUNT),
        building=np.zeros(COUNT, dtype=np.int64),
        device_class=np.full(COUNT, DeviceClass.PANEL, **of_all),
        supervision=np.full(COUNT, supervision, **of_all),
        network=np.full(COUNT, AccessNetwork.FIBRE, **of_all),
        two_paths=np.zeros(COUNT, dtype=bool),
    )
    return site, registered(site, units, spare)


def spans(start_us: int, minutes: int) -> list[Span]:
    return [Span(each, start_us + each * MINUTE_US, start_us + (each + 1) * MINUTE_US) for each in range(minutes)]


def troubles(begin_us: np.ndarray, end_us: np.ndarray, row: np.ndarray | None = None) -> np.ndarray:
    table = Table(Trouble)
    rows = np.arange(len(begin_us)) if row is None else row
    table.extend(time_us=begin_us, row=rows, end_us=end_us, cause=np.full(len(rows), TroubleCause.LINE))
    return table.take_before(NEVER_US)


def watched(paths: Paths, cuts: np.ndarray, minutes: int, start_us: int, loss: float = 0.0) -> tuple[Finding, Finding, Beats]:
    """Return what the receiver found lost and returned, and the beats that came."""
    receiver, heartbeats = Receiver(paths, 20 * SECOND_US), Heartbeats(paths, np.arange(len(paths)), 1, loss)
    lost, back, came = [], [], []
    for span in spans(start_us, minutes):
        receiver.cut(cuts[(cuts["time_us"] >= span.start_us) & (cuts["time_us"] < span.end_us)])
        beats = heartbeats.during(span)
        came.append([column[receiver.passes(beats)] for column in beats])
        receiver.miss(beats)
        lost.append(receiver.lost(span))
        found, known = receiver.back(span)
        back.append([column[known] for column in found])
    joined = [[np.concatenate(column) for column in zip(*parts, strict=True)] for parts in (lost, back, came)]
    return Finding(*joined[0]), Finding(*joined[1]), Beats(*joined[2])


@pytest.mark.parametrize("supervision", [SupervisionClass.MIN30, SupervisionClass.MIN3, SupervisionClass.S90])
def test_a_lost_path_is_found_in_the_time_of_its_class_and_not_much_earlier(supervision: SupervisionClass) -> None:
    site, paths = paths_of(supervision)
    window_us = int(REPORTING_US[supervision])
    rng = np.random.default_rng(1)
    begin_us = site.start_us + 2 * window_us + rng.integers(0, window_us, COUNT)
    minutes = 5 * window_us // MINUTE_US + 5
    lost, back, came = watched(paths, troubles(begin_us, begin_us + 2 * window_us), minutes, site.start_us)
    assert sorted(lost.row.tolist()) == list(range(COUNT))
    after_us = lost.at_us - lost.began_us
    assert (after_us <= window_us).all()
    assert (after_us >= window_us // 10).all()  # never before the beat that fails has had its repeats
    assert abs(after_us.mean() / window_us - 0.55) < 0.05  # uniform from a tenth of the window to all of it
    np.testing.assert_array_equal(lost.began_us, begin_us[lost.row])
    assert sorted(back.row.tolist()) == list(range(COUNT))
    waited_us = back.at_us - begin_us[back.row] - 2 * window_us
    assert (waited_us > 0).all()
    assert waited_us.mean() == pytest.approx(20 * SECOND_US, rel=0.2)
    inside = (came.at_us >= begin_us[came.row]) & (came.at_us < begin_us[came.row] + 2 * window_us)
    assert not inside.any()


def test_the_receiver_counts_from_the_last_heartbeat_that_it_heard() -> None:
    site, paths = paths_of(SupervisionClass.MIN3)
    begin_us = np.full(COUNT, site.start_us + 10 * MINUTE_US)
    lost, _, came = watched(paths, troubles(begin_us, begin_us + 10 * MINUTE_US), 25, site.start_us)
    for row, at_us, silent_us in zip(lost.row.tolist(), lost.at_us.tolist(), lost.silent_us.tolist(), strict=True):
        assert at_us - silent_us == max(came.at_us[(came.row == row) & (came.at_us < at_us)])


def test_a_path_cut_again_soon_after_its_return_was_last_heard_then() -> None:
    site, paths = paths_of(SupervisionClass.MIN3)
    first_us = np.full(COUNT, site.start_us + 10 * MINUTE_US)
    begin_us = np.concatenate([first_us, first_us + 12 * MINUTE_US])
    lost, back, _ = watched(paths, troubles(begin_us, begin_us + 10 * MINUTE_US, np.tile(np.arange(COUNT), 2)), 45, site.start_us)
    second = lost.began_us == first_us[0] + 12 * MINUTE_US
    assert second.sum() > 0.9 * COUNT
    returned = {int(row): at_us for row, at_us in zip(back.row, back.at_us, strict=True) if at_us < first_us[0] + 12 * MINUTE_US}
    heard = [
        at_us - silent_us >= returned[row] for row, at_us, silent_us in zip(*(each[second].tolist() for each in lost[:3]), strict=True)
    ]
    assert all(heard)


def test_a_lost_heartbeat_holds_no_signal_up_but_a_cut_path_does() -> None:
    site, paths = paths_of(SupervisionClass.MIN3)
    receiver, span = Receiver(paths, SECOND_US), spans(site.start_us, 1)[0]
    beats = Heartbeats(paths, np.arange(COUNT), 1, 1.0).during(span)
    receiver.miss(beats)
    cut = np.setdiff1d(np.arange(COUNT), beats.row)[:5]
    end_us = span.start_us + 30 * SECOND_US
    receiver.cut(troubles(np.full(5, span.start_us), np.full(5, end_us), cut))
    np.testing.assert_array_equal(receiver.reached_us(beats.row, beats.at_us + 1), beats.at_us + 1)
    assert (receiver.reached_us(cut, np.full(5, span.start_us + SECOND_US)) > end_us).all()


def test_a_trouble_between_two_heartbeats_is_never_noticed() -> None:
    site, paths = paths_of(SupervisionClass.MIN30)
    beat_us = site.start_us + (paths.phase_us - site.start_us) % paths.period_us
    lost, back, came = watched(paths, troubles(beat_us + MINUTE_US, beat_us + 10 * MINUTE_US), 90, site.start_us)
    assert not len(lost.row)
    assert not len(back.row)
    assert len(np.unique(came.row)) == COUNT


def test_troubles_that_meet_are_one_loss_with_the_cause_of_the_first() -> None:
    site, paths = paths_of(SupervisionClass.MIN3)
    first_us = np.full(COUNT, site.start_us + 10 * MINUTE_US)
    row = np.tile(np.arange(COUNT), 3)
    begin_us = np.concatenate([first_us, first_us + 4 * MINUTE_US, first_us + 9 * MINUTE_US])
    end_us = np.concatenate([first_us + 5 * MINUTE_US, first_us + 12 * MINUTE_US, first_us + 10 * MINUTE_US])
    lost, back, _ = watched(paths, troubles(begin_us, end_us, row), 40, site.start_us)
    assert len(lost.row) == len(back.row) == COUNT
    assert (lost.began_us == first_us).all()
    assert (back.at_us > first_us[0] + 12 * MINUTE_US).all()


def test_a_lost_heartbeat_looks_like_a_lost_path_until_the_next_one() -> None:
    site, paths = paths_of(SupervisionClass.MIN3)
    lost, back, came = watched(paths, troubles(np.zeros(0, np.int64), np.zeros(0, np.int64)), 120, site.start_us, loss=0.05)
    assert len(lost.row) > 500
    assert (lost.cause == TroubleCause.LOST_BEAT).all()
    expected = COUNT * 120 * MINUTE_US / int(paths.period_us[0])
    assert abs((expected - len(came.row)) / expected - 0.05) < 0.007
    by_row = {row: back.at_us[back.row == row] for row in np.unique(back.row).tolist()}
    for row, at_us in zip(lost.row.tolist(), lost.at_us.tolist(), strict=True):
        later = by_row.get(row, np.zeros(0))[by_row.get(row, np.zeros(0)) > at_us]
        if len(later):
            assert (later[0] - at_us) % int(paths.period_us[0]) == int(paths.period_us[0]) * 2 - int(paths.window_us[0])


def test_beats_keep_their_period_whatever_the_slice_and_take_as_many_tries_as_are_lost() -> None:
    site, paths = paths_of(SupervisionClass.S90)
    heartbeats = Heartbeats(paths, np.arange(COUNT), 3, 0.3)
    parts = [heartbeats.during(span) for span in spans(site.start_us, 120)]
    row, at_us, attempts = (np.concatenate(column) for column in zip(*parts, strict=True))
    for each in range(5):
        assert set(np.diff(at_us[row == each]).tolist()) == {int(paths.period_us[0])}
    shares = np.bincount(attempts, minlength=4) / len(attempts)
    np.testing.assert_allclose(shares, [0.3**3, 0.7, 0.21, 0.063], atol=0.008)
    assert all((np.diff(part.at_us) >= 0).all() for part in parts)
