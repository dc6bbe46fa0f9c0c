"""Detectors sample clean air now and then, each at a phase of its own, and say when their sensors are worn out."""

import numpy as np
import pytest

from devices.alarms.choices import Availability, ContactId, Qualifier, TroubleCause
from devices.alarms.gas import figures
from devices.alarms.gas.choices import GasLevel
from devices.alarms.gas.concentration import CLEAN, Air
from devices.alarms.gas.lives import report_ends
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.gas.room import Room
from devices.alarms.gas.sources import HOUR_S
from sim.units import DAY_US, HOUR_US, NEVER_US, SECOND_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.gas.gas_alone import Left, ran

HOURS = 12


@pytest.fixture(scope="module")
def quiet() -> Left:
    """Return half a day in which nothing happens."""
    return ran(hours=HOURS, start="08:00", scale=0.004)


def test_each_detector_samples_clean_air_twice_in_twelve_hours_spread_over_the_time(quiet: Left) -> None:
    count = len(quiet.gas.scene.detectors)
    samples = quiet.rows["gas_sample"]
    homes, numbers = np.unique([row["home"] for row in samples], return_counts=True)
    assert len(homes) == count
    assert len(samples) / count == pytest.approx(HOURS * HOUR_US / figures.SAMPLE_EVERY.us, rel=0.02)  # but for those offline
    hours = np.bincount([int(row["at_s"] // 3_600) for row in samples], minlength=HOURS)
    assert (abs(hours - len(samples) / HOURS) < 4 * np.sqrt(len(samples) / HOURS)).all()
    assert numbers.max() == 2


def test_clean_air_is_normal_and_shows_no_more_than_the_background(quiet: Left) -> None:
    samples = quiet.rows["gas_sample"]
    assert {row["gas_level"] for row in samples} == {GasLevel.NORMAL}
    assert {row["valve_open"] for row in samples} == {True}
    assert 0.0 <= min(row["lel_percent"] for row in samples) < max(row["lel_percent"] for row in samples) <= float(figures.BACKGROUND)
    assert not quiet.rows["alarm"]
    assert quiet.census[-1] == {"open": len(quiet.gas.scene.detectors), "closed": 0, "failed": 0}


def test_sensors_respond_as_fast_as_their_sort() -> None:
    lag_s = ran(hours=0.02, scale=0.05).gas.scene.detectors.lag_s * np.log(10.0)
    slow = lag_s > 16
    assert is_share(float(slow.mean()), float(figures.SEMICONDUCTOR), len(lag_s))
    assert 20.0 <= lag_s[slow].min() < lag_s[slow].max() <= 30.0
    assert 10.0 <= lag_s[~slow].min() < lag_s[~slow].max() <= 15.0


class Told:
    """Takes what detectors report."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []

    def report(self, rows: np.ndarray) -> None:
        self.rows.append(rows)


def test_sensors_report_the_end_of_their_life_and_are_replaced_after_it() -> None:
    detectors = ran(hours=0.02, scale=0.05).gas.scene.detectors
    told = detectors.supervision = Told()  # type: ignore[assignment]
    site, count = detectors.site, len(detectors)
    site.city.end_us = site.warm_from_us + 2 * DAY_US
    report_ends(site, detectors)
    soon, _ = told.rows
    worn = float((soon["time_us"] < site.warm_from_us).sum()) / count  # told before the run: nothing of it is told anew
    life_days, late_days = float(figures.SENSOR_LIFE) * 365.25, float(figures.REPLACED)
    assert is_share(worn, late_days / (life_days + late_days), count)
    site.city.end_us = site.warm_from_us + 30 * 365 * DAY_US
    report_ends(site, detectors)
    ends, replaced = told.rows[2:]
    assert len(ends) == len(replaced) == count
    assert ends["time_us"].max() <= site.warm_from_us + life_days * DAY_US
    assert np.mean(replaced["time_us"] - ends["time_us"]) / DAY_US == pytest.approx(late_days, rel=0.1)
    for rows, qualifier in ((ends, Qualifier.NEW), (replaced, Qualifier.RESTORE)):
        assert set(rows["code"].tolist()) == {ContactId.MAINTENANCE}
        assert set(rows["cause"].tolist()) == {TroubleCause.SENSOR}
        assert set(rows["qualifier"].tolist()) == {qualifier}
        assert (rows["began_us"] == ends["time_us"]).all()


def test_worn_out_sensors_stand_in_the_census_from_the_beginning() -> None:
    left = ran(hours=0.02, scale=0.05)
    assert left.gas.scene.detectors.supervision.counts()[Availability.END_OF_LIFE] > 50


def test_a_room_keeps_its_highest_concentration_and_what_a_fault_shows_fades_with_it() -> None:
    room = Room(Air(20.0 / HOUR_S, 1.0 / HOUR_S, 10.0), 0)
    assert room.level == CLEAN
    assert room.crosses_us(25.0, rising=True) == NEVER_US  # 20 is the limit
    room.change(6 * HOUR_US, release=0.0)
    room.change(8 * HOUR_US)
    assert room.peak == pytest.approx(20.0, rel=0.01) != room.level.gas
    room.hold(8 * HOUR_US, 40.0)
    assert room.at(9 * HOUR_US) == pytest.approx((40.0, 40.0))
    room.hold(9 * HOUR_US, 0.0)
    assert room.at(9 * HOUR_US + 100 * SECOND_US).shown < 0.01


def test_samples_at_another_interval_are_as_many_as_it_says() -> None:
    left = ran(GasParameters(per_year=0, sample_every=HOUR_US), hours=2)
    assert len(left.rows["gas_sample"]) / len(left.gas.scene.detectors) == pytest.approx(2.0, rel=0.02)
