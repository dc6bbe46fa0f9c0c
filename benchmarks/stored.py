"""From plan to stored: events of a fleet through the whole of citybeat, and through Telegraf behind the same publisher.

Owns the loads and the lines of the table. One event is one message at QoS 1; broker, store, publisher and ingest share the machine.
"""

import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.fleet import POSITION, SHORT, scenario
from benchmarks.processes import Machine
from benchmarks.sampler import Course, Sampler
from benchmarks.stack import Stack, missing, stack, telegraf_binary
from benchmarks.table import Line
from benchmarks.telegraf import telegraf
from brokers.broker_settings import parse_broker
from brokers.clients import open_client
from brokers.mqtt_sink import MqttSink
from brokers.tape import TapeSink
from citybeat.job import simulate
from citybeat.runner import Silent, play, tape_header
from citybeat.settings import RunSettings
from sim.kinds import Kind
from sim.pace import Pace, wall_us
from sim.pipeline import LATE_GENERATOR_S, SEND_LAG, STORED_FROM_DUE
from sim.pump import Pump

VEHICLES = 2_000
EVENTS = 400_000
SUSTAINED_PER_S = 20_000
TARGET_PER_S = 20_000
INGEST_US = 10.0
LATENCY_S = 2.0
EVEN = 0.98  # of the planned rate: the store is sampled four times a second
SETTLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one load: the course in the store, events planned, the share of the machine others took, measures by name."""

    course: Course
    events: int
    others: float
    p99: Mapping[str, float]

    @property
    def rate_per_s(self) -> float:
        """Return events stored a second."""
        return self.course.rate_per_s(self.events)

    def note(self) -> str:
        """Return CPU µs a message by process, whether all is stored, and how busy others kept the machine."""
        spent = {name: self.course.cpu_us(self.events, name) for name in sorted(self.course.cpu)}
        cpu = " + ".join(f"{name} {each:.1f}" for name, each in spent.items())
        complete = "all stored" if self.course.stored >= self.events else f"{self.events - self.course.stored:,} NOT stored"
        return f"{complete}; CPU µs a message: {cpu} = {sum(spent.values()):.0f}; others took {self.others:.0%} of the machine"


def children() -> dict[str, int]:
    """Return the processes that a run starts itself, by what they do."""
    found = {}
    for child in psutil.Process().children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        if "ingest" in words:
            found["ingest"] = child.pid
        elif words and "nats-server" in words[0]:
            found["broker"] = child.pid
    return found


def lines() -> Iterator[Line]:
    """Measure every way; each starts with servers of its own, so that none pays for what another left in the store."""
    lacks, binary = missing(), telegraf_binary()
    if lacks:
        yield Line("plan → stored", None, "events/s", note=f"not here: {lacks}")
        return
    for name, kind in (("7 columns", SHORT), ("vehicle_position, 17 columns", POSITION)):
        yield from _beside_telegraf(name, kind, binary)
    yield from _sustained()
    for name, broker in (("paho on mosquitto", "{url}?client=paho"), ("paho on NATS, embedded", "embedded")):
        with stack() as servers:
            outcome = through_citybeat(servers, SHORT, math.inf, EVENTS // 2, broker.format(url=servers.broker.url))
        yield Line(f"plan → stored, {name}, all-out", outcome.rate_per_s, "events/s", note=outcome.note())


def _beside_telegraf(name: str, kind: Kind, binary: Path | None) -> Iterator[Line]:
    """Measure a kind all-out through citybeat and then through Telegraf."""
    with stack() as servers:
        ours = through_citybeat(servers, kind, math.inf, EVENTS, f"{servers.broker.url}?client=mqtt5")
    theirs = None
    if binary is not None:
        with stack() as servers:
            theirs = through_telegraf(servers, kind, math.inf, EVENTS, binary)
    peer, peer_rate = ("Telegraf", theirs.rate_per_s) if theirs else ("Telegraf: not here", None)
    step = f"plan → stored, {name}, all-out"
    yield Line(step, ours.rate_per_s, "events/s", peer, peer_rate, at_least=TARGET_PER_S, than_peer=theirs is not None, note=ours.note())
    if theirs is not None:
        yield Line(f"{step}, Telegraf", theirs.rate_per_s, "events/s", note=theirs.note())
    peer_cpu = theirs.course.cpu_us(theirs.events, "ingest") if theirs else None
    ingest = ours.course.cpu_us(ours.events, "ingest")
    yield Line(f"ingest, {name}: CPU a message", ingest, "µs", peer, peer_cpu, at_most=INGEST_US)


def _sustained() -> Iterator[Line]:
    """Measure an even rate: what comes in is stored, in time."""
    with stack() as servers:
        paced = through_citybeat(servers, SHORT, SUSTAINED_PER_S, EVENTS, f"{servers.broker.url}?client=mqtt5")
    step = f"plan → stored at an even {SUSTAINED_PER_S:,}/s"
    yield Line(step, paced.rate_per_s, "events/s", "planned", float(SUSTAINED_PER_S), at_least=EVEN * SUSTAINED_PER_S, note=paced.note())
    yield Line(f"{step}: due → stored, p99", paced.p99[STORED_FROM_DUE], "s", at_most=LATENCY_S)
    yield Line(f"{step}: lag of the generator, p99", paced.p99[SEND_LAG], "s", at_most=LATE_GENERATOR_S)


def through_citybeat(servers: Stack, kind: Kind, rate_per_s: float, events: int, broker: str) -> Outcome:
    """Run a fleet from plan to InfluxDB as `citybeat run` does; `broker` is a URL or `embedded`."""
    fixed = {"broker": servers.broker.pid, "store": store_pid(servers)}
    environment = dict(os.environ) | {
        "INFLUXDB_URL": servers.store.url,
        "INFLUXDB_ORG": servers.store.org,
        "INFLUXDB_TOKEN": servers.store.token,
    }
    machine, sampler = Machine(), Sampler(servers.store.url, lambda: fixed | children())
    with tempfile.TemporaryDirectory(dir=servers.folder) as name:
        settings = RunSettings(broker=broker, store="influx", qos=1, out=Path(name) / "run", environment=environment)
        speed = rate_per_s / VEHICLES  # a vehicle reports once a second of city time
        result = play(simulate(scenario(kind, events, VEHICLES)), settings, speed, Silent())
    p99 = {measure["measure"]: measure["p99"] for measure in result.summary["measures"] if not measure["where"]}
    course = sampler.finish()
    return Outcome(course, events, machine.others(course.cpu_s), p99)


def through_telegraf(servers: Stack, kind: Kind, rate_per_s: float, events: int, binary: Path) -> Outcome:
    """Publish the same fleet with the same sinks to the same broker, and let Telegraf store it."""
    job = simulate(scenario(kind, events, VEHICLES))
    pace = Pace(rate_per_s / VEHICLES, job.start_us, job.end_us)
    fixed = {"broker": servers.broker.pid, "store": store_pid(servers)}
    with telegraf(binary, servers, kind) as pid, tempfile.TemporaryDirectory(dir=servers.folder) as name:
        machine, sampler = Machine(), Sampler(servers.store.url, lambda: fixed | {"ingest": pid})
        client = open_client(parse_broker(servers.broker.url), "bench-publisher")
        run = f"{wall_us() % 16**8:08x}"
        tape, mqtt = TapeSink(Path(name) / "tape", tape_header(job)), MqttSink(client, pace, run, "city", 1)

        def begun() -> None:
            mqtt.shift_us = pace.now_shift_us()

        for _ in Pump(job.source, [tape, mqtt], pace, job.prepare, begun).ticks():
            pass
        mqtt.settle(SETTLE_S)
        tape.settle(SETTLE_S)
        sampler.wait(events)
        client.close(forget_session=True)
        course = sampler.finish()
        return Outcome(course, events, machine.others(course.cpu_s), {})


def store_pid(servers: Stack) -> int:
    """Return InfluxDB's process id."""
    return int((servers.store.directory / "pid").read_text())
