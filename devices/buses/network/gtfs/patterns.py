"""The patterns of a GTFS feed: distinct sequences of stops, and the road each follows.

Owns shapes.txt, projecting stops onto it, and telling directions apart where the feed does not.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.arrays import Pattern
from devices.buses.network.gtfs.feed import LINE, Feed
from devices.buses.network.gtfs.stops import HALF_TURN, NULL_ISLAND_DEG, QUARTER_TURN, continuous
from devices.buses.network.gtfs.tables import SHAPES
from sim.figures import Figure
from sim.geometry import along_m, distance_m, metres_of

SHAPE_REACH = Figure(
    "a shape this far from a stop is not the trip's", value=500, unit="m", source="assumption; then straight lines are taken"
)
FIGURES: tuple[Figure, ...] = (SHAPE_REACH,)

PIECE_M = 25.0  # of a road; within one, the order of stops is not looked at
PIECES_MOST = 20_000  # a stray point may make a road of half the globe: bounds memory
CELLS_MOST = 4_000_000  # stops times pieces of one pattern, likewise: 32 MB for each of a few arrays
POINTS_MOST = 10_000_000  # of the shapes of one day: 0.4 GB
SQUARE_LEAST = 1e-12  # m²: pieces may be too short for their ends to differ in degrees
STEP_LEAST_M = 1.0  # between neighbouring stops, so that distances strictly increase
UNKNOWN_DIRECTION = -1

Points = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A distinct (route, direction, stops) and the shape most of its trips name, or an empty text."""

    route: str
    direction: int
    stops: NDArray[np.int32]
    shape: str


def sequences(trips: pl.DataFrame, stop: NDArray[np.int32], bounds: NDArray[np.int64]) -> tuple[list[Sequence], NDArray[np.int64]]:
    """Return the distinct sequences, and the number of each trip's: shape (trips,). `bounds` cut `stop` into trips."""
    numbers: dict[tuple[str, int, bytes], int] = {}
    shapes: list[dict[str, int]] = []
    of_trip = np.empty(len(trips), dtype=np.int64)
    examples: list[int] = []
    edges = bounds.tolist()
    for trip, (route, direction, shape) in enumerate(trips.select("route_id", "direction", "shape_id").iter_rows()):
        key = (route, direction, stop[edges[trip] : edges[trip + 1]].tobytes())
        number = of_trip[trip] = numbers.setdefault(key, len(numbers))
        if number == len(shapes):
            shapes.append({})
            examples.append(trip)
        shapes[number][shape or ""] = shapes[number].get(shape or "", 0) + 1
    found = [
        Sequence(route, direction, stop[edges[trip] : edges[trip + 1]], max(votes, key=votes.__getitem__))
        for (route, direction, _), trip, votes in zip(numbers, examples, shapes, strict=True)
    ]
    return found, of_trip


def directed(found: list[Sequence], trips_of: NDArray[np.int64], points: Points) -> list[Sequence]:
    """Return the sequences with every direction known.

    Where the feed gives none, the route's commonest sequence is direction 0, and so is all that does not run against it: whose
    ends lie nearer to its ends taken crosswise.
    """
    latitude, longitude = points
    main: dict[str, Sequence] = {}
    for number in np.argsort(-trips_of, kind="stable").tolist():
        main.setdefault(found[number].route, found[number])

    def apart_m(one: int, other: int) -> float:
        return float(distance_m(latitude[one], longitude[one], latitude[other], longitude[other]))

    def direction(each: Sequence) -> int:
        if each.direction != UNKNOWN_DIRECTION:
            return each.direction
        first, last, main_first, main_last = each.stops[0], each.stops[-1], main[each.route].stops[0], main[each.route].stops[-1]
        against = apart_m(first, main_last) + apart_m(last, main_first) < apart_m(first, main_first) + apart_m(last, main_last)
        return int(against)

    return [Sequence(each.route, direction(each), each.stops, each.shape) for each in found]


def read_shapes(feed: Feed, wanted: set[str], about: float) -> dict[str, Points]:
    """Return latitudes and longitudes of the wanted shapes that have a length, in order of their sequence.

    Longitudes are continuous as seen from `about`. Points that are nowhere on earth, or repeat one, are left out and noted.
    """
    scan = feed.scan(SHAPES).join(pl.LazyFrame({"shape_id": sorted(wanted)}, schema={"shape_id": pl.String}), on="shape_id")
    numbers = (pl.col(name).cast(pl.Float64, strict=False) for name in ("shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"))
    rows = scan.select(LINE, "shape_id", *numbers).head(POINTS_MOST + 1).collect(engine="streaming")
    if len(rows) > POINTS_MOST:
        feed.fail(f"the shapes of one day have more than {POINTS_MOST:,} points, the most that is read: cut the feed to a region")
    rows = _on_earth(feed, rows).sort("shape_id", "shape_pt_sequence", LINE)
    kept = rows.unique(("shape_id", "shape_pt_sequence"), keep="first", maintain_order=True)
    if len(kept) < len(rows):
        feed.note_rows(SHAPES, rows.join(kept, on=LINE, how="anti")[LINE], "points repeat a shape_pt_sequence: the first is taken")
    groups = kept.with_columns(shape_pt_lon=continuous(kept["shape_pt_lon"].to_numpy(), about)).partition_by("shape_id", as_dict=True)
    shapes = {str(shape): (each["shape_pt_lat"].to_numpy(), each["shape_pt_lon"].to_numpy()) for (shape,), each in groups.items()}
    return {shape: road for shape, road in shapes.items() if along_m(*road)[-1] > 0}


def _on_earth(feed: Feed, rows: pl.DataFrame) -> pl.DataFrame:
    latitude, longitude = pl.col("shape_pt_lat").abs(), pl.col("shape_pt_lon").abs()
    nought = (latitude < NULL_ISLAND_DEG) & (longitude < NULL_ISLAND_DEG)
    fits = (latitude <= QUARTER_TURN) & (longitude <= HALF_TURN) & ~nought & pl.col("shape_pt_sequence").is_finite()
    fits = fits.fill_null(value=False)
    feed.note_rows(SHAPES, rows.filter(~fits)[LINE], "points of shapes are nowhere on earth and were left out")
    return rows.filter(fits)


def pattern(each: Sequence, points: Points, shapes: dict[str, Points]) -> tuple[Pattern, bool]:
    """Return a sequence's pattern along its shape, and whether it had to be drawn in straight lines for want of a fitting one."""
    latitude, longitude = (axis[each.stops] for axis in points)
    if each.shape in shapes:
        road_latitude, road_longitude = shapes[each.shape]
        places_m, off_m = project(latitude, longitude, road_latitude, road_longitude)
        road_m = along_m(road_latitude, road_longitude)
        if off_m.max() <= float(SHAPE_REACH):
            inner = (road_m > places_m[0]) & (road_m < places_m[-1])
            shape_m = np.concatenate([places_m[:1], road_m[inner], places_m[-1:]])
            road = [np.interp(shape_m, road_m, axis) for axis in (road_latitude, road_longitude)]
            return Pattern(each.route, each.direction, each.stops, places_m - places_m[0], shape_m - places_m[0], *road), False
    straight_m = _spaced(along_m(latitude, longitude))
    return Pattern(
        route=each.route,
        direction=each.direction,
        stops=each.stops,
        distance_m=straight_m,
        shape_m=straight_m,
        shape_latitude=latitude,
        shape_longitude=longitude,
    ), True


def project(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], road_latitude: NDArray[np.float64], road_longitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where along a road each stop lies, strictly increasing, and how far off it, both in m: shape (n,).

    Of all ways to put the stops on the road in order, that with the least sum of squared distances is taken (dynamic programming
    over short pieces of the road), so loops and roads driven twice come out right.
    """
    road_m = along_m(road_latitude, road_longitude)
    most = max(2, min(PIECES_MOST, CELLS_MOST // len(latitude)))
    piece_m = np.arange(0, road_m[-1], max(PIECE_M, road_m[-1] / most))
    piece_m = np.union1d(road_m, piece_m) if len(road_m) <= most else np.append(piece_m, road_m[-1])
    origin = (float(road_latitude[0]), float(road_longitude[0]))
    north, east = metres_of(latitude, longitude, *origin)
    piece_north, piece_east = (np.interp(piece_m, road_m, axis) for axis in metres_of(road_latitude, road_longitude, *origin))
    step_north, step_east = np.diff(piece_north), np.diff(piece_east)
    from_north, from_east = north[:, None] - piece_north[:-1], east[:, None] - piece_east[:-1]
    share = np.clip((from_north * step_north + from_east * step_east) / np.maximum(step_north**2 + step_east**2, SQUARE_LEAST), 0, 1)
    cost = (from_north - share * step_north) ** 2 + (from_east - share * step_east) ** 2
    piece = _in_order(cost)
    stop = np.arange(len(piece))
    places = piece_m[piece] + share[stop, piece] * np.diff(piece_m)[piece]
    return _spaced(places), np.sqrt(cost[stop, piece])


def _in_order(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cheapest non-decreasing choice of a column for every row: shape (rows,)."""
    columns = np.arange(cost.shape[1])
    came_from = np.empty(cost.shape, dtype=np.int32)
    total = cost[0]
    for row in range(1, len(cost)):
        least = np.minimum.accumulate(total)
        came_from[row] = np.maximum.accumulate(np.where(total <= least, columns, 0))
        total = least + cost[row]
    choice = np.empty(len(cost), dtype=np.int64)
    choice[-1] = np.argmin(total)
    for row in range(len(cost) - 1, 0, -1):
        choice[row - 1] = came_from[row, choice[row]]
    return choice


def _spaced(places_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places moved on where needed so that each lies at least STEP_LEAST_M beyond the one before."""
    steps = STEP_LEAST_M * np.arange(len(places_m))
    return np.asarray(np.maximum.accumulate(places_m - steps) + steps)
