"""The rows that InfluxDB holds of a run, as a decoder would have read them.

Owns the way back from measurements to columns. Writing them is `brokers.influx.writer`'s.
"""

from typing import Any

import polars as pl

from brokers.codec import frame_schema
from brokers.influx.api import InfluxApi, quoted
from sim.errors import ServiceError
from sim.events.kinds import FieldType, Kind

NEVER_KEPT = ("due", "sent")


def held_rows(api: InfluxApi, run: str, kind: Kind, start_us: int | None, end_us: int | None) -> pl.DataFrame:
    """Return the rows of a kind with start <= t < end (None: without end): columns as decoded, without `due` and `sent`.

    Raises ServiceError.
    """
    wanted = {name: dtype for name, dtype in frame_schema(kind).items() if name not in NEVER_KEPT}
    columns = ", ".join(f'"{name}"' for name in wanted if name != "t")
    bounds = [f"time {sign} {at}u" for sign, at in ((">=", start_us), ("<", end_us)) if at is not None]
    where = " AND ".join([f'"run" = {quoted(run)}', *bounds])
    answers = api.influxql(f'SELECT {columns} FROM "raw"."{kind.name}" WHERE {where}')  # noqa: S608 - names of the schema
    series = [each for answer in answers for each in answer.series]
    if any(each.columns != ["time", *(name for name in wanted if name != "t")] for each in series):
        msg = f"InfluxDB at {api.settings.url} answers with other columns of {kind.name} than were asked for"
        raise ServiceError(msg)
    return _frame([row for each in series for row in each.values], kind, wanted)


def _frame(values: list[list[Any]], kind: Kind, wanted: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return rows (time first, then the other columns) with the types of the kind: tags and choices come as texts."""
    numbers = {field.name for field in kind.wire_fields if field.type in (FieldType.INTEGER, FieldType.INSTANT) and not field.tag}
    plain = {
        name: dtype if name in ("t", "seq") or name in numbers or dtype in (pl.Float64(), pl.Boolean()) else pl.String()
        for name, dtype in wanted.items()
    }
    columns = zip(*values, strict=True) if values else [[] for _ in plain]
    frame = pl.DataFrame(
        [pl.Series(name, list(column), dtype=plain[name], strict=False) for name, column in zip(plain, columns, strict=True)]
    )
    return frame.cast(dict(wanted))  # type: ignore[arg-type] # polars asks for a wider mapping
