"""Which cases a report tells step by step: the most telling ones, of every type and every outcome.

Owns the choice and its order.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

MOST_CASES = 24
Case = Mapping[str, Any]


def telling(cases: pl.DataFrame) -> list[Case]:
    """Return at most MOST_CASES cases, the most telling first.

    That is a real emergency of a home that is simulated, told from its cause to its closure, to which help came: of equals the one with
    most services, then the longest.
    Each type and outcome has its best before any has a second.
    """
    if not cases.height:
        return []
    whole = pl.col("number") > 0
    has = [pl.col(name).is_not_null() for name in ("arrived_us", "began_us", "closed_us", "answered_us")]
    worth = [
        whole,
        pl.col("real").fill_null(value=False),
        *has,
        pl.col("services").list.len(),
        pl.col("last_us") - pl.min_horizontal("first_us", "began_us"),
    ]
    keys = [f"_{place}" for place in range(len(worth))]
    ranked = cases.with_columns(**dict(zip(keys, worth, strict=True))).sort(keys, descending=True, nulls_last=True, maintain_order=True)
    turns = ranked.with_columns(_turn=pl.int_range(pl.len()).over("alarm_type", "outcome"))
    best, rest = ranked.head(1), turns.slice(1).sort("_turn", maintain_order=True)
    chosen = pl.concat([best, rest.select(best.columns)]).head(MOST_CASES)
    return list(chosen.drop(keys).iter_rows(named=True))
