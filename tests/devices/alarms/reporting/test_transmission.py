"""Alarms come to the centre by whichever path is up, are tried until they are acknowledged, and none of the real ones is lost."""

import numpy as np
import pytest

from devices.alarms.choices import AlarmType, ContactId, DeviceClass, Qualifier, SupervisionClass, TroubleCause
from devices.alarms.homes.installed import Units
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.reporting.measures import HELD_UP_WORD
from devices.alarms.reporting.parameters import ReportingParameters
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.figures import OFFLINE
from devices.alarms.supervision.parameters import SupervisionParameters
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.alarm_runs import Left, is_share, ran
from tests.devices.alarms.reporting.scripted import case, raised, scripted

CALM = SupervisionParameters(line_troubles_per_day=0, mains_losses_per_year=0, jams_per_year=0, neglected_batteries=0)
SURE = CALM.model_copy(update={"attempt_loss": 0.0})
RISKY = InstalledParameters(high_risk=0.5, highest_risk=0.0, more=3)
OUTAGE = Incident(what="outage", after="10m", lasting="10m")


def of(left: Left, measure: str, where: str = "") -> np.ndarray:
    parts = [each for (name, label), each in left.samples.items() if name == f"alarms.{measure}" and where in ("", label)]
    return np.concatenate(parts) if parts else np.zeros(0)


def each_unit(device_class: DeviceClass, first_us: int, every_us: int, alarm_type: AlarmType = AlarmType.BURGLAR):  # noqa: ANN201
    """Let every device of a class raise an alarm, one after the other."""

    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        for number, unit in enumerate(np.flatnonzero(units.device_class == device_class).tolist()):
            site.process(case(site, register, unit, first_us + number * every_us, alarm_type))

    return act


def test_an_alarm_takes_what_device_and_network_take_and_an_unanswered_try_is_repeated() -> None:
    lossy = CALM.model_copy(update={"attempt_loss": 0.2})
    act = each_unit(DeviceClass.SMOKE_DETECTOR, MINUTE_US, SECOND_US, AlarmType.SMOKE)
    taken_s = of(ran(scripted(act, supervision=lossy, reporting=ReportingParameters(repeat=20 * SECOND_US)), scale=0.05), "transmission_s")
    again = taken_s > 19
    assert len(taken_s) > 500
    assert is_share(again.mean(), 0.2, len(taken_s))
    assert is_share((taken_s > 39).mean(), 0.04, len(taken_s))
    assert 0.005 < np.median(taken_s[~again]) < 0.05  # half a round trip on the network of the home
    assert taken_s[~again].max() < 2


def test_fire_is_at_the_centre_within_ten_seconds_in_ninety_nine_of_a_hundred() -> None:
    act = each_unit(DeviceClass.SMOKE_DETECTOR, MINUTE_US, SECOND_US, AlarmType.SMOKE)
    taken_s = of(ran(scripted(act, supervision=CALM), scale=0.05), "panel_to_centre_s", "smoke")
    assert len(taken_s) > 500
    assert 0.99 < (taken_s <= 10).mean() < 1
    assert np.median(taken_s) == pytest.approx(0.83, abs=0.1)


def test_two_of_a_hundred_alarms_find_no_path_and_wait_as_long_as_lines_are_in_trouble() -> None:
    act = each_unit(DeviceClass.SMOKE_DETECTOR, MINUTE_US, SECOND_US, AlarmType.SMOKE)
    left = ran(scripted(act), scale=0.05)
    held_up = of(left, "held_up")
    assert len(held_up) > 2_500
    assert is_share(held_up.mean(), float(OFFLINE), len(held_up))
    came, waits = len(of(left, "panel_to_centre_s", HELD_UP_WORD)), of(left, "real_alarms_under_way")[0]
    assert 0 <= came + waits - held_up.sum() < 5  # and those that are just being sent
    assert waits > came  # lines are in trouble for hours
    assert of(left, "missed_real_alarms")[0] == 0


def test_what_is_raised_in_an_outage_arrives_after_it_and_the_panel_says_that_it_failed_to_communicate() -> None:
    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        panels = np.flatnonzero(units.device_class == DeviceClass.PANEL)[:40].tolist()
        for unit in panels:
            site.process(case(site, register, unit, 12 * MINUTE_US))
            site.process(case(site, register, unit, 14 * MINUTE_US))

    left = ran(scripted(act, supervision=SURE, installed=RISKY), incidents=(OUTAGE,), scale=0.05)
    late_s = of(left, "panel_to_centre_s", HELD_UP_WORD)
    assert len(late_s) == len(of(left, "panel_to_centre_s")) == 80
    assert late_s.min() > 6 * 60
    assert len(of(left, "held_up_for_s", TroubleCause.NETWORK.word)) == 80
    assert of(left, "held_up").mean() == 1
    states = left["device_state"]
    failed = states["code"] == ContactId.FAILURE_TO_COMMUNICATE
    assert failed.sum() == 80  # once, and over, for each panel with two alarms that waited
    assert (states["qualifier"][failed] == Qualifier.NEW).sum() == 40
    assert (states["cause"][failed] == TroubleCause.NETWORK).all()
    assert states["time_us"][failed].min() > left.engine.hours.start_us + 20 * MINUTE_US
    assert of(left, "missed_real_alarms").tolist() == [0]
    calls = left["call"]["time_us"]
    assert calls.min() > left.engine.hours.start_us + 20 * MINUTE_US


def test_a_panel_with_two_paths_uses_the_second_when_the_first_is_down() -> None:
    cut = Incident(what="power_cut", after="5m", lasting="50m")
    act = each_unit(DeviceClass.PANEL, 10 * MINUTE_US, SECOND_US)
    gone = SURE.model_copy(update={"gateways_on_reserve": 0.0})
    left = ran(scripted(act, supervision=gone, installed=RISKY), incidents=(cut,), scale=0.05)
    in_time = of(left, "panel_to_centre_s", "burglar")
    two_paths = of(left, "transmission_s", SupervisionClass.MIN3.word)
    assert two_paths.max() < 5
    assert len(in_time) > len(two_paths) > 100  # and those whose only path is over the air
    assert (of(left, "panel_to_centre_s", HELD_UP_WORD) > 60).all()
    assert of(left, "held_up_for_s", TroubleCause.MAINS.word).size > 50


def test_real_alarms_without_a_path_at_the_end_are_under_way_and_those_that_nobody_reported_are_missed() -> None:
    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        panels = np.flatnonzero(units.device_class == DeviceClass.PANEL).tolist()
        for unit in panels[:30]:
            site.process(case(site, register, unit, 40 * MINUTE_US))

        def silent():  # noqa: ANN202
            yield site.wait(site.start_us - site.now_us + 5 * MINUTE_US)
            for unit in panels[30:37]:
                raised(site, register, unit)
                raised(site, register, unit, real=False)

        site.process(silent())

    forever = Incident(what="outage", after="30m", lasting="1h")
    left = ran(scripted(act, supervision=SURE, installed=RISKY), incidents=(forever,))
    assert of(left, "real_alarms_under_way").tolist() == [30]
    assert of(left, "missed_real_alarms").tolist() == [7]


def test_a_network_on_which_nothing_is_ever_answered_makes_every_real_alarm_a_missed_one() -> None:
    deaf = CALM.model_copy(update={"attempt_loss": 1.0})
    left = ran(scripted(each_unit(DeviceClass.PANEL, MINUTE_US, SECOND_US), supervision=deaf), hours=0.1)
    assert of(left, "missed_real_alarms")[0] == left["alarm"]["time_us"].size > 20


def test_a_failure_in_the_middle_of_a_slice_is_known_at_once() -> None:
    short = Incident(what="outage", after="10m5s", lasting="20s")
    asked: list[tuple[int, int]] = []

    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        def asking():  # noqa: ANN202
            yield site.wait(site.start_us - site.now_us + 10 * MINUTE_US)
            for _ in range(30):
                reach = supervision.reach(0)
                asked.append((site.now_us - site.start_us - 10 * MINUTE_US, reach.at_us - site.now_us))
                yield site.wait(SECOND_US)

        site.process(asking())

    ran(scripted(act, supervision=SURE.model_copy(update={"reconnect": 0})), incidents=(short,), hours=0.25)
    cut = [at_us // SECOND_US for at_us, wait_us in asked if wait_us]
    assert cut == list(range(5, 26))  # at the 25th second it needs its last microsecond
    assert max(wait_us for _, wait_us in asked) == 20 * SECOND_US + 1


def test_asking_changes_no_row_of_supervision() -> None:
    def asks(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        def asking():  # noqa: ANN202
            while True:
                supervision.reach(int(site.now_us // SECOND_US) % len(units))
                yield site.wait(7 * SECOND_US)

        site.process(asking())

    troubled = SupervisionParameters(line_troubles_per_day=0.5)
    left = [ran(scripted(act, supervision=troubled), hours=0.5) for act in (asks, lambda *_: None)]
    for kind in ("heartbeat", "device_state"):
        for name, column in left[0][kind].items():
            np.testing.assert_array_equal(column, left[1][kind][name])
