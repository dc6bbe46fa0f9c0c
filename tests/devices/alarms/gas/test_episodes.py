"""What happens at one detector: levels in their order, the valve, those at home, the utility, and an alarm that latches until its reset."""

from functools import cache

import numpy as np
import pytest

from devices.alarms.centre.choices import ResponseStep, Service
from devices.alarms.choices import AlarmCause, AlarmState, AlarmType, ContactId, Qualifier, Severity
from devices.alarms.gas import figures
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.gas.episode import Episode
from devices.alarms.gas.gas import Gas
from devices.alarms.gas.occasions import Occasions
from devices.alarms.gas.origin import Origin
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.gas.sources import at_least
from sim.city.incidents import Incident
from sim.city.site import Steps
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.gas.gas_alone import HERE, QUIET, Left, ran

HOSES = 150
HOSE_M3_H, BURNER_M3_H = 2.0, 0.4
LEAK, VAPOUR, FAULT = AlarmCause.GAS_LEAK, AlarmCause.VAPOUR, AlarmCause.SENSOR_FAULT


@cache
def one(
    cause: AlarmCause = LEAK,
    amount: float | None = None,
    *,
    inside: bool = False,
    parameters: GasParameters = QUIET,
    operators: int = 10,
    incidents: tuple[Incident, ...] = (),
) -> Left:
    """Let one thing happen at noon, after five minutes, in a home in which somebody, or nobody, is for hours."""

    def does(gas: Gas) -> None:
        gas.scene.site.process(begin(gas))

    def begin(gas: Gas) -> Steps:
        site = gas.scene.site
        yield site.wait(5 * MINUTE_US)
        empty = site.days.empty(HERE, site.now_us) & site.days.empty(HERE, site.now_us + 90 * MINUTE_US)
        in_for_long = ~(site.days.empty(HERE, site.now_us) | site.days.empty(HERE, site.now_us + 30 * MINUTE_US))
        row = int(np.flatnonzero((in_for_long if inside else empty)[gas.scene.detectors.home])[0])
        released = at_least(parameters, HOSE_M3_H) if amount is None else amount
        yield from Episode(gas.scene, row, Origin(cause, released)).run()

    return ran(parameters, does, start="12:00", hours=4, scale=0.003, operators=operators, incidents=incidents)


def at_s(left: Left, kind: str, **wanted: object) -> float:
    """Return when the first row of a kind with such values was left, s after the start."""
    return next(row["at_s"] for row in left.rows[kind] if all(row[name] == value for name, value in wanted.items()))


def test_a_leak_in_an_empty_home_goes_through_every_step_in_its_order() -> None:
    left = one()
    low, high = (at_s(left, "gas_sample", gas_level=level) for level in (GasLevel.LOW, GasLevel.HIGH))
    steps = [
        low,
        high,
        at_s(left, "valve_state", valve=Valve.CLOSED),
        at_s(left, "response", service=Service.UTILITY, response_step=ResponseStep.ARRIVED),
        at_s(left, "alarm", alarm_state=AlarmState.RESTORED),
    ]
    assert steps == sorted(steps)
    raised, worse, restored = left.rows["alarm"]
    assert (raised["severity"], raised["qualifier"], raised["at_s"]) == (Severity.WARNING, Qualifier.NEW, low)
    assert (worse["severity"], worse["qualifier"], worse["at_s"]) == (Severity.CRITICAL, Qualifier.PRESENT, high)
    assert restored["qualifier"] == Qualifier.RESTORE
    assert {row["code"] for row in left.rows["alarm"]} == {ContactId.GAS_DETECTED}
    assert left.of("utility_told_s") == pytest.approx([at_s(left, "response", response_step=ResponseStep.REQUESTED) - low])
    assert at_s(left, "valve_state", valve=Valve.OPEN) == restored["at_s"]


def test_the_closed_valve_ends_the_leak_so_that_the_air_never_becomes_explosive() -> None:
    left = one()
    (peak,) = left.of("gas_peak_percent", "closed")
    (closed_s,) = left.of("valve_closed_s")
    high_s = at_s(left, "gas_sample", gas_level=GasLevel.HIGH)
    assert figures.HIGH_LEVEL.value < peak < 30
    assert 0.5 < closed_s < 10
    shown = [row["gas_percent"] for row in left.rows["gas_sample"] if row["at_s"] > high_s + 60 and row["gas_level"] != GasLevel.NORMAL]
    assert shown == sorted(shown, reverse=True)


def test_a_valve_that_fails_leaves_it_to_the_utility_which_isolates_after_its_arrival() -> None:
    left = one(parameters=GasParameters(per_year=0, valve_fails=1.0))
    assert [row["valve"] for row in left.rows["valve_state"]] == [Valve.FAILED, Valve.OPEN]
    assert left.of("valve_failed") == [1.0]
    assert not left.of("valve_closed_s")
    arrived_s = at_s(left, "response", service=Service.UTILITY, response_step=ResponseStep.ARRIVED)
    gas = [(row["at_s"], row["gas_percent"]) for row in left.rows["gas_sample"] if row["gas_percent"] > 0]
    highest_s, highest = max(gas, key=lambda each: each[1])
    assert arrived_s < highest_s < arrived_s + 15 * 60
    (peak,) = left.of("gas_peak_percent", "failed")
    assert peak == pytest.approx(highest, rel=0.05)
    assert peak > 50
    assert left.rows["alarm"][-1]["alarm_state"] == AlarmState.RESTORED


def test_those_at_home_open_windows_before_a_burner_that_went_out_comes_to_the_high_level() -> None:
    left = one(amount=at_least(QUIET, BURNER_M3_H), inside=True)
    assert not left.rows["valve_state"]
    assert {row["gas_level"] for row in left.rows["gas_sample"] if row["gas_percent"] > 0} <= {GasLevel.NORMAL, GasLevel.LOW}
    low_s = at_s(left, "gas_sample", gas_level=GasLevel.LOW)
    home = left.rows["alarm"][0]["home"]
    normal_s = [row["at_s"] for row in left.rows["gas_sample"] if row["home"] == home and row["gas_level"] == GasLevel.NORMAL]
    assert low_s < normal_s[0] < low_s + 20 * 60
    assert left.of("gas_peak_percent", "open")[0] < 20


def test_an_alarm_latches_when_the_gas_is_gone_until_the_centre_has_closed_the_case() -> None:
    left = one(amount=at_least(QUIET, BURNER_M3_H), inside=True)
    gone_s = max(row["at_s"] for row in left.rows["gas_sample"] if row["gas_level"] == GasLevel.LOW)
    restored_s = at_s(left, "alarm", alarm_state=AlarmState.RESTORED)
    closed_s = at_s(left, "response", service=Service.UTILITY, response_step=ResponseStep.CLOSED)
    assert restored_s == pytest.approx(closed_s, abs=1)
    assert restored_s > gone_s + 10 * 60
    assert [row["alarm_state"] for row in left.rows["alarm"]].count(AlarmState.RAISED) == 1  # it does not ring twice


def test_without_operators_the_alarm_stays_open_and_nobody_comes() -> None:
    left = one(operators=0)
    assert AlarmState.RESTORED not in {row["alarm_state"] for row in left.rows["alarm"]}
    assert not left.of("utility_told_s")
    assert left.census[-1]["closed"] == 1


def test_a_detector_without_mains_senses_nothing_and_alarms_when_they_are_back() -> None:
    left = one(incidents=(Incident(what="power_cut", after="4m", lasting="30m", severity=1),))
    raised, worse = (at_s(left, "alarm", qualifier=each) for each in (Qualifier.NEW, Qualifier.PRESENT))
    assert 31 * 60 <= raised <= worse < 37 * 60
    assert min(row["at_s"] for row in left.rows["gas_sample"] if row["gas_level"] != GasLevel.NORMAL) >= raised
    assert left.of("leak_missed") == [0.0]


def test_samples_come_at_every_change_of_level_and_every_half_minute_above_the_low_one() -> None:
    left = one()
    home = left.rows["alarm"][0]["home"]
    mine = [row for row in left.rows["gas_sample"] if row["home"] == home]
    above = [row["at_s"] for row in mine if row["gas_level"] != GasLevel.NORMAL]
    assert np.diff(above).max() <= 30.001
    assert all(row["lel_percent"] >= 9.9 for row in mine if row["gas_level"] == GasLevel.LOW)
    assert {row["valve_open"] for row in mine} == {True, False}


@pytest.mark.parametrize(("cause", "amount"), [(VAPOUR, 0.03), (FAULT, 40.0)])
def test_a_false_alarm_tells_no_utility_of_a_leak_and_counts_for_no_promise(cause: AlarmCause, amount: float) -> None:
    left = one(cause, amount)
    assert {row["real"] for row in left.rows["alarm"]} == {False}
    assert {row["alarm_cause"] for row in left.rows["alarm"]} == {cause}
    assert left.rows["alarm"][-1]["alarm_state"] == AlarmState.RESTORED
    for measure in ("utility_told_s", "gas_response_s", "leak_missed"):
        assert not left.of(measure)
    assert not [values for (measure, _), values in left.samples.items() if "peak" in measure and values]


def test_a_faulty_sensor_shows_what_is_not_there_until_it_is_reset() -> None:
    left = one(FAULT, 40.0)
    home = left.rows["alarm"][0]["home"]
    shown = [row for row in left.rows["gas_sample"] if row["home"] == home and row["gas_level"] == GasLevel.HIGH]
    assert {row["gas_percent"] for row in shown} == {0.0}
    assert max(row["lel_percent"] for row in shown) == pytest.approx(40.0, abs=0.5)


def test_a_detector_alarms_within_thirty_seconds_of_the_gas_whatever_its_sensor() -> None:
    leaks = [at_least(QUIET, release) for release in (0.1, 0.3, 1.0, 4.0)]

    def does(gas: Gas) -> None:
        for row, amount in enumerate(leaks * 5):
            gas.scene.site.process(Episode(gas.scene, row, Origin(LEAK, amount)).run())

    left = ran(does=does, hours=2)
    assert len(left.of("gas_response_s")) == 20
    assert 3 < min(left.of("gas_response_s")) < max(left.of("gas_response_s")) <= 30
    assert left.of("leak_missed") == [0.0] * 20


@pytest.fixture(scope="module")
def hoses() -> Left:
    """Return what two hours after a hose came off in each of many homes left."""

    def does(gas: Gas) -> None:
        for row in range(HOSES):
            gas.scene.site.process(Episode(gas.scene, row, Origin(LEAK, at_least(QUIET, 6.0))).run())

    return ran(GasParameters(per_year=0, valve_fails=0.1), does, hours=2, operators=HOSES, start="12:00")


def test_valves_close_within_ten_seconds_and_so_many_fail_as_the_parameter_says(hoses: Left) -> None:
    closed_s, failed = np.array(hoses.of("valve_closed_s")), np.array(hoses.of("valve_failed"))
    assert np.quantile(closed_s, 0.95) < 10
    assert np.median(closed_s) == pytest.approx(float(figures.VALVE_TIME), rel=0.15)
    assert is_share(float(failed.mean()), 0.1, len(failed))
    assert len(closed_s) == len(failed) - failed.sum() > 50


def test_air_becomes_explosive_only_where_a_valve_failed(hoses: Left) -> None:
    assert max(hoses.of("gas_peak_percent", "closed")) < 40
    assert max(hoses.of("gas_peak_percent", "open")) < 40
    failed = {row["home"] for row in hoses.rows["valve_state"] if row["valve"] == Valve.FAILED}
    explosive = {row["home"] for row in hoses.rows["gas_sample"] if row["gas_percent"] > 100}
    assert explosive
    assert explosive <= failed


def test_the_utility_is_told_within_five_minutes_of_the_alarm_where_an_operator_is_free(hoses: Left) -> None:
    told_s = np.array(hoses.of("utility_told_s"))
    assert len(told_s) == HOSES
    assert (told_s <= 300).mean() > 0.95


def test_whatever_begins_becomes_one_alarm_and_one_case_at_the_centre() -> None:
    hours, busy = 8, GasParameters(per_year=200)
    left = ran(busy, hours=hours, start="10:00")
    detectors, drawing = left.gas.scene.detectors, Occasions(left.gas.scene.site, left.gas.scene.detectors, busy)
    found = drawing.of(left.gas.scene.site.calendar.local(left.start_us).date())
    until_us = left.start_us + (hours * 60 - 75) * MINUTE_US  # what leaks least takes so long to come to the low level
    begun = {int(detectors.home[each.row]) for each in found if left.start_us <= each.at_us < until_us}
    raised = [row for row in left.rows["alarm"] if (row["alarm_state"], row["qualifier"]) == (AlarmState.RAISED, Qualifier.NEW)]
    assert {left.gas.scene.site.residents(HERE).home_id(home) for home in begun} <= {row["home"] for row in raised}
    assert 15 < len(begun) <= len(raised) <= len(found)
    offered = {row["alarm_id"] for row in left.rows["call"] if row["alarm_type"] == AlarmType.GAS}
    assert len(offered) >= len(raised) - 2  # the last ones are on their way


def test_a_sensor_that_shows_more_for_a_moment_after_the_gas_has_ended_goes_through_each_level_once() -> None:
    def does(gas: Gas) -> None:
        gas.scene.site.process(puff(gas, Episode(gas.scene, 0, Origin(LEAK, 4.0))))

    def puff(gas: Gas, episode: Episode) -> Steps:
        gas.scene.site.process(episode.run())
        yield gas.scene.site.wait(6 * SECOND_US)  # the sensor shows a part of what is there by then
        episode.stop()
        episode._open_windows()

    left = ran(does=does, hours=1, scale=0.002)
    home = left.gas.scene.register.home(int(left.gas.scene.detectors.unit[0]))
    levels = [row["gas_level"] for row in left.rows["gas_sample"] if row["home"] == home and row["gas_percent"] > 0]
    turns = [level for level, before in zip(levels, [None, *levels], strict=False) if level != before]
    assert turns == [GasLevel.LOW, GasLevel.HIGH, GasLevel.LOW, GasLevel.NORMAL]


def test_a_poisoned_sensor_misses_the_leak_and_that_is_counted() -> None:
    left = one(parameters=GasParameters(per_year=0, silent=1.0))
    assert left.of("leak_missed") == [1.0]
    assert not left.rows["alarm"]


def test_nothing_happens_twice_at_a_detector_at_one_time() -> None:
    left = ran(GasParameters(per_year=2_000 / 2), hours=2, scale=0.002)
    open_at: dict[str, int] = {}
    for row in left.rows["alarm"]:
        if row["qualifier"] == Qualifier.PRESENT:
            continue
        open_at[row["home"]] = open_at.get(row["home"], 0) + (1 if row["alarm_state"] == AlarmState.RAISED else -1)
        assert open_at[row["home"]] in (0, 1)
    assert sum(open_at.values()) > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"low": 30}, "the high level lies above the low one: 20 %LEL is not above 30"),
        ({"open_air": 0.5}, "open windows let in more air than closed ones: 0.5 an hour is less than 1"),
        ({"per_year": -1}, "greater than or equal to 0"),
        ({"valve_fails": 1.2}, "less than or equal to 1"),
    ],
)
def test_what_no_detector_is_like_is_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GasParameters(**wrong)  # type: ignore[arg-type]
