"""A synthetic Shanghai's bus network: the timetable of one day at the scale asked.

Owns the hours of service, headways and running times by hour, and putting lines together as a Network. What a line
is like is `devices.buses.network.synthetic_lines`'s business. Every line has its own stream: more districts or lines change no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Line, Network, Pattern, Stop, Trip, content_version
from devices.buses.network.blocks import chain, in_order, layover_us
from devices.buses.network.synthetic_lines import FIGURES as LINE_FIGURES
from devices.buses.network.synthetic_lines import LINES, LinePlan, draw, plan_line
from sim.city.calendar import SATURDAY
from sim.city.demand import BUS_BOARDINGS
from sim.city.districts import BY_NAME, DISTRICTS, share_out
from sim.errors import UsageError
from sim.figures import Figure
from sim.streams import Streams
from sim.units import SECOND_US, nearest

ZONE = "Asia/Shanghai"

SUPPLY_POWER = Figure(
    "buses follow demand to the power", value=0.5, unit="", source="assumption: the square-root rule of Mohring", low=0.3, high=1
)
HEADWAY_MOST = Figure("longest headway", value=20, unit="min", source="assumption: end of the range 3-20 min", low=15, high=30)
PEAK_DELAY = Figure(
    "a run at the busiest hour over one on an empty road", value=1.2, unit="ratio", source="assumption: main roads", low=1, high=1.5
)
FIRST_BUS = Figure("first departure", value=(5.25, 5.75), unit="h after midnight", source="assumption: about 05:30")
LAST_BUS = Figure("last departure", value=(22.5, 23.5), unit="h after midnight", source="assumption: about 23:00")
DEPARTURE_STEP = Figure("grid of published departures", value=30, unit="s", low=1, high=60)

FIGURES: tuple[Figure, ...] = (
    *LINE_FIGURES,
    SUPPLY_POWER,
    HEADWAY_MOST,
    PEAK_DELAY,
    FIRST_BUS,
    LAST_BUS,
    DEPARTURE_STEP,
)

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Hours:
    """How a day goes: `frequency` over that of the workday's peak and `slowness` of a run over the day's mean.

    Both at the middle of hour `hour`, in s after midnight: shape (k,); between hours they are interpolated.
    """

    at_s: NDArray[np.float64]
    frequency: NDArray[np.float64]
    slowness: NDArray[np.float64]

    def peak_slowness(self) -> float:
        """Return the slowness at the busiest hour."""
        return float(self.slowness[np.argmax(self.frequency)])


def hours_of(*, free_day: bool) -> Hours:
    """Return the hours of a workday or a free day: timetables follow the riders' curve."""
    workday = np.array(BUS_BOARDINGS.workday)
    demand = (np.array(BUS_BOARDINGS.free_day) * BUS_BOARDINGS.free_day_level if free_day else workday) / workday.max()
    frequency = demand ** float(SUPPLY_POWER)
    delay = 1 + (float(PEAK_DELAY) - 1) * demand
    mean_delay = float(np.average(delay, weights=frequency))
    return Hours(3600 * np.arange(0.5, len(demand), dtype=np.float64), frequency, delay / mean_delay)


def synthetic_network(districts: Sequence[str], scale: float, day: date, streams: Streams) -> Network:
    """Return the bus network of some districts of Shanghai on a day, at a share of the whole city.

    Raises UsageError for unknown districts, a scale outside 0 to 1, or when not one line falls to the districts.
    """
    counts = _line_counts(districts, scale)
    workday, hours = hours_of(free_day=False), hours_of(free_day=day.weekday() >= SATURDAY)
    builder = _Builder([], [], [], [], [])
    for district, count in counts.items():
        for number in range(1, count + 1):
            plan = plan_line(BY_NAME[district], number, workday.peak_slowness(), streams)
            builder.add(plan, hours, streams.child(district, "buses", "timetable", number))
    return builder.network(day, f"synthetic Shanghai at {scale:.3%} of the city")


def _line_counts(districts: Sequence[str], scale: float) -> dict[str, int]:
    unknown = [name for name in districts if name not in BY_NAME]
    problems = [f"unknown district {name!r}{nearest(name, BY_NAME)}: use one of {', '.join(BY_NAME)}" for name in unknown]
    if not 0 < scale <= 1:
        problems.append(f"scale {scale:g} is not a share of the city: use a number above 0 and up to 1, such as 0.01")
    if problems:
        raise UsageError("\n".join(problems))
    shares = share_out(float(LINES) * scale)
    counts = {district.name: shares[district.name] for district in DISTRICTS if district.name in districts}
    if not sum(counts.values()):
        msg = f"no bus line falls to {', '.join(districts) or 'no districts'} at scale {scale:g}: name more districts or raise the scale"
        raise UsageError(msg)
    return counts


@dataclass(slots=True)
class _Builder:
    """A network as it grows line by line."""

    stops: list[Stop]
    lines: list[Line]
    patterns: list[Pattern]
    trips: list[Trip]
    block_names: list[str]

    def add(self, plan: LinePlan, hours: Hours, rng: np.random.Generator) -> None:
        """Add a line: two patterns between two terminals, its trips in both directions, and their blocks."""
        first_pattern = len(self.patterns)
        self.lines.append(Line(plan.route, plan.name, plan.district, plan.fare_cents))
        self._add_patterns(plan)
        departures = _departures(plan, hours, rng)
        directions = np.repeat([0, 1], [len(each) for each in departures])
        depart_us = np.concatenate(departures) * SECOND_US
        run_s = plan.run_s * np.interp(depart_us / SECOND_US, hours.at_s, hours.slowness)
        pace = np.stack([plan.pace, 1 - plan.pace[::-1]])[directions]
        times_us = depart_us[:, None] + np.rint(run_s[:, None] * pace).astype(np.int64) * SECOND_US
        run_us = times_us[:, -1] - depart_us
        blocks = chain(directions, 1 - directions, depart_us, times_us[:, -1] + layover_us(run_us))
        for direction, seconds, block, times in zip(
            directions.tolist(), (depart_us // SECOND_US).tolist(), blocks.tolist(), times_us, strict=True
        ):
            minutes, rest = divmod(seconds, MINUTE_S)
            trip_id = f"{plan.route}-{direction}-{minutes // 60:02d}{minutes % 60:02d}{'h' if rest else ''}"
            self.block_names.append(f"{plan.route}-block-{block + 1:02d}")
            # Timetables give one time a stop: arrival and departure are the same array.
            self.trips.append(Trip(trip_id, first_pattern + direction, times, times, self.block_names[-1]))

    def _add_patterns(self, plan: LinePlan) -> None:
        """Add the line's stops, terminals shared by both directions, and the way out and back."""
        latitude = np.interp(plan.stop_m, plan.road.along_m, plan.road.latitude).tolist()
        longitude = np.interp(plan.stop_m, plan.road.along_m, plan.road.longitude).tolist()
        first, last = len(self.stops), len(plan.stop_m) - 1
        outward = [f"{plan.route}-A", *(f"{plan.route}-0-{place:02d}" for place in range(1, last)), f"{plan.route}-B"]
        inward = [f"{plan.route}-1-{last - place:02d}" for place in range(1, last)]
        for place, stop_id in [*enumerate(outward), *enumerate(inward, start=1)]:
            self.stops.append(Stop(stop_id, plan.stop_names[place], latitude[place], longitude[place], plan.district))
        out = np.arange(first, first + last + 1, dtype=np.int32)
        back = np.concatenate([out[-1:], np.arange(first + 2 * last - 1, first + last, -1, dtype=np.int32), out[:1]])
        road, length_m = plan.road, plan.road.along_m[-1]
        self.patterns.append(
            Pattern(
                route=plan.route,
                direction=0,
                stops=out,
                distance_m=plan.stop_m,
                shape_m=road.along_m,
                shape_latitude=road.latitude,
                shape_longitude=road.longitude,
            )
        )
        self.patterns.append(
            Pattern(
                route=plan.route,
                direction=1,
                stops=back,
                distance_m=length_m - plan.stop_m[::-1],
                shape_m=length_m - road.along_m[::-1],
                shape_latitude=road.latitude[::-1],
                shape_longitude=road.longitude[::-1],
            )
        )

    def network(self, day: date, source: str) -> Network:
        """Return the finished network."""
        departs = np.array([trip.depart_us[0] for trip in self.trips], dtype=np.int64)
        return Network(
            zone=ZONE,
            day=day,
            stops=tuple(self.stops),
            lines=tuple(self.lines),
            patterns=tuple(self.patterns),
            trips=tuple(self.trips),
            blocks=in_order(departs, self.block_names),
            version=content_version(day, self.stops, self.lines, self.patterns, self.trips),
            source=source,
        )


def _departures(plan: LinePlan, hours: Hours, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when buses leave the first and the last terminal, s after midnight: equal shares of the frequency summed over the day."""
    first_s, last_s = (3600 * draw(figure, rng) for figure in (FIRST_BUS, LAST_BUS))
    clock_s = np.arange(first_s, last_s, MINUTE_S)
    longest_s = MINUTE_S * float(HEADWAY_MOST)
    frequency = np.interp(clock_s, hours.at_s, hours.frequency)
    headway_s = plan.headway_s / np.maximum(frequency, plan.headway_s / longest_s)
    passed = np.concatenate([[0.0], np.cumsum(MINUTE_S / headway_s)])
    clock_s = np.append(clock_s, clock_s[-1] + MINUTE_S)
    out, back = (np.interp(np.arange(offset, passed[-1]), passed, clock_s) for offset in (0.0, rng.random()))
    return _published(out), _published(back)


def _published(depart_s: NDArray[np.float64]) -> NDArray[np.int64]:
    step_s = float(DEPARTURE_STEP)
    return (step_s * np.rint(depart_s / step_s)).astype(np.int64)
