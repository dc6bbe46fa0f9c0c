"""What every system promises by being one: the shipped ones, the metro, and the one in the template that everybody copies."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from devices import SYSTEMS
from devices.metro.system import Metro
from scenarios.loader import load
from sim.city.declared import clashes
from sim.engine.engine import Engine
from sim.events.batches import Slice
from sim.events.digests import Digester
from sim.figures import Grade
from sim.scenario import Scenario
from sim.system import System

TEMPLATE = Path(__file__).resolve().parents[2] / "citybeat" / "templates" / "first_scenario.py"
(LAMPS,) = (type(system) for system in load(str(TEMPLATE)).systems if system.name == "lamps")
EVERY = [pytest.param(system, id=system.declared.name) for system in (*SYSTEMS, Metro, LAMPS)]
HERE, THERE = "Xuhui", "Putuo"
RARE = {"dispatch", "alarm", "valve_state", "inactivity", "test_call"}  # not seen in an hour of a small district
MEASURED = {"alarms": 0.3}  # of its measures: what is measured of single alarms is rare too
OF_ONE_CENTRE = {"call", "case", "response"}  # who calls from one district waits for, and is counted with, those of another
OF_THE_CITY = {"uncertainty_s"}  # one centre learns it from the misses of the whole city


def run(system: type[System], *districts: str, minutes: int = 20, seed: int = 1) -> list[Slice]:
    scenario = Scenario(
        name="one", systems=(system,), districts=districts, duration=f"{minutes}m", scale=0.02, seed=seed, warm_up="20m", start="08:00"
    )
    return list(Engine(scenario).slices())


def of_district(pieces: list[Slice], district: str) -> list[tuple[object, ...]]:
    """Every event of a district as a tuple of plain values, without its place; retained ones and a centre's speak of the city."""
    found: list[tuple[object, ...]] = []
    for piece in pieces:
        for batch in (each for each in piece.batches if not each.kind.retain and each.kind.name not in OF_ONE_CENTRE):
            code = batch.roster.districts.find(district)
            for row in (batch.district == code).nonzero()[0].tolist():
                values = [
                    batch.columns[each.name][row].item()
                    for each in batch.kind.fields
                    if each.type != "text" and each.name not in OF_THE_CITY
                ]
                names = [batch.names[each.name] for each in batch.kind.fields if each.type == "text"]
                texts = [batch.columns[each.name][row].item() for each in batch.kind.fields if each.type == "text"]
                words = [table[code] if code >= 0 else "" for table, code in zip(names, texts, strict=True)]
                found.append((batch.kind.name, batch.time_us[row].item(), batch.roster.names[batch.device[row]], repr(values), *words))
    return sorted(found)


@pytest.mark.parametrize("system", EVERY)
def test_its_words_are_its_own_and_have_one_meaning(system: type[System]) -> None:
    assert not list(clashes([each.declared for each in {*SYSTEMS, system}]))
    declared = system.declared
    assert all(measure.name.startswith(f"{declared.name}.") for measure in declared.measures)
    assert {promise.measure for promise in declared.objectives} <= {measure.name for measure in declared.measures}
    assert all(kind.doc and kind.system == declared.name for kind in declared.kinds)


@pytest.mark.parametrize("system", EVERY)
def test_every_number_from_the_world_has_a_source_and_an_assumption_says_so(system: type[System]) -> None:
    for figure in system.declared.figures:
        assert figure.source
        assert figure.grade is not Grade.K or "assumption" in figure.source, figure.name
    names = [figure.name for figure in system.declared.figures]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("system", EVERY)
def test_it_leaves_what_it_declares(system: type[System]) -> None:
    pieces = run(system, HERE, minutes=60)
    left = {batch.kind.name for piece in pieces for batch in (*piece.batches, *piece.labels)}
    rare = {kind.name for kind in system.declared.kinds if kind.retain or "alert" in kind.name or kind.name in RARE}
    assert {kind.name for kind in system.declared.kinds} - left <= rare
    counted = {(row.thing, row.state) for piece in pieces for row in piece.census}
    assert {row.thing for row in system.declared.census} == {thing for thing, _ in counted}
    measured = {sample.measure for piece in pieces for sample in piece.samples}
    assert len(measured) >= len(system.declared.measures) * MEASURED.get(system.declared.name, 0.7)
    assert all(piece.live_statuses for piece in pieces)


@pytest.mark.parametrize("system", EVERY)
def test_another_district_changes_none_of_its_events(system: type[System]) -> None:
    alone, both = of_district(run(system, HERE), HERE), of_district(run(system, HERE, THERE), HERE)
    assert len(alone) > 100
    assert alone == both


@pytest.mark.parametrize("system", EVERY)
def test_a_seed_says_everything(system: type[System]) -> None:
    digests = []
    for seed in (4, 4, 5):
        digester = Digester()
        for piece in run(system, HERE, minutes=5, seed=seed):
            digester.add(piece)
        digests.append(digester.log_digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("system", EVERY)
def test_its_memory_does_not_grow_with_the_run(system: type[System]) -> None:
    scenario = Scenario(name="long", systems=(system,), districts=(HERE,), duration="3h", scale=0.02, start="09:00")
    held = []
    tracemalloc.start()
    try:
        for number, _ in enumerate(Engine(scenario).slices()):
            if number in (60, 170):
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] < held[0] * 1.25 + 2_000_000
