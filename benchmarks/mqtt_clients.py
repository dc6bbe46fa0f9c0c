"""Both MQTT clients against one mosquitto with unlimited queues: rate, and CPU of the client's process a message.

Run as `python benchmarks/mqtt_clients.py [messages]`. Ratios are to paho on MQTT 3.1.1 in the same run.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from servers import UNLIMITED, mosquitto_binary, mosquitto_server

from brokers.broker_settings import parse_broker
from brokers.clients import ClientOptions, MqttClient, open_client
from brokers.embedded import EmbeddedBroker

LIBRARIES = {"paho 3.1.1": "client=paho&protocol=311", "paho 5": "client=paho&protocol=5", "mqtt5": "client=mqtt5"}
MESSAGES = 50_000
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
    return subprocess.Popen([sys.executable, __file__, "--publish", url, str(count), str(qos)])


def measure(url: str, library: str, count: int) -> list[Result]:
    """Measure one library on one broker: publishing without a reader, receiving from the mqtt5 publisher beside it."""
    results = []
    for qos in (0, 1):
        client = open_client(parse_broker(url), "bench-writer")
        results.append(timed(f"publish QoS {qos}", library, count, lambda client=client, qos=qos: publish(client, count, qos)))
        client.close(forget_session=True)
    source = url.split("?", maxsplit=1)[0] if library != "paho 3.1.1, NATS" else url
    for qos in (0, 1):
        for job, options in ((f"receive QoS {qos}", READER), (f"receive QoS {qos}, 4 ms pause", PAUSED)):
            client = open_client(parse_broker(url), "bench-reader", options)
            client.subscribe(["city/#"], qos)
            publisher = background_publisher(source, count, qos)
            inbox = client.receive(20.0)  # the clock starts with the first messages, not with the publisher's imports
            client.acknowledge(inbox.tokens)
            rest = count - len(inbox)
            results.append(timed(job, library, rest, lambda client=client: receive(client, count)))
            publisher.wait(60)
            client.close(forget_session=True)
    return results


def table(results: list[Result]) -> None:
    """Print one line a cell."""
    peers = {result.job: result for result in results if result.library == "paho 3.1.1"}
    print(f"{'job':28} {'client':18} {'msg/s':>9} {'CPU µs/msg':>11} {'rate ratio':>11} {'CPU ratio':>10}")
    for result in sorted(results, key=lambda each: each.job):
        peer = peers[result.job]
        ratios = f"{result.rate_per_s / peer.rate_per_s:11.2f} {result.cpu_us / peer.cpu_us:10.2f}"
        print(f"{result.job:28} {result.library:18} {result.rate_per_s:9,.0f} {result.cpu_us:11.2f} {ratios}")


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--publish"]:
        url, count, qos = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
        publish(open_client(parse_broker(url), "bench-source"), count, qos)
        return
    if mosquitto_binary() is None:
        sys.exit("mosquitto is not installed")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, mosquitto_server(Path(folder), *UNLIMITED) as server:
        for library, query in LIBRARIES.items():
            results += measure(f"{server.url}?{query}", library, count)
    with EmbeddedBroker() as broker:
        results += measure(broker.url, "paho 3.1.1, NATS", count)
    table(results)


if __name__ == "__main__":
    main()
