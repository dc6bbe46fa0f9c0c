"""People: homes settled and given a workday, beside the bare drawing of as many numbers.

Owns one line. Seconds are CPU seconds of this process; a part of the city is settled anew each time, in the district with most homes.
"""

import time
from collections.abc import Iterator
from datetime import date

from benchmarks.processes import best
from benchmarks.table import Line
from sim.city.calendar import Calendar
from sim.city.days import Days
from sim.city.people import People
from sim.streams import Streams

SHARE, DISTRICT, WORKDAY = 0.051, "Pudong", date(2015, 3, 2)
LEAST_HOMES = 100_000
AT_LEAST = 0.2  # of the speed at which the bare numbers are drawn, at least
NUMBERS = 40  # that a home, its persons, their day and its meals are drawn from
REPEATS = 5


def lines() -> Iterator[Line]:
    """Measure."""
    streams, counts = Streams(1), list[int]()

    def settle() -> float:
        started = time.process_time()
        people = People(streams, SHARE, WORKDAY.year)
        Days(people, Calendar(), streams).of(DISTRICT, WORKDAY)
        counts.append(len(people.of(DISTRICT).homes))
        return time.process_time() - started

    def draw() -> float:
        started = time.process_time()
        streams.child("draw").standard_normal((counts[0], NUMBERS))
        return time.process_time() - started

    seconds = best(settle, REPEATS)
    homes = counts[0]
    assert homes >= LEAST_HOMES  # noqa: S101 - fewer would be another figure
    limit = homes / best(draw, REPEATS)
    note = f"{homes:,} homes in {seconds:.2f} s"
    yield Line("homes settled and given a day", homes / seconds, "homes/s", f"draw {NUMBERS} numbers a home", limit, AT_LEAST, note=note)
