"""The calls of a day's trips: read from stop_times.txt, freed of calls and of whole trips that cannot be driven.

Owns stop_times.txt, and what is left out of it. How calls without a time are timed is `times`' business.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.gtfs.clock import clock_us
from devices.buses.network.gtfs.feed import LINE, Feed
from devices.buses.network.gtfs.tables import STOP_TIMES, TRIPS
from sim.arrays import Int
from sim.units import DAY_US

MOST_CALLS = 10_000_000  # on one day: bounds memory
MOST_STOPS = 2_000  # of one trip; real ones have 200
UNTIMED = -1


def read_calls(feed: Feed, every_trip: pl.LazyFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """Return the calls of `trips` (columns trip_id, line): line, trip (place in `trips`), stop_id, arrive_us and depart_us.

    Sorted by trip and sequence, one for each; untimed ones have UNTIMED. What cannot be read is left out and noted, also calls on
    demand and what belongs to none of `every_trip`.
    """
    _note_strangers(feed, every_trip)
    calls = _of_day(feed, trips)
    none = trips[np.setdiff1d(np.arange(len(trips)), calls["trip"].unique())][LINE]
    feed.note_rows(TRIPS, none, "trips have no stop times and were left out")
    calls = _by_the_clock(feed, calls)
    calls = feed.number(STOP_TIMES, calls, "stop_sequence", pl.Int64)
    calls = without_trips(feed, calls, pl.col("stop_sequence").is_null(), "trips have calls without a stop_sequence and were left out")
    return _once(feed, calls.sort("trip", "stop_sequence", LINE)).drop("stop_sequence")


def _note_strangers(feed: Feed, every_trip: pl.LazyFrame) -> None:
    rows = feed.scan(STOP_TIMES).join(every_trip, on="trip_id", how="anti").select(pl.len(), pl.col(LINE).min())
    count, line = rows.collect(engine="streaming").row(0)
    if count:
        feed.note("stop times belong to no trip and were left out", count, STOP_TIMES.file, line)


def _of_day(feed: Feed, trips: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the day's trips. Raises UsageError for more than MOST_CALLS."""
    numbered = trips.lazy().select("trip_id").with_row_index("trip")
    timed = pl.any_horizontal(pl.col("arrival_time", "departure_time").is_not_null())
    zone = pl.any_horizontal(pl.col("location_id", "location_group_id").is_not_null()) & pl.col("stop_id").is_null()
    on_demand = (zone | (pl.col("start_pickup_drop_off_window").is_not_null() & ~timed)).alias("on_demand")
    scan = feed.scan(STOP_TIMES).join(numbered, on="trip_id")
    calls = scan.select(LINE, "trip", "stop_id", "stop_sequence", "arrival_time", "departure_time", on_demand)
    rows = calls.head(MOST_CALLS + 1).collect(engine="streaming")
    if len(rows) > MOST_CALLS:
        feed.fail(f"its trips of one day have more than {MOST_CALLS:,} stop times, the most that is run: cut the feed to a region")
    feed.note_rows(STOP_TIMES, rows.filter("on_demand")[LINE], "stop times on demand, without a time of their own, were left out")
    return rows.filter(~pl.col("on_demand")).drop("on_demand")


def _by_the_clock(feed: Feed, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the calls with their times read. Trips with one that cannot be read are left out."""
    arrive, depart = (clock_us(calls[column]) for column in ("arrival_time", "departure_time"))
    wrong = (arrive.is_null() & calls["arrival_time"].is_not_null()) | (depart.is_null() & calls["departure_time"].is_not_null())
    times = {"arrive_us": pl.coalesce(arrive, depart), "depart_us": pl.coalesce(depart, arrive)}
    calls = calls.with_columns(wrong=wrong, **times)
    example = calls.filter("wrong").select(pl.concat_str("arrival_time", "departure_time", separator=" ", ignore_nulls=True)).head(1)
    shown = f" ({example.item()!r})" if len(example) else ""
    calls = without_trips(feed, calls, pl.col("wrong"), f"trips have a time that cannot be read{shown} and were left out")
    return calls.drop("wrong", "arrival_time", "departure_time").with_columns(pl.col("arrive_us", "depart_us").fill_null(UNTIMED))


def _once(feed: Feed, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the first call at every place of a trip; what repeats it, in the same words or others, is noted. `calls` are sorted."""
    same_place = (calls["trip"].diff() == 0) & (calls["stop_sequence"].diff() == 0)
    if not same_place.any():
        return calls
    distinct = calls.unique(pl.exclude(LINE), keep="first", maintain_order=True)
    kept = distinct.unique(("trip", "stop_sequence"), keep="first", maintain_order=True)
    again = calls.join(distinct.select(LINE), on=LINE, how="anti")[LINE]
    feed.note_rows(STOP_TIMES, again, "stop times repeat an earlier row and were left out")
    other = distinct.join(kept.select(LINE), on=LINE, how="anti")[LINE]
    feed.note_rows(STOP_TIMES, other, "stop times repeat a stop_sequence of their trip with another stop or time: the first is taken")
    return kept


def without_trips(feed: Feed, calls: pl.DataFrame, wrong: pl.Expr | pl.Series, what: str) -> pl.DataFrame:
    """Return the calls without those of the trips of which one is wrong; note how many trips."""
    found = calls.filter(wrong)
    if not len(found):
        return calls
    trips = found["trip"].unique()
    feed.note_rows(STOP_TIMES, found[LINE], what, len(trips))
    return calls.filter(~pl.col("trip").is_in(trips.implode()))


def without_calls(feed: Feed, calls: pl.DataFrame, wrong: pl.Series, what: str) -> pl.DataFrame:
    """Return the calls without the wrong ones; note how many."""
    feed.note_rows(STOP_TIMES, calls.filter(wrong)[LINE], what)
    return calls.filter(~wrong) if wrong.any() else calls


def in_order(feed: Feed, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the calls of trips that can be driven, clocks that start anew at midnight counted on.

    That is two calls at least, a time at both ends, no time before the one before, and less than a day from end to end.
    """
    calls = without_trips(feed, calls, pl.len().over("trip") < 2, "trips with fewer than two stops were left out")  # noqa: PLR2004 - from one to the next
    many = pl.len().over("trip") > MOST_STOPS
    calls = without_trips(feed, calls, many, f"trips have more than {MOST_STOPS:,} stops, the most that is run, and were left out")
    calls = _counted_on(feed, calls)
    first, last = _ends(calls["trip"].to_numpy())
    untimed = pl.Series((calls["arrive_us"] == UNTIMED).to_numpy() & (first | last))
    calls = without_trips(feed, calls, untimed, "trips have no time at their first or last stop and were left out")
    backwards = pl.Series(_backwards(calls["arrive_us"].to_numpy(), calls["depart_us"].to_numpy(), calls["trip"].to_numpy()))
    calls = without_trips(feed, calls, backwards, "trips have a time earlier than the one before and were left out")
    long = pl.col("arrive_us").max().over("trip") - pl.col("depart_us").first().over("trip") > DAY_US
    return without_trips(feed, calls, long, "trips take more than a day and were left out")


def _ends(trip: Int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows are the first and the last of their trip."""
    change = trip[1:] != trip[:-1]
    return np.concatenate([[True], change])[: len(trip)], np.concatenate([change, [True]])[-len(trip) or 1 :]


def _backwards(arrive: Int, depart: Int, trip: Int) -> NDArray[np.bool_]:
    """Return which rows are left before they are reached, or reached before the last timed stop is left."""
    wrong = depart < arrive
    timed = np.flatnonzero(arrive != UNTIMED)
    early = (arrive[timed[1:]] < depart[timed[:-1]]) & (trip[timed[1:]] == trip[timed[:-1]])
    wrong[timed[1:][early]] = True
    return wrong


def _counted_on(feed: Feed, calls: pl.DataFrame) -> pl.DataFrame:
    """Return the calls with times of trips that write 00:05 after 23:55 counted on past 24:00."""
    arrive, depart, trip = (calls[name].to_numpy() for name in ("arrive_us", "depart_us", "trip"))
    days = _midnights(arrive, depart, trip)
    if not days.any():
        return calls
    feed.note("trips start their clock anew at midnight: counted on past 24:00", len(np.unique(trip[days.any(axis=1)])))
    return calls.with_columns(arrive_us=arrive + days[:, 0], depart_us=depart + days[:, 1])


def _midnights(arrive: Int, depart: Int, trip: Int) -> Int:
    """Return what to add to arrivals and departures, µs: shape (rows, 2).

    A time more than half a day before the one before it in the trip is of the next day, and so is all that follows.
    """
    timed = arrive != UNTIMED
    clock = np.stack([arrive[timed], depart[timed]], axis=1).ravel()
    owner = np.repeat(trip[timed], 2)
    anew = np.concatenate([[False], (np.diff(clock) < -DAY_US // 2) & (owner[1:] == owner[:-1])])[: len(clock)]
    passed = np.cumsum(anew)
    first = np.searchsorted(owner, owner)
    added = np.zeros((len(trip), 2), dtype=np.int64)
    added[timed] = ((passed - passed[first]) * DAY_US).reshape(-1, 2)
    return added
