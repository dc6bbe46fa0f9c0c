"""The supervision of a city: everything that is lost is found in time, told once, and comes back."""

from collections import Counter

import numpy as np
import pytest

from devices.alarms.choices import Availability, ContactId, Path, Qualifier, SupervisionClass, TroubleCause
from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.supervision.paths import REPORTING_US
from devices.alarms.supervision.signals import signals
from devices.alarms.system import Alarms
from sim.city.incidents import Incident
from sim.city.networks import AccessNetwork
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import ABSENT_INT
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.alarms.alarm_runs import HERE, Left, is_share, ran
from tests.devices.buses.timetabled import a_site

RISKY = InstalledParameters(high_risk=0.4, highest_risk=0.2)
TROUBLED = SupervisionParameters(line_troubles_per_day=0.5, line_trouble=HOUR_US, jams_per_year=50)
CALM = SupervisionParameters(line_troubles_per_day=0, mains_losses_per_year=0)
CUT = Incident(what="power_cut", after="30m", lasting="1h", severity=0.5)


@pytest.fixture(scope="module")
def troubled() -> Left:
    return ran(Alarms(installed=RISKY, supervision=TROUBLED), hours=8, scale=0.05)


@pytest.fixture(scope="module")
def cut() -> Left:
    return ran(Alarms(installed=RISKY, supervision=CALM), hours=2.5, scale=0.05, incidents=(CUT,))


def of_paths(left: Left) -> np.ndarray:
    return np.isin(left["device_state"]["code"], [ContactId.COMMUNICATION_TROUBLE, ContactId.LOSS_OF_POLLING])


def test_every_lost_path_is_found_in_the_time_of_its_class(troubled: Left) -> None:
    for code, window_us in enumerate(REPORTING_US.tolist()):
        after_s = troubled.samples["alarms.loss_detected_s", SupervisionClass(code).word]
        assert len(after_s) > 10
        assert 0 < after_s.max() <= window_us / SECOND_US
    states = troubled["device_state"]
    found = of_paths(troubled) & (states["qualifier"] == Qualifier.NEW) & (states["cause"] != TroubleCause.LOST_BEAT)
    assert (states["detected_after_s"][found] <= REPORTING_US[states["supervision_class"][found]] / SECOND_US).all()
    assert (
        len(np.concatenate([each for (measure, _), each in troubled.samples.items() if measure == "alarms.loss_detected_s"])) == found.sum()
    )


def test_of_two_paths_the_loss_of_one_is_trouble_and_of_both_is_offline(troubled: Left) -> None:
    states = troubled["device_state"]
    new = of_paths(troubled) & (states["qualifier"] == Qualifier.NEW)
    offline = states["availability"] == Availability.OFFLINE
    np.testing.assert_array_equal(states["code"][new] == ContactId.COMMUNICATION_TROUBLE, offline[new])
    one_path = ~np.isin(states["supervision_class"], [SupervisionClass.MIN3, SupervisionClass.S90]) & (states["path"] == Path.PRIMARY)
    assert offline[new & one_path].all()
    assert (new & ~offline).sum() > 100
    assert (new & offline & (states["path"] == Path.BACKUP)).any()


def test_nothing_is_told_twice_and_nothing_returns_that_was_not_lost(troubled: Left) -> None:
    states = troubled["device_state"]
    told: dict[tuple[str, str], int] = {}
    columns = (states["qualifier"].tolist(), states["code"].tolist(), states["path"].tolist())
    for about, qualifier, code, path in zip(troubled.about(states["about"]), *columns, strict=True):
        of_path = code in (ContactId.COMMUNICATION_TROUBLE, ContactId.LOSS_OF_POLLING)
        key = about, f"path {path}" if of_path else ContactId(code).word
        assert told.get(key) != qualifier, key
        told[key] = qualifier


def test_the_census_moves_by_what_is_told(troubled: Left) -> None:
    states = troubled["device_state"]
    since = states["time_us"] >= troubled.engine.hours.start_us + MINUTE_US
    first: dict[str, bool] = {}
    last: dict[str, bool] = {}
    columns = (states["code"][since].tolist(), states["qualifier"][since].tolist(), states["availability"][since].tolist())
    for about, code, qualifier, state in zip(troubled.about(states["about"][since]), *columns, strict=True):
        first.setdefault(about, code == ContactId.COMMUNICATION_TROUBLE and qualifier == Qualifier.RESTORE)
        last[about] = state == Availability.OFFLINE
    offline = [sum(row.count for row in census if row.state == "offline") for census in (troubled.census[0], troubled.census[-1])]
    assert offline[1] - offline[0] == sum(last.values()) - sum(first.values())
    units = sum(name.count("-home-") and not name.endswith("-backup") for name in troubled.engine.city.roster("alarms").names)
    assert all(sum(row.count for row in census if row.thing == "device") == units for census in troubled.census)


def test_what_is_lost_says_nothing_and_the_receiver_speaks_for_it(troubled: Left) -> None:
    states, beats = troubled["device_state"], troubled["heartbeat"]
    found = of_paths(troubled)
    senders = set(troubled.names(np.unique(states["device"][found])))
    assert senders == {"receiver-Putuo"}
    assert (states["release_us"][found] == states["time_us"][found]).all()  # on the centre's own wire
    assert np.isnan(states["silent_s"][~found]).all()
    new = found & (states["qualifier"] == Qualifier.NEW)
    ids = {
        f"{about}{'-backup' if path else ''}" for about, path in zip(troubled.about(states["about"][new]), states["path"][new], strict=True)
    }
    known = troubled.engine.city.roster("alarms").names
    assert all(known.find(each) >= 0 for each in ids)
    assert beats["attempts"].min() == 1
    assert (beats["rssi_dbm"] == ABSENT_INT).any()
    assert beats["rssi_dbm"][beats["rssi_dbm"] != ABSENT_INT].max() <= -65


def test_the_fleet_is_seen_in_its_window_but_for_those_that_are_cut(troubled: Left) -> None:
    seen = np.concatenate([each for (measure, _), each in troubled.samples.items() if measure == "alarms.seen_in_window"])
    quiet = ran(Alarms(supervision=CALM), scale=0.05)
    calm = np.concatenate([each for (measure, _), each in quiet.samples.items() if measure == "alarms.seen_in_window"])
    assert 0.93 < seen.mean() < 0.985
    assert calm.mean() > 0.998


def test_a_power_cut_takes_half_a_district_and_its_return_is_a_storm_of_reconnects(cut: Left) -> None:
    beats = cut["heartbeat"]
    start_us = cut.engine.hours.start_us
    minute = (beats["time_us"] - start_us) // MINUTE_US
    again = np.bincount(minute[beats["reconnect"]], minlength=150)
    of_time = np.bincount(minute[~beats["reconnect"]], minlength=150)
    returned = again[84:93].sum()  # feeders are switched on again in the last six minutes, devices follow within seconds
    assert returned > 0.97 * again[31:].sum()
    assert again[84:90].min() > 1.2 * of_time.mean()
    lines = np.isin(beats["link"], [AccessNetwork.FIBRE, AccessNetwork.COPPER]) & (beats["supervision_class"] >= SupervisionClass.MIN3)
    before, during = (np.bincount(minute[lines], minlength=150)[first:last].mean() for first, last in ((0, 30), (35, 80)))
    assert 0.4 < during / before < 0.62  # half the homes, and one in twenty of their gateways goes on


def test_those_in_the_dark_say_so_once_they_can(cut: Left) -> None:
    states = cut["device_state"]
    start_us = cut.engine.hours.start_us
    mains = states["code"] == ContactId.AC_LOSS
    new = mains & (states["qualifier"] == Qualifier.NEW)
    assert new.sum() > 50
    assert (states["began_us"][new] == start_us + 30 * MINUTE_US).all()
    in_time = states["time_us"][new] < start_us + 46 * MINUTE_US  # over the air; those on a line only wait until it is back
    assert 0.2 < in_time.mean() < 0.9
    assert (mains & (states["qualifier"] == Qualifier.RESTORE)).sum() == new.sum()


def test_a_panel_whose_line_is_dead_reports_on_its_second_path(cut: Left) -> None:
    states = cut["device_state"]
    dark = (states["code"] == ContactId.AC_LOSS) & (states["qualifier"] == Qualifier.NEW)
    dark &= states["time_us"] < cut.engine.hours.start_us + 80 * MINUTE_US
    backup = states["path"] == Path.BACKUP
    assert (dark & backup).sum() > 20
    assert all(name.endswith("-backup") for name in cut.names(states["device"][dark & backup]))
    assert np.isin(states["supervision_class"][dark & backup], SupervisionClass.MIN30).all()  # of that path


def test_an_outage_of_the_network_loses_heartbeats_and_no_state() -> None:
    outage = Incident(what="outage", after="20m", lasting="1h")
    left = ran(Alarms(installed=RISKY, supervision=CALM), hours=2, incidents=(outage,))
    states = left["device_state"]
    causes = Counter(states["cause"][of_paths(left) & (states["qualifier"] == Qualifier.NEW)].tolist())
    panels = {name for name in left.engine.city.roster("alarms").names if name.endswith("-panel")}
    assert causes[TroubleCause.NETWORK] > 0.95 * len(panels)
    beats = left["heartbeat"]["time_us"] - left.engine.hours.start_us
    assert not ((beats > 21 * MINUTE_US) & (beats < 80 * MINUTE_US)).any()
    again = np.bincount(beats[left["heartbeat"]["reconnect"]] // MINUTE_US, minlength=120)
    assert again[80] > 0.9 * len(left.engine.city.roster("alarms").names) > 20 * np.bincount(beats // MINUTE_US)[:20].mean()


def test_so_many_tries_are_lost_as_configured() -> None:
    left = ran(Alarms(supervision=SupervisionParameters(attempt_loss=0.2, attempts=2, line_troubles_per_day=0)), hours=2, scale=0.05)
    again = left["heartbeat"]["attempts"][~left["heartbeat"]["reconnect"]] == 2
    assert is_share(again.mean(), 0.2 * 0.8 / (1 - 0.04), len(again))
    false = left.samples["alarms.false_loss", ""]
    assert false.mean() > 0.9


def test_other_families_report_through_the_same_door_and_wait_for_a_path() -> None:
    site = Site(a_site((HERE,), scale=0.02, incidents=(Incident(what="outage", after="2m", lasting="3m"),)).city, Alarms.declared)
    supervision = Supervision(site, installed(site, InstalledParameters()), CALM)
    instants = site.start_us + np.array([1, 3]) * MINUTE_US
    worn_out = signals(instants, np.array([3, 4]), ContactId.MAINTENANCE, Qualifier.NEW, TroubleCause.SENSOR, instants)
    told = []
    for number in range(8):
        span = Span(number, site.start_us + number * MINUTE_US, site.start_us + (number + 1) * MINUTE_US)
        if not number:
            supervision.report(worn_out)
        supervision.work(span)
        for block in site.city.out.take_blocks(span.end_us).get("device_state", []):
            rows = block.columns["code"] == ContactId.MAINTENANCE
            told += list(zip(block.columns["about"][rows].tolist(), (block.time_us[rows] - site.start_us).tolist(), strict=True))
            assert (block.columns["availability"][rows] == Availability.END_OF_LIFE).all()
    assert [about for about, _ in told] == [3, 4]
    assert told[0][1] == MINUTE_US
    assert 5 * MINUTE_US < told[1][1] < 8 * MINUTE_US
