"""InfluxDB's HTTP API: the one home of influxdb-client.

Owns the connection, and turns every answer into one of three: fine, `Refused` (the content is bad), or an error of the
house that names the place and the remedy, never the token. What is not the answer that was asked for counts as the store
being away. What is written or asked is `brokers.influx.store`'s.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import orjson
from influxdb_client.client.influxdb_client import InfluxDBClient
from pydantic import BaseModel, ValidationError
from urllib3.exceptions import HTTPError

from brokers.influx.answers import Answer, Results, Statement, shortened
from brokers.ingest.writers import StoreAway
from sim.errors import ServiceError

DATABASE = "city"  # how InfluxQL sees the buckets: city/raw is policy raw of database city

# A write of 5,000 lines takes some 30 ms; a server that needs longer than this counts as away.
TIMEOUT_MS = 10_000
LONGEST_ANSWER_BYTES = 256 * 1024 * 1024

JSON, LINES, FLUX = "application/json", "text/plain; charset=utf-8", "application/vnd.flux"

_OK = 200
_MADE = 201
_NO_CONTENT = 204
_NOT_FOUND = 404
_TOO_LARGE = 413
_TOO_MANY_REQUESTS = 429
_SERVER_FAULT = 500
_CONTENT = (400, _TOO_LARGE, 422)
_REMEDIES = {
    401: "it does not accept the token: set INFLUXDB_TOKEN or INFLUXDB_TOKEN_FILE",
    403: "the token may not do this: give it read and write access to the buckets city/raw and city/ops",
}

Shape = TypeVar("Shape", bound=BaseModel)


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
        self._timeout_s = timeout_ms / 1_000
        self._client = InfluxDBClient(settings.url, settings.token, org=settings.org, timeout=timeout_ms, enable_gzip=False, retries=False)

    def write(self, bucket: str, lines: bytes) -> None:
        """Write lines with timestamps in µs. Raises Refused, StoreAway or ServiceError.

        Only 204 is InfluxDB's word that they are stored: any other success is somebody else's.
        """
        query = {"org": self.settings.org, "bucket": bucket, "precision": "us"}
        answer = self._request("POST", "/api/v2/write", query, lines, LINES)
        if answer.status != _NO_CONTENT:
            raise self._meaning(answer, bucket)

    def ask(
        self, method: str, path: str, shape: type[Shape], query: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> Shape:
        """Send a request and return its answer read from JSON. Raises Refused, StoreAway or ServiceError."""
        answer = self._request(method, path, query or {}, b"" if body is None else orjson.dumps(body))
        if answer.status not in (_OK, _MADE):
            raise self._meaning(answer, (query or {}).get("bucket", ""))
        try:
            return shape.model_validate_json(answer.content)
        except ValidationError:
            raise self._strange(answer) from None

    def tell(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> None:
        """Send a request whose only good answer is 204. Raises Refused, StoreAway or ServiceError."""
        answer = self._request(method, path, query, orjson.dumps(body))
        if answer.status != _NO_CONTENT:
            raise self._meaning(answer, query.get("bucket", ""))

    def flux(self, text: str) -> list[dict[str, str]]:
        """Run a Flux query that answers with values and return its records, as texts: for what InfluxQL cannot answer here."""
        answer = self._request("POST", "/api/v2/query", {"org": self.settings.org}, text.encode(), FLUX, accept="application/csv")
        if answer.status != _OK:
            raise self._meaning(answer)
        reader = csv.DictReader(answer.content.decode(errors="replace").splitlines())
        try:
            records = list(reader)
        except csv.Error:
            raise self._strange(answer) from None
        if "_value" not in (reader.fieldnames or ()):
            raise self._strange(answer)
        return records

    def influxql(self, text: str) -> Sequence[Statement]:
        """Return the answers of the statements of an InfluxQL text, in order; times in µs since 1970.

        Raises ServiceError with InfluxDB's own words when it does not accept one of them.
        """
        try:
            answers = self.ask("GET", "/query", Results, {"db": DATABASE, "q": text, "epoch": "u"}).results
        except Refused as refusal:
            msg = f"InfluxDB does not accept the query {text!r}: {shortened(refusal.words)}"
            raise ServiceError(msg) from None
        for answer in answers:
            if answer.error:
                msg = f"InfluxDB cannot answer the query {text!r}: {shortened(answer.error)}"
                raise ServiceError(msg)
        return answers

    def close(self) -> None:
        """Close all connections."""
        self._client.close()  # type: ignore[no-untyped-call] # the package says it is typed, in part

    def _request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes = b"", kind: str = JSON, *, accept: str = JSON
    ) -> Answer:
        """Send a request and return whatever answers, as it came. Raises StoreAway when nobody does.

        Goes through the client's pool of connections, past its own reading of answers, which expects UTF-8 and follows redirects.
        """
        client = self._client.api_client
        headers = {**client.default_headers, "Accept": accept, "Content-Type": kind}
        address = client.configuration.host + path + ("?" + urlencode(query) if query else "")
        try:
            response = client.rest_client.pool_manager.request(
                method, address, body=body or None, headers=headers, timeout=self._timeout_s, redirect=False, preload_content=False
            )
            content = _read(response)
        except (HTTPError, OSError) as error:
            msg = (
                f"InfluxDB at {self.settings.url} cannot be reached ({type(error).__name__}: {_cause(error)}): "
                "is it running, and is INFLUXDB_URL right?"
            )
            raise StoreAway(msg) from None
        told = response.headers
        return Answer(response.status, response.reason or "", told.get("Content-Type", ""), told.get("Location", ""), content)

    def _meaning(self, answer: Answer, bucket: str = "") -> Exception:
        """Return what an answer that is not the good one means. InfluxDB's word about content and rights counts only in its own form."""
        place, own, status = self._place(bucket), answer.own_words(), answer.status
        if status == _TOO_LARGE or (own and status in _CONTENT):
            return Refused(status, own or answer.words())
        if own and status == _NOT_FOUND:
            return Missing(
                f"{place}: it does not know that org or bucket: check INFLUXDB_ORG, or let `citybeat run` prepare it ({shortened(own)})"
            )
        if own and status in _REMEDIES:
            return ServiceError(f"{place}: {_REMEDIES[status]} ({status}: {shortened(own)})")
        if status == _TOO_MANY_REQUESTS or status >= _SERVER_FAULT:
            return StoreAway(f"{place}, is busy or in trouble ({answer.words()}): rows are kept and written again")
        return self._strange(answer, bucket)

    def _strange(self, answer: Answer, bucket: str = "") -> StoreAway:
        told = f"this is not the answer of an InfluxDB 2 ({answer.words()}): check INFLUXDB_URL, and what stands before it"
        return StoreAway(f"{self._place(bucket)}: {told}")

    def _place(self, bucket: str) -> str:
        return f"InfluxDB at {self.settings.url}, org {self.settings.org!r}" + (f", bucket {bucket!r}" if bucket else "")


def _read(response: Any) -> bytes:  # noqa: ANN401 - urllib3's, which has several
    """Return the content of a response, whole, and give its connection back. Raises HTTPError for one that is cut, spoilt or endless."""
    content: bytes = response.read(LONGEST_ANSWER_BYTES + 1, decode_content=True)
    if len(content) > LONGEST_ANSWER_BYTES:
        response.close()
        msg = f"the answer is longer than {LONGEST_ANSWER_BYTES:,} bytes"
        raise HTTPError(msg)
    response.release_conn()
    return content


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a chain of urllib3 errors, without object addresses."""
    while (inner := getattr(error, "reason", None) or error.__cause__) and isinstance(inner, BaseException):
        error = inner
    return str(error).rpartition(">: ")[2] or type(error).__name__


def quoted(text: str) -> str:
    """Return a text as an InfluxQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
