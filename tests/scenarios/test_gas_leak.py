"""The shipped gas leak tells its story: a leak, low alarms, high ones, valves, the utility, and everything restored."""

from collections import defaultdict

import numpy as np
import pytest

from devices.alarms.centre.choices import ResponseStep, Service
from devices.alarms.choices import AlarmState, AlarmType, Qualifier
from devices.alarms.gas.choices import GasLevel, Valve
from scenarios.loader import load
from sim.engine.engine import Engine

Steps = dict[str, list[float]]


@pytest.fixture(scope="module")
def story() -> Steps:
    """Return when each step happened, minutes after the start, and the samples of what is promised."""
    engine, found = Engine(load("gas_leak")), defaultdict(list)
    for piece in engine.slices():
        for mark in piece.marks:
            found[mark.text.split(" Minhang")[0]].append((mark.at_us - engine.hours.start_us) / 6e7)
        for sample in piece.samples:
            found[f"{sample.measure} {sample.where}".strip()] += np.ravel(sample.values).tolist()
        for batch in piece.batches:
            at_min = (batch.time_us - engine.hours.start_us) / 6e7
            for name, chosen in steps(batch.kind.name, batch.columns).items():
                found[name] += at_min[chosen].tolist()
    return found


def steps(kind: str, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if kind == "alarm":
        gas = columns["alarm_type"] == AlarmType.GAS
        new, restored = columns["qualifier"] == Qualifier.NEW, columns["alarm_state"] == AlarmState.RESTORED
        return {"low": gas & new, "high": gas & (columns["qualifier"] == Qualifier.PRESENT), "restored": gas & restored}
    if kind == "valve_state":
        return {valve.word: columns["valve"] == valve for valve in Valve}
    if kind == "response":
        arrived = (columns["response_step"] == ResponseStep.ARRIVED) & ~columns["aggregated"]
        return {"utility": arrived & (columns["service"] == Service.UTILITY)}
    return {"normal": columns["gas_level"] == GasLevel.NORMAL} if kind == "gas_sample" else {}


def test_each_step_of_the_story_is_there_and_in_its_order(story: Steps) -> None:
    order = ["gas leaks into", "low", "high", "closed", "the utility isolates the gas of", "restored"]
    firsts = [min(story[step]) for step in order]
    assert firsts == sorted(firsts)
    assert story["gas leaks into"] == [10.0]
    assert min(story["utility"]) < min(story["the utility isolates the gas of"])


def test_dozens_of_flats_are_warned_and_all_are_restored_before_the_end(story: Steps) -> None:
    assert len(story["low"]) == len(story["restored"]) > 20
    assert len(story["open"]) == len(story["closed"]) + len(story["failed"]) > 0


def test_what_the_scenario_promises_is_kept(story: Steps) -> None:
    assert len(story["alarms.gas_response_s"]) > 20
    assert max(story["alarms.gas_response_s"]) <= 30
    assert max(story["alarms.gas_peak_percent riser"]) < 100
    assert set(story["alarms.leak_missed"]) == {0.0}
