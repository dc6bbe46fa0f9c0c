"""Ingest with real brokers and real stores: what was acknowledged is kept, and whatever is not stored is counted."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from brokers.codec import Decoder
from brokers.codec.fingerprints import Fingerprints, total
from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.ingest.accounts import IngestBooks
from brokers.ingest.blocks import Batch, Block
from brokers.ingest.dead_letters import DeadLetters
from brokers.ingest.emptying import empty
from brokers.ingest.intake import Intake
from brokers.ingest.persister import _sensible
from brokers.ingest.reader import Ingest
from brokers.ingest.settings import IngestSettings
from brokers.ingest.spool import Spool
from brokers.ingest.status import ALL, KindStatus, Status, StoreState, status_filter
from brokers.ingest.status_reader import read_status
from brokers.ingest.writers import Writer, Written
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, MqttClient, open_client
from brokers.mqtt.embedded import DELIVERY_WINDOW, EmbeddedBroker
from brokers.parquet.store import ParquetStore
from sim.errors import ServiceError
from sim.events.kinds import Kind, choice, integer, text
from tests.servers import InfluxDB, Mosquitto, mosquitto_server

T_US = 1_425_250_800_000_000  # 2015-03-02T07:00 in Shanghai
TAP = Kind(
    "tap_ingested",
    system="cards",
    doc="What the tests send.",
    plan_ids=("C2",),
    qos=1,
    fields=(text("route", tag=True), choice("tap_result", "accepted", "denied", tag=True), integer("fare_cents")),
)
READER = ClientOptions(persistent_s=300, read_pause_s=0.002)
PATIENCE_S = 30.0


def until(true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)


def topic(kind: str = TAP.name, device: str = "gate-1") -> str:
    return f"city/pudong/cards/{kind}/{device}"


def payload(run: str, seq: int, **changes: object) -> bytes:
    now_us = time.time_ns() // 1_000
    content = {"sent": now_us, "t": T_US + seq, "seq": seq, "due": now_us - 1_000, "run": run, "route": "r 1", "fare_cents": 200}
    return json.dumps(content | changes).encode()


@dataclass
class Way:
    """An ingest at work, the status it sends, and a hand to publish with."""

    run: str
    url: str
    folder: Path
    ingest: Ingest
    publisher: MqttClient
    statuses: list[Status]
    kept: list[bool]
    failed: list[Exception]

    def publish(self, payloads: list[bytes], topics: str | list[str] | None = None, qos: int = 1) -> None:
        listed = topics if isinstance(topics, list) else [topics or topic()] * len(payloads)
        assert self.publisher.publish(listed, payloads, qos) == len(payloads)
        assert self.publisher.drain(PATIENCE_S)

    def send(self, first: int, last: int, qos: int = 1) -> None:
        self.publish([payload(self.run, seq) for seq in range(first, last)], qos=qos)

    @property
    def last(self) -> Status:
        until(lambda: bool(self.statuses))
        return self.statuses[-1]

    def letters(self) -> list[dict[str, Any]]:
        path = self.folder / "dead_letters.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def ingesting(
    url: str, writer: Writer, folder: Path, run: str, *, forget: bool = True, all_runs: bool = False, **settings: object
) -> Iterator[Way]:
    """Run an ingest in a thread, and listen to its status, until the block ends."""
    reader = open_client(parse_broker(url), f"ingest-{run}", READER)
    wanted = IngestSettings("main", None if all_runs else run, folder / "dead_letters.jsonl", folder / "spool", settle_s=2.0, **settings)
    ingest = Ingest(reader, [TAP], writer, wanted)
    stop = threading.Event()
    publisher = open_client(parse_broker(url), f"publisher-{uuid.uuid4().hex[:6]}")
    listener = open_client(parse_broker(url), f"listener-{uuid.uuid4().hex[:6]}")
    listener.subscribe([status_filter(run), *([status_filter(ALL)] if all_runs else [])], 1)
    way = Way(run, url, folder, ingest, publisher, [], [], [])

    def work() -> None:
        try:
            way.kept.append(ingest.run(stop))
        except ServiceError as error:
            way.failed.append(error)

    def listen() -> None:
        while not done.is_set():
            received = listener.receive(0.05)
            way.statuses.extend(read_status(message) for message in received.payloads)
            listener.acknowledge(received.tokens[received.tokens >= 0])

    done = threading.Event()
    threads = [threading.Thread(target=work), threading.Thread(target=listen)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: bool(way.statuses or way.failed))
        yield way
    finally:
        stop.set()
        threads[0].join()
        time.sleep(0.2)
        done.set()
        threads[1].join()
        for client, forget_it in ((publisher, True), (listener, True), (reader, forget)):
            client.close(discard_session=forget_it)


@pytest.fixture
def run() -> str:
    return uuid.uuid4().hex[:8]


@pytest.fixture(scope="module")
def nats() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as broker:
        yield broker


def settings_of(influxdb: InfluxDB, **changes: str) -> InfluxSettings:
    return InfluxSettings(changes.get("url", influxdb.url), influxdb.org, changes.get("token", influxdb.token))


@pytest.fixture
def influx(influxdb: InfluxDB) -> Iterator[InfluxStore]:
    store = InfluxStore(settings_of(influxdb))
    store.prepare([TAP])
    yield store
    store.close()


@pytest.fixture(params=["mosquitto-influx", "defaults-influx", "mosquitto311-influx", "nats-parquet"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Any, Mapping[str, int]]:
    """A broker's URL, a store, and what ingest is told beside."""
    if request.param == "nats-parquet":
        return request.getfixturevalue("nats").url, ParquetStore(tmp_path / "store"), {"window": DELIVERY_WINDOW}
    broker = request.getfixturevalue("mosquitto_defaults" if request.param.startswith("defaults") else "mosquitto")
    return broker.url + ("?protocol=311" if "311" in request.param else ""), request.getfixturevalue("influx"), {}


def test_whatever_is_published_is_stored_once_and_acknowledged(pair: tuple[str, Any, dict[str, int]], run: str, tmp_path: Path) -> None:
    url, store, settings = pair
    with ingesting(url, store, tmp_path, run, forget=False, **settings) as way:
        way.send(0, 2_000)
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 2_000)
    books = way.last.kinds[TAP.name]
    assert (books.received, books.duplicated, books.stored, books.rejected.total(), way.kept) == (2_000, 0, 2_000, 0, [True])
    assert (books.from_due.count, books.from_sent.count) == (2_000, 2_000)
    assert books.from_due.least >= books.from_sent.least + 1_000 > 1_000
    again = open_client(parse_broker(url), f"ingest-{run}", READER)
    repeated = again.receive(0.3)
    again.close(discard_session=True)
    assert [found for found in repeated.topics if "/ingest/" not in found] == []


def test_telemetry_at_qos_0_is_stored_too(mosquitto: Mosquitto, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    with ingesting(mosquitto.url, store, tmp_path, run) as way:
        way.send(0, 300, qos=0)
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 300)


@pytest.mark.influxdb
def test_nothing_is_lost_while_the_database_is_away_for_three_seconds(
    mosquitto: Mosquitto, influxdb: InfluxDB, influx: InfluxStore, tmp_path: Path, run: str
) -> None:
    with ingesting(mosquitto.url, influx, tmp_path, run) as way:
        way.send(0, 500)
        influxdb.kill()
        try:
            for number in range(6):
                way.send(500 * (number + 1), 500 * (number + 2))
                time.sleep(0.5)
            until(lambda: way.last.store is StoreState.AWAY and way.last.spool_rows > 0)
            assert "cannot be reached" in way.last.trouble
        finally:
            influxdb.resume()
        until(lambda: influx.count(run, [TAP.name])[TAP.name] == 3_500)
        until(lambda: way.last.store is StoreState.UP and way.last.spool_rows == 0)
    books = way.last.kinds[TAP.name]
    assert (books.received, books.stored, books.duplicated) == (3_500, 3_500, 0)
    assert books.spooled > books.waiting == 0
    assert list((tmp_path / "spool").iterdir()) == []


def test_nothing_is_lost_while_the_embedded_store_cannot_write(nats: EmbeddedBroker, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    (tmp_path / "store").write_text("in the way")
    with ingesting(nats.url, store, tmp_path, run, window=DELIVERY_WINDOW) as way:
        way.send(0, 400)
        until(lambda: way.last.store is StoreState.AWAY and way.last.spool_rows == 400)
        assert way.last.kinds[TAP.name].waiting == 400
        (tmp_path / "store").unlink()
        way.send(400, 500)
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 500)
    assert (way.kept, way.last.kinds[TAP.name].stored) == ([True], 500)


def test_each_message_that_cannot_be_used_is_counted_and_dead_lettered(mosquitto: Mosquitto, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    bad = {
        "malformed": b'{"t":1,',
        "oversize": payload(run, 1, route="x" * 100_000),
        "wrong_type": payload(run, 2, fare_cents="200"),
        "missing_field": json.dumps({"t": 1, "run": run}).encode(),
        "unknown_value": payload(run, 3, tap_result="perhaps"),
        "unknown_field": payload(run, 4, colour="red"),
    }
    with ingesting(mosquitto.url, store, tmp_path, run) as way:
        way.publish([payload(run, 6), *bad.values(), payload("foreign1", 5)])
        way.publish([payload(run, 7)] * 2, [topic(kind="unknown"), "city/too/short"])
        until(lambda: way.last.kinds.get("") is not None and store.count(run, [TAP.name])[TAP.name] == 1)
    books = way.last.kinds
    assert dict(books[TAP.name].rejected) == dict.fromkeys(bad, 1)
    assert (books[TAP.name].received, books[TAP.name].stored, dict(books[TAP.name].foreign)) == (len(bad) + 1, 1, {"foreign_run": 1})
    assert dict(books[""].rejected) == {"foreign_topic": 2}  # on no topic of ours, but they name our run
    letters = way.letters()
    assert sorted(letter["reason"] for letter in letters) == sorted([*bad, "foreign_topic", "foreign_topic"])
    assert {letter["topic"] for letter in letters} == {topic(), topic(kind="unknown"), "city/too/short"}


def test_an_event_that_comes_twice_is_counted_as_duplicated_and_stored_once(mosquitto: Mosquitto, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    with ingesting(mosquitto.url, store, tmp_path, run) as way:
        way.send(0, 10)
        way.send(5, 12)
        until(lambda: way.last.kinds.get(TAP.name) is not None and way.last.kinds[TAP.name].received == 17)
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 12)
    books = way.last.kinds[TAP.name]
    assert (books.received, books.duplicated, books.stored, books.from_sent.count) == (17, 5, 12, 12)


def test_what_strangers_send_is_counted_apart_and_said_and_no_fault_of_the_run(nats: EmbeddedBroker, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    rubbish = [b'{"t":1,', b"\x00\xff", b'{"run":"0000ffff","t":"x","seq":1}', b"[1]"]
    said: list[str] = []
    with ingesting(nats.url, store, tmp_path, run, window=DELIVERY_WINDOW, say=said.append) as way:
        way.publish(rubbish, [topic(device="stranger")] * 4)
        way.publish([b"hello", b"{}"], ["city/weather", topic(kind="unknown")])
        way.publish([payload("0000ffff", 1)])
        way.send(0, 3)
        until(lambda: way.last.kinds.get(TAP.name) is not None and way.last.kinds[TAP.name].stored == 3)
    books = way.last.kinds
    assert [dict(books[name].rejected) for name in ("", TAP.name)] == [{}, {}]
    assert books[TAP.name].received == 3
    assert dict(books[TAP.name].foreign) == {"malformed": 3, "foreign_run": 2}
    assert dict(books[""].foreign) == {"foreign_topic": 2}
    [last] = said[-1:]
    assert last.startswith("passed over 7 messages: ")
    assert "2 on topics of no kind (first: city/weather)" in last
    assert "of other runs (first: run '0000ffff', not" in last
    assert len(way.letters()) == 5
    assert all(letter["foreign"] for letter in way.letters())


def test_a_bad_message_that_names_no_run_is_the_runs_that_publishes_on_its_topic(nats: EmbeddedBroker, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    with ingesting(nats.url, store, tmp_path, run, window=DELIVERY_WINDOW) as way:
        way.publish([b'{"t":1,', b'{"t":1,'], [topic(device="early"), topic(device="never")])
        until(lambda: way.last.kinds.get(TAP.name) is not None and way.last.kinds[TAP.name].foreign.total() == 2)
        way.publish([payload(run, 0)] * 2, [topic(device="early"), topic(device="late")])
        way.publish([b'{"t":2,'], topic(device="late"))
        until(lambda: way.last.kinds[TAP.name].rejected.total() == 2)
    books = way.last.kinds[TAP.name]
    assert (dict(books.rejected), +books.foreign, books.received, books.stored) == ({"malformed": 2}, {"malformed": 1}, 4, 2)


def test_rubbish_from_before_a_run_is_not_the_runs_for_an_ingest_of_all_runs(nats: EmbeddedBroker, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    with ingesting(nats.url, store, tmp_path, run, all_runs=True, window=DELIVERY_WINDOW) as way:
        way.publish([b'{"t":1,', b'{"run":"%s","t":' % run.encode()], topic())
        until(lambda: way.last.kinds.get(TAP.name) is not None and way.last.kinds[TAP.name].foreign.total() == 2)
        way.send(0, 2)
        way.publish([b'{"t":2,'])
        until(lambda: any(each.run == run and each.kinds[TAP.name].rejected.total() == 2 for each in way.statuses))
    books = [status for status in way.statuses if status.run == run][-1].kinds[TAP.name]
    others = [status for status in way.statuses if not status.run][-1].kinds[TAP.name]
    assert (books.received, books.stored, dict(books.rejected), +others.foreign) == (4, 2, {"malformed": 2}, {"malformed": 1})


def test_rubbish_before_the_first_event_of_a_block_is_not_that_runs_either(tmp_path: Path, run: str) -> None:
    books = IngestBooks("", "main")
    intake = Intake(Decoder([TAP], None), [TAP], DeadLetters(tmp_path / "letters"), books, run=None)
    payloads = [b'{"t":1,', payload(run, 0), b'{"t":2,']
    [batch] = intake.read(Block([topic()] * 3, payloads, np.full(3, -1)))
    assert batch.frame.height == 1
    assert dict(books.of(TAP.name, run).rejected) == {"malformed": 1}
    assert dict(books.of(TAP.name, "").foreign) == {"malformed": 1}


def test_what_came_first_holds_and_a_forged_repeat_overwrites_nothing(
    pair: tuple[str, Any, dict[str, int]], run: str, tmp_path: Path
) -> None:
    url, store, settings = pair
    honest = [json.loads(payload(run, seq)) for seq in range(10)]
    with ingesting(url, store, tmp_path, run, **settings) as way:
        way.publish([json.dumps(each).encode() for each in honest])
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 10)
        way.publish([json.dumps(each | {"fare_cents": 1}).encode() for each in honest])
        way.publish([json.dumps(each | {"t": each["t"] + 50}).encode() for each in honest])
        until(lambda: way.last.kinds.get(TAP.name, KindStatus()).duplicated == 20)
    books = way.last.kinds[TAP.name]
    assert (books.received, books.first, books.stored) == (30, 10, 10)
    assert store.count(run, [TAP.name]) == {TAP.name: 10}
    held = store.held(run, TAP, None, None)
    assert held.get_column("fare_cents").to_list() == [200] * 10
    assert books.content == total(Fingerprints().of_frame(TAP, held))


def test_a_jump_of_seq_makes_no_repeats_of_true_events(nats: EmbeddedBroker, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    with ingesting(nats.url, store, tmp_path, run, window=DELIVERY_WINDOW) as way:
        way.publish([payload(run, 0), payload(run, 10**9), payload(run, -1), payload(run, 2**60)])
        way.send(1, 300)
        way.publish([payload(run, 0, t=T_US)])
        until(lambda: way.last.kinds.get(TAP.name) is not None and way.last.kinds[TAP.name].stored == 301)
    books = way.last.kinds[TAP.name]
    assert (books.received, books.duplicated, dict(books.rejected)) == (304, 1, {"unknown_value": 2})


class Odd:
    """A store that answers strangely so many times, and then takes everything."""

    flush_limits = ParquetStore.flush_limits

    def __init__(self, store: ParquetStore, answers: list[Any]) -> None:
        self.store = store
        self.answers = answers

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        if not self.answers:
            return self.store.write(kind, frame)
        answer = self.answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return Written(*answer)


ODD_ANSWERS = [
    UnicodeDecodeError("utf-8", b"\xfc", 0, 1, "invalid start byte"),
    RuntimeError("whatever a library raises"),
    (7, ()),  # of 40
]


@pytest.mark.parametrize("answer", ODD_ANSWERS, ids=lambda answer: str(answer)[:30])
def test_an_answer_that_no_store_gives_ends_nothing_and_counts_as_nothing(
    nats: EmbeddedBroker, tmp_path: Path, run: str, answer: object
) -> None:
    store = ParquetStore(tmp_path / "store")
    odd = Odd(store, [answer] * 2)
    with ingesting(nats.url, odd, tmp_path, run, window=DELIVERY_WINDOW) as way:
        way.send(0, 40)
        until(lambda: any(status.store is StoreState.AWAY for status in way.statuses) or not odd.answers)
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 40)
        until(lambda: way.last.store is StoreState.UP)
    books = way.last.kinds[TAP.name]
    assert (way.failed, way.kept, books.stored, books.rejected.total()) == ([], [True], 40, 0)
    assert books.spooled == 40


@pytest.mark.parametrize(
    "written",
    [Written(7), Written(41), Written(40, ((3, "refused too"),)), Written(39, ((99, "no such row"),)), Written(38, ((1, "a"), (1, "b")))],
)
def test_an_account_of_a_write_that_cannot_be_is_refused(written: Written) -> None:
    assert _sensible(Written(39, ((3, "refused"),)), 40).stored == 39
    with pytest.raises(ServiceError, match="of 40 rows: they are written again"):
        _sensible(written, 40)


def test_what_a_damaged_spool_lost_is_said_and_booked_and_the_rest_is_stored(nats: EmbeddedBroker, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    (tmp_path / "store").write_text("in the way")
    with ingesting(nats.url, store, tmp_path, run, window=DELIVERY_WINDOW) as way:
        for first in (0, 100, 200):
            way.send(first, first + 100)
            until(lambda wanted=first + 100: way.last.spool_rows == wanted)
    (tmp_path / "store").unlink()
    [segment] = (tmp_path / "spool").iterdir()
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    said: list[str] = []
    with ingesting(nats.url, store, tmp_path, run, window=DELIVERY_WINDOW, say=said.append) as way:
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 200)
        assert "may be lost" in way.last.trouble
    assert dict(way.last.kinds[""].rejected) == {"damaged_in_spool": 100}
    assert "100 rows that were acknowledged may be lost" in said[0]


def test_emptying_a_damaged_spool_says_what_is_lost_and_counts_what_was_brought_in(tmp_path: Path, run: str) -> None:
    decoded = [
        Decoder([TAP], run).decode(TAP.name, [topic()] * 10, [payload(run, seq + first) for seq in range(10)]) for first in (0, 10, 20)
    ]
    Spool(tmp_path / "spool", 10**9).append([Batch(TAP, each.frame).record() for each in decoded])
    [segment] = (tmp_path / "spool").iterdir()
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    store = ParquetStore(tmp_path / "store")
    said: list[str] = []
    wanted = IngestSettings("main", run, tmp_path / "letters", tmp_path / "spool", say=said.append)
    assert empty([TAP], store, wanted, threading.Event(), PATIENCE_S) == 20
    assert [("10 rows that were acknowledged may be lost" in words) for words in said] == [True]
    assert store.count(run, [TAP.name]) == {TAP.name: 20}


def test_an_ingest_for_all_runs_keeps_equal_numbers_of_different_runs_apart(mosquitto: Mosquitto, tmp_path: Path, run: str) -> None:
    store = ParquetStore(tmp_path / "store")
    other = uuid.uuid4().hex[:8]
    with ingesting(mosquitto.url, store, tmp_path, run, all_runs=True) as way:
        way.publish([payload(each, seq) for seq in range(20) for each in (run, other)])
        until(lambda: store.count(run, [TAP.name])[TAP.name] == 20 and store.count(other, [TAP.name])[TAP.name] == 20)
    until(lambda: any(status.run == run for status in way.statuses))
    books = [status for status in way.statuses if status.run == run][-1].kinds[TAP.name]
    assert (books.received, books.stored, books.duplicated) == (20, 20, 0)


@pytest.mark.influxdb
def test_rows_that_the_store_refuses_are_counted_and_dead_lettered(
    mosquitto: Mosquitto, influx: InfluxStore, tmp_path: Path, run: str
) -> None:
    with ingesting(mosquitto.url, influx, tmp_path, run) as way:
        way.publish([payload(run, seq, route="r1" if seq != 3 else "ends in \\") for seq in range(6)])
        until(lambda: influx.count(run, [TAP.name])[TAP.name] == 5)
    books = way.last.kinds[TAP.name]
    assert (books.received, books.stored, dict(books.rejected)) == (6, 5, {"refused_by_store": 1})
    [letter] = way.letters()
    assert (letter["reason"], json.loads(letter["payload"])["seq"]) == ("refused_by_store", 3)
    assert "backslash" in letter["detail"]


@pytest.mark.influxdb
def test_a_wrong_token_fills_the_spool_and_the_next_ingest_drains_it(
    mosquitto: Mosquitto, influxdb: InfluxDB, influx: InfluxStore, tmp_path: Path, run: str
) -> None:
    refused = InfluxStore(settings_of(influxdb, token="wrong"))  # noqa: S106 - a wrong one
    with ingesting(mosquitto.url, refused, tmp_path, run) as way:
        way.send(0, 200)
        until(lambda: way.last.spool_rows == 200)
        assert "INFLUXDB_TOKEN" in way.last.trouble
    refused.close()
    assert (way.kept, influx.count(run, [TAP.name])) == ([True], {TAP.name: 0})
    with ingesting(mosquitto.url, influx, tmp_path, run) as way:
        until(lambda: influx.count(run, [TAP.name])[TAP.name] == 200)
        until(lambda: way.last.spool_rows == 0)


@pytest.mark.influxdb
def test_a_full_spool_stops_acknowledging_and_the_broker_holds_the_rest(
    mosquitto: Mosquitto, influxdb: InfluxDB, influx: InfluxStore, tmp_path: Path, run: str
) -> None:
    absent = InfluxStore(settings_of(influxdb, url="http://127.0.0.1:9"))
    with ingesting(mosquitto.url, absent, tmp_path, run, forget=False, spool_bytes=5_000) as way:
        for first in range(0, 1_000, 100):
            way.send(first, first + 100)
            time.sleep(0.3)
        until(lambda: way.last.store is StoreState.FULL)
        assert "bound of 5000 bytes" in way.last.trouble
        assert 0 < way.last.spool_rows < 1_000
        until(lambda: way.last.held_rows >= 1_000 - way.last.spool_rows)  # its own status messages are held too
    absent.close()
    assert way.kept == [False]
    with ingesting(mosquitto.url, influx, tmp_path, run) as way:
        until(lambda: influx.count(run, [TAP.name])[TAP.name] == 1_000)


def test_qos_0_beyond_the_bound_of_memory_is_dropped_and_counted(mosquitto: Mosquitto, tmp_path: Path, run: str) -> None:
    absent = InfluxStore(InfluxSettings("http://127.0.0.1:9", "city", token=""))
    with ingesting(mosquitto.url, absent, tmp_path, run, spool_bytes=0) as way:
        persister = way.ingest.persister
        way.send(0, 1, qos=0)
        until(lambda: way.last.store is StoreState.FULL)
        heavy = Block([topic()] * 70, [b"x" * 1_000_000] * 70, np.full(70, -1, dtype=np.int64))
        persister.put(heavy)
        persister.put(Block([topic()] * 3, [b"{}"] * 3, np.array([-1, 10**9, -1], dtype=np.int64)))
        until(lambda: way.last.kinds[TAP.name].rejected["no_room"] == 2)
    absent.close()


def test_a_broker_lost_for_good_ends_ingest_with_its_name_and_everything_read_is_kept(
    mosquitto_installed: str, tmp_path: Path, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.servers import mosquitto_server  # noqa: PLC0415

    assert mosquitto_installed
    monkeypatch.setitem(globals(), "READER", ClientOptions(persistent_s=300, give_up_after_s=1.0))
    store = ParquetStore(tmp_path / "store")
    with mosquitto_server(tmp_path, "allow_anonymous true") as broker, ingesting(broker.url, store, tmp_path, run) as way:
        way.send(0, 50)
        broker.stop()
        until(lambda: bool(way.failed))
        assert broker.url in str(way.failed[0])
    assert store.count(run, [TAP.name]) == {TAP.name: 50}


def test_a_rehearsal_is_told_and_acknowledged_at_once_also_by_a_broker_that_hands_over_one_at_a_time(
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
    tmp_path: Path,
) -> None:
    run = uuid.uuid4().hex[:8]
    slow = Slow(ParquetStore(tmp_path / "store"))
    with (
        mosquitto_server(tmp_path, "allow_anonymous true", "max_inflight_messages 1", "max_queued_messages 0") as server,
        ingesting(f"{server.url}?protocol=311", slow, tmp_path, run) as way,
    ):
        way.publish([b""] * 5, topic(device=run))
        way.publish([b"", b""], [topic(device="another0"), topic("unknown", run)])  # of another run, and of a kind that nobody here knows
        until(lambda: way.last.kinds.get(TAP.name, KindStatus()).rehearsed == 5, 5.0)
        assert way.last.kinds[TAP.name].received == 0
    assert way.letters() == []


class Slow:
    """A writer that would like to wait for ever for a block to fill."""

    def __init__(self, writer: Writer) -> None:
        """Stand before another writer."""
        self._writer = writer
        self.flush_limits = replace(writer.flush_limits, wait_us=3600 * 1_000_000)

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        return self._writer.write(kind, frame)
