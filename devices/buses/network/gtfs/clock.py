"""The clock of a GTFS feed: `7:05:00` or `25:10:00` as µs after midnight (noon minus 12 h).

Owns the reading of times. What a time that cannot be read means for its row is the caller's business.
"""

import polars as pl

from sim.units import SECOND_US

_CLOCK = r"^(\d{1,3}):([0-5]?\d)(?::([0-5]?\d))?$"


def clock_us(texts: pl.Series) -> pl.Series:
    """Return times in µs after midnight, absent where there is none or none that can be read. Distinct texts are read once."""
    distinct = texts.drop_nulls().unique()
    parts = distinct.to_frame("text").select(pl.col("text").str.extract_groups(_CLOCK)).unnest("text")
    hour, minute, second = (parts.to_series(place).cast(pl.Int64) for place in range(3))
    values = ((hour * 60 + minute) * 60 + second.fill_null(0)) * SECOND_US
    return texts.replace_strict(distinct, values, default=None, return_dtype=pl.Int64)
