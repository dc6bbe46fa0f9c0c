"""The stop times of a GTFS feed: read, checked, and repaired so that arrivals strictly increase.

Owns stop_times.txt and frequencies.txt. Which trips are wanted and how far apart stops are is told by the caller.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.gtfs_tables import FREQUENCIES, LINE, STOP_TIMES, TRIPS, Feed, Table
from devices.buses.network.synthetic_lines import SPEED
from sim.units import DAY_US, SECOND_US

UNTIMED = -1
_CLOCK = r"^(\d{1,3}):([0-5]?\d)(?::([0-5]?\d))?$"


@dataclass(frozen=True, slots=True)
class Rows:
    """The stop times of some trips, trip after trip: row r belongs to trip `trip[r]` (0, 1, ...) and is row `line[r]` of the file.

    `stop` are numbers of stops, `arrive_us` and `depart_us` µs after midnight or UNTIMED: shape (rows,). `bounds`: shape (trips + 1,).
    """

    line: NDArray[np.int64]
    trip: NDArray[np.int64]
    stop: NDArray[np.int32]
    arrive_us: NDArray[np.int64]
    depart_us: NDArray[np.int64]
    bounds: NDArray[np.int64]


def read_rows(feed: Feed, every_trip: pl.LazyFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """Return the stop times of `trips` (columns trip_id, line) sorted by place in `trips` and sequence: trip, stop_id, times in µs.

    `every_trip` holds all the feed's trip_id. Unknown trips, trips without stops and unreadable numbers become problems.
    """
    scan = feed.scan(STOP_TIMES)
    strangers = scan.join(every_trip, on="trip_id", how="anti").group_by("trip_id").agg(pl.col(LINE).min()).sort(LINE)
    feed.complain(
        (f"{STOP_TIMES.file} line {line}: unknown trip {trip!r}" for trip, line in feed.collect(STOP_TIMES, strangers).iter_rows()),
        f"add the trip to {TRIPS.file} or remove the row",
    )
    numbered = trips.lazy().select("trip_id").with_row_index("trip")
    on_demand = pl.any_horizontal(pl.col("location_id", "location_group_id").is_not_null()).alias("on_demand")
    columns = (LINE, "trip", "stop_id", "stop_sequence", "arrival_time", "departure_time", on_demand)
    rows = feed.collect(STOP_TIMES, scan.join(numbered, on="trip_id").select(*columns))
    stopless = trips.select(LINE, "trip_id")[np.setdiff1d(np.arange(len(trips)), rows["trip"].unique())]
    feed.complain(
        (f"{TRIPS.file} line {line}: trip {trip!r} has no stops" for line, trip in stopless.iter_rows()),
        f"add its rows to {STOP_TIMES.file} or remove the trip",
    )
    rows = feed.number(STOP_TIMES, rows, "stop_sequence", pl.Int64)
    for column in ("arrival_time", "departure_time"):
        rows = clock_us(feed, STOP_TIMES, rows, column)
    areas = rows["on_demand"] & rows["stop_id"].is_null()
    if areas.any():
        feed.note("stop times on demand, without a stop, were left out", int(areas.sum()))
    return rows.filter(~areas).drop("on_demand").sort("trip", "stop_sequence", LINE)


def clock_us(feed: Feed, table: Table, rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the rows with a column of `7:05:00` or `25:10:00` as µs after midnight; unreadable ones become problems."""
    parts = rows.select(pl.col(column).str.extract_groups(_CLOCK)).unnest(column)
    hour, minute, second = (parts.to_series(place).cast(pl.Int64) for place in range(3))
    values = ((hour * 60 + minute) * 60 + second.fill_null(0)) * SECOND_US
    wrong = rows.filter(values.is_null() & rows[column].is_not_null()).select(LINE, column)
    feed.complain(
        (f"{table.file} line {line}: {column} {text!r} is not a time" for line, text in wrong.iter_rows()),
        "write it as 07:05:00; after midnight count on, 25:10:00",
    )
    return rows.with_columns(values.alias(column))


def checked(feed: Feed, rows: pl.DataFrame, trip_ids: pl.Series) -> Rows:
    """Return the rows as arrays. Trips whose times run backwards, or lack one at an end, become problems."""
    arrive, depart = (rows[name].fill_null(UNTIMED).to_numpy() for name in ("arrival_time", "departure_time"))
    arrive, depart = np.where(arrive == UNTIMED, depart, arrive), np.where(depart == UNTIMED, arrive, depart)
    trip = rows["trip"].cast(pl.Int64).to_numpy()
    bounds = np.searchsorted(trip, np.arange(len(trip_ids) + 1))
    days = _midnights(arrive, depart, trip)
    if days.any():
        feed.note("trips start their clock anew at midnight: counted on past 24:00", len(np.unique(trip[days.any(axis=1)])))
    found = Rows(rows[LINE].to_numpy(), trip, rows["stop"].cast(pl.Int32).to_numpy(), arrive + days[:, 0], depart + days[:, 1], bounds)
    ends = np.unique(np.concatenate([bounds[:-1], bounds[1:] - 1]))
    _complain_of(feed, found, trip_ids, ends[found.arrive_us[ends] == UNTIMED], "no time at the first or last stop of", "give it one")
    timed = np.flatnonzero(found.arrive_us != UNTIMED)
    early = found.arrive_us[timed[1:]] < found.depart_us[timed[:-1]]
    backwards = np.concatenate(
        [timed[1:][early & (trip[timed[1:]] == trip[timed[:-1]])], np.flatnonzero(found.depart_us < found.arrive_us)],
    )
    _complain_of(
        feed,
        found,
        trip_ids,
        np.unique(backwards),
        "the time is earlier than the one before in",
        "correct it; after midnight count on, 25:10:00",
    )
    return found


def _midnights(arrive: NDArray[np.int64], depart: NDArray[np.int64], trip: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what to add to arrivals and departures of feeds that write 00:05 after 23:55, µs: shape (rows, 2).

    A time more than half a day before the one before it in the trip is of the next day, and so is all that follows.
    """
    timed = arrive != UNTIMED
    clock = np.stack([arrive[timed], depart[timed]], axis=1).ravel()
    owner = np.repeat(trip[timed], 2)
    anew = np.concatenate([[False], (np.diff(clock) < -DAY_US // 2) & (owner[1:] == owner[:-1])])
    passed = np.cumsum(anew)
    first = np.searchsorted(owner, owner)
    added = np.zeros((len(trip), 2), dtype=np.int64)
    added[timed] = ((passed - passed[first]) * DAY_US).reshape(-1, 2)
    return added


def _complain_of(feed: Feed, rows: Rows, trip_ids: pl.Series, at: NDArray[np.int64], what: str, remedy: str) -> None:
    feed.complain((f"{STOP_TIMES.file} line {rows.line[row]}: {what} trip {trip_ids[int(rows.trip[row])]!r}" for row in at), remedy)


def repaired(rows: Rows, along_m: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return arrivals and departures, µs: every stop timed, and each arrival later than the departure before it.

    `along_m` is each row's distance along its trip, strictly increasing. A stop without a time, or with that of the stop before,
    is passed at even speed between the nearest stops that do differ: feeds round to minutes. At the end of a trip the last stop
    keeps its time and those before it give way; where there is no room, the bus goes on at the mean speed of the city.
    """
    arrive, depart = rows.arrive_us.copy(), rows.depart_us.copy()
    first, last = rows.bounds[:-1], rows.bounds[1:] - 1
    before = _departure_before(rows)
    # A stop with a stay, reached at the moment the stop before is left: half of the stay is given to the ride.
    rushed = (arrive != UNTIMED) & (arrive <= before) & (depart > arrive)
    arrive[rushed] += (depart[rushed] - arrive[rushed]) // 2
    fixed = arrive > before
    fixed[first] = True
    final = _last_fixed(fixed)[last]
    loose = final != last
    gives_way = loose & (final != first) & (arrive[final] == depart[final])
    fixed[final[gives_way]] = False
    prolonged = loose & ~gives_way
    ride_m = along_m[last[prolonged]] - along_m[final[prolonged]]
    ride_us = np.ceil(ride_m / (float(SPEED) / 3.6) * SECOND_US).astype(np.int64)
    arrive[last[prolonged]] = depart[last[prolonged]] = depart[final[prolonged]] + ride_us
    fixed[last] = True
    return _between(arrive, depart, fixed, along_m)


def _departure_before(rows: Rows) -> NDArray[np.int64]:
    """Return the departure from the last timed stop before each row in its trip; UNTIMED for the first stop."""
    timed = np.where(rows.arrive_us != UNTIMED, np.arange(len(rows.arrive_us)), 0)
    row = np.concatenate([[0], np.maximum.accumulate(timed)[:-1]])
    before: NDArray[np.int64] = rows.depart_us[row]
    before[rows.bounds[:-1]] = UNTIMED
    return before


def _last_fixed(fixed: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.asarray(np.maximum.accumulate(np.where(fixed, np.arange(len(fixed)), 0)), dtype=np.int64)


def _between(
    arrive: NDArray[np.int64], depart: NDArray[np.int64], fixed: NDArray[np.bool_], along_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return times with the stops that are not fixed passed at even speed between those that are."""
    loose = np.flatnonzero(~fixed)
    start = _last_fixed(fixed)[loose]
    end = len(fixed) - 1 - _last_fixed(fixed[::-1])[::-1][loose]
    share = (along_m[loose] - along_m[start]) / (along_m[end] - along_m[start])
    arrive[loose] = depart[start] + ((arrive[end] - depart[start]) * share).astype(np.int64)
    depart[loose] = arrive[loose]  # one with a stay of its own is fixed
    return arrive, depart


def departures(feed: Feed) -> dict[str, NDArray[np.int64]]:
    """Return the departures of trips that run at a headway, µs after midnight, in order; end_time is not included."""
    rows = feed.number(FREQUENCIES, feed.read(FREQUENCIES), "headway_secs", pl.Int64)
    for column in ("start_time", "end_time"):
        rows = clock_us(feed, FREQUENCIES, rows, column)
    wrong = rows.filter(pl.any_horizontal(pl.col("start_time", "end_time", "headway_secs").is_null()) | (pl.col("headway_secs") <= 0))
    feed.complain(
        (f"{FREQUENCIES.file} line {line}" for line in wrong[LINE]), "start_time, end_time and a positive headway_secs are needed"
    )
    feed.check()
    times: dict[str, list[int]] = {}
    for trip, start, end, headway in rows.select("trip_id", "start_time", "end_time", "headway_secs").iter_rows():
        times.setdefault(trip, []).extend(range(start, end, headway * SECOND_US))
    return {trip: np.unique(np.array(each, dtype=np.int64)) for trip, each in times.items()}
