"""A stage that asks for events a second gets them from the system that offers a rate, or says why it cannot."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import simpy

from sim.city.declared import Declared
from sim.city.profile import ProfileStage
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.events.kinds import Kind, integer
from sim.scenario import Scenario
from sim.system import System
from sim.units import HOUR_US
from tests.lamps import Lamps

PASSAGE = Kind("passage", doc="somebody passes a gate", qos=1, fields=(integer("today"),))
PER_HOUR = 360.0


class Gates(System):
    """Gates in each district, with so many passages an hour at each."""

    count: int = 5
    declared: ClassVar = Declared("gates", kinds=(PASSAGE,))

    def build(self, site: Site) -> None:
        for gate in site.install("gate", each_district=self.count).tolist():
            site.process(self._passages(site, gate))

    def expected_events(self, site: Site, start_us: int, end_us: int) -> float:
        return self.count * len(site.district_names) * PER_HOUR * (end_us - start_us) / HOUR_US

    def _passages(self, site: Site, gate: int) -> Iterator[simpy.Event]:
        rng, today = site.stream("passages", gate), 0
        while True:
            yield site.wait(rng.exponential(HOUR_US / PER_HOUR), by_load=True)
            today += 1
            site.record(PASSAGE, gate, today=today)


class Doors(Gates):
    declared: ClassVar = Declared("doors", kinds=(replace(PASSAGE, name="opening", doc="a door opens"),))


def scenario(*systems: System | type[System], **stage: object) -> Scenario:
    profile = [ProfileStage(lasting="20m", name="steady", **stage), ProfileStage(lasting="20m", name="ramp", rate="2/s", until="6/s")]
    return Scenario(name="gated", systems=systems, duration="40m", warm_up="0s", districts=["Xuhui", "Putuo"], profile=profile)


def test_as_many_events_come_as_were_asked_for_on_a_step_and_on_a_ramp() -> None:
    engine = Engine(scenario(Gates, Lamps, rate="180/m"))
    minutes = np.array([sum(len(batch) for batch in piece.batches if batch.kind.name == "passage") for piece in engine.slices()])
    assert [(stage.multiplier, stage.until) for stage in engine.city.profile.stages] == [(3.0, None), (2.0, 6.0)]
    steady, ramp = minutes[:20], minutes[20:]
    for counted, asked in ((steady.sum(), 20 * 180), (ramp.sum(), 20 * 240), (ramp[:10].sum(), 10 * 180), (ramp[10:].sum(), 10 * 300)):
        assert counted == pytest.approx(asked, abs=3.3 * asked**0.5)


def test_the_mark_of_a_stage_says_what_was_asked_for_and_what_that_is() -> None:
    marks = [mark.text for piece in Engine(scenario(Gates, rate="180/m")).slices() for mark in piece.marks]
    assert marks == ["steady begins: 3/s, demand × 3", "ramp begins: 2/s to 6/s, demand × 2 to × 6"]


def test_of_two_systems_that_offer_a_rate_one_is_named() -> None:
    both = Scenario(
        name="both",
        systems=[Gates(count=5), Doors(count=10)],
        districts=["Xuhui"],
        profile=[ProfileStage(lasting="1m", rate="1/s", system="doors")],
    )
    assert Engine(both).city.profile.stages[0].multiplier == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("systems", "stage", "reason"),
    [
        ((Lamps,), {"rate": "3/s"}, "no system says how many of its events follow the load .*: give a multiplier"),
        ((Lamps, Gates), {"rate": "3/s", "system": "lamps"}, "system 'lamps' does not say .* or ask gates"),
        ((Doors, Gates), {"rate": "3/s"}, "doors, gates offer one: say which, as in system='doors'"),
        ((Gates,), {"rate": "101/s"}, "stage 'steady': 101/s is out of reach, demand × 1 gives 1/s"),
        (
            (Gates,),
            {"rate": "3/s", "system": "gaits"},
            "stage 'steady' asks for a rate of the unknown system 'gaits'",
        ),
    ],
)
def test_a_rate_that_nobody_can_give_is_refused(systems: tuple[type[System], ...], stage: dict[str, object], reason: str) -> None:
    with pytest.raises((UsageError, ValueError), match=reason):
        Engine(scenario(*systems, **stage))


def test_a_system_that_answers_nonsense_is_named() -> None:
    class Vague(Gates):
        def expected_events(self, *_stretch: object) -> float:
            return "many"

    with pytest.raises(UsageError, match=r"system 'gates' \(.*test_rates\.py, line \d+\): expected_events returned 'many': it is a number"):
        Engine(scenario(Vague, rate="3/s"))
