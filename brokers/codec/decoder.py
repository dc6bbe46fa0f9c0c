"""The decoder: blocks of payloads as columns, and what cannot be used with its reason.

Owns the way of a block: `brokers.codec.blocks` reads what is exactly as declared, all at once; the rest goes one by one to
`brokers.codec.strict`, which judges. What becomes of bad messages is ingest's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.codec.blocks import BlockReader
from brokers.codec.messages import LIMIT_BYTES, Bad, Decoded, Reason
from brokers.codec.strict import Row, StrictReader, Unusable
from brokers.codec.topics import FOREIGN, ROOT, TopicIndex
from sim.events.kinds import Kind

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
        listed = tuple(kinds)
        self._numbers = {kind.name: number for number, kind in enumerate(listed)}
        self._index = TopicIndex(listed, root)
        self._readers = {kind.name: BlockReader(kind, run, limit_bytes) for kind in listed}
        self._judges = {kind.name: StrictReader(kind, run, limit_bytes) for kind in listed}

    def group(self, topics: Sequence[str]) -> Groups:
        """Sort the messages of a block by kind."""
        numbers = self._index.kind_numbers(self._index.codes(topics))
        kinds = {name: np.flatnonzero(numbers == number) for name, number in self._numbers.items()}
        return Groups({name: rows for name, rows in kinds.items() if len(rows)}, np.flatnonzero(numbers == FOREIGN))

    def decode(self, kind_name: str, topics: Sequence[str], payloads: Sequence[bytes]) -> Decoded:
        """Decode a block of one kind: topics and payloads of equal length n. Raises KeyError for an unknown kind."""
        codes = self._index.codes(topics)
        ours = self._index.kind_numbers(codes) == self._numbers[kind_name]
        bad = [Bad(at, Reason.FOREIGN_TOPIC, topics[at]) for at in np.flatnonzero(~ours).tolist()]
        candidates = np.flatnonzero(ours)
        reader = self._readers[kind_name]
        frame, sure = reader.read(payloads if ours.all() else [payloads[at] for at in candidates.tolist()])
        rows, doubtful = candidates[sure], candidates[~sure]
        if len(doubtful):
            values, judged = self._one_by_one(kind_name, payloads, doubtful, bad)
            rows = np.concatenate([rows, judged])
            order = np.argsort(rows)
            frame, rows = pl.concat([frame, pl.DataFrame(values, schema=reader.schema)])[order], rows[order]
        return Decoded(self._placed(frame, codes[rows]), rows, tuple(sorted(bad, key=lambda each: each.index)))

    def _one_by_one(self, kind_name: str, payloads: Sequence[bytes], doubtful: Rows, bad: list[Bad]) -> tuple[list[Row], Rows]:
        """Return the doubtful messages that are good after all and their positions; the unusable ones join `bad`."""
        read = self._judges[kind_name].read
        values: list[Row] = []
        rows: list[int] = []
        for at in doubtful.tolist():
            try:
                values.append(read(payloads[at]))
            except Unusable as error:
                bad.append(Bad(at, error.reason, error.detail))
            else:
                rows.append(at)
        return values, np.array(rows, dtype=np.int64)

    def _placed(self, frame: pl.DataFrame, codes: Rows) -> pl.DataFrame:
        """Add the district and the device that each topic names."""
        listed = codes.tolist()
        districts = pl.Series("district", [self._index.districts[code] for code in listed], dtype=pl.String)
        devices = pl.Series("device", [self._index.devices[code] for code in listed], dtype=pl.String)
        at = frame.get_column_index("run") + 1
        return frame.insert_column(at, devices).insert_column(at, districts)
