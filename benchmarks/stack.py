"""The servers that benchmarks run against: the tests' own mosquitto and InfluxDB, and Telegraf where the environment names one.

Owns finding them. How they are started is `tests/servers.py`'s.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from servers import UNLIMITED, InfluxDB, Mosquitto, influxdb_script, influxdb_server, mosquitto_binary, mosquitto_server

__all__ = ["InfluxDB", "Mosquitto", "Stack", "missing", "mosquitto_binary", "stack", "telegraf_binary", "unlimited_mosquitto"]


@dataclass(frozen=True, slots=True)
class Stack:
    """A broker, a store and an empty folder, for as long as the context lasts."""

    broker: Mosquitto
    store: InfluxDB
    folder: Path


def telegraf_binary() -> Path | None:
    """Return the Telegraf that CITYBEAT_TELEGRAF names."""
    named = os.environ.get("CITYBEAT_TELEGRAF")
    return Path(named) if named and Path(named).is_file() else None


def missing() -> str:
    """Return what is not here of mosquitto and InfluxDB, in words; empty when both are."""
    lacks = [] if mosquitto_binary() else ["no mosquitto"]
    lacks += [] if influxdb_script() else ["no InfluxDB: CITYBEAT_INFLUXDB_SCRIPT names no start script"]
    return "; ".join(lacks)


@contextmanager
def unlimited_mosquitto() -> Iterator[Mosquitto]:
    """Run a mosquitto without limits of window and queue."""
    with TemporaryDirectory(prefix="citybeat-bench-") as name, mosquitto_server(Path(name), *UNLIMITED) as broker:
        yield broker


@contextmanager
def stack() -> Iterator[Stack]:
    """Run mosquitto without limits and InfluxDB."""
    with TemporaryDirectory(prefix="citybeat-bench-") as name, unlimited_mosquitto() as broker, influxdb_server(Path(name)) as store:
        yield Stack(broker, store, Path(name))
