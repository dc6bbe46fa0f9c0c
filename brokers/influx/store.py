"""The InfluxDB store: buckets and mappings, what a run holds there, and answers to InfluxQL.

Owns what citybeat keeps in InfluxDB. Writing events with the reject rules is `brokers.influx.writer`'s, the API
`brokers.influx.api`'s.
"""

import time
from collections.abc import Mapping as Counts
from collections.abc import Sequence

import polars as pl

from brokers.influx.answers import Bucket, Buckets, Health, Mapping, Mappings, Orgs, Patched, Series, shortened
from brokers.influx.api import DATABASE, InfluxApi, InfluxSettings, Missing, Refused, quoted
from brokers.influx.held import held_rows
from brokers.influx.line_protocol import ops_lines
from brokers.influx.writer import OPS, RAW, InfluxWriter
from brokers.ingest.writers import FlushLimits, StoreAway, Written
from sim.errors import ServiceError, UsageError
from sim.events.kinds import Kind
from sim.ports import OpsRow
from sim.units import SECOND_US, duration_text

SERIES_BUDGET = 1_000_000
# A bucket or a mapping that somebody beside us makes is refused to us a moment before it is shown to us.
MAKING_TRIES, MAKING_S = 6, 0.2

_ALWAYS = {"start": "1677-09-22T00:00:00Z", "stop": "2262-01-01T00:00:00Z"}


class InfluxStore:
    """A store in InfluxDB: `sim.ports.Store`, `sim.ports.Query` and the writer that ingest uses, over one connection."""

    def __init__(self, settings: InfluxSettings, api: InfluxApi | None = None) -> None:
        """Keep the settings; nothing is sent before `prepare` or the first write."""
        self._api = api or InfluxApi(settings)
        self._writer = InfluxWriter(self._api)

    @property
    def flush_limits(self) -> FlushLimits:
        """Return how much the store likes to get at once."""
        return self._writer.flush_limits

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        """Store rows of one kind; see `InfluxWriter.write`."""
        return self._writer.write(kind, frame)

    def prepare(self, kinds: Sequence[Kind]) -> None:  # noqa: ARG002 - measurements come with their first row
        """Check health and token, make missing buckets and the mappings that InfluxQL needs.

        A token that may do nothing but write into the raw bucket is enough for an ingest, and finds all of it made.
        Raises StoreAway when InfluxDB cannot be reached, ServiceError when it refuses us or a mapping leads elsewhere.
        """
        self._check_health()
        if self._bucket(RAW) is None and self._writes():
            return
        for policy, name in (("raw", RAW), ("ops", OPS)):
            self._made(policy, name)

    def _made(self, policy: str, name: str) -> None:
        """Make a bucket and its mapping; whoever starts beside us makes them too, and what is there by then is refused."""
        for left in reversed(range(MAKING_TRIES)):
            try:
                return self._map(self._bucket(name) or self._new_bucket(name), policy)
            except Refused as refusal:
                if not left:
                    msg = f"InfluxDB at {self._api.settings.url} makes no bucket {name!r} for us ({shortened(refusal.words)})"
                    raise ServiceError(msg) from None
                time.sleep(MAKING_S)
        return None

    def check_span(self, start_us: int, end_us: int) -> None:
        """Raise UsageError when wire time start..end lies outside the raw bucket's retention, where every point is dropped."""
        bucket = self._bucket(RAW)
        seconds = max((rule.seconds for rule in bucket.retention), default=0) if bucket else 0
        oldest_us = time.time_ns() // 1_000 - seconds * SECOND_US
        if seconds and start_us < oldest_us:
            msg = (
                f"the run's events would lie up to {duration_text(oldest_us - start_us)} before the oldest time that bucket {RAW!r} keeps "
                f"(retention {duration_text(seconds * SECOND_US)}), and InfluxDB would drop them: choose a later --origin, a shorter run "
                f"than {duration_text(end_us - start_us)}, or a longer retention"
            )
            raise UsageError(msg)

    def check_series(self, more: int) -> None:
        """Raise UsageError when so many series more would take the raw bucket past its budget."""
        held = self.series()
        if held + more > SERIES_BUDGET:
            msg = (
                f"the run may make {more:,} series and the store holds {held:,}; together more than {SERIES_BUDGET:,}: "
                "delete old runs with `citybeat runs delete`, or lower --scale"
            )
            raise UsageError(msg)

    def series(self) -> int:
        """Return how many series the raw bucket holds over all runs, to compare with SERIES_BUDGET."""
        text = f'import "influxdata/influxdb"\ninfluxdb.cardinality(bucket: "{RAW}", start: {_ALWAYS["start"]}, stop: {_ALWAYS["stop"]})'
        return sum(int(value) for record in self._api.flux(text) if (value := record["_value"]).isdigit())

    def count(self, run: str, kinds: Sequence[str]) -> Counts[str, int]:
        """Return how many events of the run the store holds, by kind."""
        if not kinds:
            return {}
        text = ";".join(f'SELECT COUNT("seq") FROM "raw"."{kind}" WHERE "run" = {quoted(run)}' for kind in kinds)  # noqa: S608 - names of the schema
        answers = self._api.influxql(text)
        if len(answers) != len(kinds):
            msg = f"InfluxDB at {self._api.settings.url} answers {len(answers)} of {len(kinds)} questions how many rows it holds"
            raise StoreAway(msg)
        return {kind: sum(_counted(each) for each in answer.series) for kind, answer in zip(kinds, answers, strict=True)}

    def held(self, run: str, kind: Kind, start_us: int | None, end_us: int | None) -> pl.DataFrame:
        """Return the rows of a run and kind with start <= t < end; see `held_rows`."""
        return held_rows(self._api, run, kind, start_us, end_us)

    def frame(self, text: str) -> pl.DataFrame:
        """Return the answer of an InfluxQL text: `time` in µs since 1970, tags of a GROUP BY as columns, rows of all series.

        Raises ServiceError with InfluxDB's own words for a text it does not accept.
        """
        series = [each for answer in self._api.influxql(text) for each in answer.series]
        frames = [
            pl.DataFrame(each.values, schema=each.columns, orient="row", infer_schema_length=None).with_columns(
                pl.lit(value).alias(tag) for tag, value in each.tags.items()
            )
            for each in series
        ]
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()

    def write_ops(self, rows: Sequence[OpsRow]) -> None:
        """Write rows about the run and the pipeline into bucket `city/ops`."""
        if not rows:
            return
        try:
            self._api.write(OPS, ops_lines(rows))
        except Refused as refusal:
            msg = f"InfluxDB refuses rows about the run in bucket {OPS!r} ({refusal})"
            raise ServiceError(msg) from None

    def delete(self, run: str) -> None:
        """Delete everything of a run, in both buckets."""
        body = {**_ALWAYS, "predicate": f"run={_double_quoted(run)}"}
        for bucket in (RAW, OPS):
            if self._bucket(bucket):
                self._api.tell("POST", "/api/v2/delete", {"org": self._api.settings.org, "bucket": bucket}, body)

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def _writes(self) -> bool:
        """Return whether the token may write into the raw bucket, tried with no rows at all."""
        try:
            self._api.write(RAW, b"")
        except ServiceError:
            return False
        return True

    def _check_health(self) -> None:
        health = self._api.ask("GET", "/health", Health)
        if health.status != "pass":
            msg = f"InfluxDB at {self._api.settings.url} is not ready: {health.status} {shortened(health.message)}"
            raise StoreAway(msg)

    def _org_id(self) -> str:
        """Return the id of the org, which only making a bucket needs: a token for the two buckets alone may not see it."""
        settings = self._api.settings
        found = self._api.ask("GET", "/api/v2/orgs", Orgs, {"org": settings.org}).orgs
        if not found:
            msg = f"InfluxDB at {settings.url} shows no org {settings.org!r} to this token: check INFLUXDB_ORG and INFLUXDB_TOKEN"
            raise ServiceError(msg)
        return found[0].id

    def _bucket(self, name: str) -> Bucket | None:
        try:
            found = self._api.ask("GET", "/api/v2/buckets", Buckets, {"org": self._api.settings.org, "name": name}).buckets
        except Missing:
            return None
        return found[0] if found else None

    def _new_bucket(self, name: str) -> Bucket:
        return self._api.ask("POST", "/api/v2/buckets", Bucket, body={"orgID": self._org_id(), "name": name})

    def _map(self, bucket: Bucket, policy: str) -> None:
        """Map database and policy explicitly: with only the virtual mapping, InfluxQL has no default policy (seen on 2.9.1)."""
        query = {"orgID": bucket.org, "db": DATABASE, "rp": policy}
        default = policy == "raw"
        made = [each for each in self._api.ask("GET", "/api/v2/dbrps", Mappings, query).content if not each.virtual]
        for other in (each for each in made if each.bucket != bucket.id):
            place = f"database {DATABASE!r}, policy {policy!r}"
            msg = f"InfluxQL's {place} leads to another bucket ({other.bucket}): delete that mapping (influx v1 dbrp delete)"
            raise ServiceError(msg)
        if made and default and not any(each.default for each in made):
            self._api.ask("PATCH", f"/api/v2/dbrps/{made[0].id}", Patched, {"orgID": bucket.org}, {"default": True})
        if made:  # several, when several of us made it at once: InfluxDB lets them, and they say the same
            return
        body = {"orgID": bucket.org, "bucketID": bucket.id, "database": DATABASE, "retention_policy": policy, "default": default}
        self._api.ask("POST", "/api/v2/dbrps", Mapping, body=body)


def _counted(series: Series) -> int:
    """Return the count in a row of [time, count]; a series without rows counted nothing."""
    return sum(int(row[1]) for row in series.values if len(row) > 1 and isinstance(row[1], int))


def _double_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
