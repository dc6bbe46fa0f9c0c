"""What becomes of a case: who is asked, who is sent, and what is written down."""

from collections.abc import Iterator, Sequence

import pytest
import simpy

from devices import SYSTEMS
from devices.alarms.centre.cases import Case, Closed, Conduct
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import CallOutcome, CaseOutcome, Finding, Purpose, ResponseStep, Service
from devices.alarms.centre.parameters import CallerParameters, CentreParameters, PolicyParameters, TalkParameters
from devices.alarms.choices import AlarmType
from sim.city.declared import clashes
from sim.city.site import Site
from sim.errors import UsageError
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.centre.alone import Alone, Run, empty, run

EXACT = TalkParameters(cv=0.0, mean="180s", assessment=0.5, ringing="20s")
FAITHFUL = CallerParameters(keyholder_reached="100%")
Rows = list[dict[str, object]]


def one(case: Case, **changes: object) -> tuple[Closed | None, Run]:
    """Raise one case after a minute in an empty centre and return what became of it within six hours."""
    found, once = several([case], empty(**{"operators": 1, "talk": EXACT, "callers": FAITHFUL, **changes}))
    return found.get(case.alarm_id), once


def several(cases: Sequence[Case], centre: CentreParameters, apart_us: int = 0) -> tuple[dict[str, Closed], Run]:
    found: dict[str, Closed] = {}

    def raises(site: Site, centre: Centre) -> None:
        def raise_one(case: Case, at_us: int) -> Iterator[simpy.Event]:
            yield site.wait(at_us)
            found[case.alarm_id] = yield from centre.case(case)

        for number, case in enumerate(cases):
            site.process(raise_one(case, MINUTE_US + number * apart_us))

    return found, run(centre, raises, duration="6h")


def rows(once: Run, kind: str) -> Rows:
    """Return the rows of a kind as dictionaries, in order of time."""
    found = [
        {"at_us": int(batch.time_us[row]), **{each.name: batch.columns[each.name][row].item() for each in batch.kind.fields}}
        for batch in once.rows(kind)
        for row in range(len(batch))
    ]
    return sorted(found, key=lambda row: row["at_us"])


def burglary(name: str = "b", **told: object) -> Case:
    return Case(name, AlarmType.BURGLAR, "Xuhui", **{"real": False, "home": "home 1", **told})


def test_a_confirmed_fire_is_forwarded_without_asking_and_a_keyholder_comes_too() -> None:
    closed, once = one(Case("f", AlarmType.SMOKE, "Xuhui", real=True, home="home 1", confirmed_after_us=0))
    assert closed is not None
    assert closed.outcome is CaseOutcome.ATTENDED
    assert set(closed.arrived_us) == {Service.FIRE, Service.KEYHOLDER}
    assert not [row for row in rows(once, "call") if row["purpose"] == Purpose.VERIFICATION]
    (forward_s,) = once.of("forward_s")
    assert forward_s < 3
    steps = [row["response_step"] for row in rows(once, "response") if row["service"] == Service.FIRE]
    assert steps == [ResponseStep.REQUESTED, ResponseStep.ACCEPTED, ResponseStep.ARRIVED, ResponseStep.CLOSED]


def test_nobody_is_sent_to_a_false_alarm_that_somebody_at_home_explains() -> None:
    closed, once = one(Case("s", AlarmType.SMOKE, "Xuhui", real=False, home="home 1"))
    assert closed is not None
    assert closed.outcome is CaseOutcome.TALKED_OVER
    assert not rows(once, "response")
    assert once.of("handling_s").tolist() == [180.0]
    assert once.of("decision_s").tolist() == [90.0]


def test_whoever_raises_a_case_is_told_who_is_asked_to_come_and_who_is_there() -> None:
    told: list[tuple[str, Service]] = []

    def arrives(service: Service) -> float:
        told.append(("there", service))
        return 1.0

    leak = Case("g", AlarmType.GAS, "Xuhui", real=True, on_request=lambda service: told.append(("asked", service)), on_arrival=arrives)
    closed, _ = one(leak)
    assert closed is not None
    assert told == [("asked", Service.UTILITY), ("there", Service.UTILITY)]


def test_whoever_finds_a_fire_that_was_thought_harmless_calls_the_brigade() -> None:
    unheard = Case("s", AlarmType.SMOKE, "Xuhui", real=True, home="home 1", conduct=Conduct(answers=False))
    closed, once = one(unheard)
    assert closed is not None
    assert min(closed.arrived_us[Service.COMMUNITY], closed.arrived_us[Service.KEYHOLDER]) == closed.requested_us[Service.FIRE]
    assert {row["finding"] for row in rows(once, "response") if row["response_step"] == ResponseStep.CLOSED} == {Finding.REAL}
    assert closed.closed_us >= max(closed.arrived_us.values())


def test_a_press_without_a_voice_is_called_back_and_visited_when_nobody_answers() -> None:
    silent = Case("p", AlarmType.PERSONAL, "Xuhui", real=True, needs=(Service.AMBULANCE,), conduct=Conduct(speaks=False, answers=False))
    closed, once = one(silent)
    assert closed is not None
    (called_back,) = [row for row in rows(once, "call") if row["purpose"] == Purpose.CALL_BACK]
    assert called_back["outcome"] == CallOutcome.NO_ANSWER
    assert closed.requested_us[Service.AMBULANCE] == closed.arrived_us[Service.COMMUNITY]


def test_a_caller_who_speaks_gets_what_is_needed_at_once() -> None:
    closed, once = one(Case("p", AlarmType.PERSONAL, "Xuhui", real=True, needs=(Service.AMBULANCE,)))
    assert closed is not None
    assert list(closed.arrived_us) == [Service.AMBULANCE]
    assert once.of("false_dispatch").tolist() == [0.0]


def test_a_code_entered_before_the_operator_decides_cancels_the_alarm() -> None:
    closed, once = one(burglary(conduct=Conduct(answers=False, cancels_after_us=30 * SECOND_US)))
    assert closed is not None
    assert closed.outcome is CaseOutcome.CANCELLED
    assert not rows(once, "response")


def test_a_code_entered_after_help_was_sent_is_too_late() -> None:
    closed, _ = one(burglary(conduct=Conduct(answers=False, cancels_after_us=10 * MINUTE_US)))
    assert closed is not None
    assert closed.outcome is CaseOutcome.ATTENDED


@pytest.mark.parametrize(("confirmed", "comes"), [(True, True), (False, False)])
def test_police_come_to_two_independent_activations_only(confirmed: bool, comes: bool) -> None:  # noqa: FBT001 - of the test
    closed, _ = one(
        burglary(confirmed_after_us=0 if confirmed else None, conduct=Conduct(answers=False)), policy=PolicyParameters(false_calls=100)
    )
    assert closed is not None
    assert (Service.POLICE in closed.arrived_us) is comes
    assert Service.KEYHOLDER in closed.arrived_us


def test_where_neither_police_nor_keyholder_come_a_community_worker_looks() -> None:
    closed, _ = one(burglary(conduct=Conduct(answers=False)), callers=CallerParameters(keyholder_reached=0.0))
    assert closed is not None
    assert list(closed.arrived_us) == [Service.COMMUNITY]


def test_police_come_whatever_the_policy_when_somebody_at_home_calls_for_them() -> None:
    closed, _ = one(burglary(real=True), policy=PolicyParameters(false_calls=1, within="36500d"))
    assert closed is not None
    assert Service.POLICE in closed.arrived_us


def test_after_three_false_calls_within_the_time_the_police_come_no_more() -> None:
    cases = [burglary(f"b{number}", home="new home", confirmed_after_us=0, conduct=Conduct(answers=False)) for number in range(5)]
    centre = empty(operators=3, talk=EXACT, callers=FAITHFUL, policy=PolicyParameters(false_calls=3, within="30m"))  # no past in 30 min
    found, once = several(cases, centre, apart_us=12 * MINUTE_US)
    fetched = [Service.POLICE in found[case.alarm_id].requested_us for case in cases]
    arrived = sorted(found[case.alarm_id].arrived_us[Service.POLICE] for case in cases if Service.POLICE in found[case.alarm_id].arrived_us)
    assert fetched[:3] == [True, True, True]
    for case, came in zip(cases, fetched, strict=True):
        decided_us = found[case.alarm_id].requested_us[Service.KEYHOLDER]
        recent = sum(decided_us - 30 * MINUTE_US < each <= decided_us for each in arrived)
        assert came is (recent < 3)
    assert once.of("false_dispatch", "police").mean() == 1.0


def test_fire_goes_before_everything_and_burglary_last() -> None:
    kinds = [AlarmType.BURGLAR, AlarmType.BURGLAR, AlarmType.PERSONAL, AlarmType.SMOKE]
    cases = [Case(f"{number} {each.word}", each, "Xuhui", real=False) for number, each in enumerate(kinds)]
    _, once = several(cases, empty(operators=1, talk=EXACT, callers=CallerParameters(patience="10h")))
    answered = [
        row["alarm_type"] for row in rows(once, "call") if row["outcome"] == CallOutcome.ANSWERED and row["purpose"] == Purpose.ALARM
    ]
    assert answered == [AlarmType.BURGLAR, AlarmType.SMOKE, AlarmType.PERSONAL, AlarmType.BURGLAR]


def test_whoever_gives_up_dials_again_or_is_called_back_and_every_call_is_counted() -> None:
    cases = [Case(f"p{number}", AlarmType.PERSONAL, "Xuhui", real=False) for number in range(60)]
    found, once = several(cases, empty(operators=1, talk=EXACT))
    ledger, calls = once.centre.ledger, rows(once, "call")
    counted = {each: sum(row["outcome"] == each and row["purpose"] == Purpose.ALARM for row in calls) for each in CallOutcome}
    assert counted[CallOutcome.OFFERED] == 60
    assert counted[CallOutcome.OFFERED] + counted[CallOutcome.REDIALLED] == ledger.offered
    assert ledger.offered == ledger.answered + ledger.abandoned + ledger.waiting
    assert counted[CallOutcome.ABANDONED] == ledger.abandoned > counted[CallOutcome.REDIALLED] > 0
    assert len(once.of("answered_in_60_s")) == ledger.offered
    assert len(found) == 60


def test_without_call_back_those_who_give_up_for_good_are_lost_and_said_so() -> None:
    cases = [Case(f"p{number}", AlarmType.PERSONAL, "Xuhui", real=False) for number in range(20)]
    found, _ = several(cases, empty(operators=1, talk=EXACT, callers=CallerParameters(redial=0, call_back=False)))
    assert {each.outcome for each in found.values()} == {CaseOutcome.UNANSWERED, CaseOutcome.TALKED_OVER}


def test_a_case_in_a_district_that_nobody_serves_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="Xuhui"):
        one(Case("x", AlarmType.GAS, "Xuhu", real=True))


def test_the_centres_words_mean_nothing_else_in_another_system() -> None:
    assert not list(clashes([each.declared for each in (*SYSTEMS, Alone)]))


def test_the_truth_of_a_case_stays_off_the_wire() -> None:
    _, once = one(Case("p", AlarmType.PERSONAL, "Xuhui", real=True))
    for kind in ("call", "response"):
        fields = once.rows(kind)[0].kind
        assert {"real", "aggregated"} & {each.name for each in fields.wire_fields} == set()
        assert all(row["real"] and row["aggregated"] for row in rows(once, kind))  # no home was named
