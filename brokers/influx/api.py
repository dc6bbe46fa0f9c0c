"""InfluxDB's HTTP API: the one home of influxdb-client.

Owns the connection, and turns every answer into one of three: fine, `Refused` (the content is bad), or an error of the
house that names the place and the remedy, never the token. What is written or asked is `brokers.influx.store`'s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from brokers.ingest.writers import StoreAway
from sim.errors import ServiceError

DATABASE = "city"  # how InfluxQL sees the buckets: city/raw is policy raw of database city

# A write of 5,000 lines takes some 30 ms; a server that needs longer than this counts as away.
TIMEOUT_MS = 10_000

_NOT_FOUND = 404
_TOO_MANY_REQUESTS = 429
_SERVER_FAULT = 500
_CONTENT = (400, 413, 422)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class InfluxSettings:
    """Where InfluxDB is and who we are there; the token never prints."""

    url: str
    org: str
    token: str = field(repr=False)


class Refused(Exception):  # noqa: N818 - an answer, not a failure: the writer sorts the bad lines out
    """InfluxDB refuses the content of a request: status 400, 413 or 422, and the server's own words."""

    def __init__(self, status: int, words: str) -> None:
        """Keep both; the words may be long, for the server quotes the whole line."""
        super().__init__(f"{status}: {words}")
        self.status = status
        self.words = words


class Missing(ServiceError):  # noqa: N818 - the answer 404, which `prepare` expects of new buckets
    """InfluxDB does not know the org or the bucket."""


class InfluxApi:
    """A connection to one InfluxDB. Connections are pooled and made when first needed; safe to use from several threads."""

    def __init__(self, settings: InfluxSettings, timeout_ms: int = TIMEOUT_MS) -> None:
        """Keep the settings; nothing is sent yet."""
        self.settings = settings
        self._client = InfluxDBClient(settings.url, settings.token, org=settings.org, timeout=timeout_ms, enable_gzip=False, retries=False)
        self._write_api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, bucket: str, lines: bytes) -> None:
        """Write lines with timestamps in µs. Raises Refused, StoreAway or ServiceError."""
        precision: WritePrecision = WritePrecision.US  # type: ignore[assignment] # the package types its constants as str
        self._asked(lambda: self._write_api.write(bucket, self.settings.org, lines, precision), bucket)

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request and return its answer read from JSON, None when empty. Raises Refused, StoreAway or ServiceError."""
        answer = self._asked(lambda: self._request(method, path, query, body), (query or {}).get("bucket", ""))
        return orjson.loads(answer) if answer else None

    def flux(self, text: str) -> list[dict[str, object]]:
        """Run a Flux query and return its records as dictionaries: for what InfluxQL cannot answer here."""
        tables = self._asked(lambda: self._client.query_api().query(text))
        return [record.values for table in tables for record in table.records]

    def influxql(self, text: str) -> list[Any]:
        """Return the answers of the statements of an InfluxQL text, in order; times in µs since 1970.

        Raises ServiceError with InfluxDB's own words when it does not accept one of them.
        """
        try:
            answers: list[Any] = self.ask("GET", "/query", {"db": DATABASE, "q": text, "epoch": "u"})["results"]
        except Refused as refusal:
            msg = f"InfluxDB does not accept the query {text!r}: {refusal.words}"
            raise ServiceError(msg) from None
        for answer in answers:
            if "error" in answer:
                msg = f"InfluxDB cannot answer the query {text!r}: {answer['error']}"
                raise ServiceError(msg)
        return answers

    def close(self) -> None:
        """Close all connections."""
        self._write_api.close()  # type: ignore[no-untyped-call] # the package says it is typed, in part
        self._client.close()  # type: ignore[no-untyped-call]

    def _request(self, method: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, object] | None) -> str:
        client = self._client.api_client
        headers = {**client.default_headers, "Accept": "application/json", "Content-Type": "application/json"}
        answer = client.request(  # type: ignore[no-untyped-call]
            method,
            client.configuration.host + path,
            query_params=list((query or {}).items()),
            headers=headers,
            body=None if body is None else dict(body),
        )
        return str(answer.data)

    def _asked(self, request: Callable[[], Answer], bucket: str = "") -> Answer:
        try:
            return request()
        except ApiException as answer:
            raise self._meaning(int(answer.status or 0), _words(answer), bucket) from None
        except (HTTPError, OSError) as error:
            msg = (
                f"InfluxDB at {self.settings.url} cannot be reached ({type(error).__name__}: {_cause(error)}): "
                "is it running, and is INFLUXDB_URL right?"
            )
            raise StoreAway(msg) from None

    def _meaning(self, status: int, words: str, bucket: str) -> Exception:
        place = f"InfluxDB at {self.settings.url}, org {self.settings.org!r}" + (f", bucket {bucket!r}" if bucket else "")
        if status in _CONTENT:
            return Refused(status, words)
        if status == _TOO_MANY_REQUESTS or status >= _SERVER_FAULT:
            return StoreAway(f"{place}, is busy or in trouble ({status}: {words}): rows are kept and written again")
        if status == _NOT_FOUND:
            return Missing(f"{place}: it does not know that org or bucket: check INFLUXDB_ORG, or let `citybeat run` prepare it ({words})")
        remedy = {
            401: "it does not accept the token: set INFLUXDB_TOKEN or INFLUXDB_TOKEN_FILE",
            403: "the token may not do this: give it read and write access to the buckets city/raw and city/ops",
        }.get(status, "this is not the answer of an InfluxDB 2: check INFLUXDB_URL")
        return ServiceError(f"{place}: {remedy} ({status}: {words})")


def _words(answer: ApiException) -> str:
    """Return the server's own message, from its JSON where it sent some."""
    text = answer.body.decode(errors="replace") if isinstance(answer.body, bytes) else str(answer.body or answer.reason or "")
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.strip()
    return str(content.get("message") or content.get("error") or text) if isinstance(content, dict) else text


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a chain of urllib3 errors, without object addresses."""
    while (inner := getattr(error, "reason", None) or error.__cause__) and isinstance(inner, BaseException):
        error = inner
    return str(error).rpartition(">: ")[2] or type(error).__name__


def quoted(text: str) -> str:
    """Return a text as an InfluxQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
