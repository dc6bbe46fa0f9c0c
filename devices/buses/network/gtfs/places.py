"""The lines and fares of a GTFS feed, its time zone and its district.

Owns routes.txt, agency.txt and the fare files. Which of the lines are served is told by the caller.
"""

import polars as pl

from devices.buses.network.arrays import Line
from devices.buses.network.gtfs.feed import LINE, Feed
from devices.buses.network.gtfs.tables import AGENCY, FARE_RULES, FARES, ROUTES
from devices.buses.network.gtfs.text import speakable
from sim.city.calendar import Calendar
from sim.errors import UsageError
from sim.figures import Figure, Grade

FLAT_FARE = Figure(
    "flat fare where a feed has none", value=200, unit="cents", grade=Grade.B, source="Shanghai buses: 1, 1.5 or 2 yuan (travel pages)"
)
FIGURES: tuple[Figure, ...] = (FLAT_FARE,)

MOST_FARE = 1e9  # of any currency; cents are counted in whole numbers

# GTFS reference and Google's extended route types: bus, trolleybus; bus service 700-799, trolleybus service 800.
BUS_TYPES = frozenset({3, 11, 800, *range(700, 800)})


def time_zone(feed: Feed) -> str:
    """Return the feed's IANA time zone. An unknown one becomes a problem; of several the first is taken."""
    zones = feed.read(AGENCY)["agency_timezone"].drop_nulls().unique(maintain_order=True).to_list()
    if not zones:
        feed.fail(f"{AGENCY.file} names no agency_timezone: write an IANA name such as Asia/Shanghai")
    if len(zones) > 1:
        feed.note(f"agencies are in several time zones ({', '.join(zones)}): {zones[0]} is taken for all")
    try:
        return Calendar(zones[0]).zone
    except UsageError as error:
        feed.fail(f"{AGENCY.file}: agency_timezone: {error}")


def bus_routes(feed: Feed) -> pl.DataFrame:
    """Return the routes that are buses. A feed without any raises UsageError listing what it has."""
    routes = feed.number(ROUTES, feed.distinct(ROUTES, feed.read(ROUTES), "route_id"), "route_type", pl.Int64)
    feed.note_rows(ROUTES, routes.filter(pl.col("route_type").is_null())[LINE], "routes have no route_type and were left out")
    feed.check()
    buses = routes.filter(pl.col("route_type").is_in(list(BUS_TYPES)))
    known = routes.drop_nulls("route_type")
    counts = known.filter(~pl.col("route_type").is_in(list(BUS_TYPES))).group_by("route_type").len().sort("route_type").rows()
    others = ", ".join(f"{count:,} of type {number}" for number, count in counts)
    if not len(buses):
        has = f"its routes are {others}" if others else "it has no other routes"
        feed.none_left(f"{ROUTES.file} has no bus routes (route_type 3, 11, 700-799 or 800); {has}: name a feed with buses")
    if others:
        feed.note(f"routes other than buses were left out: {others}")
    return buses


def district_of(feed: Feed, routes: pl.DataFrame) -> str:
    """Return the name of the agency that most of the routes' rows name: the whole feed is one district."""
    agencies = feed.read(AGENCY)
    ranked = routes["agency_id"].drop_nulls().value_counts(sort=True)["agency_id"].to_list()
    names = dict(agencies.select("agency_id", "agency_name").iter_rows())
    named = [names[agency] for agency in ranked if names.get(agency)] or agencies["agency_name"].drop_nulls().to_list()
    return str(named[0]) if named else speakable(feed.source.removesuffix(".zip"))


def lines_of(feed: Feed, routes: pl.DataFrame, district: str, default_fare_cents: int) -> tuple[Line, ...]:
    """Return the lines of some routes, named by their short names. The fare is `_fares`'s, else the default."""
    own, general = _fares(feed)
    named = routes.select("route_id", pl.coalesce("route_short_name", "route_long_name", "route_id").alias("spoken"))
    fare = default_fare_cents if general is None else general
    return tuple(Line(route, spoken, district, own.get(route, fare)) for route, spoken in named.iter_rows())


def _fares(feed: Feed) -> tuple[dict[str, int], int | None]:
    """Return the lowest fare by route, cents, and the lowest of those that are for all routes: a ride without transfers or zones."""
    fares = feed.number(FARES, feed.read(FARES), "price", pl.Float64).filter(pl.col("price").is_between(0, MOST_FARE))
    ruled = feed.read(FARE_RULES)
    by_route = fares.join(ruled.drop_nulls("route_id"), on="fare_id").group_by("route_id").agg(pl.col("price").min())
    for_all = fares.join(ruled.drop_nulls("route_id"), on="fare_id", how="anti")["price"]
    lowest = None if for_all.is_empty() else round(float(for_all.to_numpy().min()) * 100)
    return {route: round(price * 100) for route, price in by_route.iter_rows()}, lowest
