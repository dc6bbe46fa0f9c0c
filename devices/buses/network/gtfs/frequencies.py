"""Trips that run at a headway: frequencies.txt as departures.

Owns frequencies.txt. The trip that is repeated, with its calls, comes from the other files.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.gtfs.clock import clock_us
from devices.buses.network.gtfs.feed import LINE, Feed
from devices.buses.network.gtfs.tables import FREQUENCIES
from sim.figures import Figure
from sim.units import DAY_US, SECOND_US

NIGHT_ENDS = Figure("until when a headway's end before its start lies on the next morning", value=6, unit="h", low=3, high=9)
FIGURES = (NIGHT_ENDS,)

Departures = dict[str, NDArray[np.int64]]


def headways(feed: Feed, trips: pl.DataFrame) -> pl.DataFrame:
    """Return when `trips` run at a headway: trip_id, start_us, end_us (not included), every_us and runs, how many; in order.

    An end before its start is after midnight. Where rows of a trip overlap, the later one takes over from its start. A trip whose
    rows cannot be used has one without runs.
    """
    rows = feed.distinct(FREQUENCIES, feed.read(FREQUENCIES), "trip_id", "start_time")
    feed.note_rows(FREQUENCIES, rows.join(trips, on="trip_id", how="anti")[LINE], "headways are of no bus trip and were left out")
    rows = rows.join(trips.select("trip_id"), on="trip_id", how="semi", maintain_order="left")
    idle = rows.select("trip_id", start_us=0, end_us=0, every_us=1).unique("trip_id", maintain_order=True)
    rows = _usable(feed, rows)
    rows = pl.concat([rows, idle.join(rows, on="trip_id", how="anti", maintain_order="left")], how="vertical_relaxed")
    return rows.with_columns(runs=-(-(pl.col("end_us") - pl.col("start_us")) // pl.col("every_us")))


def departures(rows: pl.DataFrame) -> Departures:
    """Return the departures of trips that run at a headway, µs after midnight, in order, from what `headways` gives."""
    times: dict[str, list[NDArray[np.int64]]] = {}
    for trip, start, end, every in rows.select("trip_id", "start_us", "end_us", "every_us").iter_rows():
        times.setdefault(trip, []).append(np.arange(start, end, every, dtype=np.int64))
    return {trip: np.unique(np.concatenate(each)) for trip, each in times.items()}


def _usable(feed: Feed, rows: pl.DataFrame) -> pl.DataFrame:
    """Return trip_id, start_us, end_us, every_us of rows that make departures, in order, without overlaps."""
    rows = feed.number(FREQUENCIES, rows, "headway_secs", pl.Int64)
    start, end = (clock_us(rows[column]) for column in ("start_time", "end_time"))
    rows = rows.with_columns(start_us=start, end_us=end, every_us=pl.col("headway_secs") * SECOND_US)
    turned = (pl.col("end_us") < pl.col("start_us")) & ((pl.col("end_us") <= NIGHT_ENDS.us) | (pl.col("start_us") >= DAY_US // 2))
    feed.note_rows(FREQUENCIES, rows.filter(turned)[LINE], "headways end after midnight: counted on past 24:00")
    rows = rows.with_columns(pl.when(turned).then(pl.col("end_us") + DAY_US).otherwise("end_us").alias("end_us"))
    fits = ((pl.col("every_us") > 0) & (pl.col("end_us") > pl.col("start_us"))).fill_null(value=False)
    feed.note_rows(
        FREQUENCIES, rows.filter(~fits)[LINE], "headways lack a start before an end or a positive headway_secs and were left out"
    )
    rows = rows.filter(fits).sort("trip_id", "start_us", LINE)
    following = pl.col("start_us").shift(-1).over("trip_id")
    over = (pl.col("end_us") > following).fill_null(value=False)
    feed.note_rows(FREQUENCIES, rows.filter(over)[LINE], "headways overlap the next of their trip, which takes over from its start")
    rows = rows.with_columns(pl.when(over).then(following).otherwise("end_us").alias("end_us"))
    return rows.select("trip_id", "start_us", "end_us", "every_us")
