"""Writing events into InfluxDB, and what becomes of lines it does not take.

Owns the reject rules. Spelling lines is `brokers.influx.line_protocol`'s; where rejected rows end is ingest's.
"""

import random
import re
import time
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.backoff import Backoff
from brokers.influx.answers import shortened
from brokers.influx.api import InfluxApi, Refused, quoted
from brokers.influx.line_protocol import LineEncoder
from brokers.ingest.writers import FlushLimits, StoreAway, Written
from sim.events.kinds import Kind
from sim.units import MS_US

RAW = "city/raw"
OPS = "city/ops"
LINES_PER_REQUEST = 5_000  # measured: 136 k lines/s from one writer; 1,000 a request 100 k

# A lost connection is often only an idle one that the server closed: try again at once, then twice more. Longer
# patience is ingest's, which spools meanwhile.
RETRIES = 3
FIRST_DELAY_S, LONGEST_DELAY_S = 0.2, 0.4
PATIENCE_S = 2.0  # a server that let a request time out is not asked again

_PARTIAL = 422  # the good lines of the request are stored
_DROPPED = re.compile(r"dropped=(\d+)")
_ROW = "row in block"

Rejects = list[tuple[int, str]]
Rows = NDArray[np.int64]


class InfluxWriter:
    """Writes blocks of one kind; every row ends stored or rejected with a reason, or StoreAway is raised."""

    flush_limits = FlushLimits(rows=LINES_PER_REQUEST, wait_us=250 * MS_US)

    def __init__(self, api: InfluxApi, sleep: Callable[[float], None] = time.sleep, rng: random.Random | None = None) -> None:
        """Take the connection; `sleep` and `rng` pace retries."""
        self._api = api
        self._encoders: dict[Kind, LineEncoder] = {}
        self._sleep = sleep
        self._rng = rng or random.Random()

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        """Store rows of one kind. Writing them again changes nothing: a point with the same tags and time is overwritten.

        Raises StoreAway when InfluxDB cannot be reached or is busy, ServiceError when it refuses us.
        """
        rejected: Rejects = self._encoder(kind).unspeakable(frame)
        rows = np.setdiff1d(np.arange(frame.height), [row for row, _ in rejected], assume_unique=True)
        good = frame[rows] if rejected else frame
        requests = max(round(len(rows) / LINES_PER_REQUEST), 1)
        for places in np.array_split(np.arange(len(rows)), requests):
            if len(places):
                rejected += self._block(kind, good.slice(int(places[0]), len(places)), rows[places])
        return Written(frame.height - len(rejected), tuple(sorted(rejected)))

    def _encoder(self, kind: Kind) -> LineEncoder:
        if kind not in self._encoders:
            self._encoders[kind] = LineEncoder(kind)
        return self._encoders[kind]

    def _block(self, kind: Kind, block: pl.DataFrame, rows: Rows) -> Rejects:
        """Write a block, whose rows have the numbers `rows` in the caller's frame, and return its rejected rows.

        400 and 413 store nothing of a request, so the block is halved until the bad line stands alone. 422 stores the
        good lines, so the dropped ones are found by reading the block's keys back.
        """
        try:
            self._write_with_retries(self._encoder(kind).lines(block))
        except Refused as refusal:
            if refusal.status == _PARTIAL:
                return self._dropped(kind, block, rows, refusal)
            if block.height == 1:
                return _all_rejected(rows, refusal)
            half = block.height // 2
            return self._block(kind, block.head(half), rows[:half]) + self._block(kind, block.slice(half), rows[half:])
        return []

    def _write_with_retries(self, content: bytes) -> None:
        """Write, and try again a few times while InfluxDB is away or busy."""
        give_up, backoff = time.monotonic() + PATIENCE_S, Backoff(FIRST_DELAY_S, LONGEST_DELAY_S, self._rng)
        for pause_s in (0.0, *(backoff.next_s() for _ in range(1, RETRIES))):
            try:
                self._api.write(RAW, content)
            except StoreAway:
                if time.monotonic() > give_up:
                    raise
            else:
                return
            self._sleep(pause_s)
        self._api.write(RAW, content)

    def _dropped(self, kind: Kind, block: pl.DataFrame, rows: Rows, refusal: Refused) -> Rejects:
        """Return the rows of a partly written block that the store does not hold."""
        dropped = _DROPPED.search(refusal.words)
        if dropped and int(dropped.group(1)) == block.height:
            return _all_rejected(rows, refusal)
        keys = ["t", "seq", "run", "district", *(["device"] if kind.device_tag else [])]
        held = pl.concat(self._held(kind, run, keys, block) for run in block["run"].unique())
        missing = block.select(keys).with_row_index(_ROW).join(held, on=keys, how="anti", maintain_order="left")
        return _all_rejected(rows[missing.get_column(_ROW).to_numpy()], refusal)

    def _held(self, kind: Kind, run: str, keys: Sequence[str], block: pl.DataFrame) -> pl.DataFrame:
        """Return the keys that the store holds of a run in the stretch of time that a block covers."""
        columns = ", ".join(f'"{key}"' for key in keys if key != "t")
        first_us, last_us = block.select(first=pl.col("t").min(), last=pl.col("t").max()).row(0)
        during = f"time >= {first_us}u AND time <= {last_us}u"
        text = f'SELECT {columns} FROM "raw"."{kind.name}" WHERE "run" = {quoted(run)} AND {during}'  # noqa: S608 - names of the schema
        [answer] = self._api.influxql(text)
        values = answer.series[0].values if answer.series else []
        return pl.DataFrame(values, schema={key: block.schema[key] for key in keys}, orient="row")


def _all_rejected(rows: Rows, refusal: Refused) -> Rejects:
    reason = f"InfluxDB {refusal.status}: {shortened(refusal.words)}"
    return [(row, reason) for row in rows.tolist()]
