"""Days that are not like others: those on which the clock changes, and those before 1970."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from devices.buses.system import Buses
from sim.units import HOUR_US
from tests.devices.buses.bus_runs import NOBODY, PERFECT, STEADY, Outcome, ride, trip_states
from tests.devices.buses.tiny_feeds import Files, stop_times, tiny, write_zip


def hourly(zone: str, days: str) -> Files:
    """A feed with a bus out at every full hour of some weekdays for a century."""
    files = tiny()
    files["agency"] = files["agency"].replace("Asia/Shanghai", zone)
    files["calendar"] = files["calendar"].replace("1,1,1,1,1,0,0", days).replace("20150302,20150313", "19000101,20991231")
    files["trips"] = "route_id,service_id,trip_id,direction_id\n" + "".join(f"r1,wk,h{hour:02d},0\n" for hour in range(24))
    trips = {f"h{hour:02d}": f"A {hour}:00 B {hour}:02 C {hour}:05 D {hour}:09" for hour in range(24)}
    return files | {"stop_times": stop_times(**trips)}


def day_of(folder: Path, zone: str, day: date, days: str = "1,1,1,1,1,1,1", hours: float = 24) -> Outcome:
    buses = Buses(gtfs=write_zip(folder, hourly(zone, days)), running=STEADY, riders=NOBODY, sensors=PERFECT)
    return ride(buses, day=day, start=0, hours=hours)


def departures(outcome: Outcome) -> list[tuple[str, str]]:
    """The trips that set out, by id, with the local hour of their timetable."""
    city, states = outcome.engine.city, trip_states(outcome, "departed")
    local = [city.calendar.local(int(at_us)) for at_us in states["scheduled_us"]]
    return [(city.names("trip")[int(code)], f"h{clock.hour:02d}") for code, clock in zip(states["trip"], local, strict=True)]


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("America/New_York", date(2024, 3, 10), 1, 5),  # times count from noon minus 12 h, 23:00 of the day before
        ("America/New_York", date(2024, 11, 3), 0, 3),  # from 01:00 on, before the clock is put back
        ("Australia/Sydney", date(2024, 10, 6), 1, 5),
        ("Australia/Sydney", date(2024, 4, 7), 0, 3),
        ("America/Santiago", date(2024, 9, 8), 1, 5),  # at midnight: the day begins at 01:00
        ("Europe/Berlin", date(2024, 6, 9), 0, 4),
    ],
)
def test_a_day_on_which_the_clock_changes_is_run_from_its_own_midnight(tmp_path: Path, zone: str, day: date, first: int, last: int) -> None:
    outcome = day_of(tmp_path, zone, day, days="0,0,0,0,0,0,1", hours=5)
    calendar, start_us = outcome.engine.city.calendar, outcome.engine.hours.start_us
    assert calendar.local(start_us).date() == day
    assert calendar.local(start_us - 1).date() < day
    assert outcome.installation.fleet.timetable.network.day == day
    begun = departures(outcome)
    assert [trip for trip, _ in begun] == [f"h{hour:02d}" for hour in range(first, last + 1)]
    assert all(trip == clock for trip, clock in begun if trip > "h03")


@pytest.mark.parametrize("day", [date(1900, 7, 23), date(1969, 7, 21), date(1969, 12, 31)])
def test_a_day_before_1970_is_like_any_other(tmp_path: Path, day: date) -> None:
    early, late = day_of(tmp_path, "Asia/Shanghai", day, hours=3), day_of(tmp_path, "Asia/Shanghai", date(2015, 3, 2), hours=3)
    assert departures(early) == departures(late)
    for kind in ("stop_event", "passenger_count", "trip_state", "vehicle_position"):
        counts = len(early.columns[kind]["time_us"]), len(late.columns[kind]["time_us"])
        assert counts[0] == pytest.approx(counts[1], rel=0.1), kind
    run_us = early.engine.hours.end_us - early.engine.hours.start_us
    assert run_us == 3 * HOUR_US
    for columns in early.columns.values():
        assert (np.diff(columns["time_us"]) > 0).all()
