"""The command as people use it: a process of its own in an empty folder, or `main` in ours where nothing but words is tried."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import polars as pl

from citybeat.__main__ import main

LAMPS = Path(__file__).resolve().parents[1] / "lamps.py"
PATIENCE_S = 60.0
SHORT_SHANGHAI = ("run", "shanghai", "--for", "3m", "--speed", "120", "--scale", "0.5%", "--warm-up", "0s")

STREET = """from lamps import Lamps

from citybeat import Scenario

scenario = Scenario(
    name="street",
    title="A street of lamps",
    systems=[Lamps(interval="2s")],
    districts=["Xuhui"],
    duration="2m",
    warm_up="0s",
    speed=60,
)
"""


def clean_environment(**more: str) -> dict[str, str]:
    """Return our environment without settings of citybeat's."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CITYBEAT_", "INFLUXDB_", "GRAFANA_"))}
    return ours | {"NO_COLOR": "1", "COLUMNS": "160"} | more


def citybeat(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "citybeat", *arguments],
        cwd=cwd,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )


def inside(folder: Path, *arguments: str) -> str:
    """Run the command in this process, where its start is not what is tried; return what it printed."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    for number, handler in before.items():
        signal.signal(number, handler)
    assert code in (0, 3, 4), err.getvalue()
    return out.getvalue()


@contextmanager
def started(*arguments: str, cwd: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command; what still runs when the block ends is ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "citybeat", *arguments],
        cwd=cwd,
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.05)


def street(folder: Path, **changes: str) -> str:
    """Write the script of a scenario with a system of its own beside it; return its name."""
    (folder / "lamps.py").write_text(LAMPS.read_text())
    text = STREET
    for name, value in changes.items():
        before = next(line for line in text.splitlines() if line.strip().startswith(f"{name}="))
        text = text.replace(before, f"    {name}={value},")
    (folder / "street.py").write_text(text)
    return "street.py"


def summary_of(folder: Path) -> dict[str, Any]:
    """Return the summary of the only run below a folder."""
    (file,) = folder.glob("runs/*/summary.json") if (folder / "runs").is_dir() else folder.glob("summary.json")
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def tape_counts(run: Path) -> dict[str, int]:
    """Return how many events with a release the tape of a run holds, by kind, read without our own code."""
    kinds = [path.name for path in (run / "tape").iterdir() if path.is_dir() and path.name[0] != "_"]
    frames = {kind: pl.scan_parquet(run / "tape" / kind / "*.parquet") for kind in kinds}
    return {kind: frame.select(pl.col("release").count()).collect().item() for kind, frame in frames.items()}


def store_counts(run: Path, kinds: Mapping[str, Any]) -> dict[str, int]:
    """Return how many distinct events the embedded store holds, by kind, read without our own code."""
    counts = {}
    for kind in kinds:
        parts = list((run / "store" / kind).glob("*.parquet"))
        frame = pl.read_parquet(parts) if parts else pl.DataFrame({"district": [], "device": [], "seq": []})
        counts[kind] = frame.select("district", "device", "seq").unique().height
    return counts


def assert_clean(summary: Mapping[str, Any]) -> None:
    """Assert that planned = sent = stored for every kind, and = acked for those that are acknowledged."""
    for kind, row in summary["books"]["kinds"].items():
        assert row["planned"] == row["sent"] == row["received"] == row["stored"], (kind, row)
        assert row["acked"] == (row["planned"] if row["qos"] else 0), (kind, row)
        assert (row["lost"], row["duplicated"], row["rejected"], row["injected"]) == (0, 0, {}, {}), (kind, row)
