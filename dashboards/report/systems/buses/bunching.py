"""Bunching: trips of a line as points in time and place, and where one bus had caught up with another.

Owns reading `stop_event` and choosing the line and the stretch that show most of it. Drawing is `line_diagram`'s.
"""

from dataclasses import dataclass

import polars as pl

from devices.buses.choices import StopAction
from devices.buses.figures import BUNCH_FACTOR
from devices.buses.kinds import STOP_EVENT
from sim.ports import EventLog
from sim.units import HOUR_US, MINUTE_US

LINE = ("route", "direction_id")
TRIP = ("trip", "start_date")
READ = {"time", *LINE, *TRIP, "stop", "stop_sequence", "stop_action", "scheduled_us", "false_hit"}
LONGEST_US = 2 * HOUR_US  # a longer stretch would crowd the picture
SHIFT_US = 10 * MINUTE_US
FEWEST_TRIPS = 3
MORE_THAN_A_POINT = pl.len().over(*LINE, *TRIP) > 1  # a trip seen at one stop only is no line
CALLS = [each.word for each in (StopAction.ARRIVE, StopAction.DEPART, StopAction.SKIP)]


@dataclass(frozen=True, slots=True)
class Diagram:
    """A line in one direction over a stretch of city time.

    `passages` has trip, start_date, stop_sequence, at_us, behind_us (headway, null for the first) and bunched, in order of trip
    and stop; `usual_us` is the median planned headway, None where no two trips were at one stop.
    """

    route: str
    direction: str
    start_us: int
    end_us: int
    usual_us: int | None
    passages: pl.DataFrame

    @property
    def bunched(self) -> int:
        """Return how many passages were bunched."""
        return int(self.passages["bunched"].sum())


def most_bunched(log: EventLog, start_us: int, end_us: int) -> Diagram | None:
    """Return the line, direction and stretch with the most bunched passages; nothing without a line of three trips to draw."""
    if STOP_EVENT.name not in log.kinds():
        return None
    events = log.frame(STOP_EVENT.name)
    if not READ.issubset(events.collect_schema()):
        return None  # a kind of somebody else's that has this name
    passages = with_bunches(on_the_usual_way(passages_of(events))).collect().filter(MORE_THAN_A_POINT)
    trips = pl.struct(TRIP).n_unique().alias("trips")
    lines = passages.group_by(LINE).agg(trips, pl.col("bunched").sum()).filter(pl.col("trips") >= FEWEST_TRIPS)
    if not lines.height:
        return None
    route, direction, *_ = lines.sort("bunched", "trips", *LINE, descending=[True, True, False, False]).row(0)
    chosen = passages.filter((pl.col("route") == route) & (pl.col("direction_id") == direction))
    first_us, last_us = stretch(chosen, start_us, end_us)
    shown = chosen.filter(pl.col("at_us").is_between(first_us, last_us)).sort(*TRIP, "stop_sequence", "at_us")
    if not shown.filter(MORE_THAN_A_POINT).height:
        return None
    return Diagram(str(route), str(direction), first_us, last_us, chosen["usual_us"][0], shown)


def passages_of(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per trip and stop: when the bus was last seen there and when it was planned, without false hits."""
    real = events.filter(pl.col("stop_action").cast(pl.String).is_in(CALLS) & ~pl.col("false_hit"))
    named = [pl.col(name).cast(pl.String) for name in (*LINE, *TRIP, "stop")]
    instants = [pl.col(name).cast(pl.Int64).alias(f"{to}_us") for name, to in (("time", "at"), ("scheduled_us", "planned"))]
    at_stop = (*LINE, *TRIP, "stop", "stop_sequence")
    whole = real.select(*named, "stop_sequence", *instants).drop_nulls(at_stop)
    return whole.group_by(at_stop).agg(pl.col("at_us", "planned_us").max())


def on_the_usual_way(passages: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the passages at the stop that most trips of the line have in that place: variants of a line share only a part of it."""
    counted = passages.group_by(*LINE, "stop_sequence", "stop").len()
    usual = counted.sort("len", "stop", descending=[True, False]).unique([*LINE, "stop_sequence"], keep="first", maintain_order=True)
    return passages.join(usual.drop("len"), on=[*LINE, "stop_sequence", "stop"], how="semi")


def with_bunches(passages: pl.LazyFrame) -> pl.LazyFrame:
    """Add behind_us (the headway at the stop), usual_us (the line's median planned one) and bunched.

    A passage is bunched when its headway is below a quarter of the planned one, the usual one for a trip without plan.
    """
    at_stop = (*LINE, "stop")
    behind, planned = (pl.col(name).diff().over(at_stop, order_by="at_us") for name in ("at_us", "planned_us"))
    usual = pl.col("apart_us").median().over(LINE).cast(pl.Int64)
    close = pl.col("behind_us") < float(BUNCH_FACTOR) * pl.coalesce("apart_us", "usual_us")
    headways = passages.with_columns(behind.alias("behind_us"), planned.abs().alias("apart_us")).with_columns(usual.alias("usual_us"))
    return headways.with_columns(close.fill_null(value=False).alias("bunched"))


def stretch(passages: pl.DataFrame, start_us: int, end_us: int) -> tuple[int, int]:
    """Return the stretch of at most two hours that holds the most bunched passages; among equals, the most passages."""
    if end_us - start_us <= LONGEST_US:
        return start_us, end_us
    at_us, bunched = passages["at_us"], passages["bunched"]

    def held(first_us: int) -> tuple[int, int]:
        within = at_us.is_between(first_us, first_us + LONGEST_US)
        return int((within & bunched).sum()), int(within.sum())

    best = max((*range(start_us, end_us - LONGEST_US, SHIFT_US), end_us - LONGEST_US), key=held)
    return best, best + LONGEST_US
