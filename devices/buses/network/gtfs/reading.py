"""A bus network from any GTFS feed: one service day of it, repaired where feeds are ordinarily rough.

Owns the recipe: which step follows which, and putting the parts together. Each step is the business of a module beside it.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.arrays import Network, Pattern, Stop, Trip, content_version
from devices.buses.network.blocks import in_order
from devices.buses.network.gtfs.blocks import block_names, first_us
from devices.buses.network.gtfs.calendar import service_days
from devices.buses.network.gtfs.calls import in_order as calls_in_order
from devices.buses.network.gtfs.calls import read_calls
from devices.buses.network.gtfs.feed import LINE, Feed, opened
from devices.buses.network.gtfs.frequencies import Departures, departures, headways
from devices.buses.network.gtfs.patterns import UNKNOWN_DIRECTION, directed, pattern, read_shapes, sequences
from devices.buses.network.gtfs.places import FLAT_FARE, bus_routes, district_of, lines_of, time_zone
from devices.buses.network.gtfs.stops import at_stops, middle, placed_stops, served
from devices.buses.network.gtfs.tables import CALENDAR, CALENDAR_DATES, FREQUENCIES, ROUTES, STOP_TIMES, TRIPS
from devices.buses.network.gtfs.times import Calls, repaired
from devices.buses.network.motion import TOP_SPEED
from devices.buses.network.possible_times import possible
from sim.units import HOUR_US, MINUTE_US, SECOND_US

MOST_TRIPS = 500_000  # on one day; whole regions with every bus of theirs have half of it

Times = tuple[NDArray[np.int64], NDArray[np.int64]]


def read_gtfs(path: Path, day: date | None = None, default_fare_cents: int = round(float(FLAT_FARE))) -> Network:
    """Return the buses of a GTFS feed, a .zip file or a folder, on one day: its busiest weekday unless a day is given.

    The whole feed is one district named from its agency. Trips of frequencies.txt are expanded. `notes` of the network say what
    was repaired or left out. Raises UsageError naming file, line and remedy of everything that makes the feed unusable, or DiskError.
    """
    with opened(path) as feed:
        zone = time_zone(feed)
        routes = bus_routes(feed)
        every_trip, trips = _bus_trips(feed, routes)
        day, trips, headway_trips = _trips_of_day(feed, trips, day)
        district = district_of(feed, trips.join(routes, on="route_id"))
        stops, trips, calls = _calls(feed, every_trip, trips, district)
        patterns, pattern_of_trip = _patterns(feed, trips, calls, stops)
        along = np.concatenate([patterns[number].distance_m for number in pattern_of_trip.tolist()])
        times = _possible(feed, calls, repaired(calls, along), along)
        timetable = _timetable(trips, pattern_of_trip, calls.bounds, times, headway_trips)
        blocks = block_names(feed, timetable, patterns, stops)
        named = tuple(
            Trip(trip.trip_id, trip.pattern, trip.arrive_us, trip.depart_us, block) for trip, block in zip(timetable, blocks, strict=True)
        )
        lines = lines_of(feed, routes.join(trips, on="route_id", how="semi", maintain_order="left"), district, default_fare_cents)
        return Network(
            zone=zone,
            day=day,
            stops=stops,
            lines=lines,
            patterns=tuple(patterns),
            trips=named,
            blocks=in_order(first_us(timetable), blocks),
            version=content_version(day, stops, lines, patterns, named),
            source=feed.source,
            notes=tuple(feed.notes),
        )


def _bus_trips(feed: Feed, routes: pl.DataFrame) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """Return the ids of all trips, and the trips of bus routes with `direction` as a number."""
    every = feed.distinct(TRIPS, feed.read(TRIPS), "trip_id")
    known = feed.read(ROUTES).select("route_id")
    feed.note_rows(TRIPS, every.join(known, on="route_id", how="anti")[LINE], "trips are of no known route and were left out")
    direction = pl.col("direction_id").replace_strict({"0": 0, "1": 1}, default=UNKNOWN_DIRECTION, return_dtype=pl.Int64)
    buses = every.join(routes.select("route_id"), on="route_id", how="semi", maintain_order="left")
    feed.check()
    return every.lazy().select("trip_id"), buses.with_columns(direction.alias("direction"))


def _trips_of_day(feed: Feed, trips: pl.DataFrame, day: date | None) -> tuple[date, pl.DataFrame, Departures]:
    """Return the day, its trips, and when those at a headway depart; such a trip counts as often as it runs.

    Raises UsageError for more than MOST_TRIPS.
    """
    _note_services(feed, trips)
    at_headways = headways(feed, trips)
    runs = trips.join(at_headways.group_by("trip_id").agg(pl.col("runs").sum()), on="trip_id", how="left", maintain_order="left")
    counts = runs.with_columns(pl.col("runs").fill_null(1)).group_by("service_id").agg(pl.col("runs").sum())
    days = service_days(feed, dict(counts.drop_nulls().iter_rows()))
    chosen = days.chosen(day, feed.source)
    runs = runs.filter(pl.col("service_id").is_in(list(days.services(chosen))))
    count = runs["runs"].fill_null(1).sum()
    if count > MOST_TRIPS:
        feed.fail(f"{count:,} trips run on {chosen}, more than the {MOST_TRIPS:,} that are simulated: {_remedy(at_headways)}")
    idle = runs.filter(pl.col("runs") == 0)
    feed.note_rows(TRIPS, idle[LINE], f"trips have no usable headway in {FREQUENCIES.file} and were left out")
    trips = runs.filter(pl.col("runs").fill_null(1) > 0)
    return chosen, trips, departures(at_headways.join(trips, on="trip_id", how="semi", maintain_order="left"))


def _note_services(feed: Feed, trips: pl.DataFrame) -> None:
    tables = (feed.scan(table).select("service_id").unique() for table in (CALENDAR, CALENDAR_DATES))
    known = pl.concat(tables).collect(engine="streaming")
    feed.note_rows(TRIPS, trips.join(known, on="service_id", how="anti")[LINE], "trips are of no known service and never run")


def _remedy(at_headways: pl.DataFrame) -> str:
    made = at_headways["runs"].sum()
    return f"{FREQUENCIES.file} makes {made:,} trips, check its headway_secs and times" if made > MOST_TRIPS else "cut the feed to a region"


def _calls(feed: Feed, every_trip: pl.LazyFrame, trips: pl.DataFrame, district: str) -> tuple[tuple[Stop, ...], pl.DataFrame, Calls]:
    """Return the stops served, the trips that can be driven, and their calls. Raises UsageError when none can."""
    calls, stops = at_stops(feed, read_calls(feed, every_trip, trips), placed_stops(feed))
    feed.check()
    calls = calls_in_order(feed, calls)
    if not len(calls):
        feed.none_left("no bus trip of the day can be driven: check stop_times.txt and stops.txt")
    kept = calls["trip"].unique().sort()
    calls = calls.with_columns(pl.Series("trip", kept.search_sorted(calls["trip"])))
    found, calls = served(stops, calls, district)
    return found, trips[kept], Calls.of(calls)


def _patterns(feed: Feed, trips: pl.DataFrame, calls: Calls, stops: tuple[Stop, ...]) -> tuple[list[Pattern], NDArray[np.int64]]:
    """Return the patterns, and the number of each trip's: shape (trips,)."""
    points = np.array([stop.latitude for stop in stops]), np.array([stop.longitude for stop in stops])
    found, of_trip = sequences(trips, calls.stop, calls.bounds)
    found = directed(found, np.bincount(of_trip), points)
    shapes = read_shapes(feed, {each.shape for each in found if each.shape}, middle(points[1]))
    feed.check()
    drawn = [pattern(each, points, shapes) for each in found]
    misfits = sum(straight for (_, straight), each in zip(drawn, found, strict=True) if each.shape)
    if misfits:
        feed.note("patterns run in straight lines: their shape is missing or far from their stops", misfits)
    return [each for each, _ in drawn], of_trip


def _possible(feed: Feed, calls: Calls, times: Times, along_m: NDArray[np.float64]) -> Times:
    """Return times without legs that are quicker than a bus at its top speed, and note those."""
    arrive, depart, quick = possible(*times, along_m, calls.bounds)
    if len(quick):
        what = f"legs are quicker than any bus (above {float(TOP_SPEED):.0f} {TOP_SPEED.unit}): they took time from the legs beside them"
        feed.note(what, len(quick), STOP_TIMES.file, int(calls.line[quick[0]]))
    return arrive, depart


def _timetable(
    trips: pl.DataFrame,
    pattern_of_trip: NDArray[np.int64],
    bounds: NDArray[np.int64],
    times: Times,
    headway_trips: Departures,
) -> list[Trip]:
    """Return the trips with the blocks the feed declares, or none; one run at a headway appears as often as it runs."""
    arrive, depart = times
    timetable: list[Trip] = []
    edges, numbers = bounds.tolist(), pattern_of_trip.tolist()
    for place, (trip_id, block) in enumerate(trips.select("trip_id", pl.col("block_id").fill_null("")).iter_rows()):
        cut = slice(edges[place], edges[place + 1])
        if trip_id not in headway_trips:
            timetable.append(Trip(trip_id, numbers[place], arrive[cut], depart[cut], block))
            continue
        start = depart[cut.start]
        for begin in headway_trips[trip_id].tolist():
            name = f"{trip_id}@{_clock(begin)}"
            timetable.append(Trip(name, numbers[place], arrive[cut] - start + begin, depart[cut] - start + begin, ""))
    return timetable


def _clock(at_us: int) -> str:
    seconds = at_us % MINUTE_US // SECOND_US
    return f"{at_us // HOUR_US:02d}:{at_us % HOUR_US // MINUTE_US:02d}" + (f":{seconds:02d}" if seconds else "")
