"""Memory over a week: what a long run holds at the end of each day, tape on.

Owns a week of a small bus city at speed max, in a process of its own so that nothing else's memory is counted. It prints the resident
memory by day when it is run as `python -m benchmarks.memory`.
"""

import gc
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.processes import rss_mib
from benchmarks.table import Line
from citybeat.running.job import simulate
from citybeat.running.progress import Progress
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from devices.buses.positions.cohort import PositionParameters
from devices.buses.system import Buses
from sim.scenario import Scenario
from sim.units import DAY_US, MINUTE_US

DAYS = 7
SETTLED_DAY = 2  # by then every table of names, topics and devices is filled
GROWTH = 1.05
SCALE = 0.002  # 34 vehicles: what matters is the number of days, not of buses
PATIENCE_S = 900


def lines() -> Iterator[Line]:
    """Measure in a process of its own."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "benchmarks.memory"], check=True, capture_output=True, timeout=PATIENCE_S)
    told = orjson.loads(done.stdout.splitlines()[-1])
    by_day = told["mib"]
    days = ", ".join(f"{mib:.0f}" for mib in by_day)
    note = f"MiB at the end of each day: {days}; {told['events']:,} events on the tape in {time.monotonic() - began:.0f} s"
    settled = by_day[SETTLED_DAY - 1]
    yield Line("memory at the end of day 7, tape on", by_day[-1], "MiB", "end of day 2", settled, at_most=GROWTH, note=note)


def week() -> dict[str, object]:
    """Run the week; return MiB at the end of each day and the number of events."""
    buses = Buses(positions=PositionParameters(interval=MINUTE_US))
    scenario = Scenario(name="week", systems=(buses,), scale=SCALE, start=0, duration=DAYS * DAY_US)
    last = [0.0] * DAYS

    def watch(progress: Progress) -> None:
        last[min(int(progress.share * DAYS), DAYS - 1)] = rss_mib()

    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        settings = RunSettings(broker="none", out=Path(name) / "run", environment=dict(os.environ))
        result = play(simulate(scenario), settings, math.inf, watch)
    gc.collect()
    return {"mib": last, "events": result.summary["books"]["total"]["planned"]}


if __name__ == "__main__":
    print(orjson.dumps(week()).decode())
