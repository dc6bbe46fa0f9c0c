"""A wall clock that is set while a run plays: the run keeps its pace, and what was timed by that clock is invalid, in words."""

import time
from contextlib import chdir
from pathlib import Path

import pytest

from citybeat import run
from citybeat.running import runner
from scenarios.loader import load
from sim.clock import Clock, wall_us
from sim.units import HOUR_US, SECOND_US
from tests.citybeat.commands import assert_clean, street


def set_by(step_us: int, after_s: float) -> Clock:
    """Return a clock of a machine whose wall clock is set so long after now."""
    due_s = time.monotonic() + after_s
    return Clock(wall=lambda: wall_us() + (step_us if time.monotonic() >= due_s else 0))


def test_a_step_spoils_what_the_wall_clock_timed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "Clock", lambda: set_by(-HOUR_US, after_s=1.0))
    script = street(tmp_path)
    began_s = time.monotonic()
    with chdir(tmp_path):
        result = run(load(script), quiet=True)
    assert time.monotonic() - began_s < 60
    assert (result.verdict.value, result.exit_code) == ("invalid", 4)
    assert "clock was set (-1h)" in result.summary["why"]
    assert abs(result.summary["clock_step_us"] + HOUR_US) < SECOND_US
    assert result.summary["elapsed_s"] < 60
    verdicts = {(row["measure"], row["statistic"]): row["verdict"] for row in result.summary["objectives"]}
    assert verdicts["pipeline.stored_from_due", "p95"] == "invalid"
    assert verdicts["pipeline.send_lag", "p99"] != "invalid" or "generator" in result.summary["why"]
    assert verdicts["pipeline.lost_qos1", "max"] == verdicts["pipeline.lost_qos0", "max"] == "pass"
    assert_clean(result.summary)
