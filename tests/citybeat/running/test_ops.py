"""Rows about the run are of their schema, and wait while their store is away, whatever it answers."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from citybeat.running.ops import OpsRows, OpsWriter
from sim.errors import ServiceError
from sim.events.batches import CensusRow, Sample, Slice, Span
from sim.events.send_order import in_send_order
from sim.histogram import Histogram
from sim.judge.measures import Statistic
from sim.judge.ops import LIMIT_US, OBJECTIVE, RUN_EVENT, Value
from sim.judge.pipeline import PIPELINE_OBJECTIVES, STORED_FROM_DUE
from sim.ports import OpsRow, Store
from sim.units import MINUTE_US, SECOND_US


class Odd:
    """A store that raises what it is given, then takes rows."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors
        self.rows: list[OpsRow] = []

    def write_ops(self, rows: Sequence[OpsRow]) -> None:
        if self.errors:
            raise self.errors.pop()
        self.rows += rows


@pytest.mark.parametrize("error", [ServiceError("away"), KeyError("results"), UnicodeDecodeError("utf-8", b"\xfc", 0, 1, "bad")])
def test_no_answer_of_a_store_ends_the_thread_that_writes_rows_about_the_run(error: Exception) -> None:
    store: Any = Odd([error, error])
    writer = OpsWriter(cast("Store", store))
    rows = [OpsRow("run_event", number, {}, {"text": "x"}) for number in range(3)]
    writer.add(rows[:2])
    writer._thread.join(0.2)
    writer.add(rows[2:])
    writer._thread.join(0.2)
    writer.close()
    assert (store.rows, writer.dropped) == (rows, 0)
    assert writer.trouble


TAGS = {"run": "0123abcd", "what": "start"}
KNOWN: dict[str, Value] = {"city_us": 1, "elapsed_s": 0.5, "text": "it begins", "city_clock": "07:00:00"}


def test_a_row_of_the_schema_is_made() -> None:
    assert RUN_EVENT.row(7, TAGS, KNOWN) == OpsRow("run_event", 7, TAGS, KNOWN)


@pytest.mark.parametrize(
    ("tags", "fields", "told"),
    [
        (TAGS | {"colour": "red"}, KNOWN, "run_event: the tag colour is missing or none of the schema's"),
        ({"run": "0123abcd"}, KNOWN, "run_event: the tag what is missing"),
        (TAGS, KNOWN | {"word": "x"}, "run_event: the field word is missing or none"),
        (TAGS, {name: value for name, value in KNOWN.items() if name != "text"}, "run_event: the field text is missing"),
        (TAGS, KNOWN | {"elapsed_s": 1}, "run_event: elapsed_s 1 is of another type"),
        (TAGS, KNOWN | {"city_us": True}, "run_event: city_us True is of another type"),
    ],
)
def test_a_row_that_is_not_of_the_schema_cannot_be_made(tags: dict[str, str], fields: dict[str, Value], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        RUN_EVENT.row(7, tags, fields)


def test_a_promise_without_data_has_a_row_without_value_and_label() -> None:
    fields: dict[str, Value] = {
        "city_us": 1,
        "elapsed_s": 0.5,
        "bound": 1.0,
        "samples": 0,
        "verdict": "no data",
        "promise": "p95",
        "unit": "s",
    }
    row = OBJECTIVE.row(7, {"run": "0123abcd", "measure": "a.b", "statistic": "p95"}, fields)
    assert "value" not in row.fields


def test_what_a_system_counts_with_numpy_is_a_row_that_a_store_takes() -> None:
    counted = CensusRow("lamps", "lamp", "on", "Xuhui", np.int64(3))  # type: ignore[arg-type]
    piece = Slice(Span(0, 0, MINUTE_US), (), in_send_order(()), census=(counted,))
    (row,) = OpsRows("0123abcd", 0).census(piece)
    assert type(row.fields["count"]) is int


def test_the_share_over_the_limit_is_counted_at_the_promise_on_the_store() -> None:
    histogram = Histogram()
    histogram.record(np.array([SECOND_US, 3 * SECOND_US, 4 * SECOND_US]))
    (row,) = OpsRows("0123abcd", 0).latency(0, STORED_FROM_DUE, histogram)
    promised = next(each.at_most for each in PIPELINE_OBJECTIVES if (each.measure, each.statistic) == (STORED_FROM_DUE, Statistic.P95))
    assert promised == LIMIT_US / SECOND_US
    assert (row.tags["stage"], row.fields["over_limit"], row.fields["le_1000ms"]) == ("stored_from_due", 2, 1)


def test_what_was_measured_in_a_slice_is_one_row_for_each_measure_all_labels_together() -> None:
    samples = (
        Sample("lamps.power_w", "a", np.array([1.0, 2.0])),
        Sample("lamps.lit", "", np.array([1.0])),
        Sample("lamps.power_w", "b", np.array([9.0])),
    )
    power, lit = OpsRows("0123abcd", 0).measured(Slice(Span(0, 0, MINUTE_US), (), in_send_order(()), samples=samples))
    assert power.tags["measure"] == "lamps.power_w"
    told = {"count": 3, "total": 12.0, "p50": 2.0, "p95": 9.0, "max": 9.0}
    assert {name: power.fields[name] for name in told} == told
    assert lit.fields["count"] == 1
