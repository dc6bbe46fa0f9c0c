"""The policy of the police: to whom they come, when they come no more, and how that is seen."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

from devices.alarms.centre.cases import Conduct
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import Refusal, ResponseStep, Service
from devices.alarms.centre.parameters import PolicyParameters, ResponderParameters
from devices.alarms.centre.policy import PolicePolicy, occupied
from sim.city.site import Site
from sim.units import MINUTE_US
from tests.devices.alarms.centre.alone import empty, run
from tests.devices.alarms.centre.test_cases import EXACT, FAITHFUL, burglary, one, rows, several

NEAR = empty(operators=3, talk=EXACT, policy=PolicyParameters(within="6h"), responders=ResponderParameters(police="3s"))
STRICT = PolicyParameters(false_calls=1, within="36500d")  # nobody has no past of a hundred years


@pytest.mark.parametrize(("confirmed", "comes"), [(True, True), (False, False)])
def test_police_come_to_two_independent_activations_only(confirmed: bool, comes: bool) -> None:  # noqa: FBT001 - of the test
    closed, _ = one(
        burglary(confirmed_after_us=0 if confirmed else None, conduct=Conduct(answers=False)), policy=PolicyParameters(false_calls=100)
    )
    assert closed is not None
    assert (Service.POLICE in closed.arrived_us) is comes
    assert Service.KEYHOLDER in closed.arrived_us


def test_police_come_whatever_the_policy_when_somebody_at_home_calls_for_them() -> None:
    closed, _ = one(burglary(real=True), policy=STRICT)
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


def test_a_home_hears_when_the_police_come_no_more_and_every_refusal_has_its_reason() -> None:
    cases = [burglary(f"b{number}", home="new home", confirmed_after_us=0, conduct=Conduct(answers=False)) for number in range(5)]
    cases.append(burglary("single", home="another", conduct=Conduct(answers=False)))
    _, once = several(cases, NEAR, apart_us=45 * MINUTE_US)
    police = [row for row in rows(once, "response") if row["service"] == Service.POLICE]
    steps = [row["response_step"] for row in police if row["response_step"] in (ResponseStep.ARRIVED, ResponseStep.WITHDRAWN)]
    assert steps == [ResponseStep.ARRIVED] * 3 + [ResponseStep.WITHDRAWN]
    refused = [row["refusal"] for row in police if row["response_step"] == ResponseStep.REFUSED]
    assert refused == [Refusal.WITHDRAWN, Refusal.WITHDRAWN, Refusal.UNCONFIRMED]
    assert sorted(once.of("police_refused")) == [0, 0, 0, 1, 1, 1]


def test_a_false_dispatch_counts_against_the_home_and_a_burglary_does_not() -> None:
    def told(real: bool) -> list[bool]:  # noqa: FBT001 - of the test
        cases = [burglary(f"b{number}", real=real, home="h", confirmed_after_us=0, conduct=Conduct(answers=False)) for number in range(5)]
        found, _ = several(cases, NEAR, apart_us=45 * MINUTE_US)
        return [Service.POLICE in each.requested_us for each in found.values()]

    assert told(real=True) == [True] * 5
    assert told(real=False) == [True, True, True, False, False]


def asked(question: Callable[[PolicePolicy], None], parameters: PolicyParameters) -> None:
    def raises(site: Site, centre: Centre) -> None:  # noqa: ARG001 - the signature of all who raise
        question(PolicePolicy(site, parameters))

    run(empty(0), raises, duration="1m")


def test_homes_that_call_have_the_same_past_whether_they_are_simulated_or_not() -> None:
    shares: dict[str, float] = {}

    def count(policy: PolicePolicy) -> None:
        rng = np.random.default_rng(1)
        for kind in ("home", ""):
            homes = (kind and f"{kind} {number}" for number in range(4_000))
            shares[kind] = float(np.mean([policy.is_withdrawn(burglary(home=home), rng) for home in homes]))

    asked(count, PolicyParameters())
    assert shares["home"] == pytest.approx(shares[""], abs=3.3 * sqrt(2 * 0.2 * 0.8 / 4_000))
    assert 0.15 < shares["home"] < 0.3  # a random home: 0.03; whoever calls is one that calls often


def test_the_past_that_is_drawn_is_the_one_that_goes_on() -> None:
    """Ten years of false calls of one home, at the rate that it had: as many are refused as Erlang's loss formula says."""
    rng, expected, limit = np.random.default_rng(3), 4.0, 3
    counted: list[float] = [-1.0] * limit  # at years
    calls = np.cumsum(rng.exponential(1 / expected, 40_000))
    refused = 0
    for at in calls.tolist():
        if at - counted[-limit] < 1:
            refused += 1
        else:
            counted.append(at)
    share = occupied(expected, limit)[-1]
    assert share == pytest.approx(4**3 / 6 / (1 + 4 + 8 + 64 / 6))
    assert refused / len(calls) == pytest.approx(share, abs=0.01)
