"""The decoder: blocks of payloads as columns, and what cannot be used with its reason.

Owns the way of a block: `brokers.blocks` reads what is exactly as declared, all at once; the rest goes one by one to
`brokers.strict`, which judges. What becomes of bad messages is ingest's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.blocks import read_block
from brokers.messages import LIMIT_BYTES, REQUIRED, Bad, Decoded, Reason, frame_schema, payload_schema
from brokers.strict import Row, Unusable, read_payload
from brokers.topics import FOREIGN, ROOT, TopicIndex
from sim.kinds import Kind

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Positions of a block's messages by kind name, each ascending, and of those on topics that are none of ours."""

    kinds: dict[str, Rows]
    foreign: Rows


class Decoder:
    """Decodes blocks for the given kinds; with a `run`, messages of other runs are set aside as FOREIGN_RUN."""

    def __init__(self, kinds: Iterable[Kind], run: str | None, *, root: str = ROOT, limit_bytes: int = LIMIT_BYTES) -> None:
        """Prepare for the kinds. Raises UsageError for a root that cannot be used."""
        self._kinds = {kind.name: kind for kind in kinds}
        self._numbers = {name: number for number, name in enumerate(self._kinds)}
        self._index = TopicIndex(self._kinds.values(), root)
        self._run = run
        self._limit_bytes = limit_bytes

    def group(self, topics: Sequence[str]) -> Groups:
        """Sort the messages of a block by kind."""
        numbers = self._index.kind_numbers(self._index.codes(topics))
        kinds = {name: np.flatnonzero(numbers == number) for name, number in self._numbers.items()}
        return Groups({name: rows for name, rows in kinds.items() if len(rows)}, np.flatnonzero(numbers == FOREIGN))

    def decode(self, kind_name: str, topics: Sequence[str], payloads: Sequence[bytes]) -> Decoded:
        """Decode a block of one kind: topics and payloads of equal length n. Raises KeyError for an unknown kind."""
        kind = self._kinds[kind_name]
        codes = self._index.codes(topics)
        ours = self._index.kind_numbers(codes) == self._numbers[kind_name]
        bad = [Bad(int(at), Reason.FOREIGN_TOPIC, topics[at]) for at in np.flatnonzero(~ours)]
        candidates = np.flatnonzero(ours)
        frame, sure = self._at_once(kind, payloads if ours.all() else [payloads[at] for at in candidates])
        rows, doubtful = candidates[sure], candidates[~sure]
        if len(doubtful):
            judged, judged_rows = self._one_by_one(kind, payloads, doubtful, bad)
            rows = np.concatenate([rows, judged_rows])
            order = np.argsort(rows)
            frame, rows = pl.concat([frame, judged])[order], rows[order]
        return Decoded(self._placed(kind, frame, codes[rows]), rows, tuple(sorted(bad, key=lambda each: each.index)))

    def _at_once(self, kind: Kind, payloads: Sequence[bytes]) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
        """Return the frame of the rows that are surely good, and which payloads those are."""
        frame, sure = read_block(payload_schema(kind), payloads, self._limit_bytes)
        good = _acceptable(kind, frame, self._run)
        if not good.all():
            frame = frame.filter(pl.Series(good))
            sure[sure] = good
        return frame, sure

    def _one_by_one(self, kind: Kind, payloads: Sequence[bytes], doubtful: Rows, bad: list[Bad]) -> tuple[pl.DataFrame, Rows]:
        """Return the frame of the doubtful messages that are good after all; the unusable ones join `bad`."""
        values: list[Row] = []
        rows: list[int] = []
        for at in doubtful.tolist():
            try:
                values.append(read_payload(kind, payloads[at], self._run, self._limit_bytes))
            except Unusable as error:
                bad.append(Bad(at, error.reason, error.detail))
            else:
                rows.append(at)
        return pl.DataFrame(values, schema=payload_schema(kind)), np.array(rows, dtype=np.int64)

    def _placed(self, kind: Kind, frame: pl.DataFrame, codes: Rows) -> pl.DataFrame:
        """Add the district and the device that each topic names."""
        distinct, places = np.unique(codes, return_inverse=True)
        districts = pl.Series("district", [self._index.districts[code] for code in distinct], dtype=pl.String)
        devices = pl.Series("device", [self._index.devices[code] for code in distinct], dtype=pl.String)
        placed = frame.with_columns(districts.gather(places), devices.gather(places))
        return placed.select(list(frame_schema(kind)))


def _acceptable(kind: Kind, frame: pl.DataFrame, run: str | None) -> NDArray[np.bool_]:
    """Return which rows have all that is required, are of the run, and use only declared words: shape (height,)."""
    tests = [pl.col(name).is_not_null() for name in REQUIRED if frame[name].null_count()]
    if run is not None:
        tests.append(pl.col("run") == run)
    tests += [pl.col(field.name).is_in(list(field.values)) for field in kind.wire_fields if field.values]
    if not tests:
        return np.ones(frame.height, dtype=np.bool_)
    return frame.select(pl.all_horizontal(test.fill_null(value=True) for test in tests)).to_series().to_numpy()
