"""A replay is the run again: its measures and marks come from the tape, and a difference is told."""

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from citybeat.kept.folder import RunFolder
from citybeat.running.job import Job, simulate
from citybeat.running.recorded import recorded_job
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from citybeat.running.summary import Result
from citybeat.verbs.replay import replay
from sim.play.pace import MAX
from sim.scenario import ProfileStage, Scenario
from sim.units import MINUTE_US
from tests.lamps import Lamps

PROFILE = (ProfileStage(name="calm", lasting=2 * MINUTE_US), ProfileStage(name="rush", lasting=2 * MINUTE_US, multiplier=3.0))
SCENARIO = Scenario(name="lamps", systems=(Lamps(),), districts=("Pudong", "Xuhui"), duration=4 * MINUTE_US, profile=PROFILE)


def played(job: Job, folder: Path) -> Result:
    return play(job, RunSettings(broker="none", out=folder, environment={}), MAX, lambda _progress: None)


def again(run: Path, folder: Path) -> Result:
    return played(recorded_job(RunFolder(run, run.name))[0], folder)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(simulate(SCENARIO), tmp_path_factory.mktemp("recorded") / "run").folder


@pytest.fixture
def run(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "run"))


def content_of(path: Path) -> Any:  # noqa: ANN401 - as the file has it
    return orjson.loads(path.read_bytes())


def test_a_replay_measures_and_marks_what_the_run_did_from_its_tape_alone(run: Path, tmp_path: Path) -> None:
    frozen = content_of(run / "meters.json")
    (run / "meters.json").unlink()
    result = again(run, tmp_path / "again")
    told = content_of(run / "summary.json")
    assert result.exit_code == 0
    assert content_of(tmp_path / "again" / "meters.json") == frozen
    assert {row["stage"] for row in frozen} == {"calm", "rush"}
    for name in ("measures", "objectives", "happenings", "log_digest"):
        assert result.summary[name] == told[name] != []


def test_a_replay_that_measures_otherwise_fails_and_names_the_measure(run: Path, tmp_path: Path) -> None:
    frozen = content_of(run / "meters.json")
    frozen[0]["total"] += 1.0
    (run / "meters.json").write_bytes(orjson.dumps(frozen))
    result = again(run, tmp_path / "again")
    assert (result.exit_code, result.verdict.value) == (3, "fail")
    assert "what it measures of lamps.power_w is not what the run's meters.json has" in result.summary["why"]


def test_a_run_of_an_earlier_citybeat_is_judged_by_the_measures_it_left(run: Path, tmp_path: Path) -> None:
    header = content_of(run / "tape" / "schema.json")
    for name in header.pop("observed"):
        shutil.rmtree(run / "tape" / name, ignore_errors=True)
        header["rows"].pop(name, None)
    (run / "tape" / "schema.json").write_bytes(orjson.dumps(header | {"format": 2}))
    result = again(run, tmp_path / "again")
    assert result.exit_code == 0
    assert result.summary["objectives"] == content_of(run / "summary.json")["objectives"] != []
    assert result.summary["happenings"] == []


def test_a_replay_of_a_run_that_was_cut_short_says_so_in_its_last_lines(run: Path, tmp_path: Path) -> None:
    told = content_of(run / "summary.json")
    cut = {"verdict": "interrupted", "interrupted": True, "reached_us": told["start_us"] + 3 * MINUTE_US + 58_000_000}
    options = ("--speed", "max", "--broker", "none", "--quiet", "--out")
    whole = CliRunner().invoke(replay, [str(run), *options, str(tmp_path / "whole")])
    (run / "summary.json").write_bytes(orjson.dumps(told | cut))
    played_again = CliRunner().invoke(replay, [str(run), *options, str(tmp_path / "cut")])
    assert "interrupted" not in whole.output + content_of(tmp_path / "whole" / "summary.json")["title"]
    assert "of a run that was interrupted at 07:03:58" in "\n".join(played_again.output.splitlines()[-3:])
    assert "interrupted at 07:03:58" in content_of(tmp_path / "cut" / "summary.json")["title"]
