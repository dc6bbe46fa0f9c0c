"""Connections: the broker, the store and the ingest that the settings ask for, opened in order and closed in reverse.

Owns opening and closing. What flows through is the session's.
"""

import secrets
import shlex
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from brokers.codec.fingerprints import Fingerprints
from brokers.codec.topics import level
from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.ingest.proof import KEY_ENVIRONMENT, Seal
from brokers.mqtt.broker_settings import BrokerSettings, parse_broker
from brokers.mqtt.clients import ClientOptions, open_client
from brokers.mqtt.embedded import DELIVERY_WINDOW, EmbeddedBroker
from brokers.mqtt.fitness import STATUS_BYTES, Needs, check_broker, rehearse
from brokers.mqtt.sink import MqttSink
from brokers.parquet.store import ParquetStore
from citybeat.kept.folder import RunFolder
from citybeat.kept.leftovers import FILE, Leftovers, clean_after_the_dead
from citybeat.kept.places import RUNS
from citybeat.running.credentials import secret
from citybeat.running.ingest_process import CHILD, IngestChild
from citybeat.running.job import Job
from citybeat.running.settings import RunSettings
from citybeat.running.status_listener import StatusListener
from citybeat.running.variables import is_unknown
from sim.addresses import web_address
from sim.errors import CitybeatError, UsageError
from sim.play.pace import Pace
from sim.ports import Delivery, Stop, Store

READY_S = 30.0
HEARD_S = 5.0  # how long a rehearsal may take to come back as an ingest's status
# Between reads of acknowledgements: at 20,000 messages a second it saves a third of this process's CPU a message.
PUBACK_PAUSE_S = 0.001
# After a reconnect events wait until ingest is heard again: its own back-off takes up to 5 s, its status comes once a second.
# Less than the time in which a run settles at its end.
INGEST_PATIENCE_S = 20.0
INGEST_ENVIRONMENT = "CITYBEAT_BROKER"


@dataclass(frozen=True, slots=True)
class Connections:
    """What a run talks through: absent in a dry run, where nothing is published.

    `left` is absent too where the broker ends with the run. `key` proves what our ingest says, `recovery` is the command that brings in
    what it leaves in its spool; empty for an ingest that we did not start.
    """

    store: Store | None = None
    delivery: Delivery | None = None
    listener: StatusListener | None = None
    left: Leftovers | None = None
    key: bytes = field(default=b"", repr=False)
    recovery: str = ""


def open_connections(stack: ExitStack, settings: RunSettings, folder: RunFolder, job: Job, pace: Pace, hurry: Stop) -> Connections:
    """Open broker, store, ingest and clients; the stack closes them. Raises ServiceError or UsageError before anything is sent."""
    if settings.broker == "none":
        return Connections()
    store = open_store(settings, folder)
    stack.callback(store.close)
    store.prepare(job.kinds)
    store.check_series(job.series)
    url, window = settings.broker, 0
    if url == "embedded":
        url, window = stack.enter_context(EmbeddedBroker(beside=folder.path)).url, DELIVERY_WINDOW
    broker = broker_settings(url, settings)
    left = None if settings.broker == "embedded" else open_leftovers(broker, settings, folder)
    client = open_client(broker, f"citybeat-{folder.run}-run", ClientOptions(read_pause_s=PUBACK_PAUSE_S, hold_s=INGEST_PATIENCE_S))
    stack.callback(client.close, discard_session=True)
    needs = broker_needs(settings, job, folder.run, retains=broker.retain)
    check_broker(client, needs, folder.run)
    if left is not None:
        clean_after_the_dead(broker, {RUNS, folder.path.parent})
        stack.callback(forget_sessions, left, broker)
    child = None
    key = ingest_key(settings)
    if settings.ingest == "child":
        key = secrets.token_hex().encode()
        child = IngestChild(ingest_arguments(settings, folder, window), ingest_environment(settings, url, key), folder.path)
        stack.callback(child.stop)
    listening = open_client(broker, f"citybeat-{folder.run}-monitor")
    listener = StatusListener(listening, folder.run, child, folder.last_status, client.release, Seal(key))
    stack.callback(listener.close)
    listener.wait_ready(READY_S)
    rehearse(client, needs)
    listener.wait_rehearsed(needs.topics, HEARD_S)
    sink = MqttSink(client, pace, folder.run, settings.root, settings.qos, hurry=hurry, fingerprints=Fingerprints(key))
    stack.callback(sink.stop)
    if left is not None:
        sink.retaining = left.expect
    return Connections(store, sink, listener, left, key, recovery_command(settings, folder) if child else "")


def recovery_command(settings: RunSettings, folder: RunFolder) -> str:
    """Return the command that brings in what our ingest left in its spool; no broker is needed for that."""
    return shlex.join(["citybeat", "ingest", "--run", folder.run, "--broker", "none", "--store", settings.store, "--out", str(folder.path)])


def ingest_key(settings: RunSettings) -> bytes:
    """Return the key that an ingest of its own and the run share, CITYBEAT_INGEST_KEY (or *_FILE); empty when there is none."""
    return (settings.secret(KEY_ENVIRONMENT) or "").encode()


def open_leftovers(broker: BrokerSettings, settings: RunSettings, folder: RunFolder) -> Leftovers:
    """Return the list of what the run may leave on a broker, written before anything is there."""
    options = settings.broker.partition("?")[2]
    address = f"{broker.place}?{options}" if options else broker.place
    sessions = [ingest_session(folder.run, CHILD)] if settings.ingest == "child" else []
    left = Leftovers(folder.path / FILE, folder.run, address, sessions)
    left.begin()
    return left


def forget_sessions(left: Leftovers, broker: BrokerSettings) -> None:
    """Delete our ingest's session, also when it was killed; one that cannot be deleted now stays listed in the run's folder."""
    with suppress(CitybeatError):
        left.forget_sessions(broker)


def broker_needs(settings: RunSettings, job: Job, run: str, *, retains: bool) -> Needs:
    """Return what a run will ask of its broker. Topics are like its own, in a true district, with the run in place of a device."""
    kinds, places = job.kinds, job.districts[:1]
    topics = tuple(f"{settings.root}/{level(place)}/{kind.system}/{kind.name}/{level(run)}" for place in places for kind in kinds)
    return Needs(STATUS_BYTES * (len(kinds) + 1), retains and any(kind.retain for kind in kinds), topics)


def broker_settings(url: str, settings: RunSettings) -> BrokerSettings:
    """Read a broker URL; user and password may come from CITYBEAT_BROKER_USERNAME and CITYBEAT_BROKER_PASSWORD (or *_FILE)."""
    return parse_broker(
        url,
        username=settings.secret("CITYBEAT_BROKER_USERNAME"),
        password=settings.secret("CITYBEAT_BROKER_PASSWORD"),
    )


def influx_settings(settings: RunSettings) -> InfluxSettings:
    """Read INFLUXDB_URL, INFLUXDB_ORG and INFLUXDB_TOKEN (or *_FILE). Raises UsageError naming all that are missing."""
    found = {name: secret(settings.environment, name) for name in ("INFLUXDB_URL", "INFLUXDB_ORG", "INFLUXDB_TOKEN")}
    missing = [name for name, value in found.items() if not value]
    if missing:
        msg = f"InfluxDB needs {', '.join(missing)} in the environment (or {missing[0]}_FILE naming a file)"
        raise UsageError(msg)
    url = web_address(str(found["INFLUXDB_URL"]), "INFLUXDB_URL")
    return InfluxSettings(url, str(found["INFLUXDB_ORG"]), str(found["INFLUXDB_TOKEN"]))


def open_store(settings: RunSettings, folder: RunFolder) -> Store:
    """Return the store that was asked for, not yet prepared."""
    if settings.store == "influx":
        return InfluxStore(influx_settings(settings))
    return ParquetStore(folder.store)


def ingest_arguments(settings: RunSettings, folder: RunFolder, window: int) -> list[str]:
    """Return the child's command line; it names no secret. `window` is the broker's, where it is known (else 0)."""
    place = ["--store", settings.store, "--root", settings.root, "--out", str(folder.path)]
    return ["--run", folder.run, "--name", CHILD, "--window", str(window), "--last-status", str(folder.last_status), *place]


def ingest_environment(settings: RunSettings, url: str, key: bytes) -> dict[str, str]:
    """Return the child's environment: what of ours is read, the broker's URL with its password, and the key that only it and we know."""
    ours = {name: value for name, value in settings.environment.items() if not is_unknown(name)}
    return ours | {INGEST_ENVIRONMENT: url, KEY_ENVIRONMENT: key.decode()}


def ingest_session(run: str, name: str) -> str:
    """Return the client id of an ingest, under which a broker keeps its session."""
    return f"citybeat-ingest-{run}-{name}"


def options_for_reader() -> ClientOptions:
    """Return how an ingest connects: a session that survives a loss, and larger reads."""
    return ClientOptions(persistent_s=3600, read_pause_s=0.004)
