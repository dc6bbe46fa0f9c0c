"""The storm shows what weather does: to mains, lines and heartbeats, to alarms, and to buses."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.alarms.choices import ContactId, Qualifier, TroubleCause
from scenarios.loader import load
from sim.engine.engine import Engine
from sim.units import MINUTE_US

Columns = Mapping[str, NDArray[np.generic]]
DARK = ("Hongkou", "Yangpu")  # one is spared by the power cut


def hour(*, weather: bool) -> tuple[Engine, dict[str, Columns]]:
    """Return what two districts leave, with the incidents of the scenario or in the calm."""
    storm = load("storm")
    engine = Engine(storm.model_copy(update={"districts": DARK, "incidents": storm.incidents if weather else ()}))
    parts: dict[str, list[Columns]] = {}
    for piece in engine.slices():
        for batch in piece.batches:
            parts.setdefault(batch.kind.name, []).append({"time_us": batch.time_us, "district": batch.district, **batch.columns})
    return engine, {kind: {name: np.concatenate([part[name] for part in found]) for name in found[0]} for kind, found in parts.items()}


@pytest.fixture(scope="module")
def storm() -> tuple[Engine, dict[str, Columns]]:
    return hour(weather=True)


@pytest.fixture(scope="module")
def calm() -> tuple[Engine, dict[str, Columns]]:
    return hour(weather=False)


def test_mains_and_lines_fail_in_the_storm(storm: tuple[Engine, dict[str, Columns]], calm: tuple[Engine, dict[str, Columns]]) -> None:
    def told(one: tuple[Engine, dict[str, Columns]], *codes: ContactId) -> int:
        states = one[1].get("device_state")
        if states is None:
            return 0
        truly = (states["qualifier"] == Qualifier.NEW) & (states["cause"] != TroubleCause.LOST_BEAT)
        return int((truly & np.isin(states["code"], codes)).sum())

    for codes in ((ContactId.AC_LOSS,), (ContactId.COMMUNICATION_TROUBLE, ContactId.LOSS_OF_POLLING)):
        in_storm, in_calm = (told(each, *codes) for each in (storm, calm))
        assert in_storm > 10 + 5 * in_calm
    assert (storm[1]["device_state"]["cause"] == TroubleCause.LINE).any()


def test_a_district_goes_dark_and_its_reconnects_are_a_storm_of_their_own(storm: tuple[Engine, dict[str, Columns]]) -> None:
    engine, found = storm
    beats = found["heartbeat"]
    minute = (beats["time_us"] - engine.hours.start_us) // MINUTE_US
    dark = beats["district"] == engine.city.districts.code("Yangpu")
    a_minute, spared = (np.bincount(minute[rows], minlength=60) for rows in (dark, ~dark))
    assert a_minute[22:33].mean() < 0.7 * a_minute[:10].mean()
    assert a_minute[33:36].max() > 20 * a_minute[:10].mean()
    assert spared[33:36].max() < 5 * spared[:10].mean()
    assert beats["reconnect"][dark & (minute >= 33) & (minute < 36)].mean() > 0.9


def test_buses_are_slower_in_the_storm(storm: tuple[Engine, dict[str, Columns]], calm: tuple[Engine, dict[str, Columns]]) -> None:
    def speed_m_s(one: tuple[Engine, dict[str, Columns]]) -> float:
        engine, found = one
        positions = found["vehicle_position"]
        minute = (positions["time_us"] - engine.hours.start_us) // MINUTE_US
        moving = (minute >= 15) & (minute < 50) & (positions["speed_m_s"] > 0)
        return float(positions["speed_m_s"][moving].astype(np.float64).mean())

    assert speed_m_s(storm) < 0.9 * speed_m_s(calm)
