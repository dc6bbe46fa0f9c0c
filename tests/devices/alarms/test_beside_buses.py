"""Alarms beside buses change nothing of them, and the other way round."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from devices.alarms.system import Alarms
from devices.buses.system import Buses
from sim.engine.engine import Engine
from sim.events.digests import Digester
from sim.events.send_order import in_send_order
from sim.scenario import Scenario
from sim.system import System


def digest_of(name: str, systems: Sequence[System]) -> str:
    """Return the digest of one system's events."""
    digester = Digester()
    scenario = Scenario(name="both", systems=systems, districts=["Putuo"], duration="8m", scale=0.02, start="08:00", warm_up="30m")
    for piece in Engine(scenario).slices():
        own = tuple(batch for batch in piece.batches if batch.kind.system == name)
        digester.add(replace(piece, batches=own, send_order=in_send_order(list(own)), labels=()))
    return digester.log_digest


@pytest.mark.parametrize(("system", "name"), [(Buses(), "buses"), (Alarms(), "alarms")])
def test_a_system_has_the_events_that_it_has_alone(system: System, name: str) -> None:
    assert digest_of(name, [system]) == digest_of(name, [Alarms(), Buses()])
