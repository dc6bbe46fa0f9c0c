"""The storm shows what weather does: to mains, lines and heartbeats, to alarms, and to buses."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.alarms.choices import AlarmCause, AlarmState, ContactId, Qualifier, TroubleCause
from scenarios.loader import load
from sim.engine.engine import Engine
from sim.units import MINUTE_US

Columns = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, repr=False)
class Hour:
    """What the city leaves in the hour of the scenario, by kind; a failure need not print it."""

    kinds: Mapping[str, Columns]
    start_us: int
    dark: int  # the district of the power cut

    def minute(self, kind: str) -> NDArray[np.int64]:
        """Return the minute of the run of each event."""
        return (self.kinds[kind]["time_us"] - self.start_us) // MINUTE_US


def hour(*, weather: bool) -> Hour:
    """Run it with the incidents of the scenario or in the calm."""
    storm = load("storm")
    engine = Engine(storm if weather else storm.model_copy(update={"incidents": ()}))
    parts: dict[str, list[Columns]] = {}
    for piece in engine.slices():
        for batch in piece.batches:
            parts.setdefault(batch.kind.name, []).append({"time_us": batch.time_us, "district": batch.district, **batch.columns})
    kinds = {kind: {name: np.concatenate([part[name] for part in found]) for name in found[0]} for kind, found in parts.items()}
    return Hour(kinds, engine.hours.start_us, engine.city.districts.code("Yangpu"))


@pytest.fixture(scope="module")
def storm() -> Hour:
    return hour(weather=True)


@pytest.fixture(scope="module")
def calm() -> Hour:
    return hour(weather=False)


def test_mains_and_lines_fail_in_the_storm(storm: Hour, calm: Hour) -> None:
    def told(one: Hour, *codes: ContactId) -> int:
        states = one.kinds.get("device_state")
        if states is None:
            return 0
        truly = (states["qualifier"] == Qualifier.NEW) & (states["cause"] != TroubleCause.LOST_BEAT)
        return int((truly & np.isin(states["code"], codes)).sum())

    for codes in ((ContactId.AC_LOSS,), (ContactId.COMMUNICATION_TROUBLE, ContactId.LOSS_OF_POLLING)):
        in_storm, in_calm = (told(each, *codes) for each in (storm, calm))
        assert in_storm > 10 + 2 * in_calm
    by_line = int((storm.kinds["device_state"]["cause"] == TroubleCause.LINE).sum())
    assert by_line > 3


def test_wind_and_water_raise_false_alarms(storm: Hour, calm: Hour) -> None:
    def false_alarms(one: Hour) -> int:
        alarms = one.kinds["alarm"]
        by_weather = (alarms["alarm_cause"] == AlarmCause.WEATHER) & ~alarms["real"].astype(np.bool_)
        return int((by_weather & (alarms["alarm_state"] == AlarmState.RAISED)).sum())

    in_storm, in_calm = (false_alarms(each) for each in (storm, calm))
    assert in_storm >= 3
    assert in_calm == 0


def test_a_district_goes_dark_and_its_reconnects_are_a_storm_of_their_own(storm: Hour) -> None:
    beats, minute = storm.kinds["heartbeat"], storm.minute("heartbeat")
    dark = beats["district"] == storm.dark
    a_minute, spared = (np.bincount(minute[rows], minlength=60) for rows in (dark, ~dark))
    assert a_minute[22:33].mean() < 0.7 * a_minute[:10].mean()
    assert a_minute[33:36].max() > 20 * a_minute[:10].mean()
    assert spared[33:36].max() < 5 * spared[:10].mean()
    assert beats["reconnect"][dark & (minute >= 33) & (minute < 36)].mean() > 0.9


def test_buses_are_slower_in_the_storm(storm: Hour, calm: Hour) -> None:
    def speed_m_s(one: Hour) -> float:
        positions, minute = one.kinds["vehicle_position"], one.minute("vehicle_position")
        moving = (minute >= 15) & (minute < 50) & (positions["speed_m_s"] > 0)
        return float(positions["speed_m_s"][moving].astype(np.float64).mean())

    assert speed_m_s(storm) < 0.9 * speed_m_s(calm)
