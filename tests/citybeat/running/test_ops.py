"""Rows about the run wait while their store is away, whatever it answers."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from citybeat.running.ops import OpsWriter
from sim.errors import ServiceError
from sim.ports import OpsRow, Store


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
