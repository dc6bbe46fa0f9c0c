"""Bounds of promises: durations, shares and rates are text everywhere, and what cannot be judged is refused at once."""

import re

import pytest
from pydantic import ValidationError

from sim.city.declared import Declared
from sim.errors import UsageError
from sim.figures import Grade
from sim.judge.bounds import fits, read_bound
from sim.judge.measures import Family, Measure, Objective, Statistic
from sim.judge.meters import Meters
from sim.judge.promises import Promise
from sim.judge.verdict import Verdict, judge
from sim.scenario import Scenario
from tests.lamps import Lamps

POWER = Measure("lamps.power_w", unit="W", doc="")
LAG = "pipeline.stored_from_due"


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("90s", 90.0, "s"),
        ("1m30s", 90.0, "s"),
        ("250ms", 0.25, "s"),
        ("95%", 0.95, "share"),
        ("2000/s", 2000.0, "/s"),
        ("120/m", 2.0, "/s"),
        (" 1.5 ", 1.5, ""),
        ("1 kWh", 1.0, "kWh"),
        ("8ug/m3", 8.0, "ug/m3"),
        ("-3", -3.0, ""),
        (3, 3.0, ""),
    ],
)
def test_a_bound_is_read_with_its_unit(written: object, value: float, unit: str) -> None:
    assert read_bound(written) == (value, unit)


@pytest.mark.parametrize("written", ["soon", "", "parsec", "nan", "inf", "nan%", "1/0", "5/parsec", float("nan"), True, [5], b"5s"])
def test_what_is_no_bound_is_refused(written: object) -> None:
    with pytest.raises(UsageError, match=r"is no bound|unknown unit|is not a"):
        read_bound(written)


def test_nothing_is_converted_behind_anybodys_back() -> None:
    assert fits("s", "s")
    assert fits("", "W")
    assert fits("/s", "events/s")
    assert not fits("s", "min")
    assert not fits("/s", "persons/h")
    assert not fits("share", "s")


@pytest.mark.parametrize(
    ("objective", "bound"),
    [
        (Objective(LAG, Statistic.P95, at_most="90s"), 90.0),
        (Objective(LAG, Statistic.SHARE_WITHIN, limit="2s", at_least="95%"), 0.95),
        (Objective(LAG, Statistic.CV, at_most="30%"), 0.3),
        (Objective("lamps.power_w", Statistic.MAX, at_most="200"), 200.0),
    ],
)
def test_a_promise_given_as_text_is_judged_like_one_of_numbers(objective: Objective, bound: float) -> None:
    declared = Scenario(name="lit", systems=[Lamps()], objectives=[objective]).objectives[0]
    meters = Meters()
    meters.record(objective.measure, [bound / 3, bound / 2] * 300)
    (judged,) = judge([declared], [POWER, Measure(LAG, unit="s", doc="")], meters)
    assert Promise.from_judged(judged).bound == pytest.approx(bound)
    assert judged.verdict in (Verdict.PASS, Verdict.FAIL)


def test_words_are_read_by_name_in_any_case() -> None:
    promise = Objective(POWER, "P95", at_most=1, grade="a")  # type: ignore[arg-type]
    assert (promise.measure, promise.statistic, promise.grade) == ("lamps.power_w", Statistic.P95, Grade.A)
    assert Measure("x.y", unit="s", doc="", family="pipeline").family is Family.PIPELINE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"statistic": "p98", "at_most": 1}, r"no statistic 'p98' \(did you mean 'p9"),
        ({"statistic": "p95", "at_most": "soon"}, "objective on lamps.power_w: at_most: 'soon' is no bound"),
        ({"statistic": "share", "at_least": 95}, "95 is no share: write 95% or 0.95"),
        ({"statistic": "share", "at_least": "130%"}, "1.3 is no share"),
        ({"statistic": "p95", "at_most": 1, "grade": "Z"}, "no grade 'Z'"),
    ],
)
def test_a_promise_that_cannot_be_read_is_refused_where_it_is_written(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Objective("lamps.power_w", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("promise", "reason"),
    [
        (Objective("lamps.power_w", Statistic.MAX, at_most="90s"), "at_most is a duration such as 90s, and lamps.power_w by max is in W"),
        (Objective(LAG, Statistic.P95, at_most="5%"), "is a share such as 95%, and pipeline.stored_from_due by p95 is in s"),
        (Objective(LAG, Statistic.SHARE_WITHIN, limit="5%", at_least="95%"), "limit is a share"),
        (Objective(LAG, Statistic.SHARE_WITHIN, limit="5s", at_least="0s"), "at_least is a duration"),
        (Objective(LAG, Statistic.COUNT, at_least="5s"), "is in numbers"),
    ],
)
def test_a_bound_in_another_unit_than_the_measures_is_refused_with_the_scenario(promise: Objective, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Scenario(name="lit", systems=[Lamps()], objectives=[promise])


class Boastful(Lamps):
    """Lamps that promise what they do not measure."""

    declared = Lamps.declared + Declared(objectives=(Objective("powr_w", Statistic.MAX, at_most=1),))


def test_a_promise_of_a_system_is_checked_like_one_of_the_scenario() -> None:
    with pytest.raises(ValidationError, match=r"objective of lamps on the unknown measure 'lamps.powr_w' \(did you mean 'lamps.power_w'"):
        Scenario(name="lit", systems=[Boastful()])


def metered(unit: str, *promises: Objective) -> Scenario:
    """Return a scenario whose system measures `metered.m` in a unit and promises something of it itself."""

    class Metered(Lamps):
        declared = Declared("metered", measures=(Measure("m", unit=unit, doc=""),), objectives=promises)

    return Scenario(name="lit", systems=[Metered()])


@pytest.mark.parametrize(
    ("unit", "statistic", "bound", "words"),
    [
        ("m", Statistic.MAX, "5m", "is a duration such as 90s, and metered.m by max is in m: write the number 5"),
        ("kWh", Statistic.MAX, "5m", "by max is in kWh: write a number"),
        ("s", Statistic.MAX, "5%", "is a share such as 95%, and metered.m by max is in s: write a duration such as 90s"),
        ("s", Statistic.MAX, "5 parsec", "is in 'parsec', and metered.m by max is in s"),
        ("%", Statistic.MEAN, "60%", "write the number 60"),
        ("s", Statistic.SHARE, "95%", "share is of samples that are 0 or 1, and metered.m is in s: promise share_within"),
    ],
)
def test_a_system_promises_of_its_measure_in_the_measures_own_unit(unit: str, statistic: Statistic, bound: str, words: str) -> None:
    with pytest.raises(ValidationError, match="objective of metered: .*" + re.escape(words)):
        metered(unit, Objective("m", statistic, at_most=bound))


@pytest.mark.parametrize(
    ("unit", "bound", "value"), [("kWh", "1 kWh", 1.0), ("kg", "5kg", 5.0), ("ug/m3", "8ug/m3", 8.0), ("s", "5m", 300.0)]
)
def test_a_bound_may_carry_the_measures_own_unit(unit: str, bound: str, value: float) -> None:
    scenario = metered(unit, Objective("m", Statistic.P95, at_most=bound))
    assert scenario.systems[0].declared.objectives[0].at_most == value
