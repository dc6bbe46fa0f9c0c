"""All MQTT clients against one mosquitto with unlimited queues, and ours against the embedded broker: rate, and CPU a message.

Owns publishing and receiving by library, beside paho on MQTT 3.1.1 in the same run, and beside a bare loop of paho on the embedded
broker. A publisher in the background is this file in a process of its own: `python -m benchmarks.mqtt_clients --publish URL COUNT QOS`.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import paho.mqtt.client as paho

from benchmarks.stack import mosquitto_binary, unlimited_mosquitto
from benchmarks.table import Line
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, MqttClient, open_client
from brokers.mqtt.embedded import EmbeddedBroker

PEER = "paho 3.1.1"
NATS = "ours 3.1.1, NATS"
BARE = "bare paho loop"
LIBRARIES = {PEER: "client=paho&protocol=311", "paho 5": "client=paho&protocol=5", "ours 3.1.1": "protocol=311", "mqtt5": "client=mqtt5"}
OURS = ("ours 3.1.1", "mqtt5")  # on the peer's own broker
NO_SLOWER = 1.0  # of the peer's rate, at least
SHARE = 0.8  # of the bare loop's rate, at least
MESSAGES = 60_000
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
        received = client.receive(10.0)
        if len(received) == 0:
            sys.exit(f"only {client.counters.received} of {count} messages came")
        client.acknowledge(received.tokens)


def background_publisher(url: str, count: int, qos: int) -> subprocess.Popen[bytes]:
    """Start this file as a publisher in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "benchmarks.mqtt_clients", "--publish", url, str(count), str(qos)])


def measure(url: str, library: str, count: int) -> list[Result]:
    """Measure one library on one broker: publishing without a reader, receiving from the mqtt5 publisher beside it."""
    results = []
    for qos in (0, 1):
        client = open_client(parse_broker(url), "bench-writer")
        results.append(timed(f"publish QoS {qos}", library, count, partial(publish, client, count, qos)))
        client.close(discard_session=True)
    source = url.split("?", maxsplit=1)[0] if library != NATS else url
    for qos in (0, 1):
        for job, options in ((f"receive QoS {qos}", READER), (f"receive QoS {qos}, 4 ms pause", PAUSED)):
            client = open_client(parse_broker(url), "bench-reader", options)
            client.subscribe(["city/#"], qos)
            publisher = background_publisher(source, count, qos)
            received = client.receive(20.0)  # the clock starts with the first messages, not with the publisher's imports
            client.acknowledge(received.tokens)
            rest = count - len(received)
            results.append(timed(job, library, rest, partial(receive, client, count)))
            publisher.wait(60)
            client.close(discard_session=True)
    return results


def receive_bare(url: str, count: int, qos: int) -> float:
    """Return messages a second of paho's own loop with a callback that only counts: the least that a reader over paho must do."""
    settings, arrived = parse_broker(url), list[float]()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=paho.MQTTv311)
    client.username_pw_set(settings.username, settings.password)
    subscribed = threading.Event()
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda *_: arrived.append(time.perf_counter())
    client.connect(settings.host, settings.port)
    client.subscribe("city/#", qos)
    while not subscribed.is_set():
        client.loop(0.1)
    publisher = background_publisher(url, count, qos)
    while len(arrived) < count:
        client.loop(1.0)
    publisher.wait(60)
    client.disconnect()
    return (count - 1) / (arrived[-1] - arrived[0])


def receive_ours(url: str, count: int, qos: int) -> float:
    """Return messages a second of our reader, as an ingest uses it."""
    client = open_client(parse_broker(url), "bench-reader", PAUSED)
    client.subscribe(["city/#"], qos)
    publisher = background_publisher(url, count, qos)
    first = client.receive(20.0)
    client.acknowledge(first.tokens)
    result = timed("receive", NATS, count - len(first), partial(receive, client, count))
    publisher.wait(60)
    client.close(discard_session=True)
    return result.rate_per_s


@contextmanager
def beside_a_busy_thread() -> Iterator[None]:
    """Keep the interpreter busy in another thread, as ingest's own decoding and storing does."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(2_000))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def embedded_lines() -> Iterator[Line]:
    """Measure our reader on the embedded broker beside a bare loop of paho, alone and beside a thread that computes."""
    with EmbeddedBroker() as broker:
        for qos in (0, 1):
            other = receive_bare(broker.url, MESSAGES, qos)
            ours = receive_ours(broker.url, MESSAGES, qos)
            yield Line(f"receive QoS {qos} from the embedded broker", ours, "msg/s", BARE, other, at_least=SHARE)
            with beside_a_busy_thread():
                busy = receive_ours(broker.url, MESSAGES, qos)
            yield Line(f"  the same beside a busy thread, QoS {qos}", busy, "msg/s", f"{BARE} without one", other)


def lines() -> Iterator[Line]:
    """Measure all libraries on mosquitto, and ours on the embedded broker."""
    yield from embedded_lines()
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
        least = NO_SLOWER if result.library in OURS else None
        yield Line(f"{result.job}, {result.library}", result.rate_per_s, "msg/s", PEER, peer.rate_per_s, at_least=least, note=note)


if __name__ == "__main__":
    _, _, url, count, qos = sys.argv
    publish(open_client(parse_broker(url), "bench-source"), int(count), int(qos))
