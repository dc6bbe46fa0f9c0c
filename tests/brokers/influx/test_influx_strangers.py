"""Whoever answers in InfluxDB's place: nothing counts as stored, nothing is refused on their word, and what they say is told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import polars as pl
import pytest

from brokers.codec.messages import frame_schema
from brokers.influx.api import InfluxApi, InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.influx.writer import InfluxWriter
from brokers.ingest.writers import StoreAway
from citybeat.running.findings import store_findings
from citybeat.running.settings import RunSettings
from sim.errors import ServiceError
from sim.events.kinds import Kind, integer
from sim.ports import OpsRow
from tests.servers import InfluxDB

PAGE = b"<!doctype html><html><style>b { color: red }</style><title>Log in</title><b>Who</b> are you?</html>"
COUNT = Kind("counted", system="test", doc="What the tests store.", plan_ids=("X1",), qos=1, fields=(integer("boarded"),))


@dataclass(frozen=True)
class Reply:
    """What a stranger answers: status, body and headers; `promised` bytes more than there are."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int = 0


Judge = Callable[[str], Reply | None]


@contextmanager
def door(judge: Judge, upstream: str = "") -> Iterator[str]:
    """Run a real HTTP server that answers by path as `judge` says, or passes the request on when that says nothing."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = judge(self.path) or self.passed_on(body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body) + reply.promised))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = bool(reply.promised)

        def passed_on(self, body: bytes) -> Reply:
            link = HTTPConnection(urlsplit(upstream).netloc)
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            link.request(self.command, self.path, body, kept)
            response = link.getresponse()
            reply = Reply(response.status, response.read())  # without its headers, as simple proxies do
            link.close()
            return reply

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - names of http.server's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def store_at(url: str) -> Iterator[InfluxStore]:
    api = InfluxApi(InfluxSettings(url, "city", "a-token"), timeout_ms=5_000)
    store = InfluxStore(api.settings, api)
    store._writer = InfluxWriter(api, sleep=lambda _: None)  # patience belongs to other tests
    try:
        yield store
    finally:
        store.close()


def frame_of(run: str, count: int = 3) -> pl.DataFrame:
    plain = {"t": range(count), "seq": range(count), "due": None, "sent": None, "run": run, "district": "d", "device": "g", "boarded": 1}
    return (
        pl.DataFrame({"t": plain["t"]})
        .with_columns(**{name: pl.Series(value) if isinstance(value, range) else pl.lit(value) for name, value in plain.items()})
        .select(pl.col(name).cast(kind) for name, kind in frame_schema(COUNT).items())
    )


STRANGERS = {
    "a login page": (Reply(200, PAGE, {"Content-Type": "text/html"}), "200 OK: Log in Who are you?"),
    "nothing at all": (Reply(200), "200 OK: an empty answer"),
    "a word": (Reply(200, b"OK"), "200 OK: OK"),
    "accepted": (Reply(202, b"{}"), "202 Accepted: {}"),
    "a redirect": (Reply(302, b"", {"Location": "https://login.example/x"}), "302 Found: leads to https://login.example/x"),
    "a page in Latin-1": (Reply(502, "<h1>502 Zeitüberschreitung</h1>".encode("latin-1")), "502 Bad Gateway: 502 Zeit\ufffdberschreitung"),
    "a page that names Latin-1": (
        Reply(502, "<h1>Zeitüberschreitung</h1>".encode("latin-1"), {"Content-Type": "text/html; charset=iso-8859-1"}),
        "502 Bad Gateway: Zeitüberschreitung",
    ),
    "an unknown charset": (Reply(503, b"away", {"Content-Type": "text/plain; charset=klingon"}), "503 Service Unavailable: away"),
    "a proxy's 400": (Reply(400, b"<h1>Request Header Too Large</h1>"), "400 Bad Request: Request Header Too Large"),
    "a gateway's 400": (Reply(400, b'{"message": "no route"}'), '400 Bad Request: {"message": "no route"}'),
    "a gateway's 403": (Reply(403, b'{"message": "Forbidden"}'), '403 Forbidden: {"message": "Forbidden"}'),
    "a gateway's 422": (Reply(422, b"dropped=3"), "dropped=3"),
    "another server's 404": (Reply(404, b"404 page not found"), "404 Not Found: 404 page not found"),
    "words a terminal would obey": (Reply(500, b"\x1b[2J\x07gone\r\nfar"), "500 Internal Server Error: [2J gone far"),
    "cut JSON": (Reply(200, b'{"status": "pa'), '{"status": "pa'),
    "a list": (Reply(200, b"[1, 2]"), "[1, 2]"),
    "spoilt gzip": (Reply(200, b"not gzip", {"Content-Encoding": "gzip"}), "cannot be reached"),
    "a cut answer": (Reply(200, b"half", promised=9), "cannot be reached"),
    "an endless line": (Reply(500, b"x" * 100_000), "x" * 300 + "…"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_answer_is_the_store_being_away_in_its_own_words(name: str) -> None:
    reply, words = STRANGERS[name]
    with door(lambda _: reply) as url, store_at(url) as store:
        attempts: list[Callable[[], object]] = [
            lambda: store.prepare([COUNT]),
            lambda: store.write(COUNT, frame_of("r")),
            lambda: store.count("r", ["counted"]),
            store.series,
            lambda: store.write_ops([OpsRow("run_event", 1, {"run": "r"}, {"text": "x"})]),
            lambda: store.delete("r"),
        ]
        for attempt in attempts:
            with pytest.raises(StoreAway) as told:
                attempt()
            assert words in str(told.value)
            assert url in str(told.value)
            assert "\n" not in str(told.value)
            assert "a-token" not in str(told.value)


@pytest.mark.parametrize(
    "body", [b"OK", PAGE, b"", b"7", b'"pass"', b'{"status": 1}', b'{"status": "ok"}', b'{"status": "fail", "message": "disk"}']
)
def test_a_health_that_is_not_influxdbs_is_a_finding_of_the_doctor(body: bytes) -> None:
    with door(lambda _: Reply(200, body)) as url:
        environment = {"INFLUXDB_URL": url, "INFLUXDB_ORG": "city", "INFLUXDB_TOKEN": "a-token"}
        [finding] = store_findings(RunSettings(environment=environment), "bus_arrivals")
    assert finding.state == "bad"
    assert "not the answer of an InfluxDB 2" in finding.words or "is not ready" in finding.words


HEALTHY = Reply(200, b'{"status": "pass"}')


@pytest.mark.parametrize("body", [b"{}", b'{"buckets": 3}', b'{"buckets": [{"id": 3}]}', PAGE, b'{"buckets": null}'])
def test_a_store_that_is_only_healthy_is_away(body: bytes) -> None:
    with door(lambda path: HEALTHY if path == "/health" else Reply(200, body)) as url, store_at(url) as store, pytest.raises(StoreAway):
        store.prepare([COUNT])


@pytest.mark.parametrize("body", [b"{}", b'{"results": []}', b'{"results": [{"series": 1}]}', b'{"results": [{"series": [{}]}]}'])
def test_a_count_in_another_shape_is_no_count(body: bytes) -> None:
    with door(lambda _: Reply(200, body)) as url, store_at(url) as store, pytest.raises(StoreAway):
        store.count("r", ["counted"])


def test_what_is_no_http_at_all_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            for _ in range(5):
                client, _ = server.accept()
                with client:
                    client.recv(1 << 16)
                    client.sendall(b"220 mail.example ESMTP\r\n")

        threading.Thread(target=greet, daemon=True).start()
        with store_at(f"http://127.0.0.1:{server.getsockname()[1]}") as store, pytest.raises(StoreAway, match="cannot be reached"):
            store.write(COUNT, frame_of("r"))


@pytest.mark.influxdb
@pytest.mark.parametrize("reply", [Reply(502, "<h1>502 Zeitüberschreitung</h1>".encode("latin-1")), Reply(200, PAGE), Reply(302)])
def test_behind_a_door_that_answers_some_writes_itself_every_row_is_stored(influxdb: InfluxDB, reply: Reply) -> None:
    writes = iter(range(1_000))

    def every_third(path: str) -> Reply | None:
        return reply if path.startswith("/api/v2/write") and next(writes) % 3 == 1 else None

    run = f"door{reply.status}"
    with door(every_third, influxdb.url) as url:
        store = InfluxStore(InfluxSettings(url, influxdb.org, influxdb.token))
        store.prepare([COUNT])
        for first in range(0, 60, 10):
            assert store.write(COUNT, frame_of(run, 10).with_columns(pl.col("t") + first)).stored == 10
        assert store.count(run, ["counted"]) == {"counted": 60}
        assert store.series() > 0
        store.close()


@pytest.mark.influxdb
def test_influxdbs_own_refusal_is_still_a_refusal_behind_a_door(influxdb: InfluxDB) -> None:
    with door(lambda _: None, influxdb.url) as url:
        store = InfluxStore(InfluxSettings(url, influxdb.org, "wrong"))
        with pytest.raises(ServiceError, match="INFLUXDB_TOKEN") as told:
            store.prepare([COUNT])
        assert not isinstance(told.value, StoreAway)
        store.close()
