"""What becomes of a case: who is asked, who is sent, and what is written down."""

from collections.abc import Iterator, Sequence

import pytest
import simpy

from devices.alarms.centre.cases import HOLD_UP, PRE_ALARM, Case, Closed, Conduct
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import CallOutcome, CaseOutcome, CaseStep, Finding, Purpose, ResponseStep, Service
from devices.alarms.centre.parameters import CallerParameters, CentreParameters, PolicyParameters, TalkParameters
from devices.alarms.choices import AlarmType
from sim.city.site import Site
from sim.errors import UsageError
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.centre.alone import Run, empty, run

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


def test_nobody_rings_back_at_a_code_under_duress_and_only_the_police_are_sent_whatever_the_home_did_before() -> None:
    withdrawn = PolicyParameters(false_calls=1, within="36500d")
    forced = burglary(real=True, needs=(Service.POLICE,), confirmed_after_us=0, conduct=Conduct(silent=True))
    closed, once = one(forced, policy=withdrawn)
    assert closed is not None
    assert list(closed.arrived_us) == [Service.POLICE]
    assert {row["purpose"] for row in rows(once, "call")} == {Purpose.ALARM}


def test_a_code_entered_before_the_operator_decides_cancels_the_alarm() -> None:
    closed, once = one(burglary(conduct=Conduct(answers=False, cancels_after_us=30 * SECOND_US)))
    assert closed is not None
    assert closed.outcome is CaseOutcome.CANCELLED
    assert not rows(once, "response")


def test_a_code_entered_after_help_was_sent_is_too_late() -> None:
    closed, _ = one(burglary(conduct=Conduct(answers=False, cancels_after_us=10 * MINUTE_US)))
    assert closed is not None
    assert closed.outcome is CaseOutcome.ATTENDED


def test_where_neither_police_nor_keyholder_come_a_community_worker_looks() -> None:
    closed, _ = one(burglary(conduct=Conduct(answers=False)), callers=CallerParameters(keyholder_reached=0.0))
    assert closed is not None
    assert list(closed.arrived_us) == [Service.COMMUNITY]


def test_fire_goes_before_everything_and_burglary_last() -> None:
    kinds = [AlarmType.BURGLAR, AlarmType.BURGLAR, AlarmType.PERSONAL, AlarmType.SMOKE]
    cases = [Case(f"{number} {each.word}", each, "Xuhui", real=False) for number, each in enumerate(kinds)]
    _, once = several(cases, empty(operators=1, talk=EXACT, callers=CallerParameters(patience="10h")))
    answered = [
        row["alarm_type"] for row in rows(once, "call") if row["outcome"] == CallOutcome.ANSWERED and row["purpose"] == Purpose.ALARM
    ]
    assert answered == [AlarmType.BURGLAR, AlarmType.SMOKE, AlarmType.PERSONAL, AlarmType.BURGLAR]


def test_nothing_goes_before_fire_a_hold_up_before_burglary_and_a_warning_last() -> None:
    smoke, burglar, gas = AlarmType.SMOKE, AlarmType.BURGLAR, AlarmType.GAS
    told = [(smoke, PRE_ALARM), (burglar, None), (burglar, HOLD_UP), (smoke, None), (gas, 0)]
    asked = [Case(str(number), each, "Xuhui", real=False, urgency=urgency) for number, (each, urgency) in enumerate(told)]
    first = Case("first", AlarmType.GAS, "Xuhui", real=False)
    _, once = several([first, *asked], empty(operators=1, talk=EXACT))
    answered = [row for row in rows(once, "call") if row["outcome"] == CallOutcome.ANSWERED and row["purpose"] == Purpose.ALARM]
    assert [row["priority"] for row in answered] == [1, 0, 1, 1, 2, 3]
    assert [row["alarm_type"] for row in answered[1:]] == [smoke, burglar, gas, burglar, smoke]


@pytest.mark.parametrize(("explained", "cancelled"), [(False, False), (True, False), (False, True)])
def test_a_fire_confirmed_after_the_decision_gets_the_brigade_unless_explained_or_cancelled(explained: bool, cancelled: bool) -> None:  # noqa: FBT001
    conduct = Conduct(answers=explained, cancels_after_us=4 * MINUTE_US if cancelled else None)
    closed, _ = one(Case("s", AlarmType.SMOKE, "Xuhui", real=False, confirmed_after_us=5 * MINUTE_US, conduct=conduct))
    assert closed is not None
    assert (Service.FIRE in closed.arrived_us) is not (explained or cancelled)
    if Service.FIRE in closed.requested_us:
        assert closed.requested_us[Service.FIRE] - (closed.answered_us or 0) == 5 * MINUTE_US


def test_every_case_is_decided_and_closed_with_its_outcome_and_its_time() -> None:
    closed, once = one(Case("s", AlarmType.SMOKE, "Xuhui", real=False, home="home 1"))
    assert closed is not None
    told = [(row["case_step"], row["case_outcome"], row["after_display_s"]) for row in rows(once, "case")]
    assert told == [(CaseStep.DECIDED, CaseOutcome.TALKED_OVER, 90.0), (CaseStep.CLOSED, CaseOutcome.TALKED_OVER, 180.0)]


@pytest.mark.parametrize("answers", [True, False])
def test_a_sixth_false_alarm_of_a_home_in_a_day_is_said_and_to_be_seen_to(answers: bool) -> None:  # noqa: FBT001 - of the test
    cases = [Case(f"s{number}", AlarmType.SMOKE, "Xuhui", real=False, home="h", conduct=Conduct(answers=answers)) for number in range(7)]
    found, once = several(cases, empty(operators=3, talk=EXACT), apart_us=10 * MINUTE_US)
    frequent = [row for row in rows(once, "case") if row["case_step"] == CaseStep.FREQUENT]
    assert [row["false_alarms"] for row in frequent] == [6]
    assert sum(each.frequent for each in found.values()) == 1
    advised = [row for row in rows(once, "call") if row["purpose"] == Purpose.ADVICE]
    assert len(advised) == answers  # where nobody answers, whoever was sent says it
    assert once.of("false_alarms_in_a_day").max() == 7


def test_false_alarms_of_many_homes_or_days_and_presses_are_not_frequent() -> None:
    cases = [Case(f"s{number}", AlarmType.GAS, "Xuhui", real=False, home=f"h{number % 2}") for number in range(10)]
    cases += [Case(f"p{number}", AlarmType.PERSONAL, "Xuhui", real=False, home="h") for number in range(10)]
    found, once = several(cases, empty(operators=20, talk=EXACT))
    assert not any(each.frequent for each in found.values())
    assert once.of("false_alarms_in_a_day").max() == 5


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


def test_the_truth_of_a_case_stays_off_the_wire() -> None:
    _, once = one(Case("p", AlarmType.PERSONAL, "Xuhui", real=True))
    for kind in ("call", "response", "case"):
        fields = once.rows(kind)[0].kind
        assert {"real", "aggregated"} & {each.name for each in fields.wire_fields} == set()
        assert all(row["real"] and row["aggregated"] for row in rows(once, kind))  # no home was named
