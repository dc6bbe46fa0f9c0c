"""Runs that end early: Ctrl-C, SIGTERM, a system that raises, a full disk. The books are closed and the tape is whole up to there."""

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import citybeat, clean_environment, inside, started, store_counts, street, summary_of, tape_counts, until
from servers import Mosquitto
from test_whole_line import assert_nothing_left_on

FULL_AT_BYTES = 60_000


def has_stored(folder: Path) -> bool:
    return any(folder.glob("runs/*/store/lamp_power/*.parquet"))


def assert_replays_alike(folder: Path, summary: dict[str, Any]) -> None:
    """Assert that the tape gives the run's own counts and digest, by reading it and by playing it."""
    planned = {kind: row["planned"] for kind, row in summary["books"]["kinds"].items() if row["planned"]}
    assert tape_counts(folder / "runs" / summary["run"]) == planned
    again = json.loads(inside(folder, "replay", summary["run"], "--speed", "max", "--broker", "none", "--json"))
    assert again["log_digest"] == summary["log_digest"]
    assert {kind: row["planned"] for kind, row in again["books"]["kinds"].items() if row["planned"]} == planned


@pytest.mark.mosquitto
def test_ctrl_c_closes_the_books_and_the_tape_replays_up_to_there(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path, duration='"30m"')
    with started("run", script, "--broker", mosquitto.url, cwd=tmp_path) as run:
        until(lambda: has_stored(tmp_path), "something stored")
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert "Traceback" not in err
    assert "the run was interrupted" in out
    summary = summary_of(tmp_path)
    assert (summary["exit_code"], summary["interrupted"], summary["failure"]) == (130, True, "")
    for kind, row in summary["books"]["kinds"].items():
        assert row["planned"] == row["sent"] == row["stored"] > 0, (kind, row)
    folder = tmp_path / "runs" / summary["run"]
    assert (folder / "report.html").is_file()
    assert store_counts(folder, summary["books"]["kinds"]) == tape_counts(folder)
    assert_nothing_left_on(mosquitto.url, summary["run"])
    assert_replays_alike(tmp_path, summary)


def test_a_stopped_service_closes_its_books_too(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"30m"')
    with started("run", script, cwd=tmp_path) as run:
        until(lambda: has_stored(tmp_path), "something stored")
        run.terminate()
        _, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    total = summary_of(tmp_path)["books"]["total"]
    assert total["planned"] == total["sent"] == total["stored"] > 0


def test_a_ctrl_c_before_the_first_event_leaves_nothing_behind(tmp_path: Path) -> None:
    script = street(tmp_path, warm_up='"9h"', districts="[]")
    with started("run", script, cwd=tmp_path) as run:
        until(lambda: any(tmp_path.glob("runs/*/tape/schema.json")), "the folder is made")
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in err) == (130, False), err
    assert not list(tmp_path.glob("runs/*/tape/*/*.parquet"))


def test_a_system_that_raises_ends_the_run_with_its_file_and_line(tmp_path: Path) -> None:
    script = street(tmp_path)
    lamps = tmp_path / "lamps.py"
    before = "        ticks = np.arange("
    broken = '        if span.index == 1:\n            raise ValueError("a fuse has blown")\n'
    lamps.write_text(lamps.read_text().replace(before, broken + before))
    line = lamps.read_text().splitlines().index('            raise ValueError("a fuse has blown")') + 1
    ended = citybeat("run", script, "--broker", "none", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].endswith(f"lamps.py, line {line}, raised ValueError: a fuse has blown; correct it and run again")
    assert "Traceback" not in ended.stderr
    summary = summary_of(tmp_path)
    assert summary["failure"]
    assert_replays_alike(tmp_path, summary)


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT_BYTES, FULL_AT_BYTES))


def run_on_a_full_disk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where no file may grow beyond a few kilobytes: Python meets it as the error of a disk."""
    return subprocess.run(
        [sys.executable, "-m", "citybeat", "run", *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=_limited,
    )


def test_a_full_disk_under_the_tape_ends_the_run_with_its_place_and_remedy(tmp_path: Path) -> None:
    script = street(tmp_path, systems='[Lamps(interval="100ms")]', duration='"20m"', districts="[]")
    ended = run_on_a_full_disk(tmp_path, script, "--broker", "none", "--speed", "max")
    assert ended.returncode == 5, ended.stderr
    assert "Traceback" not in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("citybeat: ")
    assert "tape/lamp_power" in last
    assert "room" in last or "space" in last
    summary = summary_of(tmp_path)
    assert summary["exit_code"] == 5
    assert summary["failure"] in ended.stderr


@pytest.mark.mosquitto
def test_a_full_disk_under_store_and_spool_ends_the_run_and_nothing_is_called_stored(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path, systems='[Lamps(interval="200ms")]', duration='"4m"', districts="[]", speed="30")
    ended = run_on_a_full_disk(tmp_path, script, "--broker", f"{mosquitto.url}?give_up_s=2", "--drain", "5s")
    assert ended.returncode == 5, (ended.stdout, ended.stderr)
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("citybeat: ")
    for file in tmp_path.glob("runs/*/summary.json"):
        for row in json.loads(file.read_bytes())["books"]["kinds"].values():
            assert row["planned"] >= row["sent"] >= row["stored"]
