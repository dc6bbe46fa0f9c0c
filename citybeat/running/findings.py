"""What `citybeat doctor` finds: what a run needs and whether it is here, and what the broker and the store will do to it.

Owns the questions and the words of the answers. Experiments are `brokers.mqtt.probe`'s.
"""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from brokers.influx.store import SERIES_BUDGET, InfluxStore
from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.embedded import EmbeddedBroker, server_binary
from brokers.mqtt.probe import probe
from citybeat.running.connections import broker_settings, influx_settings
from citybeat.running.job import simulate
from citybeat.running.settings import RunSettings
from citybeat.running.summary import versions
from scenarios.loader import load
from sim.engine.engine import kinds_of
from sim.errors import CitybeatError

State = Literal["ok", "note", "bad"]
LEAST_FREE_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: what was looked at, how it stands, and in words what follows."""

    what: str
    state: State
    words: str


def machine() -> Iterator[Finding]:
    """Look at Python, libraries, the embedded broker's program and the disk."""
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    yield Finding("libraries", "ok", ", ".join(f"{name} {version}" for name, version in versions().items() if name != "python"))
    yield _tried("embedded broker", lambda: f"nats-server at {server_binary()}")
    free = shutil.disk_usage(Path.cwd()).free
    words = f"{free / 1024**3:.1f} GiB free here; a tape takes about 30 bytes an event (an hour of shanghai)"
    yield Finding("disk", "ok" if free > LEAST_FREE_BYTES else "note", words)


def broker_findings(settings: RunSettings) -> Iterator[Finding]:
    """Connect, and find the broker's window and what it drops, with MQTT 5 and with 3.1.1."""
    if settings.broker == "embedded":
        try:
            with EmbeddedBroker() as embedded:
                yield from probe_findings(broker_settings(embedded.url, settings))
        except CitybeatError as error:
            yield Finding("broker", "bad", str(error))
        return
    try:
        yield from probe_findings(broker_settings(settings.broker, settings))
    except CitybeatError as error:
        yield Finding("broker", "bad", str(error))


def probe_findings(broker: BrokerSettings) -> Iterator[Finding]:
    """Probe with the best protocol the broker speaks and with 3.1.1."""
    best = probe(broker)
    yield _probed(f"broker, MQTT {_level(best.protocol)}", best.window, best.lost, best.published, unlimited=best.unlimited)
    if best.protocol != 311:  # noqa: PLR2004 - MQTT's own number for 3.1.1
        old = probe(replace(broker, client="paho", protocol="311"))
        yield _probed("broker, MQTT 3.1.1", old.window, old.lost, old.published, unlimited=old.unlimited)


def _level(protocol: int) -> str:
    return "3.1.1" if protocol == 311 else str(protocol)  # noqa: PLR2004 - MQTT's own number for 3.1.1


def _probed(what: str, window: int, lost: int, published: int, *, unlimited: bool) -> Finding:
    room = f"all {published:,} unacknowledged" if unlimited else f"{window:,} unacknowledged"
    if lost:
        words = (
            f"delivers {room}, and of {published:,} QoS 1 messages held back it dropped {lost:,}: "
            "set max_inflight_messages 0 and max_queued_messages 0 (mosquitto), or read with MQTT 5"
        )
        return Finding(what, "note", words)
    return Finding(what, "ok", f"delivers {room}; of {published:,} QoS 1 messages held back none was dropped")


def store_findings(settings: RunSettings, scenario: str) -> Iterator[Finding]:
    """Look at InfluxDB when it is configured, and compare series held with series a run may make."""
    if not settings.environment.get("INFLUXDB_URL"):
        yield Finding("InfluxDB", "note", "INFLUXDB_URL is not set: runs use the embedded Parquet store")
        return
    try:
        store = InfluxStore(influx_settings(settings))
        chosen = load(scenario)
        store.prepare(kinds_of(chosen.systems))
        held, expected = store.series(), simulate(chosen).series
        store.close()
    except CitybeatError as error:
        yield Finding("InfluxDB", "bad", str(error))
        return
    state: State = "ok" if held + expected <= SERIES_BUDGET else "note"
    words = f"buckets and mappings stand; {held:,} series held, {scenario} may make {expected:,}, budget {SERIES_BUDGET:,}"
    yield Finding("InfluxDB", state, words + ("" if state == "ok" else ": delete old runs with `citybeat runs delete`"))


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "ok", look())
    except CitybeatError as error:
        return Finding(what, "bad", str(error))
