"""The lines of a synthetic Shanghai: how many buses each has, how long it is, where it runs and where it stops.

Owns the figures of a line and its geometry, drawn from one stream per district and line. When its buses run is
`devices.buses.network.synthetic`'s business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.figures import SPARE_SHARE
from devices.buses.network.blocks import LAYOVER_SHARE
from sim.city.districts import District
from sim.figures import Figure, Grade
from sim.geometry import degrees_of
from sim.streams import Streams

LINES = Figure(
    "bus lines of the whole city", value=1_338, unit="lines", grade=Grade.A, source="China Daily subsite of Shanghai, 2017-02-03 (2014)"
)
FLEET = Figure(
    "buses a line",
    value=12.3,
    unit="buses",
    grade=Grade.C,
    source="16,500 buses (K) over 1,338 lines; the ranges below have this mean",
    low=6,
    high=20,
)
SPEED = Figure(
    "running speed incl. stops",
    value=15.3,
    unit="km/h",
    grade=Grade.B,
    source="China Daily subsite of Shanghai, 2017-02-03 (2014)",
    low=10,
    high=20,
)
SPACING = Figure("stop spacing", value=500, unit="m", source="assumption; Cairns 434 m, São Paulo 486 m (C)", low=300, high=700)
CORE_SHARE = Figure("share of lines that are core lines", value=0.2, unit="share")
CORE_FLEET = Figure("buses of a core line", value=(15, 20), unit="buses", source="assumption: uniform; upper part of the range 6-20")
OTHER_FLEET = Figure("buses of another line", value=(7, 15), unit="buses", source="assumption: uniform; with core lines 12.3 in the mean")
CORE_HEADWAY = Figure("headway of a core line at the peak", value=(3, 6), unit="min", source="assumption: uniform; core lines 3-6 min")
OTHER_HEADWAY = Figure(
    "headway of another line at the peak", value=(8, 15), unit="min", source="assumption: uniform; 12 min over lines and day"
)
FARES = Figure("flat fares", value=(100, 150, 200), unit="cents", grade=Grade.B, source="travel pages")
FARE_SHARES = Figure("share of lines at each flat fare", value=(0.1, 0.05, 0.85), unit="share")
STOPS_LEAST = Figure("fewest stops of a line", value=5, unit="stops", low=2, high=10)
PACE_SPREAD = Figure(
    "half-width of a timetable's pace by stretch",
    value=0.15,
    unit="share",
    source="assumption: slow stretches are given more time",
    low=0,
    high=0.3,
)

FIGURES: tuple[Figure, ...] = (
    STOPS_LEAST,
    PACE_SPREAD,
    LINES,
    FLEET,
    SPEED,
    SPACING,
    CORE_SHARE,
    CORE_FLEET,
    OTHER_FLEET,
    CORE_HEADWAY,
    OTHER_HEADWAY,
    FARES,
    FARE_SHARES,
)

# Shanghai names its roads after cities and provinces; which road is where is invented.
_CITIES = (
    "Anqing Baoding Beihai Changde Changsha Chengdu Dalian Dandong Datong Fuzhou Ganzhou Guilin Haerbin Haikou Handan "
    "Hangzhou Hefei Hengyang Huangshan Jiamusi Jiaxing Jilin Jinan Jinhua Jiujiang Kaifeng Kunming Lanzhou Lhasa Linyi "
    "Liuzhou Luoyang Mudanjiang Nanchang Nanning Nantong Ningbo Pingliang Qingdao Qiqihar Quanzhou Quzhou Rizhao Shantou "
    "Shaoxing Shenyang Suzhou Taiyuan Tangshan Tianshui Tongren Urumqi Weihai Wenzhou Wuhu Wuxi Xiamen Xianyang Xining "
    "Xuzhou Yanan Yangzhou Yantai Yichang Yinchuan Yingkou Zhangjiagang Zhenjiang Zhuhai Zunyi"
)
ROADS = tuple(_CITIES.split())

PATH_POINTS = 120  # one point every 60 to 200 m


@dataclass(frozen=True, slots=True)
class Road:
    """A line's road from the first terminal to the last: metres along it and WGS-84 degrees, each of shape (PATH_POINTS,)."""

    along_m: NDArray[np.float64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinePlan:
    """One line as planned.

    `fleet` counts its buses with spares, `in_service` those of the peak; `headway_s` at the peak, `run_s` from end to end in the
    mean of the day. Stops by distance from the first terminal, `pace` the share of the run spent up to each: shape (n,).
    """

    route: str
    name: str
    district: str
    fare_cents: int
    fleet: int
    in_service: int
    headway_s: float
    run_s: float
    road: Road
    stop_m: NDArray[np.float64]
    pace: NDArray[np.float64]
    stop_names: tuple[str, ...]


def plan_line(district: District, number: int, peak_slowness: float, streams: Streams) -> LinePlan:
    """Return the line with a number (from 1) in a district.

    Its length follows from its buses and its headway: `in_service` buses, spaced by the headway, fill the cycle of two runs, two
    layovers and half a headway spent waiting for a published departure. `peak_slowness` is a run at the peak over the mean one.
    """
    rng = streams.child(district.name, "buses", "network", number)
    core = rng.random() < float(CORE_SHARE)
    fleet = _draw_count(CORE_FLEET if core else OTHER_FLEET, rng)
    in_service = round(fleet * (1 - float(SPARE_SHARE)))
    headway_s = 60 * draw(CORE_HEADWAY if core else OTHER_HEADWAY, rng)
    run_s = (in_service - 0.5) * headway_s / (2 * (1 + float(LAYOVER_SHARE))) / peak_slowness
    length_m = run_s * float(SPEED) / 3.6
    stop_m = _stops(length_m, rng)
    stretches = np.diff(stop_m) * rng.uniform(1 - float(PACE_SPREAD), 1 + float(PACE_SPREAD), len(stop_m) - 1)
    return LinePlan(
        route=f"{district.name}-{number}",
        name=f"{district.name} {number}",
        district=district.name,
        fare_cents=int(rng.choice(FARES.numbers, p=FARE_SHARES.numbers)),
        fleet=fleet,
        in_service=in_service,
        headway_s=headway_s,
        run_s=run_s,
        road=_road(district, length_m, rng),
        stop_m=stop_m,
        pace=np.concatenate([[0.0], np.cumsum(stretches) / stretches.sum()]),
        stop_names=tuple(f"{ROADS[road]} Road" for road in rng.permutation(len(ROADS))[: len(stop_m)]),
    )


def draw(figure: Figure, rng: np.random.Generator) -> float:
    """Return a uniform draw between the two values of a figure."""
    low, high = figure.numbers
    return float(rng.uniform(low, high))


def _draw_count(figure: Figure, rng: np.random.Generator) -> int:
    low, high = figure.numbers
    return int(rng.integers(round(low), round(high), endpoint=True))


def _stops(length_m: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the stops' distances from the first terminal, spaced unevenly within the figure's range about its value."""
    count = min(max(int(float(STOPS_LEAST)), round(length_m / float(SPACING)) + 1), len(ROADS))
    gaps = rng.uniform(SPACING.low or 0.0, SPACING.high or 0.0, count - 1)
    return _ending_at(length_m, np.concatenate([[0.0], np.cumsum(gaps) * (length_m / gaps.sum())]))


def _ending_at(length_m: float, along_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return distances with the last one exact, free of the rounding of the sum: the way back counts from there."""
    return np.append(along_m[:-1], length_m)


def _road(district: District, length_m: float, rng: np.random.Generator) -> Road:
    """Return a gently curved road inside the disc of the district's area: a stretch of a Lissajous figure.

    A line longer than its district is wide winds through it, as lines of the old town do.
    """
    radius_m = 1_000 * float(np.sqrt(district.area_km2 / np.pi))
    widest_m = 0.69 * radius_m  # the figure's square has its corners inside the disc
    turns = rng.uniform(0.15, 0.35, 2)
    phase = rng.uniform(0, 2 * np.pi, 2)
    north, east, along = _lissajous(turns, phase)
    while along[-1] * widest_m < length_m:
        turns *= 1.05 * length_m / (along[-1] * widest_m)
        north, east, along = _lissajous(turns, phase)
    size_m = length_m / along[-1]
    free_m = max(radius_m - np.sqrt(2) * size_m, 0.0) * np.sqrt(rng.random())
    bearing = rng.uniform(0, 2 * np.pi)
    north_m, east_m = size_m * north + free_m * np.cos(bearing), size_m * east + free_m * np.sin(bearing)
    latitude, longitude = degrees_of(north_m, east_m, district.latitude, district.longitude)
    return Road(_ending_at(length_m, along * size_m), latitude, longitude)


def _lissajous(
    turns: NDArray[np.float64], phase: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return a curve within the unit square and its length so far: each of shape (PATH_POINTS,)."""
    angle = 2 * np.pi * turns[:, None] * np.linspace(0, 1, PATH_POINTS) + phase[:, None]
    north, east = np.sin(angle)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(north), np.diff(east)))])
    return north, east, along
