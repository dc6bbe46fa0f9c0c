"""The live status of alarms says what the census says, and who waits too long."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from devices.alarms.centre.choices import Service
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.choices import AlarmType
from devices.alarms.system import Alarms
from sim.engine.engine import Engine
from sim.events.batches import LiveStatus
from sim.scenario import Scenario

Counted = Counter[tuple[str, str]]


def moments(operators: int, minutes: int) -> Iterator[tuple[LiveStatus, Counted]]:
    """Yield the status and the census of each slice of an evening in two districts, with so many operators."""
    alarms = Alarms(centre=CentreParameters(operators=operators))
    scenario = Scenario(
        name="live", systems=[alarms], districts=("Huangpu", "Putuo"), duration=f"{minutes}m", scale=0.02, start="18:00", seed=3
    )
    for piece in Engine(scenario).slices():
        counted: Counted = Counter()
        for row in piece.census:
            counted[row.thing, row.state] += row.count
        yield piece.live_statuses[0], counted


def column(status: LiveStatus, names: str, values: str) -> dict[str, int]:
    place = {name: place for place, name in enumerate(status.header)}
    return {row[place[names]]: int(row[place[values]]) for row in status.rows if row[place[names]]}


@pytest.fixture(scope="module")
def overrun() -> list[tuple[LiveStatus, Counted]]:
    """Twenty minutes of a centre with two operators for a whole city."""
    return list(moments(2, 20))


def test_the_terminal_says_what_the_census_says(overrun: list[tuple[LiveStatus, Counted]]) -> None:
    assert any(counted["responder", each.word] for _, counted in overrun for each in Service)
    for status, counted in overrun:
        assert column(status, "alarm", "open") == {each.word: counted["alarm", each.word] for each in AlarmType}
        assert column(status, "help", "out") == {each.word: counted["responder", each.word] for each in Service}
        assert sum(column(status, "alarm", "calls").values()) == counted["call", "waiting"]
        busy, idle = counted["operator", "busy"], counted["operator", "idle"]
        assert f"{busy} of {busy + idle} operators busy" in status.headline
        devices = sum(count for (thing, _), count in counted.items() if thing == "device")
        assert f"{counted['device', 'offline']:,} of {devices:,} devices offline" in status.headline


def test_whoever_waits_beyond_the_promise_is_told_with_the_longest_wait_of_each_type(overrun: list[tuple[LiveStatus, Counted]]) -> None:
    status, counted = overrun[-1]
    assert re.match(rf"{counted['call', 'waiting']} calls wait, longest [\dhms]+, late · ", status.headline)
    longest = [row[status.header.index("longest")] for row in status.rows]
    assert sum(bool(each) and f"longest {each}, late" in status.headline for each in longest) == 1


def test_where_operators_are_enough_nobody_waits() -> None:
    assert {status.headline.split(" · ")[0] for status, _ in moments(200, 3)} == {"nobody waits"}
