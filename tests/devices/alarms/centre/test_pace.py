"""The pace of false police calls: a sample stands for years of watching, so that a short run does not judge by chance."""

from collections.abc import Callable, Iterator

import pytest
import simpy

from devices.alarms.burglar.load import load as burglar_load
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.measures import OBJECTIVES
from devices.alarms.centre.pace import SYSTEM_YEARS, Pace
from sim.city.people_figures import HOMES
from sim.city.site import Site
from sim.judge.verdict import least_samples
from sim.units import HOUR_US
from tests.devices.alarms.centre.alone import Run, empty, run

SYSTEMS = 365 * 24.0 * 10  # ten system-years in an hour
(PROMISE,) = [each for each in OBJECTIVES if each.measure == "false_police_calls"]


def called(per_hour: int, duration: str) -> Run:
    """Watch ten system-years an hour, with so many calls in vain in each, from an hour before the start."""

    def raises(site: Site, centre: Centre) -> None:  # noqa: ARG001 - the signature of all who raise
        pace = Pace(site, SYSTEMS)

        def come() -> Iterator[simpy.Event]:
            while True:
                yield site.wait(HOUR_US / per_hour)
                pace.false_call()

        site.process(come())

    return run(empty(0), raises, duration=duration, warm_up="1h")


def test_the_pace_is_the_calls_of_the_years_that_were_watched() -> None:
    found = called(per_hour=5, duration="40h").of("false_police_calls")
    assert len(found) == 50  # 48 minutes make 8 system-years
    assert found.mean() == pytest.approx(0.5, abs=0.02)


def test_what_comes_before_the_start_is_not_counted() -> None:
    assert called(per_hour=5, duration="48m").of("false_police_calls").tolist() == pytest.approx([0.5])
    assert not called(per_hour=5, duration="47m").of("false_police_calls").size


def test_the_promise_needs_more_than_a_winter_evening_and_a_whole_day_decides_it() -> None:
    enough, systems = least_samples(PROMISE) * SYSTEM_YEARS, 0.02 * float(HOMES)
    assert 2 < enough / (systems / 365 / 24) < 24  # hours of the default city
    assert (enough * float(PROMISE.at_most or 0)) ** -0.5 < 0.1  # standard error of a rate at the promise


@pytest.mark.parametrize("scale", [0.01, 1.0])
def test_systems_are_those_of_the_whole_city_at_any_scale(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[float] = []
    init: Callable[[Pace, Site, float], None] = Pace.__init__
    monkeypatch.setattr(Pace, "__init__", lambda pace, site, systems: (watched.append(systems), init(pace, site, systems))[1])
    run(empty(0), duration="1m", scale=scale, loads=(burglar_load(0.02, BurglarParameters(per_year=0)),))
    assert watched == [0.02 * float(HOMES)]
