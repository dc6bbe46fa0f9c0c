"""The InfluxDB store against a real InfluxDB: what is written is there, what is refused is named, what fails is clear."""

import http.client
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from brokers.codec.messages import frame_schema
from brokers.influx.api import InfluxApi, InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.influx.writer import LINES_PER_REQUEST, InfluxWriter
from brokers.ingest.writers import StoreAway
from sim.clock import wall_us
from sim.errors import ServiceError, UsageError
from sim.events.kinds import Kind, choice, integer, real, text
from sim.ports import OpsRow
from sim.units import DAY_US
from tests.servers import InfluxDB

pytestmark = pytest.mark.influxdb


class Anything(BaseModel, extra="allow"):
    """An answer of any shape."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is
        return (self.model_extra or {})[name]


T_US = 1_425_250_800_000_000  # 2015-03-02T07:00 in Shanghai
SAMPLE = Kind(
    "sample_stored",
    system="test",
    doc="What the tests store.",
    plan_ids=("X1",),
    qos=1,
    fields=(text("route", tag=True), choice("grade", "good", "bad"), integer("boarded"), real("speed_m_s", "m/s", 2), text("note")),
)


def settings_of(influxdb: InfluxDB, **changes: str) -> InfluxSettings:
    return InfluxSettings(**{"url": influxdb.url, "org": influxdb.org, "token": influxdb.token} | changes)


def frame_of(run: str, count: int, first: int = 0, **columns: object) -> pl.DataFrame:
    plain = {
        "t": pl.int_range(first, first + count, eager=True) * 1_000 + T_US,
        "seq": pl.int_range(first, first + count, eager=True),
        "run": run,
        "district": "pudong",
        "device": "stop-1",
        "route": "r1",
        "grade": "good",
        "boarded": 3,
        "speed_m_s": 1.25,
        "note": None,
    }
    rows = pl.DataFrame({"t": plain["t"]}).with_columns(
        **{name: pl.lit(value) if isinstance(value, str | int | float | None) else value for name, value in (plain | columns).items()}
    )
    return rows.with_columns(due=None, sent=None).select(pl.col(name).cast(kind) for name, kind in frame_schema(SAMPLE).items())


def stored(store: InfluxStore, columns: str, run: str, tail: str = "", measurement: str = '"raw"."sample_stored"') -> pl.DataFrame:
    return store.frame(f"SELECT {columns} FROM {measurement} WHERE run = '{run}' {tail}")  # noqa: S608 - texts of these tests


@pytest.fixture
def run() -> str:
    return uuid.uuid4().hex[:8]


@pytest.fixture
def store(influxdb: InfluxDB) -> Iterator[InfluxStore]:
    opened = InfluxStore(settings_of(influxdb))
    opened.prepare([SAMPLE])
    yield opened
    opened.close()


def test_rows_are_stored_and_counted_by_the_store_itself(store: InfluxStore, run: str) -> None:
    written = store.write(SAMPLE, frame_of(run, 2 * LINES_PER_REQUEST + 7))
    assert (written.stored, written.rejected) == (2 * LINES_PER_REQUEST + 7, ())
    assert store.count(run, [SAMPLE.name, "never_seen"]) == {SAMPLE.name: 2 * LINES_PER_REQUEST + 7, "never_seen": 0}


def test_rows_written_again_overwrite_themselves(store: InfluxStore, run: str) -> None:
    for _ in range(2):
        assert store.write(SAMPLE, frame_of(run, 10)).stored == 10
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 10}


def test_a_query_answers_with_typed_columns_and_microseconds(store: InfluxStore, run: str) -> None:
    store.write(SAMPLE, frame_of(run, 2, note='say "hi", a=b\\'))
    frame = stored(store, "seq, speed_m_s, note", run, "GROUP BY route")
    assert frame.rows() == [(T_US, 0, 1.25, 'say "hi", a=b\\', "r1"), (T_US + 1_000, 1, 1.25, 'say "hi", a=b\\', "r1")]
    assert store.frame('SELECT seq FROM "raw"."never_seen"').is_empty()


@pytest.mark.parametrize("text", ["SELECTT", 'SELECT seq FROM "nowhere"."sample_stored"'])
def test_a_query_that_influxdb_refuses_raises_with_its_own_words(store: InfluxStore, text: str) -> None:
    with pytest.raises(ServiceError, match=r"SELECTT|retention policy not found: nowhere"):
        store.frame(text)


IDS = st.text(st.sampled_from(" ,='\"\\a本/+#"), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(IDS, IDS, IDS.filter(lambda word: not word.endswith("\\"))), min_size=1, max_size=20))
def test_ids_come_back_from_the_store_as_they_were(store: InfluxStore, ids: list[tuple[str, str, str]]) -> None:
    run = uuid.uuid4().hex[:8]
    device, note, route = (pl.Series(column) for column in zip(*ids, strict=True))
    assert store.write(SAMPLE, frame_of(run, len(ids), device=device, note=note, route=route)).rejected == ()
    assert [row[1:] for row in stored(store, "device, note, route", run).rows()] == ids


def test_preparing_twice_leaves_one_mapping_for_each_bucket(store: InfluxStore, influxdb: InfluxDB) -> None:
    store.prepare([SAMPLE])
    api = InfluxApi(settings_of(influxdb))
    found = [each for each in api.ask("GET", "/api/v2/dbrps", Anything, {"org": influxdb.org, "db": "city"}).content if not each["virtual"]]
    api.close()
    assert {(each["retention_policy"], each["default"]) for each in found} == {("raw", True), ("ops", False)}
    assert store.frame("SHOW TAG VALUES WITH KEY = run").height > 0


def test_whoever_starts_at_once_prepares_one_place(influxdb: InfluxDB) -> None:
    org = uuid.uuid4().hex
    api = InfluxApi(settings_of(influxdb))
    api.ask("POST", "/api/v2/orgs", Anything, body={"name": org})
    stores = [InfluxStore(settings_of(influxdb, org=org)) for _ in range(6)]
    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(lambda store: store.prepare([SAMPLE]), stores))
    stores[0].prepare([SAMPLE])
    found = [each for each in api.ask("GET", "/api/v2/dbrps", Anything, {"org": org, "db": "city"}).content if not each["virtual"]]
    assert {each["retention_policy"] for each in found if each["default"]} == {"raw"}
    assert {each["retention_policy"] for each in found} == {"raw", "ops"}
    for opened in (api, *stores):
        opened.close()


def test_a_token_for_the_two_buckets_alone_is_enough_once_they_exist(store: InfluxStore, influxdb: InfluxDB, run: str) -> None:
    api = InfluxApi(settings_of(influxdb))
    buckets = api.ask("GET", "/api/v2/buckets", Anything, {"org": influxdb.org}).buckets
    permissions = [
        {"action": action, "resource": {"type": "buckets", "id": bucket["id"], "orgID": bucket["orgID"]}}
        for action in ("read", "write")
        for bucket in buckets
        if bucket["name"].startswith("city/")
    ]
    token = api.ask("POST", "/api/v2/authorizations", Anything, body={"orgID": buckets[0]["orgID"], "permissions": permissions}).token
    api.close()
    limited = InfluxStore(settings_of(influxdb, token=token))
    limited.prepare([SAMPLE])
    limited.write(SAMPLE, frame_of(run, 1))
    limited.close()
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 1}


def test_deleting_a_run_leaves_the_others(store: InfluxStore, run: str) -> None:
    store.write(SAMPLE, frame_of(run, 5))
    store.write(SAMPLE, frame_of("other" + run, 5))
    store.write_ops([OpsRow("run_event", T_US, {"run": run}, {"text": "start"})])
    store.delete(run)
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 0}
    assert store.count("other" + run, [SAMPLE.name]) == {SAMPLE.name: 5}
    assert stored(store, "text", run, measurement='"ops"."run_event"').is_empty()


def test_series_are_counted_over_all_runs(store: InfluxStore, run: str) -> None:
    before = store.series()
    store.write(SAMPLE, frame_of(run, 6, route=pl.Series([f"r{i % 3}" for i in range(6)])))
    assert store.series() == before + 3


def test_a_type_conflict_loses_only_the_lines_that_conflict(store: InfluxStore, run: str) -> None:
    store.write(SAMPLE, frame_of(run, 1))
    other = Kind(
        SAMPLE.name,
        system="test",
        doc="The same name, another type.",
        plan_ids=("X1",),
        qos=1,
        fields=(text("route", tag=True), text("boarded")),
    )
    rows = frame_of(run, 6, first=10).select(
        "t", "seq", "due", "sent", "run", "district", "device", "route", pl.lit(None, pl.String).alias("boarded")
    )
    conflicting = rows.with_columns(boarded=pl.when(pl.col("seq").is_in([11, 14])).then(pl.lit("three")))
    written = store.write(other, conflicting)
    assert [row for row, _ in written.rejected] == [1, 4]
    assert all("field type conflict" in reason for _, reason in written.rejected)
    assert (written.stored, store.count(run, [SAMPLE.name])) == (4, {SAMPLE.name: 5})


def test_a_line_that_cannot_be_parsed_stands_alone_and_the_rest_is_written(store: InfluxStore, run: str) -> None:
    speed = pl.Series([1.0] * 20 + [float("inf")] + [1.0] * 20)
    written = store.write(SAMPLE, frame_of(run, 41, speed_m_s=speed))
    assert [row for row, _ in written.rejected] == [20]
    assert written.rejected[0][1].startswith("InfluxDB 400: unable to parse")
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 40}


def test_a_tag_that_line_protocol_cannot_spell_is_rejected_before_it_is_sent(store: InfluxStore, run: str) -> None:
    written = store.write(SAMPLE, frame_of(run, 3, route=pl.Series(["a", "b\\", "c\nd"])))
    assert [row for row, _ in written.rejected] == [1, 2]
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 1}


@contextmanager
def retention(influxdb: InfluxDB, days: int) -> Iterator[None]:
    api = InfluxApi(settings_of(influxdb))
    [bucket] = api.ask("GET", "/api/v2/buckets", Anything, {"org": influxdb.org, "name": "city/raw"}).buckets
    try:
        api.ask(
            "PATCH",
            f"/api/v2/buckets/{bucket['id']}",
            Anything,
            body={"retentionRules": [{"type": "expire", "everySeconds": days * 86_400}]},
        )
        yield
    finally:
        api.ask("PATCH", f"/api/v2/buckets/{bucket['id']}", Anything, body={"retentionRules": [{"type": "expire", "everySeconds": 0}]})
        api.close()


def test_a_span_outside_the_retention_is_refused_before_the_run(influxdb: InfluxDB, store: InfluxStore) -> None:
    store.check_span(T_US, T_US + DAY_US)
    with retention(influxdb, days=3_000), pytest.raises(UsageError, match=r"retention 3000d.*--origin"):
        store.check_span(T_US, T_US + DAY_US)


def test_points_outside_the_retention_are_rejected_one_by_one(influxdb: InfluxDB, store: InfluxStore, run: str) -> None:
    recent = frame_of(run, 6).with_columns(t=pl.when(pl.col("seq") % 2 == 0).then(pl.lit(wall_us()) + pl.col("seq")).otherwise("t"))
    with retention(influxdb, days=3_000):
        written = store.write(SAMPLE, recent)
    assert [row for row, _ in written.rejected] == [1, 3, 5]
    assert "outside retention policy" in written.rejected[0][1]
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 3}


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [({"token": "secret-but-wrong"}, "INFLUXDB_TOKEN"), ({"org": "nowhere"}, "INFLUXDB_ORG")],
)
def test_a_wrong_setting_is_named_with_its_remedy_and_never_the_token(
    influxdb: InfluxDB, run: str, changes: dict[str, str], remedy: str
) -> None:
    store = InfluxStore(settings_of(influxdb, **changes))
    for attempt in (lambda: store.prepare([SAMPLE]), lambda: store.write(SAMPLE, frame_of(run, 1))):
        with pytest.raises(ServiceError, match=remedy) as failure:
            attempt()
        assert influxdb.url in str(failure.value)
        assert "secret" not in str(failure.value) + repr(settings_of(influxdb, **changes))
        assert not isinstance(failure.value, StoreAway)
    store.close()


def test_a_server_that_is_not_there_is_away(influxdb: InfluxDB, run: str) -> None:
    store = InfluxStore(settings_of(influxdb, url="http://127.0.0.1:9"))
    for attempt in (lambda: store.prepare([SAMPLE]), lambda: store.write(SAMPLE, frame_of(run, 1))):
        with pytest.raises(StoreAway, match=r"http://127.0.0.1:9 cannot be reached .*INFLUXDB_URL"):
            attempt()
    store.close()


Verdict = Callable[[bytes], int]


class Gate:
    """A real HTTP proxy before the real InfluxDB that answers some writes itself: 2.9.1 gives no 413, 429 or 503 by itself."""

    def __init__(self, url: str, verdict: Verdict) -> None:
        self.writes: list[int] = []
        target = urlsplit(url).netloc
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = verdict(body), json.dumps({"code": "a code", "message": "said the gate"}).encode()
                gate.writes.append(status)
                if status == 204:
                    upstream = http.client.HTTPConnection(target)
                    upstream.request("POST", self.path, body, {"Authorization": self.headers["Authorization"]})
                    response = upstream.getresponse()
                    status, answer = response.status, response.read()
                    upstream.close()
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


GateMaker = Callable[[Verdict], tuple[Gate, InfluxWriter]]


@pytest.fixture
def gate(influxdb: InfluxDB) -> Iterator[GateMaker]:
    opened: list[tuple[Gate, InfluxApi]] = []

    def make(verdict: Verdict) -> tuple[Gate, InfluxWriter]:
        made = Gate(influxdb.url, verdict)
        api = InfluxApi(settings_of(influxdb, url=made.url))
        opened.append((made, api))
        return made, InfluxWriter(api, sleep=lambda _: None)

    yield make
    for made, api in opened:
        api.close()
        made.close()


def test_a_request_that_is_too_large_is_halved(store: InfluxStore, run: str, gate: GateMaker) -> None:
    made, writer = gate(lambda body: 413 if len(body) > 2_000 else 204)
    assert writer.write(SAMPLE, frame_of(run, 100)).stored == 100
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 100}
    assert 413 in made.writes


def test_a_line_that_is_too_large_alone_is_rejected(store: InfluxStore, run: str, gate: GateMaker) -> None:
    _, writer = gate(lambda body: 413 if len(body) > 2_000 else 204)
    written = writer.write(SAMPLE, frame_of(run, 3, note=pl.Series(["a", "b" * 3_000, "c"])))
    assert written.rejected == ((1, "InfluxDB 413: said the gate"),)
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 2}


@pytest.mark.parametrize("trouble", [429, 500, 503, 0])
def test_a_busy_server_is_tried_again(store: InfluxStore, run: str, gate: GateMaker, trouble: int) -> None:
    answers = iter([trouble, trouble])
    made, writer = gate(lambda _: next(answers, 204))
    assert writer.write(SAMPLE, frame_of(run, 5)).stored == 5
    assert made.writes == [trouble, trouble, 204]
    assert store.count(run, [SAMPLE.name]) == {SAMPLE.name: 5}


@pytest.mark.parametrize("trouble", [429, 503, 0])
def test_a_server_that_stays_busy_is_away(run: str, gate: GateMaker, trouble: int) -> None:
    _, writer = gate(lambda _: trouble)
    with pytest.raises(StoreAway):
        writer.write(SAMPLE, frame_of(run, 5))
