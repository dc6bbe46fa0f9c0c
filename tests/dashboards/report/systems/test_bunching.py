"""Bunching: the line that bunches most is found, with its bunches and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.report.systems.buses.bunching import most_bunched
from sim.units import HOUR_US, MINUTE_US, SECOND_US

START_US = 1_425_250_800_000_000
STOPS = 6
LEG_US = 2 * MINUTE_US


@dataclass
class Tape:
    rows: list[dict[str, object]]

    def kinds(self) -> Sequence[str]:
        return ["stop_event"]

    def frame(self, _kind: str) -> pl.LazyFrame:
        return pl.LazyFrame(self.rows).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC"))).sort("time")


def trip(line: str, number: int, leaves_us: int, gains_us: int = 0) -> list[dict[str, object]]:
    """A bus that gains on its timetable by so much at every stop."""
    planned_us = [leaves_us + stop * LEG_US for stop in range(STOPS)]
    return [passage(line, number, stop, planned_us[stop] - stop * gains_us, planned_us[stop]) for stop in range(STOPS)]


def passage(line: str, number: int, stop: int, at_us: int, planned_us: int, *, false_hit: bool = False) -> dict[str, object]:
    return {
        "time": START_US + at_us,
        "route": line,
        "direction_id": "0",
        "stop_action": "depart",
        "trip": f"{line} {number}",
        "start_date": "20150302",
        "stop": f"stop {stop}",
        "stop_sequence": stop,
        "scheduled_us": START_US + planned_us,
        "false_hit": false_hit,
    }


def line_of(name: str, *gains_s: float) -> list[dict[str, object]]:
    """One bus every ten minutes, the n-th gaining so many seconds at every stop."""
    return [row for number, gain in enumerate(gains_s) for row in trip(name, number, number * 10 * MINUTE_US, int(gain * SECOND_US))]


def test_a_bus_that_catches_up_is_bunched_from_the_stop_where_it_is_close() -> None:
    tape = Tape(line_of("regular", 0, 0, 0, 0) + line_of("bunching", 0, 0, 115, 0))
    found = most_bunched(tape, START_US, START_US + HOUR_US)
    assert found is not None
    assert (found.route, found.usual_us) == ("bunching", 10 * MINUTE_US)
    bunched = found.passages.filter("bunched")
    # 10 minutes less 115 s a stop: below the quarter, 150 s, from the fourth leg on.
    assert bunched["trip"].to_list() == ["bunching 2", "bunching 2"]
    assert bunched["stop_sequence"].to_list() == [4, 5]
    assert bunched["behind_us"].to_list() == [140 * SECOND_US, 25 * SECOND_US]


def test_false_hits_make_no_bunch() -> None:
    rows = line_of("line", 0, 0, 0)
    ghost = passage("line", 9, 2, 2 * LEG_US + 5 * SECOND_US, 2 * LEG_US, false_hit=True)
    found = most_bunched(Tape([*rows, ghost]), START_US, START_US + HOUR_US)
    assert found is not None
    assert found.bunched == 0


def test_a_long_run_is_shown_where_it_bunches_most() -> None:
    late = [row | {name: int(str(row[name])) + 5 * HOUR_US for name in ("time", "scheduled_us")} for row in line_of("line", 0, 0, 115, 0)]
    found = most_bunched(Tape(line_of("line", 0, 0, 0, 0) + late), START_US, START_US + 8 * HOUR_US)
    assert found is not None
    assert found.end_us - found.start_us == 2 * HOUR_US
    assert found.bunched == 2


def test_a_line_of_two_trips_is_no_diagram() -> None:
    assert most_bunched(Tape(line_of("line", 0, 0)), START_US, START_US + HOUR_US) is None


def test_buses_that_are_planned_close_together_are_no_bunch() -> None:
    rows = [row for number, minutes in enumerate((0, 10, 11, 20)) for row in trip("line", number, minutes * MINUTE_US)]
    found = most_bunched(Tape(rows), START_US, START_US + HOUR_US)
    assert found is not None
    assert (found.bunched, found.usual_us) == (0, 9 * MINUTE_US)


def test_a_variant_of_the_line_is_left_out_where_it_goes_another_way() -> None:
    variant = [row | {"stop": f"other {row['stop']}"} for row in trip("line", 9, 10 * MINUTE_US + SECOND_US)]
    found = most_bunched(Tape(line_of("line", 0, 0, 0) + variant), START_US, START_US + HOUR_US)
    assert found is not None
    assert found.bunched == 0
    assert "line 9" not in found.passages["trip"].to_list()


def test_trips_that_never_met_at_a_stop_have_no_planned_headway() -> None:
    """They were told to be planned 0 min apart."""
    apart = [
        passage("line", number, stop, stop * LEG_US, stop * LEG_US) | {"stop": f"stop {stop}"}
        for number in range(3)
        for stop in (2 * number, 2 * number + 1)
    ]
    found = most_bunched(Tape(apart), START_US, START_US + HOUR_US)
    assert found is not None
    assert (found.usual_us, found.bunched) == (None, 0)


def test_trips_seen_at_one_stop_each_are_no_lines_to_draw() -> None:
    points = [passage("line", number, number, number * LEG_US, number * LEG_US) for number in range(4)]
    assert most_bunched(Tape(points), START_US, START_US + HOUR_US) is None
