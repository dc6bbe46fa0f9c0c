"""Readers of our output that leave: the run goes on without a screen, closes its books and keeps its exit code."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.citybeat.commands import clean_environment, started, street, summary_of, until
from tests.citybeat.running.test_endings import has_stored

FAILING = '[Objective("lamps.power_w", Statistic.MAX, at_most=1)]'


def failing_street(folder: Path, **changes: str) -> str:
    """Write a scenario whose promise is broken."""
    script = street(folder, **changes)
    text = (folder / script).read_text()
    text = "from sim.judge.measures import Objective, Statistic\n" + text.replace("    speed=", f"    objectives={FAILING},\n    speed=")
    (folder / script).write_text(text)
    return script


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in a folder."""
    environment = clean_environment(CITYBEAT=f"{sys.executable} -m citybeat")
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("arguments", ["2>&1 | head -1", "--json | head -1", "2>&1 | true"])
def test_a_reader_who_leaves_changes_neither_books_nor_exit_code(tmp_path: Path, arguments: str) -> None:
    script = failing_street(tmp_path, duration='"30s"')
    ended = shell(tmp_path, f"$CITYBEAT run {script} --broker none {arguments}; exit ${{PIPESTATUS[0]}}")
    assert ended.returncode == 3, (ended.stdout, ended.stderr)
    assert "Traceback" not in ended.stdout + ended.stderr
    summary = summary_of(tmp_path)
    assert (summary["exit_code"], summary["verdict"], summary["interrupted"]) == (3, "fail", False)
    assert (tmp_path / "runs" / summary["run"] / "report.html").is_file()


def test_a_run_whose_error_reader_leaves_half_way_plays_to_its_end(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"3m"')
    with started("run", script, cwd=tmp_path) as run:
        assert run.stderr is not None
        until(lambda: has_stored(tmp_path), "something stored")
        run.stderr.close()
        run.stderr = None
        out, _ = run.communicate(timeout=90)
    assert run.returncode == 0, out
    assert "verdict: pass" in out


def test_a_terminal_that_is_closed_ends_nothing_but_the_view(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"1m"')
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "citybeat", "run", script, "--broker", "none"]
    run = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(TERM="xterm"), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        os.read(ours, 1)
        os.close(ours)
        assert run.wait(60) == 0
    finally:
        run.kill()
        run.wait()
    assert summary_of(tmp_path)["verdict"] == "pass"


def test_a_command_without_any_stream_runs(tmp_path: Path) -> None:
    script = failing_street(tmp_path, duration='"1m"')
    ended = shell(tmp_path, f"$CITYBEAT run {script} --broker none --speed max <&- >&- 2>&-")
    assert ended.returncode == 3
    assert summary_of(tmp_path)["exit_code"] == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_result_that_a_full_disk_did_not_take_is_told(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"1m"')
    ended = shell(tmp_path, f"$CITYBEAT run {script} --broker none --speed max --json > /dev/full")
    assert ended.returncode == 5
    assert "stdout could not be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    listed = shell(tmp_path, "$CITYBEAT runs list > /dev/full")
    assert (listed.returncode, "Traceback" in listed.stderr) == (5, False)


def test_a_list_whose_reader_leaves_is_no_failure(tmp_path: Path) -> None:
    ended = shell(tmp_path, "$CITYBEAT scenarios show shanghai | head -1; exit ${PIPESTATUS[0]}")
    assert (ended.returncode, ended.stderr) == (0, "")
    summary = shell(tmp_path, f"$CITYBEAT run {street(tmp_path)} --broker none --speed max --json | head -1")
    assert json.loads(summary.stdout + "}") == {}


def test_a_script_of_ones_own_keeps_its_exit_code_too(tmp_path: Path) -> None:
    script = failing_street(tmp_path, duration='"30s"', speed='"max"')
    with (tmp_path / script).open("a") as file:
        file.write('\nif __name__ == "__main__":\n    import sys\n\n    from citybeat import main\n\n    sys.exit(main(scenario))\n')
    ended = shell(tmp_path, f"{sys.executable} {script} 2>&1 | true; exit ${{PIPESTATUS[0]}}")
    assert ended.returncode == 3, ended.stderr
    assert summary_of(tmp_path)["exit_code"] == 3
