"""A fire is detected, goes before everything, grows until somebody comes, and is not missed while its detector works."""

from collections.abc import Iterator

import numpy as np
import pytest
import simpy

from devices.alarms.centre.cases import Case
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import Service
from devices.alarms.centre.parameters import CareParameters, CentreParameters, ResponderParameters
from devices.alarms.choices import AlarmState, AlarmType, TroubleCause
from devices.alarms.smoke.choices import Growth
from devices.alarms.smoke.figures import FLASHOVER
from devices.alarms.smoke.growth import Fire
from devices.alarms.smoke.load import drawn
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.supervision.parameters import SupervisionParameters
from sim.city.site import Site, Steps
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.centre.alone import empty
from tests.devices.alarms.centre.alone import run as centre_run
from tests.devices.alarms.smoke.smoke_runs import Run, run

ONLY_FIRES = SmokeParameters(per_year=20, real=1.0)


def with_brigade(travel_us: int) -> CentreParameters:
    responders = ResponderParameters(fire=travel_us, fire_units=100_000, community_units=100_000)
    return CentreParameters(care=CareParameters(per_day=0), operators=500, responders=responders)


@pytest.fixture(scope="module")
def soon() -> Run:
    return run(ONLY_FIRES, duration="3h", centre=with_brigade(3 * MINUTE_US))


@pytest.fixture(scope="module")
def late() -> Run:
    return run(ONLY_FIRES, duration="3h", centre=with_brigade(40 * MINUTE_US))


def test_a_fire_attended_late_has_grown_and_left_its_room(soon: Run, late: Run) -> None:
    assert len(soon.of("fire_at_attendance_kw")) > 10
    assert late.of("fire_at_attendance_kw").mean() > 1.2 * soon.of("fire_at_attendance_kw").mean()
    assert late.of("fire_confined_to_room").mean() < soon.of("fire_confined_to_room").mean()


def test_most_fires_stay_in_their_room(soon: Run) -> None:
    assert soon.of("fire_confined_to_room").mean() > 0.5


def test_engines_stay_the_longer_the_later_they_come_and_others_as_long_as_ever(soon: Run) -> None:
    fires, now_us = soon.smoke.fires, soon.site.now_us
    burning = {minutes: Fire(now_us - minutes * MINUTE_US, Growth.MEDIUM) for minutes in (1, 5, 10)}
    assert all(fires.attended(fire, Service.COMMUNITY) == 1.0 for fire in burning.values())
    stays = {minutes: fires.attended(fire, Service.FIRE) for minutes, fire in burning.items()}
    assert stays[5] == pytest.approx(1 + 1055 / float(FLASHOVER))
    assert 1 < stays[1] < stays[5] < stays[10]
    assert all(fire.kw(now_us + MINUTE_US) == fire.kw(now_us) for fire in burning.values())  # they have ended it


def test_no_fire_is_missed_whose_detector_has_power_and_a_path(soon: Run) -> None:
    heard = soon.of("fires_heard", "working")
    assert len(heard) > 10
    assert heard.min() == 1.0


def test_detectors_that_verify_too_long_leave_fires_unheard() -> None:
    found = run(ONLY_FIRES.model_copy(update={"verification": 60 * MINUTE_US, "second_detectors": 0.0}), duration="1h")
    assert len(found.of("fires_heard", "working")) > 3
    assert found.of("fires_heard", "working").max() == 0.0


def test_flames_are_detected_within_minutes_of_their_true_start(soon: Run) -> None:
    flaming = soon.of("smoke_detected_s", "flaming")
    assert np.mean(flaming <= 240) > 0.9
    assert flaming.min() > 0
    smouldering = soon.of("smoke_detected_s", "smouldering")
    assert np.median(smouldering) > 3 * np.median(flaming)


def test_an_alarm_goes_out_a_verification_after_the_response_or_with_a_second_detector_sooner(soon: Run) -> None:
    detected, reported = np.sort(soon.of("smoke_detected_s")), np.sort(soon.of("fire_reported_s"))
    assert reported.min() > detected.min()
    verified_s = ONLY_FIRES.verification / SECOND_US
    assert detected.mean() + 0.3 * verified_s < reported.mean() < detected.mean() + verified_s + 1
    assert soon.of("fire_attended_s").mean() > reported.mean() + 180


def test_a_second_detector_confirms_about_half_of_the_fires(soon: Run) -> None:
    states = soon.column("alarm", "alarm_state")
    confirmed, raised = np.sum(states == AlarmState.CONFIRMED), np.sum(states == AlarmState.RAISED)
    assert 0.2 < confirmed / raised < 0.7
    assert np.array_equal(np.unique(soon.column("alarm", "real")), [1])


def test_a_fire_with_an_empty_battery_raises_no_alarm_and_counts_apart() -> None:
    def burns(this: Run) -> None:
        def after_the_warm_up() -> Steps:
            yield this.site.wait(15 * MINUTE_US)
            causes = [this.supervision.reach(unit).cause for unit in this.smoke.detectors.unit.tolist()]
            this.site.process(this.smoke.fires.fire(causes.index(TroubleCause.BATTERY)))

        this.site.process(after_the_warm_up())

    nothing_else = SmokeParameters(per_year=0)
    found = run(nothing_else, duration="3h", start="01:00", supervision=SupervisionParameters(neglected_batteries=1.0), also=burns)
    assert found.of("fires_heard").tolist() == found.of("fires_heard", "empty").tolist() == [0.0]
    assert len(found.column("alarm", "code")) == 0
    assert [text for text in found.marks if "battery is empty" in text]


def test_a_fire_passes_everybody_who_waits() -> None:
    answered: dict[str, int | None] = {}

    def raises(site: Site, centre: Centre) -> None:
        def one(case: Case, after_us: int) -> Iterator[simpy.Event]:
            yield site.wait(after_us)
            closed = yield from centre.case(case)
            answered[case.alarm_id] = closed.answered_us

        for number in range(6):
            for kind in (AlarmType.BURGLAR, AlarmType.GAS, AlarmType.PERSONAL):
                site.process(one(Case(f"{kind.word}-{number}", kind, "Xuhui", real=True), SECOND_US))
        fire = drawn(SmokeParameters(real=1.0), "fire", "Xuhui", np.random.default_rng(1))
        site.process(one(fire, 20 * SECOND_US))

    centre_run(empty(1), raises, duration="6h")
    assert answered["fire"] is not None
    assert sum(each < answered["fire"] for each in answered.values() if each is not None) == 1  # who was on the phone already
