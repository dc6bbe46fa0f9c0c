"""Rows about the run and the pipeline, for bucket `city/ops`: what boards show beside the events.

Owns their content and a thread that writes them, so that a slow or absent store never delays the pump.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.errors import CitybeatError
from sim.events.batches import Slice
from sim.histogram import Histogram
from sim.judge.books import Books
from sim.judge.meters import QUANTILES
from sim.judge.ops import (
    CENSUS,
    EDGES_US,
    LIMIT_US,
    MEASURED,
    OBJECTIVE,
    PIPELINE,
    PIPELINE_LATENCY,
    PIPELINE_TOTAL,
    RUN_BEGUN,
    RUN_EVENT,
    Measurement,
    Value,
    at_most_name,
    stage_of,
)
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import Judged
from sim.ports import OpsRow, Store

# Rows waiting for an absent store: a day of minutes of a city's census; then the oldest go, counted.
MOST_WAITING = 200_000


@dataclass(slots=True)
class OpsRows:
    """Turns what happens into ops rows; every row carries run, city_us and elapsed_s.

    `clock` writes city time for people: a board shows instants in its reader's time zone, which is not the city's.
    """

    run: str
    start_us: int
    shift_us: int = 0
    elapsed_s: Callable[[], float] = field(default=lambda: 0.0)
    clock: Callable[[int], str] = field(default=lambda _city_us: "")

    def event(self, city_us: int, what: str, text: str) -> OpsRow:
        """Return a mark: start, stage, incident, fault, end, heartbeat."""
        return self._row(RUN_EVENT, city_us, {"what": what}, {"text": text, "city_clock": self.clock(city_us)})

    def begun(self, wall_us: int, title: str) -> OpsRow:
        """Return the one row that stands at wall time: runs in the order of their start, which wire time does not tell."""
        row = self._row(RUN_BEGUN, self.start_us, {}, {"title": title})
        return replace(row, t_us=wall_us)

    def census(self, piece: Slice) -> list[OpsRow]:
        """Return the census of a finished slice and its marks."""
        rows = [
            self._row(
                CENSUS,
                piece.span.end_us,
                {"system": each.system, "thing": each.thing, "state": each.state, "district": each.district},
                {"count": int(each.count)},
            )
            for each in piece.census
        ]
        return rows + [self.event(mark.at_us, mark.what, mark.text) for mark in piece.marks]

    def measured(self, piece: Slice) -> list[OpsRow]:
        """Return what was measured in a finished slice, one row for each modelled measure with samples."""
        samples: dict[str, list[NDArray[np.float64]]] = {}
        for each in piece.samples:
            samples.setdefault(each.measure, []).append(each.values)
        return [self._measured(piece.span.end_us, measure, np.concatenate(values)) for measure, values in samples.items()]

    def _measured(self, city_us: int, measure: str, values: NDArray[np.float64]) -> OpsRow:
        quantiles = zip(QUANTILES, np.quantile(values, list(QUANTILES.values()), method="inverted_cdf"), strict=True)
        fields: dict[str, Value] = {"count": len(values), "total": float(values.sum()), "max": float(values.max())}
        fields |= {statistic.value: float(value) for statistic, value in quantiles}
        return self._row(MEASURED, city_us, {"measure": measure}, fields)

    def books(self, city_us: int, books: Books, spooled: int) -> list[OpsRow]:
        """Return the cumulative books of every kind at an instant; `spooled` are the rows of all kinds together."""
        rows = [
            self._row(
                PIPELINE,
                city_us,
                {"kind": name},
                {
                    "planned": each.planned,
                    "sent": each.sent,
                    "acked": each.acked,
                    "received": each.received,
                    "stored": each.stored,
                    "duplicated": each.duplicated,
                    "rejected": each.rejected.total(),
                },
            )
            for name, each in sorted(books.kinds.items())
        ]
        total = books.total()
        fields = {"planned": total.planned, "sent": total.sent, "stored": total.stored, "spooled": spooled}
        return [*rows, self._row(PIPELINE_TOTAL, city_us, {}, fields)]

    def latency(self, city_us: int, measure: str, histogram: Histogram) -> list[OpsRow]:
        """Return the latencies of one stretch, samples in micro-units of a second (µs); none when there are no samples."""
        if not histogram.count:
            return []
        fields: dict[str, Value] = {
            "count": histogram.count,
            "p50_us": int(histogram.quantile(0.50)),
            "p95_us": int(histogram.quantile(0.95)),
            "p99_us": int(histogram.quantile(0.99)),
            "max_us": int(histogram.greatest),
            "over_limit": histogram.count - histogram.at_most(LIMIT_US),
        }
        for edge_us in EDGES_US:
            fields[at_most_name(edge_us)] = histogram.at_most(edge_us)
        return [self._row(PIPELINE_LATENCY, city_us, {"stage": stage_of(measure)}, fields)]

    def objectives(self, city_us: int, judged: Sequence[Judged]) -> list[OpsRow]:
        """Return one row per promise with value, bound, samples and verdict."""
        rows = []
        for promise in map(Promise.from_judged, judged):
            fields: dict[str, Value] = {
                "bound": promise.bound,
                "samples": promise.samples,
                "verdict": promise.verdict.value,
                "promise": promise_text(promise),
                "unit": promise.unit,
            }
            if promise.value is not None:
                fields["value"] = promise.value
            tags = {"measure": promise.measure, "statistic": promise.statistic.value}
            if promise.where:
                tags["where_label"] = promise.where
            rows.append(self._row(OBJECTIVE, city_us, tags, fields))
        return rows

    def _row(self, measurement: Measurement, city_us: int, tags: dict[str, str], fields: Mapping[str, Value]) -> OpsRow:
        known: dict[str, Value] = {"city_us": city_us, "elapsed_s": round(self.elapsed_s(), 3)}
        return measurement.row(city_us + self.shift_us, {"run": self.run, **tags}, known | dict(fields))


class OpsWriter:
    """Writes rows from a thread of its own; keeps them while the store is away."""

    def __init__(self, store: Store) -> None:
        """Start the thread."""
        self._store = store
        self._rows: deque[OpsRow] = deque()
        self._wake = threading.Event()
        self._closing = False
        self.dropped = 0
        self.trouble = ""
        self._thread = threading.Thread(target=self._work, name="ops", daemon=True)
        self._thread.start()

    def add(self, rows: Sequence[OpsRow]) -> None:
        """Queue rows; the oldest are dropped, and counted, when far too many wait."""
        self._rows.extend(rows)
        while len(self._rows) > MOST_WAITING:
            self._rows.popleft()
            self.dropped += 1
        self._wake.set()

    def _work(self) -> None:
        while not (self._closing and not self._rows):
            self._wake.wait(timeout=1.0)
            self._wake.clear()
            if not self._write() and self._closing:
                return

    def _write(self) -> bool:
        rows = [self._rows.popleft() for _ in range(len(self._rows))]
        if not rows:
            return True
        try:
            self._store.write_ops(rows)
        except Exception as error:  # noqa: BLE001 - rows about the run wait, whatever their store says; the run goes on
            self.trouble = str(error) if isinstance(error, CitybeatError) else f"{type(error).__name__}: {error}"
            self._rows.extendleft(reversed(rows))
            return False
        return True

    def close(self, deadline_s: float = 10.0) -> None:
        """Write what waits, at most so long, and stop; `dropped` then says how many rows were never written."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout=deadline_s)
        self.dropped += len(self._rows)


@dataclass(slots=True)
class Deltas:
    """Remembers cumulative histograms, to say what came since the last time."""

    _seen: dict[str, Histogram] = field(default_factory=dict)

    def since(self, name: str, histogram: Histogram) -> Histogram:
        """Return the samples added since the last call with this name."""
        fresh = histogram.since(self._seen.get(name, Histogram()))
        copy = Histogram()
        copy.merge(histogram)
        self._seen[name] = copy
        return fresh
