"""Positions of a whole city once a second, from SimPy to closed sorted batches, through the buses' own code.

Run it as a script (about a minute); it prints one table. The limit beside it is what numpy needs to draw and stably sort one column
of as many 64-bit numbers. Seconds are CPU seconds of this process, so other programs count for less.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from devices.buses.kinds import VEHICLE_POSITION
from devices.buses.positions import PositionParameters, Positions
from devices.buses.system import Buses, BusPlant
from sim.batches import Span
from sim.closing import Closer, Outlet
from sim.collector import Collector
from sim.engine import Engine
from sim.scenario import Scenario
from sim.units import HOUR_US, MINUTE_US, SECOND_US

WARM_MINUTES = 90
SLICES = 10
EVERY_SECOND = PositionParameters(interval=SECOND_US)


T = TypeVar("T")


@dataclass(slots=True)
class Clock:
    """CPU seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    def time(self, step: str, work: Callable[[], T]) -> T:
        """Do a step and add its seconds."""
        started = time.process_time()
        result = work()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - started
        return result


def spans(start_us: int) -> Iterator[Span]:
    for index in range(WARM_MINUTES + SLICES):
        begin_us = start_us + index * MINUTE_US
        yield Span(index, begin_us, begin_us + MINUTE_US, warm=index < WARM_MINUTES)


def limit_s(rows: int) -> float:
    """Return the seconds numpy needs to draw a column of so many numbers and sort it stably, best of five."""
    best = np.inf
    for seed in range(5):
        started = time.process_time()
        np.argsort(np.random.default_rng(seed).integers(0, MINUTE_US, size=rows), kind="stable")
        best = min(best, time.process_time() - started)
    return best


def run(engine: Engine) -> tuple[Clock, int, int]:
    """Warm the city up and measure the slices after; return the clock, rows in all and vehicles of the fleet."""
    city, plant = engine.city, engine.plants[0][1]
    assert isinstance(plant, BusPlant)  # noqa: S101 - the benchmark's own scenario
    journal, network = plant.fleet.journal, plant.fleet.timetable.network
    positions = Positions(city, network, journal, EVERY_SECOND)
    names = {name: city.names(name) for name in ("route", "trip", "start_date")}
    outlet = Outlet(city.roster("buses"), plant.link(VEHICLE_POSITION), lambda district: city.blackouts("buses", district), names)
    closer, out, clock, rows = Closer(VEHICLE_POSITION, outlet, city.streams), Collector(), Clock(), 0
    for span in spans(city.warm_from_us):
        measured = Clock() if span.warm else clock
        measured.time("SimPy processes", lambda span=span: city.env.run(until=span.end_us))
        measured.time("journal: legs, sensors, counters", lambda span=span: plant.operation.emit(span, city.out))
        city.out.take_blocks(span.end_us)
        city.out.take_samples()
        measured.time("positions: rows", lambda span=span: positions.emit(span, out))
        blocks = out.take_blocks(span.end_us).get("vehicle_position", [])
        if not span.warm:
            batch = measured.time("positions: close", lambda span=span, blocks=blocks: closer.close(span, blocks))
            rows += len(batch)
        out.take_samples()
    return clock, rows, len(plant.fleet.vehicles)


def main() -> None:
    started = time.process_time()
    warm_up = WARM_MINUTES * MINUTE_US
    engine = Engine(
        Scenario(name="positions", systems=(Buses(),), scale=1.0, start=8 * HOUR_US, duration=SLICES * MINUTE_US, warm_up=warm_up)
    )
    built_s = time.process_time() - started
    clock, rows, vehicles = run(engine)
    limit = limit_s(rows // SLICES) * SLICES
    print(f"{vehicles:,} vehicles built in {built_s:.1f} s; {rows / SLICES:,.0f} positions a minute of city time, {SLICES} minutes")
    print(f"{'step':<36}{'ns/row':>10}{'rows/s':>16}{'limit rows/s':>16}{'ratio':>8}")
    cohort_s = clock.seconds["positions: rows"] + clock.seconds["positions: close"]
    lines = {**clock.seconds, "cohort: rows and close": cohort_s, "from SimPy to closed batches": sum(clock.seconds.values())}
    for step, seconds in lines.items():
        print(f"{step:<36}{seconds / rows * 1e9:>10.0f}{rows / seconds:>16,.0f}{rows / limit:>16,.0f}{limit / seconds:>8.2f}")


if __name__ == "__main__":
    main()
