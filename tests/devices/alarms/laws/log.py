"""The log of a receiver: what a run's tape holds of alarms, kind by kind, in order of time.

Owns the reading of the tape, and what every law needs to say of a row. Laws stand in the modules beside.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

Row = dict[str, Any]
Law = Callable[["Log"], Iterator[str]]

SECOND_US = 1_000_000
TICKS_US = 10  # two rows of a device at one instant are moved apart by a microsecond
HERE = ZoneInfo("Asia/Shanghai")


@dataclass
class Log:
    """A run's tape, with the delays that its panels, detectors and valves were set to, µs."""

    tape: Path
    exit_us: int = 60 * SECOND_US
    entry_us: int = 30 * SECOND_US
    abort_us: int = 30 * SECOND_US
    cancel_us: int = 300 * SECOND_US
    swinger: int = 2
    verification_us: int = 60 * SECOND_US
    sample_above_us: int = 30 * SECOND_US
    gas_levels: tuple[float, float] = (10.0, 20.0)
    _read: dict[str, pl.DataFrame] = field(default_factory=dict)
    _grouped: dict[tuple[str, ...], dict[Any, list[Row]]] = field(default_factory=dict)

    @property
    def start_us(self) -> int:
        """Return when the run began; what was raised before is on the tape only as it goes on."""
        return int(json.loads((self.tape / "schema.json").read_text(encoding="utf-8"))["start_us"])

    @property
    def end_us(self) -> int:
        """Return when the run ended."""
        return int(json.loads((self.tape / "schema.json").read_text(encoding="utf-8"))["end_us"])

    def frame(self, kind: str) -> pl.DataFrame:
        """Return the events of a kind in order of time, of one device in order of `seq`; `us` is their time."""
        if kind not in self._read:
            files = sorted((self.tape / kind).glob("*.parquet"))
            self._read[kind] = _in_order(pl.read_parquet(files)) if files else pl.DataFrame()
        return self._read[kind]

    def forged(self, kind: str, frame: pl.DataFrame) -> "Log":
        """Return the same log with other events of a kind."""
        return replace(self, _read={**self._read, kind: frame}, _grouped={})

    def rows(self, kind: str) -> list[Row]:
        """Return the events of a kind in order."""
        return self.frame(kind).to_dicts()

    def by(self, kind: str, *names: str) -> dict[Any, list[Row]]:
        """Return the events of a kind in order, by one field or several."""
        if (kind, *names) not in self._grouped:
            found = self._grouped[kind, *names] = defaultdict(list)
            for row in self.rows(kind):
                found[row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)].append(row)
        return self._grouped[kind, *names]

    def simulated(self, kind: str) -> dict[str, list[Row]]:
        """Return what the centre says of the alarms of simulated homes, by alarm."""
        return {name: rows for name, rows in self.by(kind, "alarm_id").items() if name and not rows[0]["aggregated"]}


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.Categorical, pl.Enum)]
    told = frame.with_columns(pl.col(texts).cast(pl.String), us=pl.col("time").dt.epoch("us"))
    return told.sort("us", "device", "seq").drop("time", "release", "fault", "fault_delay_us")


def said(row: Row) -> str:
    """Return a row in the words of a receiver's log."""
    told = " ".join(f"{name}={row[name]}" for name in row if name not in ("latitude", "longitude", "us", "community", "user_group"))
    return f"{datetime.fromtimestamp(row['us'] / SECOND_US, HERE):%d %H:%M:%S.%f} {told}"


def unless(right: bool, row: Row, wrong: str) -> Iterator[str]:  # noqa: FBT001 - reads as a sentence
    """Yield what is wrong with a row, unless it is right."""
    if not right:
        yield f"{wrong}: {said(row)}"


def alternates(rows: Sequence[Row], what: str) -> Iterator[str]:
    """Yield where a trouble is new twice, or restored twice: each 1 is followed by a 3."""
    for before, after in pairwise(rows):
        yield from unless(before["qualifier"] != after["qualifier"], after, f"{what} is {after['qualifier']} twice")
