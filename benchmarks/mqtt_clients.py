"""Both MQTT clients against one mosquitto with unlimited queues: rate, and CPU of the client's process a message.

Owns publishing and receiving by library, beside paho on MQTT 3.1.1 in the same run. A publisher in the background is this file in a
process of its own: `python -m benchmarks.mqtt_clients --publish URL COUNT QOS`.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.stack import mosquitto_binary, unlimited_mosquitto
from benchmarks.table import Line
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, MqttClient, open_client
from brokers.mqtt.embedded import EmbeddedBroker

PEER = "paho 3.1.1"
NATS = "paho 3.1.1, NATS"
LIBRARIES = {PEER: "client=paho&protocol=311", "paho 5": "client=paho&protocol=5", "mqtt5": "client=mqtt5"}
MESSAGES = 30_000
CHUNK = 500  # handed over at once: 5 ms of 100,000 events a second
PAYLOAD = (
    b'{"sent":1425250800000000,"t":1425250800000000,"seq":12,"due":1425250800000000,"run":"abcdefgh","longitude":121.47,"latitude":31.23}'
)
READER = ClientOptions(persistent_s=600)
PAUSED = ClientOptions(persistent_s=600, read_pause_s=0.004)


@dataclass(frozen=True, slots=True)
class Result:
    """One cell: messages a second, and µs of this process's CPU a message."""

    job: str
    library: str
    rate_per_s: float
    cpu_us: float


def timed(job: str, library: str, count: int, work: Callable[[], None]) -> Result:
    """Time a piece of work by wall clock and by CPU of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Result(job, library, count / (time.perf_counter() - wall), (time.process_time() - cpu) / count * 1e6)


def publish(client: MqttClient, count: int, qos: int) -> None:
    """Publish as fast as the client takes it, and wait until all is acknowledged or written."""
    topics = [f"city/huangpu/buses/vehicle_position/B-{number:05d}" for number in range(CHUNK)]
    payloads = [PAYLOAD] * CHUNK
    left = count
    while left:
        taken = client.publish(topics[: min(left, CHUNK)], payloads[: min(left, CHUNK)], qos)
        left -= taken
        client.pump(0.0 if client.counters.backlog < CHUNK else 0.01)
        while client.counters.backlog > 4 * CHUNK:
            client.pump(0.01)
    if not client.drain(60):
        sys.exit("not everything was acknowledged within a minute")


def receive(client: MqttClient, count: int) -> None:
    """Take so many deliveries and acknowledge each."""
    while client.counters.received < count:
        inbox = client.receive(10.0)
        if len(inbox) == 0:
            sys.exit(f"only {client.counters.received} of {count} messages came")
        client.acknowledge(inbox.tokens)


def background_publisher(url: str, count: int, qos: int) -> subprocess.Popen[bytes]:
    """Start this file as a publisher in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "benchmarks.mqtt_clients", "--publish", url, str(count), str(qos)])


def measure(url: str, library: str, count: int) -> list[Result]:
    """Measure one library on one broker: publishing without a reader, receiving from the mqtt5 publisher beside it."""
    results = []
    for qos in (0, 1):
        client = open_client(parse_broker(url), "bench-writer")
        results.append(timed(f"publish QoS {qos}", library, count, partial(publish, client, count, qos)))
        client.close(forget_session=True)
    source = url.split("?", maxsplit=1)[0] if library != NATS else url
    for qos in (0, 1):
        for job, options in ((f"receive QoS {qos}", READER), (f"receive QoS {qos}, 4 ms pause", PAUSED)):
            client = open_client(parse_broker(url), "bench-reader", options)
            client.subscribe(["city/#"], qos)
            publisher = background_publisher(source, count, qos)
            inbox = client.receive(20.0)  # the clock starts with the first messages, not with the publisher's imports
            client.acknowledge(inbox.tokens)
            rest = count - len(inbox)
            results.append(timed(job, library, rest, partial(receive, client, count)))
            publisher.wait(60)
            client.close(forget_session=True)
    return results


def lines() -> Iterator[Line]:
    """Measure both libraries on mosquitto, and paho on the embedded NATS."""
    if mosquitto_binary() is None:
        yield Line("MQTT clients", None, "msg/s", note="not here: no mosquitto")
        return
    results: list[Result] = []
    with unlimited_mosquitto() as server:
        for library, query in LIBRARIES.items():
            results += measure(f"{server.url}?{query}", library, MESSAGES)
    with EmbeddedBroker() as broker:
        results += measure(broker.url, NATS, MESSAGES)
    peers = {result.job: result for result in results if result.library == PEER}
    for result in sorted(results, key=lambda each: each.job):
        peer = peers[result.job]
        note = f"{result.cpu_us:.1f} µs of CPU a message in the client's process"
        yield Line(f"{result.job}, {result.library}", result.rate_per_s, "msg/s", PEER, peer.rate_per_s, note=note)


if __name__ == "__main__":
    _, _, url, count, qos = sys.argv
    publish(open_client(parse_broker(url), "bench-source"), int(count), int(qos))
