"""What `scenarios show` prints of parameters, and `--plan` of rates."""

import io
import re

from rich.console import Console

from citybeat.screen.plan import few
from citybeat.screen.shown import _parameters, leaves
from devices.alarms.system import Alarms
from devices.buses.system import Buses
from scenarios.loader import load, override
from sim.figures import Figure, Grade
from sim.parameters import DurationUs, Parameters, from_figure


def test_durations_are_shown_with_a_unit_and_numbers_without() -> None:
    shown = {leaf.place: leaf.value for leaf in leaves(Buses())}
    assert shown["riders.patience"] == "30m"
    assert shown["links.lte_round_trip"] == "61ms"
    assert shown["riders.capacity"] == "80"


def test_a_duration_of_nothing_is_shown_with_its_unit() -> None:
    shown = {leaf.place: leaf.value for leaf in leaves(Buses.model_validate({"dispatch": {"order_delay": "0s"}}))}
    assert shown["dispatch.order_delay"] == "0s"


def test_a_parameter_shows_its_limits_and_where_its_figure_comes_from() -> None:
    ferry = Figure("seats of a ferry", value=30, unit="persons", grade=Grade.B, source="a yearbook")

    class Ferry(Parameters):
        seats: int = from_figure(ferry, ge=1, le=50)
        pause: DurationUs = 5_000_000

    (first, second) = leaves(Ferry())
    assert (first.limits, first.told({ferry.name: ferry})) == ("≥ 1, ≤ 50", "seats of a ferry · B · a yearbook")
    assert (second.limits, second.told({})) == ("", "")


def test_a_rate_of_few_events_is_no_zero() -> None:
    assert [few(rate) for rate in (0.0, 0.0042, 0.32, 9.87, 12.3, 4321.0)] == ["0", "0.0042", "0.32", "9.9", "12", "4,321"]


def test_a_value_is_shown_as_set_takes_it() -> None:
    shown = {leaf.place: leaf.value for leaf in leaves(Alarms())}
    given = ["centre.shifts", "centre.talk.distribution", "centre.talk.mean", "centre.policy.confirmed_only", "smoke.per_year"]
    assert shown["centre.shifts"] == "06:00-14:00, 14:00-22:00, 22:00-06:00=50%"
    assert shown["centre.talk.distribution"] == "lognormal"
    scenario = load("home_alarms")
    assert override(scenario, [f"alarms.{place}={shown[place]}" for place in given]) == scenario


def test_a_parameter_is_named_whole_and_an_assumption_once() -> None:
    out = Console(file=(file := io.StringIO()), width=100, markup=False, highlight=False)
    out.print(_parameters(Alarms()))
    for leaf in leaves(Alarms()):
        assert re.search(rf"(?<![\w.]){re.escape(leaf.place)}(?![\w.])", file.getvalue()), leaf.place
    assert "K (assumption) assumption" not in " ".join(file.getvalue().replace("│", " ").replace("·", " ").split())
