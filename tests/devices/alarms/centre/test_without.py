"""A centre without operators, or with nobody to send: the run ends, its books balance, and the verdict fails and says of what."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import simpy

from citybeat import ProfileStage, Scenario
from citybeat import run as run_whole
from citybeat.running.summary import Result
from devices.alarms.centre.cases import Case
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import CallOutcome
from devices.alarms.centre.parameters import CallerParameters, CentreParameters, ResponderParameters
from devices.alarms.choices import AlarmType
from sim.city.site import Site
from sim.errors import Exit
from sim.units import MINUTE_US
from tests.devices.alarms.centre.alone import LOADS, NO_CARE, Alone, empty, run
from tests.devices.alarms.centre.test_cases import rows

ALL = tuple(LOADS.values())


def played(centre: CentreParameters, folder: Path, duration: str, profile: tuple[ProfileStage, ...] = ()) -> Result:
    """Run a whole scenario, from start to verdict, onto the tape only."""
    scenario = Scenario(
        name="without",
        systems=(Alone(centre=centre, loads=ALL),),
        districts=("Xuhui",),
        duration=duration,
        start="17:00",
        warm_up="0s",
        profile=profile,
    )
    return run_whole(scenario, speed="max", broker="none", out=folder, quiet=True)


def test_a_queue_without_end_ends_with_the_run_and_the_verdict_says_that_calls_wait(tmp_path: Path) -> None:
    flood = (ProfileStage(name="flood", lasting="3h", multiplier=20),)  # type: ignore[arg-type]  # read as text
    result = played(CentreParameters(), tmp_path / "run", "1h", flood)
    assert result.verdict == "fail"
    assert {"alone.answered_in_60_s", "alone.answered_in_180_s", "alone.abandoned", "alone.longest_wait_s"} <= failed(result)


def test_a_waiting_signal_takes_a_few_kilobytes() -> None:
    sizes: list[int] = []

    def raises(site: Site, centre: Centre) -> None:
        def come() -> Iterator[simpy.Event]:
            tracemalloc.start()
            for number in range(4_000):
                yield site.wait(100_000)
                site.process(centre.case(Case(f"b{number}", AlarmType.BURGLAR, "Xuhui", real=False)))
                if number % 1_000 == 0:
                    sizes.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.stop()

        site.process(come())

    assert run(empty(0), raises).centre.ledger.waiting == 4_000
    assert (sizes[-1] - sizes[1]) / 2_000 < 8_000  # bytes, with its rows, which the test keeps: some 2,500 without


def failed(result: Result) -> set[str]:
    return {each.measure for each in result.record.objectives if each.verdict == "fail"}


def test_without_operators_callers_give_up_signals_wait_and_the_verdict_fails(tmp_path: Path) -> None:
    result = played(CentreParameters(operators=0), tmp_path / "run", "3h")
    assert result.verdict == "fail"
    assert result.exit_code == Exit.FAILED
    assert {"alone.answered_in_60_s", "alone.answered_in_180_s", "alone.abandoned"} <= failed(result)


def test_without_operators_every_call_is_abandoned_or_waits() -> None:
    once = run(
        CentreParameters(operators=0, care=NO_CARE, callers=CallerParameters(call_back=False)), start="17:00", duration="40m", loads=ALL
    )
    ledger, calls = once.centre.ledger, rows(once, "call")
    assert ledger.answered == 0
    assert ledger.offered == ledger.abandoned + ledger.waiting
    assert sum(row["outcome"] == CallOutcome.ABANDONED for row in calls) == ledger.abandoned > 5
    assert ledger.waiting == once.centre.operators.team.waiting > 100
    assert ledger.longest_wait_us > 35 * MINUTE_US
    assert not once.of("answered_in_60_s").any()


def test_with_nobody_to_send_help_is_late_and_the_verdict_fails(tmp_path: Path) -> None:
    away = ResponderParameters(community_units=0, police_units=0, fire_units=0, ambulance_units=0, utility_units=0)
    result = played(CentreParameters(responders=away), tmp_path / "run", "3h")
    assert result.verdict == "fail"
    late = {each.where for each in result.record.objectives if (each.measure, each.verdict) == ("alone.attended_in_60_min", "fail")}
    assert {"community", "utility"} <= late  # each is told of its own: who never arrives leaves no time of arrival
