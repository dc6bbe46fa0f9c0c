"""The event logs of three runs of the buses, recorded before the house was moved: a change of form leaves them as they are.

Whoever means to change what happens records the new digest here and names the reason in CHANGELOG.md.
"""

import os
from pathlib import Path

import pytest

from devices.buses.system import Buses
from scenarios.loader import load, override
from sim.engine.engine import Engine
from sim.events.digests import digest_of

FEEDS = os.environ.get("CITYBEAT_FEEDS", "")
CAIRNS = Path(FEEDS) / "cairns_gtfs.zip"
TIMETABLE = pytest.param(
    "bus_arrivals",
    (f"buses.gtfs={CAIRNS}", "start=06:00", "duration=3h"),
    "dc8ad1501377fbdeba1333b97c5e6520",
    marks=pytest.mark.skipif(not (FEEDS and CAIRNS.is_file()), reason="CITYBEAT_FEEDS names no folder with cairns_gtfs.zip"),
    id="cairns",
)
RECORDED = (
    pytest.param("bus_arrivals", (), "e8fb78b942b3828bc6fdb2a0969ade93", id="bus_arrivals"),
    pytest.param("outage", (), "c679effbde43adae3d5d868eca425961", id="outage"),
    TIMETABLE,
)


@pytest.mark.parametrize(("scenario", "settings", "digest"), RECORDED)
def test_the_event_log_is_what_it_was(scenario: str, settings: tuple[str, ...], digest: str) -> None:
    of_buses = override(load(scenario).model_copy(update={"systems": (Buses(),)}), settings)
    found = digest_of(list(Engine(of_buses).slices()))  # a failure that prints slices takes minutes
    assert found == digest
