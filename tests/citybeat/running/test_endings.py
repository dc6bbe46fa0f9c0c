"""Runs that end early: Ctrl-C, SIGTERM, a system that raises, a full disk. The books are closed and the tape is whole up to there."""

import json
import resource
import signal
import subprocess
import sys
import time
from contextlib import chdir
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from citybeat import run as run_scenario
from citybeat.running import runner
from scenarios.loader import load
from sim.errors import DiskError
from tests.citybeat.commands import citybeat, clean_environment, inside, started, store_counts, street, summary_of, tape_counts, until
from tests.citybeat.running.test_whole_line import assert_nothing_left_on
from tests.servers import Mosquitto

FULL_AT_BYTES = 60_000


def has_stored(folder: Path) -> bool:
    return any(folder.glob("runs/*/store/lamp_power/*.parquet"))


def assert_replays_alike(folder: Path, summary: dict[str, Any]) -> None:
    """Assert that the tape gives the run's own counts, digest and measures, by reading it and by playing it."""
    planned = {kind: row["planned"] for kind, row in summary["books"]["kinds"].items() if row["planned"]}
    assert tape_counts(folder / "runs" / summary["run"]) == planned
    again = json.loads(inside(folder, "replay", summary["run"], "--speed", "max", "--broker", "none", "--json"))
    assert again["failure"] == "", again["why"]
    assert again["log_digest"] == summary["log_digest"]
    assert (folder / "runs" / summary["run"] / "meters.json").exists()  # what the replay was held against
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
    cities = [line.split()[2] for line in err.splitlines() if " INFO " in line]
    assert cities == sorted(cities)
    assert max(cities) < "07:30:00"  # where the run would have ended
    summary = summary_of(tmp_path)
    assert (summary["exit_code"], summary["interrupted"], summary["failure"]) == (130, True, "")
    assert summary["verdict"] == "interrupted"
    assert summary["start_us"] < summary["reached_us"] < summary["end_us"]
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


def test_a_ctrl_c_before_the_first_event_leaves_no_event_behind(tmp_path: Path) -> None:
    script = street(tmp_path, warm_up='"9h"', districts="[]")
    with started("run", script, cwd=tmp_path) as run:
        until(lambda: any(tmp_path.glob("runs/*/tape/schema.json")), "the folder is made")
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in err) == (130, False), err
    assert not list(tmp_path.glob("runs/*/tape/*/*.parquet"))
    for file in tmp_path.glob("runs/*/summary.json"):
        assert json.loads(file.read_bytes())["verdict"] == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_the_books_are_closed_however_often_one_asks(tmp_path: Path, number: signal.Signals) -> None:
    script = street(tmp_path, duration='"30m"')
    with started("run", script, cwd=tmp_path) as run:
        until(lambda: has_stored(tmp_path), "something stored")
        for _ in range(200):
            run.send_signal(number)
            if run.poll() is not None:
                break
            time.sleep(0.05)
        out, err = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in err) == (130, False), (out, err)
    summary = summary_of(tmp_path)
    folder = tmp_path / "runs" / summary["run"]
    assert (summary["exit_code"], summary["verdict"], summary["interrupted"]) == (130, "interrupted", True)
    assert json.loads((folder / "tape/schema.json").read_bytes())["closed"]
    assert (folder / "report.html").is_file()
    assert not (folder / "run.lock").exists()
    assert_replays_alike(tmp_path, summary)


SLOW_REPORT = """import sys, time
from citybeat.running import runner
from citybeat.__main__ import main

write = runner.write_report
def slow(*arguments):
    print("writes its report", file=sys.stderr, flush=True)
    time.sleep(1)
    write(*arguments)
runner.write_report = slow
sys.exit(main(sys.argv[1:]))
"""

ENDLESS_DRAIN = """import sys
from citybeat.__main__ import main
from sim.judge.books import Books

Books.awaited = lambda *_: 1
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("program", "sign", "code", "verdict"),
    [(SLOW_REPORT, "writes its report", 0, "pass"), (ENDLESS_DRAIN, "waiting for the store", 130, "interrupted")],
    ids=["report", "drain"],
)
def test_ctrl_c_while_the_books_are_closed_closes_them(tmp_path: Path, program: str, sign: str, code: int, verdict: str) -> None:
    script = street(tmp_path, duration='"30s"')
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py", "run", script, "--speed", "max"]
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        lines = list(takewhile(lambda line: sign not in line, run.stderr))
        assert run.poll() is None, lines
        for _ in range(2):
            run.send_signal(signal.SIGINT)
            time.sleep(0.1)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in err) == (code, False), err
    summary = summary_of(tmp_path)
    assert (summary["exit_code"], summary["verdict"]) == (code, verdict)
    assert (tmp_path / "runs" / summary["run"] / "report.html").is_file()
    total = summary["books"]["total"]
    assert total["planned"] == total["sent"] == total["stored"] > 0


def test_a_system_that_never_ends_its_work_does_not_keep_a_run_that_was_asked_twice(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"30m"')
    lamps = tmp_path / "lamps.py"
    before = "        ticks = np.arange("
    endless = "        while span.index == 4:\n            pass\n"
    lamps.write_text(lamps.read_text().replace(before, endless + before))
    with started("run", script, "--broker", "none", cwd=tmp_path) as run:
        assert run.stderr is not None
        assert run.stderr.readline()
        time.sleep(1.0)  # the system hangs a few slices ahead of the pace
        run.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert run.poll() is None
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    assert (run.returncode, "Traceback" in err) == (130, False), err
    assert summary_of(tmp_path)["verdict"] == "interrupted"


def test_a_system_that_leaves_by_sys_exit_ends_the_run_with_its_books(tmp_path: Path) -> None:
    script = street(tmp_path)
    lamps = tmp_path / "lamps.py"
    before = "        ticks = np.arange("
    lamps.write_text("import sys\n" + lamps.read_text().replace(before, "        if span.index == 1:\n            sys.exit(0)\n" + before))
    ended = citybeat("run", script, "--broker", "none", "--speed", "max", cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert "SystemExit" in ended.stderr
    summary = summary_of(tmp_path)
    assert (summary["verdict"], summary["exit_code"]) == ("aborted", 2)


def test_a_run_without_an_event_has_no_data(tmp_path: Path) -> None:
    script = street(tmp_path, systems='[Lamps(interval="1h", count=0)]', duration='"2m"')
    ended = citybeat("run", script, "--speed", "max", cwd=tmp_path)
    summary = summary_of(tmp_path)
    assert (ended.returncode, summary["verdict"], summary["exit_code"]) == (4, "no data", 4), ended.stderr
    assert "no event to send" in summary["why"]


def test_a_report_that_fails_is_told_after_the_summary_and_both_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        msg = "cannot write report.html: no room"
        raise DiskError(msg)

    monkeypatch.setattr(runner, "write_report", broken)
    script = street(tmp_path, duration='"1m"')
    with chdir(tmp_path):
        result = run_scenario(load(script), speed="max", broker="none", quiet=True)
    summary = summary_of(tmp_path)
    assert result.exit_code == summary["exit_code"] == 5
    assert summary["verdict"] == "pass"
    assert "no room" in summary["failure"]
    assert "beside them" in summary["why"]


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
    assert summary["verdict"] == "aborted"
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
