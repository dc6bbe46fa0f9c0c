"""Scenarios: listed, shown, begun from a script, and run from folders that look like our own packages."""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from citybeat.__main__ import main
from citybeat.running.accounts.closing import modelled
from citybeat.running.job import simulate
from scenarios.loader import load, override, shipped_names
from sim.judge.meters import Meters
from sim.judge.pipeline import PIPELINE_OBJECTIVES
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import Verdict, judge, overall
from sim.units import DAY_US, MINUTE_US, SECOND_US
from tests.citybeat.commands import assert_clean, citybeat, clean_environment, street, summary_of
from tests.citybeat.verbs.test_refusals import _in_an_empty_folder  # noqa: F401 - a fixture

Capture = pytest.CaptureFixture[str]


def answer(capsys: Capture, *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def dry(capsys: Capture, *arguments: str) -> dict[str, Any]:
    """Return the summary of a run that publishes nothing."""
    capsys.readouterr()
    assert main(["run", *arguments, "--broker", "none", "--speed", "max", "--json"]) in (0, 3, 4)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_every_shipped_scenario_is_listed(capsys: Capture) -> None:
    shown = answer(capsys, "scenarios", "list")
    assert all(name in shown for name in shipped_names())


def test_a_scenario_shows_its_parameters_kinds_promises_and_assumptions(capsys: Capture) -> None:
    shown = answer(capsys, "scenarios", "show", "bus_arrivals")
    for each in ("buses.", "vehicle_position", "B1", "buses.position_age", "K (assumption)", "Mon 2015-03-02 07:00 Asia/Shanghai"):
        assert each in shown


def test_a_plan_counts_without_publishing_or_writing_anything(capsys: Capture, tmp_path: Path) -> None:
    shown = answer(capsys, "run", street(tmp_path), "--plan", "--speed", "30")
    assert "lamp_power" in shown
    assert "Mon 2015-03-02 07:00 Asia/Shanghai, for 2m" in shown
    assert "at 30       4s of wall time" in shown
    assert not Path("runs").exists()


def test_a_plan_is_json_when_asked_for(capsys: Capture, tmp_path: Path) -> None:
    plan = json.loads(answer(capsys, "run", street(tmp_path), "--plan", "--json", "--speed", "30"))
    summary = dry(capsys, street(tmp_path))
    assert plan["events"] == {kind: row["planned"] for kind, row in summary["books"]["kinds"].items()}
    assert (plan["seed"], plan["wall_s"], plan["notes"], plan["simulated_us"]) == (1, 4.0, [], 2 * MINUTE_US)


def test_options_change_the_scenario_they_name(capsys: Capture, tmp_path: Path) -> None:
    script = street(tmp_path)
    plain = dry(capsys, script)
    begun = datetime.fromisoformat("2015-03-04T18:30:00+08:00")
    moved = dry(capsys, script, "--date", "2015-03-04", "--start", "18:30", "--for", "3m", "--warm-up", "1m")
    assert (moved["start_us"], moved["end_us"] - moved["start_us"]) == (int(begun.timestamp()) * SECOND_US, 3 * MINUTE_US)
    assert moved["scenario_digest"] != plain["scenario_digest"]
    seeded = dry(capsys, script, "--seed", "7")
    assert (seeded["seed"], seeded["scenario_digest"]) == (7, plain["scenario_digest"])
    assert seeded["log_digest"] != plain["log_digest"]
    more = dry(capsys, script, "--set", "lamps.count=10", "--scale", "2%")
    power = [each["books"]["kinds"]["lamp_power"]["planned"] for each in (plain, more)]
    assert (more["scale"], power[1]) == (0.02, 2 * power[0])


def test_wire_time_may_keep_the_hour_of_the_day(capsys: Capture, tmp_path: Path) -> None:
    summary = dry(capsys, street(tmp_path), "--origin", "same-hour")
    assert summary["shift_us"] > 0
    assert summary["shift_us"] % DAY_US == 0


def test_a_new_script_is_never_written_over_another(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\n")
    assert main(["scenarios", "new", "mine.py"]) == 2
    assert "mine.py exists already" in capsys.readouterr().err
    assert (tmp_path / "mine.py").read_text() == "x = 1\n"


def python(folder: Path, script: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, script, *options]
    return subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False)


def test_a_new_script_runs_at_once_from_a_folder_with_packages_named_like_ours(tmp_path: Path) -> None:
    for name in ("scenarios", "devices"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    assert citybeat("scenarios", "new", "first.py", cwd=tmp_path).returncode == 0
    planned = citybeat("run", "first.py", "--for", "2m", "--warm-up", "0s", "--plan", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert "lamp " in planned.stdout
    text = (tmp_path / "first.py").read_text()
    quick = text.replace('duration="20m"', 'duration="14m"').replace("speed=60", 'speed="max"')
    assert quick.count('"max"') == 1
    (tmp_path / "first.py").write_text(quick)
    ended = python(tmp_path, "first.py")
    assert ended.returncode in (0, 3), ended.stderr  # how regular its buses are is not tried here
    summary = summary_of(tmp_path)
    assert_clean(summary)
    assert summary["books"]["kinds"]["lamp"]["stored"] > 0
    assert {"stage", "incident"} <= {mark["what"] for mark in summary["happenings"]}


def test_a_script_that_is_run_by_python_takes_the_options_of_the_command(tmp_path: Path) -> None:
    script = tmp_path / street(tmp_path)
    script.write_text(script.read_text().replace("import Scenario", "import Scenario, main") + "\nraise SystemExit(main(scenario))\n")
    assert "--broker" in python(tmp_path, "street.py", "--help").stdout
    ended = python(tmp_path, "street.py", "--for", "1m", "--broker", "none", "--speed", "max", "--json", "--out", "kept")
    summary = json.loads(ended.stdout)
    assert summary["end_us"] - summary["start_us"] == MINUTE_US
    assert "python street.py --for 1m --seed 1" in (tmp_path / "kept" / "report.html").read_text()


@pytest.mark.parametrize("name", ["sim", "devices"])
def test_a_module_that_hides_one_of_ours_gets_a_clear_message(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("")
    script = street(tmp_path)
    (tmp_path / "mine.py").write_text(f"import citybeat\n{(tmp_path / script).read_text()}")
    ended = python(tmp_path, "mine.py")
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last == f"ImportError: {tmp_path / name}.py hides citybeat's own package {name!r}: rename it, for example to my_{name}.py"


def test_the_first_run_of_a_new_script_keeps_its_promises_with_any_seed(capsys: Capture) -> None:
    answer(capsys, "scenarios", "new", "first.py")
    for seed in range(1, 21):
        scenario = override(load("first.py"), [], {"duration": 2 * MINUTE_US, "seed": seed})
        job = simulate(scenario)
        meters = Meters()
        for piece in job.source.slices():
            meters.observe(piece.samples, job.profile.stage(piece.span.start_us))
        judged = judge(modelled(job), job.measures, meters)
        broken = [(promise_text(Promise.from_judged(each)), each.value, each.samples) for each in judged if each.verdict is Verdict.FAIL]
        assert not broken, (seed, broken)
        assert overall(judged) is Verdict.PASS


def test_no_data_says_how_many_samples_are_needed(capsys: Capture, tmp_path: Path) -> None:
    promised = '"max", only_these_objectives=True, objectives=[Objective("lamps.power_w", Statistic.CV, at_most=0.5)]'
    few = street(tmp_path, speed=promised)
    text = (
        (tmp_path / few)
        .read_text()
        .replace("import Scenario", "import Objective, Scenario, Statistic")
        .replace("[Lamps(", "[Lamps(count=1, ")
    )
    (tmp_path / few).write_text(text.replace('interval="2s"', 'interval="30s"'))
    assert main(["run", few, "--broker", "none", "--speed", "max"]) == 4
    shown = capsys.readouterr().out
    assert "4 of 75" in shown
    assert "too few samples to judge (lamps.power_w 4 of 75): run longer" in shown


@pytest.mark.parametrize(
    ("most", "words"),
    [("1", r"the only promise is broken: lamps\.power_w is \d.* W, promised max ≤ 1 W"), ("1e9", "the one promise with data was kept")],
)
def test_one_promise_is_told_as_one_with_what_was_measured(capsys: Capture, tmp_path: Path, most: str, words: str) -> None:
    promised = f'"max", only_these_objectives=True, objectives=[Objective("lamps.power_w", Statistic.MAX, at_most={most})]'
    script = tmp_path / street(tmp_path, speed=promised)
    script.write_text(script.read_text().replace("import Scenario", "import Objective, Scenario, Statistic"))
    assert re.match(words, dry(capsys, str(script))["why"])


def test_a_new_script_promises_what_the_pipeline_does_not_promise_already(capsys: Capture) -> None:
    answer(capsys, "scenarios", "new", "first.py")
    taken = {(each.measure, each.statistic) for each in PIPELINE_OBJECTIVES}
    assert not taken & {(each.measure, each.statistic) for each in load("first.py").objectives}
