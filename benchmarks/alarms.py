"""A day of home alarms in a tenth of the city: from setting up to the report, tape on, in a process of its own.

Owns two lines. It prints what it took when it is run as `python -m benchmarks.alarms`.
"""

import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.city import PEER, timeouts_per_s
from benchmarks.processes import own_cpu_s
from benchmarks.table import Line
from citybeat.running.job import simulate
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from scenarios.loader import load, override

DAY = ("scale=0.1", "start=00:00", "duration=24h")
TIMEOUTS_EACH = 24.0  # of the peer's time, at most; three minutes, which are promised, were 80 of them
PROMISED_MIB = 600.0
PATIENCE_S = 900
KIB = 1024


def lines() -> Iterator[Line]:
    """Measure in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.alarms"], check=True, capture_output=True, timeout=PATIENCE_S)
    told = orjson.loads(done.stdout.splitlines()[-1])
    note = f"{told['events']:,} events and {told['calls']:,} calls of the whole city's centre in {told['wall_s']:.0f} s"
    least_s = told["events"] / timeouts_per_s()
    step = "a day of alarms in a 10 % city at max, no broker: CPU"
    yield Line(step, told["cpu_s"], "s", f"{PEER}, as many", least_s, at_most=TIMEOUTS_EACH, note=note)
    yield Line("  the most memory it held", told["mib"], "MiB", "promised", PROMISED_MIB, at_most=1.0)


def day() -> dict[str, float]:
    """Run the day; return CPU and wall seconds, the most memory in MiB, events and calls offered."""
    wall = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        settings = RunSettings(broker="none", out=Path(name) / "run")
        summary = play(simulate(override(load("home_alarms"), DAY)), settings, math.inf).summary
    calls = next(each["count"] for each in summary["measures"] if each["measure"] == "alarms.answered_in_60_s" and not each["where"])
    return {
        "cpu_s": own_cpu_s(),
        "wall_s": time.perf_counter() - wall,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB,
        "events": summary["books"]["total"]["planned"],
        "calls": calls,
    }


if __name__ == "__main__":
    print(orjson.dumps(day()).decode())
