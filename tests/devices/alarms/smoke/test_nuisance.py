"""A false alarm sounds first, is reported when nobody silences it, and is reset when the smoke is gone."""

import numpy as np
import pytest

from devices.alarms.choices import AlarmCause, AlarmState, ContactId, Qualifier
from devices.alarms.smoke.choices import DetectorStep
from devices.alarms.smoke.figures import SILENCED
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.causes import STORM
from scenarios.loader import load, override
from sim.city.incidents import Incident
from sim.city.site import Steps
from sim.errors import UsageError
from sim.units import MINUTE_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.smoke.smoke_runs import Run, run

CALM = SupervisionParameters(line_troubles_per_day=0, mains_losses_per_year=0, neglected_batteries=0)  # every detector is heard


@pytest.fixture(scope="module")
def evening() -> Run:
    return run(SmokeParameters(per_year=25, real=0), duration="3h", supervision=CALM)


def test_an_alarm_comes_a_verification_after_its_pre_alarm_and_is_restored_later(evening: Run) -> None:
    state, at_us, began_us = (evening.column("alarm", name) for name in ("alarm_state", "time_us", "began_us"))
    raised = state == AlarmState.RAISED
    assert raised.sum() > 50
    waited_us = at_us[raised] - began_us[raised]
    assert np.all(np.abs(waited_us - SmokeParameters().verification) < 1_000)  # ties are moved by 1 µs
    assert set(evening.column("alarm", "code")[raised].tolist()) == {ContactId.SMOKE}
    restored = at_us[state == AlarmState.RESTORED] - began_us[state == AlarmState.RESTORED]
    assert restored.min() > SmokeParameters().verification
    pre_alarms = evening.column("detector_event", "began_us")[evening.column("detector_event", "detector_step") == DetectorStep.PRE_ALARM]
    within = began_us[raised] >= evening.engine.city.start_us  # not in the warm-up
    assert set(began_us[raised][within].tolist()) <= set(pre_alarms.tolist())


def test_smoke_silenced_in_time_is_a_near_alarm_that_is_restored_and_opens_no_case() -> None:
    found = run(SmokeParameters(per_year=0.01, real=0), duration="2h", start="18:00")
    step, code, qualifier = (found.column("detector_event", name) for name in ("detector_step", "code", "qualifier"))
    hushed = step == DetectorStep.HUSHED
    assert hushed.sum() > 20
    assert set(code[step != DetectorStep.TESTED].tolist()) == {ContactId.NEAR_ALARM}
    assert set(qualifier[hushed].tolist()) == {Qualifier.RESTORE}
    assert len(found.column("alarm", "code")) <= 2
    assert found.of("smoke_hushed_in_time").mean() > 0.99


def test_a_share_of_alarms_is_silenced_by_somebody_at_home(evening: Run) -> None:
    silenced = evening.of("smoke_silenced")
    assert is_share(float(silenced.mean()), float(SILENCED) * 0.9, len(silenced))  # some only when the centre has closed them
    assert np.sum(evening.column("alarm", "alarm_state") == AlarmState.CANCELLED) >= silenced.sum()


def test_more_than_five_false_alarms_of_a_home_within_a_day_are_marked_once() -> None:
    def haunted(this: Run) -> None:
        def again() -> Steps:
            for _ in range(8):
                this.site.process(this.smoke.nuisance.alarm(0, AlarmCause.DUST))
                yield this.site.wait(10 * MINUTE_US)

        this.site.process(again())

    found = run(SmokeParameters(per_year=0), duration="2h", also=haunted)
    assert found.of("false_alarms_of_a_site").max() == 8
    assert len([text for text in found.marks if "false smoke alarms within a day" in text]) == 1


def test_a_storm_sets_detectors_off_by_lightning() -> None:
    storm = Incident(what=STORM, after="5m", lasting="30m", severity=1.0)
    found = run(SmokeParameters(per_year=0.01), duration="45m", scale=0.05, incidents=[storm])
    assert np.sum(found.column("alarm", "alarm_cause") == AlarmCause.WEATHER) > 0


def test_without_alarms_nothing_happens_but_pre_alarms_and_tests() -> None:
    found = run(SmokeParameters(per_year=0), duration="1h", start="18:00")
    assert len(found.column("alarm", "code")) == 0
    assert found.of("nuisance_alarms").max() == 0


def test_a_rate_that_no_home_can_have_is_refused_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"alarms\.smoke\.per_year.*100.*1000"):
        override(load("home_alarms"), ("alarms.smoke.per_year=1000",))
