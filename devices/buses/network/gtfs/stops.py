"""The stops of a GTFS feed: where they are, and which of them cannot be there.

Owns stops.txt. Which stops are served is told by the calls.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.arrays import Stop
from devices.buses.network.gtfs.calls import UNTIMED, without_calls, without_trips
from devices.buses.network.gtfs.feed import LINE, Feed
from devices.buses.network.gtfs.tables import STOPS
from sim.figures import Figure
from sim.geometry import distance_m
from sim.units import SECOND_US

TRIP_REACH = Figure(
    "a stop this far from its trip's middle is misplaced", value=10, unit="km", source="assumption; besides what can be driven"
)
TRIP_SPEED = Figure("no trip is faster, as the crow flies", value=60, unit="m/s", source="assumption: twice an express on a free motorway")
FIGURES: tuple[Figure, ...] = (TRIP_REACH, TRIP_SPEED)

NULL_ISLAND_DEG = 0.01  # about a kilometre in the Gulf of Guinea, where zeros lie
HALF_TURN, FULL_TURN = 180.0, 360.0
QUARTER_TURN = 90.0
TELLING = 3  # calls of a trip from which on the middle tells which of them is far off

LATITUDE, LONGITUDE = "stop_lat", "stop_lon"


def placed_stops(feed: Feed) -> pl.DataFrame:
    """Return the stops in order of the file: line, stop_id, stop_name, stop_lat and stop_lon, absent where it has no place on earth.

    A stop without a place takes that of its station; one whose latitude can only be a longitude has them exchanged. Longitudes of a
    network across 180 degrees are counted on past it, so that neighbours are near in numbers.
    """
    stops = feed.distinct(STOPS, feed.read(STOPS), "stop_id")
    for column in (LATITUDE, LONGITUDE):
        stops = feed.number(STOPS, stops, column, pl.Float64)
    stops = _exchanged(feed, stops, (pl.col(LATITUDE).abs() > QUARTER_TURN) & (pl.col(LONGITUDE).abs() <= QUARTER_TURN))
    nowhere = pl.col(LATITUDE).abs() > QUARTER_TURN, pl.col(LONGITUDE).abs() > HALF_TURN
    nought = (pl.col(LATITUDE).abs() < NULL_ISLAND_DEG) & (pl.col(LONGITUDE).abs() < NULL_ISLAND_DEG)
    feed.note_rows(STOPS, stops.filter(nought)[LINE], "stops are at 0,0 and count as without a place")
    lost = pl.any_horizontal(*nowhere, nought).fill_null(value=True)
    placed = stops.with_columns(pl.when(~lost).then(LATITUDE), pl.when(~lost).then(LONGITUDE))
    station = placed.select(pl.col("stop_id").alias("parent_station"), pl.col(LATITUDE, LONGITUDE).name.suffix("_station"))
    placed = placed.join(station, on="parent_station", how="left", maintain_order="left").with_columns(
        pl.coalesce(column, f"{column}_station") for column in (LATITUDE, LONGITUDE)
    )
    longitude = continuous(placed[LONGITUDE].to_numpy(), middle(placed[LONGITUDE].drop_nulls().to_numpy()))
    return placed.select(LINE, "stop_id", pl.coalesce("stop_name", "stop_id").alias("stop_name"), LATITUDE).with_columns(
        pl.Series(LONGITUDE, longitude).fill_nan(None)
    )


def middle(longitude: NDArray[np.float64]) -> float:
    """Return the mean direction of longitudes, degrees; 0 for none."""
    angle = np.radians(longitude)
    return float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum())))


def continuous(longitude: NDArray[np.float64], about: float) -> NDArray[np.float64]:
    """Return longitudes with those more than half a turn from `about` counted on from there; the others are untouched."""
    apart = longitude - about
    return np.where(apart > HALF_TURN, longitude - FULL_TURN, np.where(apart < -HALF_TURN, longitude + FULL_TURN, longitude))


def _exchanged(feed: Feed, stops: pl.DataFrame, wrong: pl.Expr | pl.Series) -> pl.DataFrame:
    feed.note_rows(STOPS, stops.filter(wrong)[LINE], "stops have latitude and longitude exchanged: put right")
    pairs = (LATITUDE, LONGITUDE), (LONGITUDE, LATITUDE)
    return stops.with_columns(pl.when(wrong).then(other).otherwise(own).alias(own) for own, other in pairs)


def at_stops(feed: Feed, calls: pl.DataFrame, stops: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the calls with `stop`, the place in `stops`, for stop_id; and the stops with those put right that were exchanged.

    Calls at stops that are unknown, or nowhere on earth, or where no bus of theirs can be, are left out and noted.
    """
    numbered = stops.select("stop_id", LATITUDE).with_row_index("stop")
    calls = calls.join(numbered, on="stop_id", how="left", maintain_order="left")
    calls = without_calls(feed, calls, calls["stop"].is_null(), "stop times name no stop, or an unknown one, and were left out")
    calls = without_calls(feed, calls, calls[LATITUDE].is_null(), "stop times at stops without a place on earth were left out")
    calls = calls.drop("stop_id", LATITUDE)
    lost = _misplaced(calls, stops)
    if lost.any():
        put_right = lost & ~_misplaced(calls, _exchanged(Feed(""), stops, pl.Series(lost)))
        stops = _exchanged(feed, stops, pl.Series(put_right))
        astray = pl.Series((lost & ~put_right)[calls["stop"].to_numpy()])
        calls = without_calls(feed, calls, astray, "stop times at stops far from all others of their trips were left out")
    far = pl.Series(_far(calls, stops), dtype=pl.Boolean)
    return without_trips(feed, calls, far, "trips have stops farther apart than a bus can drive and were left out"), stops


def _misplaced(calls: pl.DataFrame, stops: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which stops are far from the middle of most of their trips: shape (stops,). A trip of two stops cannot tell."""
    far = _far(calls, stops)
    if not far.any():
        return np.zeros(len(stops), dtype=np.bool_)
    stop, trip = calls["stop"].to_numpy(), calls["trip"].to_numpy()
    telling = np.bincount(trip)[trip] >= TELLING
    every, astray = (np.bincount(stop[rows], minlength=len(stops)) for rows in (telling, telling & far))
    return np.asarray(astray * 2 > every)


def _far(calls: pl.DataFrame, stops: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which calls are farther from the middle of their trip than its bus can drive in all its time: shape (calls,)."""
    stop, trip = calls["stop"].to_numpy(), calls["trip"].to_numpy()
    if not len(trip):
        return np.zeros(0, dtype=np.bool_)
    latitude, longitude = (stops[name].to_numpy()[stop] for name in (LATITUDE, LONGITUDE))
    first = np.flatnonzero(np.concatenate([[True], trip[1:] != trip[:-1]]))
    lows = [np.minimum.reduceat(axis, first) for axis in (latitude, longitude)]
    highs = [np.maximum.reduceat(axis, first) for axis in (latitude, longitude)]
    reach_m = _reach_m(calls, first)
    lengths = np.diff(np.append(first, len(trip)))
    wide = np.repeat(distance_m(lows[0], lows[1], highs[0], highs[1]) > reach_m, lengths)
    rows = pl.DataFrame({"trip": trip, LATITUDE: latitude, LONGITUDE: longitude}).filter(pl.Series(wide))
    middles = rows.select(pl.col(LATITUDE, LONGITUDE).median().over("trip"))
    far = np.zeros(len(trip), dtype=np.bool_)
    apart_m = distance_m(*(each.to_numpy() for each in (rows[LATITUDE], rows[LONGITUDE], middles[LATITUDE], middles[LONGITUDE])))
    far[wide] = apart_m > np.repeat(reach_m, lengths)[wide]
    return far


def _reach_m(calls: pl.DataFrame, first: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how far each trip's bus can come at most, m: shape (trips,)."""
    latest = np.maximum.reduceat(calls["depart_us"].to_numpy(), first)
    arrive = calls["arrive_us"].to_numpy()
    earliest = np.minimum.reduceat(np.where(arrive == UNTIMED, latest.max(), arrive), first)
    run_s = np.maximum(latest - earliest, 0) / SECOND_US
    return np.asarray(1_000 * float(TRIP_REACH) + float(TRIP_SPEED) * run_s)


def served(stops: pl.DataFrame, calls: pl.DataFrame, district: str) -> tuple[tuple[Stop, ...], pl.DataFrame]:
    """Return the stops that calls are at, in order of the file, and the calls with `stop` numbered among these."""
    used = calls["stop"].unique().sort()
    chosen = stops[used].select("stop_id", "stop_name", LATITUDE, LONGITUDE)
    renumbered = pl.Series("stop", used.search_sorted(calls["stop"]))
    found = tuple(Stop(stop_id, name, latitude, longitude, district) for stop_id, name, latitude, longitude in chosen.iter_rows())
    return found, calls.with_columns(renumbered)
