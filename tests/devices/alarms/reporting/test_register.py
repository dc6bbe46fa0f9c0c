"""The register gives every alarm an id of its own, says what is open, and forgets what is closed."""

from collections import Counter

import numpy as np
import pytest

from devices.alarms.centre.cases import Closed
from devices.alarms.centre.choices import CaseOutcome
from devices.alarms.choices import AlarmCause, AlarmState, AlarmType, ContactId, DeviceClass, Qualifier, Severity
from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from sim.city.site import Site, Steps
from sim.errors import UsageError
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.alarm_runs import Left, ran
from tests.devices.alarms.reporting.scripted import case, raised, scripted


def panels_of(units: Units) -> list[int]:
    found: list[int] = np.flatnonzero(units.device_class == DeviceClass.PANEL).tolist()
    return found


def open_alarms(left: Left) -> list[int]:
    """Return how many burglar alarms are open at the end of each minute."""
    return [sum(row.count for row in census if (row.thing, row.state) == ("alarm", "burglar")) for census in left.census]


def test_an_alarm_has_a_row_for_each_step_with_the_code_and_zone_of_what_was_activated() -> None:
    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        def steps() -> Steps:
            yield site.wait(site.start_us - site.now_us + MINUTE_US)
            alarm = raised(site, register, panels_of(units)[0])
            yield site.wait(10 * SECOND_US)
            register.confirm(alarm, ContactId.INTERIOR, zone=3)
            yield site.wait(10 * SECOND_US)
            register.cancel(alarm)
            yield site.wait(10 * SECOND_US)
            register.restore(alarm)

        site.process(steps())

    left = ran(scripted(act), hours=0.1)
    rows = left["alarm"]
    assert rows["alarm_state"].tolist() == list(AlarmState)
    assert rows["code"].tolist() == [ContactId.BURGLARY, ContactId.INTERIOR, ContactId.CANCEL, ContactId.BURGLARY]
    assert rows["qualifier"].tolist() == [Qualifier.NEW, Qualifier.NEW, Qualifier.NEW, Qualifier.RESTORE]
    assert rows["zone"].tolist() == [0, 3, 0, 0]
    assert rows["severity"].tolist() == [Severity.MAJOR, Severity.CRITICAL, Severity.CRITICAL, Severity.CRITICAL]
    assert len(set(rows["alarm_id"].tolist())) == 1
    assert left.samples["alarms.confirmed", "burglar"].tolist() == [1]
    assert open_alarms(left) == [0] * 6


def test_an_alarm_is_open_until_it_is_restored_and_its_id_is_used_once() -> None:
    told: list[Closed] = []
    registers: list[Register] = []

    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        registers.append(register)
        for unit in panels_of(units)[:10]:
            for again in range(3):
                site.process(case(site, register, unit, (5 + 10 * again) * MINUTE_US, told=told))

    left = ran(scripted(act), hours=0.8)
    rows = left["alarm"]
    each = Counter(rows["alarm_id"].tolist())
    assert (len(each), set(each.values())) == (30, {2})
    began = Counter(((rows["time_us"][rows["alarm_state"] == AlarmState.RAISED] - left.engine.hours.start_us) // MINUTE_US).tolist())
    assert began == {5: 10, 15: 10, 25: 10}
    gone = (rows["time_us"][rows["alarm_state"] == AlarmState.RESTORED] - left.engine.hours.start_us) // MINUTE_US
    still = [10 * sum(at <= minute for at in (5, 15, 25)) - int((gone <= minute).sum()) for minute in range(48)]
    assert open_alarms(left) == still
    assert {closed.outcome for closed in told} == {CaseOutcome.CANCELLED}
    assert not registers[0]._unheard


def test_a_restored_alarm_can_be_neither_restored_confirmed_nor_cancelled() -> None:
    refused: list[str] = []

    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        def steps() -> Steps:
            yield site.wait(MINUTE_US)
            alarm = raised(site, register, panels_of(units)[0])
            register.restore(alarm)
            for act in (register.restore, register.cancel, lambda one: register.confirm(one, ContactId.INTERIOR)):
                with pytest.raises(UsageError) as error:
                    act(alarm)
                refused.append(str(error.value))

        site.process(steps())

    left = ran(scripted(act), hours=0.1)
    assert [words.split(" is restored and cannot be ")[1] for words in refused] == [
        f"{each}: raise another one" for each in ("restored", "cancelled", "confirmed")
    ]
    assert set(open_alarms(left)) == {0}


@pytest.mark.parametrize("alarm_type", AlarmType)
def test_ids_name_type_and_home(alarm_type: AlarmType) -> None:
    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        def steps() -> Steps:
            yield site.wait(MINUTE_US)
            alarms = [raised(site, register, unit, alarm_type) for unit in range(len(units))]
            assert len({alarm.alarm_id for alarm in alarms}) == len(units) > 50
            assert all(alarm.alarm_id.startswith(f"{alarm_type.word}-{register.home(alarm.unit)}-") for alarm in alarms)

        site.process(steps())

    ran(scripted(act), hours=0.1)


def test_what_is_only_coming_need_not_be_heard_until_it_is_worse() -> None:
    def act(site: Site, units: Units, register: Register, supervision: Supervision) -> None:  # noqa: ARG001
        def steps() -> Steps:
            yield site.wait(site.start_us - site.now_us + MINUTE_US)
            for number, unit in enumerate(panels_of(units)[:5]):
                given = {"real": True, "cause": AlarmCause.GAS_LEAK, "began_us": site.now_us, "severity": Severity.WARNING}
                alarm = register.raise_alarm(unit, AlarmType.GAS, ContactId.GAS_DETECTED, **given)
                if number < 2:
                    register.worsen(alarm)

        site.process(steps())

    assert ran(scripted(act), hours=0.1).samples["alarms.missed_real_alarms", ""].tolist() == [2]
