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

from benchmarks.fleet import POSITION, SHORT, fleet
from benchmarks.processes import Machine
from benchmarks.sampler import Course, Sampler
from benchmarks.stack import Stack, missing, stack, telegraf_binary
from benchmarks.table import Line
from benchmarks.telegraf import telegraf
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, open_client
from brokers.mqtt.sink import MqttSink
from brokers.tape.sink import TapeSink
from citybeat.running.connections import PUBACK_PAUSE_S
from citybeat.running.job import simulate
from citybeat.running.runner import play, tape_header
from citybeat.running.settings import RunSettings
from devices.buses.positions.cohort import PositionParameters
from devices.buses.system import Buses
from sim.clock import wall_us
from sim.events.kinds import Kind
from sim.judge.pipeline import LATE_GENERATOR_S, SEND_LAG, STORED_FROM_DUE
from sim.play.pace import Pace
from sim.play.pump import Pump
from sim.scenario import Scenario
from sim.units import HOUR_US, MINUTE_US, SECOND_US

VEHICLES = 2_000
EVENTS = 400_000
SUSTAINED_PER_S = 20_000
CALM = 10  # times fewer events a second: what the way takes when nothing has to queue
AHEAD = 1.0  # of Telegraf's rate, at least
INGEST = 0.5  # of Telegraf's CPU a message, at most
EVEN = 0.98  # of the planned rate, at least: the store is sampled four times a second
QUEUEING = 4.0  # times the calm latency, at most
SETTLE_S = 60.0
BUSES_SPEED, BUSES_MINUTES = 15.0, 6  # about 21,000 events a second for 24 seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one load: the course in the store, events planned and stored, the share of the machine others took, p99 by measure."""

    course: Course
    events: int
    stored: int
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
        lost = self.events - self.stored
        complete = f"{lost:,} of {self.events:,} NOT stored" if lost else f"all {self.events:,} stored"
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
    for name, kind in (("7 columns", SHORT), ("17 columns", POSITION)):
        yield from _beside_telegraf(name, kind, binary)
    even, calm_s = SUSTAINED_PER_S / VEHICLES, 0.0  # a vehicle reports once a second of city time
    for name, kind in (("7 columns", SHORT), ("17 columns", POSITION)):
        calm_s = paced(fleet(kind, EVENTS // CALM, VEHICLES), even / CALM).p99[STORED_FROM_DUE]
        yield from _sustained(f"{name}, at an even rate", fleet(kind, EVENTS, VEHICLES), even, calm_s)
    yield from _sustained("real buses, positions each second", buses(), BUSES_SPEED, calm_s)
    for name, broker in (("paho on mosquitto", "{url}?client=paho"), ("ours 3.1.1 on NATS, embedded", "embedded")):
        with stack() as servers:
            outcome = through_citybeat(servers, fleet(SHORT, EVENTS // 2, VEHICLES), math.inf, broker.format(url=servers.broker.url))
        yield Line(f"plan → stored, 7 columns, all-out, {name}", outcome.rate_per_s, "events/s", note=outcome.note())


def _beside_telegraf(name: str, kind: Kind, binary: Path | None) -> Iterator[Line]:
    """Measure a kind all-out through citybeat and then through Telegraf."""
    load = fleet(kind, EVENTS, VEHICLES)
    with stack() as servers:
        ours = through_citybeat(servers, load, math.inf, f"{servers.broker.url}?client=mqtt5")
    theirs = None
    if binary is not None:
        with stack() as servers:
            theirs = through_telegraf(servers, load, kind, binary)
    peer, peer_rate = ("Telegraf", theirs.rate_per_s) if theirs else ("Telegraf: not here", None)
    step = f"plan → stored, {name}, all-out"
    yield Line(step, ours.rate_per_s, "events/s", peer, peer_rate, at_least=AHEAD, note=ours.note())
    if theirs is not None:
        yield Line(f"  {name}, all-out, Telegraf", theirs.rate_per_s, "events/s", note=theirs.note())
    peer_cpu = theirs.course.cpu_us(theirs.events, "ingest") if theirs else None
    ingest = ours.course.cpu_us(ours.events, "ingest")
    yield Line(f"  {name}, ingest: CPU a message", ingest, "µs", peer, peer_cpu, at_most=INGEST)


def _sustained(name: str, load: Scenario, speed: float, calm_s: float) -> Iterator[Line]:
    """Measure a load by the clock: what comes in is stored, and nearly as soon as if hardly anything came (`calm_s`)."""
    outcome = paced(load, speed)
    planned = outcome.events * speed * SECOND_US / load.duration
    rate = outcome.course.steady_per_s(outcome.events)
    yield Line(f"plan → stored, {name}", rate, "events/s", "planned", planned, at_least=EVEN, note=outcome.note())
    late_s, lag_s = outcome.p99[STORED_FROM_DUE], outcome.p99[SEND_LAG]
    yield Line(f"  {name}: due → stored, p99", late_s, "s", f"at a {CALM}th of the rate", calm_s, at_most=QUEUEING)
    yield Line(f"  {name}: lag of the generator, p99", lag_s, "s", "limit of a valid run", LATE_GENERATOR_S, at_most=1.0)


def paced(load: Scenario, speed: float) -> Outcome:
    """Run a load by the clock, with servers of its own."""
    with stack() as servers:
        return through_citybeat(servers, load, speed, f"{servers.broker.url}?client=mqtt5")


def buses() -> Scenario:
    """Return some minutes of the real buses of a tenth of the city, every bus reporting once a second."""
    system = Buses(positions=PositionParameters(interval=SECOND_US))
    return Scenario(name="buses", systems=(system,), scale=0.1, start=8 * HOUR_US, duration=BUSES_MINUTES * MINUTE_US)


def through_citybeat(servers: Stack, load: Scenario, speed: float, broker: str) -> Outcome:
    """Run a scenario from plan to InfluxDB as `citybeat run --qos 1` does; `broker` is a URL or `embedded`."""
    fixed = {"broker": servers.broker.pid, "store": store_pid(servers)}
    environment = dict(os.environ) | {
        "INFLUXDB_URL": servers.store.url,
        "INFLUXDB_ORG": servers.store.org,
        "INFLUXDB_TOKEN": servers.store.token,
    }
    machine, sampler = Machine(), Sampler(servers.store.url, lambda: fixed | children())
    with tempfile.TemporaryDirectory(dir=servers.folder) as name:
        settings = RunSettings(broker=broker, store="influx", qos=1, out=Path(name) / "run", environment=environment)
        result = play(sampler.watched(simulate(load)), settings, speed)
    course = sampler.finish()
    p99 = {measure["measure"]: measure["p99"] for measure in result.summary["measures"] if not measure["where"]}
    books = result.summary["books"]["total"]
    return Outcome(course, books["planned"], books["stored"], machine.others(course.cpu_s), p99)


def through_telegraf(servers: Stack, load: Scenario, kind: Kind, binary: Path) -> Outcome:
    """Publish the same load, of one kind and at speed max, with the same sinks to the same broker, and let Telegraf store it."""
    job = simulate(load)
    pace = Pace(math.inf, job.start_us, job.end_us)
    fixed = {"broker": servers.broker.pid, "store": store_pid(servers)}
    with telegraf(binary, servers, kind) as pid, tempfile.TemporaryDirectory(dir=servers.folder) as name:
        machine, sampler = Machine(), Sampler(servers.store.url, lambda: fixed | {"ingest": pid})
        client = open_client(parse_broker(servers.broker.url), "bench-publisher", ClientOptions(read_pause_s=PUBACK_PAUSE_S))
        run = f"{wall_us() % 16**8:08x}"
        tape, mqtt = TapeSink(Path(name) / "tape", tape_header(job, run)), MqttSink(client, pace, run, "city", 1)

        def begun() -> None:
            mqtt.shift_us = pace.now_shift_us()

        for _ in Pump(job.source, [tape, mqtt], pace, sampler.watched(job).steps, begun).ticks():
            pass
        events = mqtt.settle(SETTLE_S).rows
        tape.settle(SETTLE_S)
        sampler.wait(events)
        client.close(discard_session=True)
        course = sampler.finish()
        return Outcome(course, events, course.stored, machine.others(course.cpu_s), {})


def store_pid(servers: Stack) -> int:
    """Return InfluxDB's process id."""
    return int((servers.store.directory / "pid").read_text())
