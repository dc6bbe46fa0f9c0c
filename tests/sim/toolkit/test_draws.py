"""Draws by district stay each device's own; distributions have the median, mean and spread they are asked for."""

import numpy as np
import pytest

from sim.toolkit.draws import Draws, Window, by_district, gamma_factor, lognormal, lognormal_mean
from sim.units import HOUR_US, MINUTE_US
from tests.devices.buses.timetabled import a_site

SYSTEM = "meters"


def test_a_further_device_leaves_the_draws_of_the_others_as_they_were() -> None:
    site = a_site(("Jingan", "Pudong"))
    for number in range(6):
        site.roster.add(f"bus-{number}", ("Jingan", "Pudong")[number % 2])
    draws = Draws(site, "test")
    before = draws.uniform("uniform", 3, 4), draws.words("bits", 3, 4)
    site.roster.add("bus-late", "Jingan")
    after = draws.uniform("uniform", 3, 4), draws.words("bits", 3, 4)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new[:6], old)
        assert len(new) == 7


def test_stretches_come_as_often_and_last_as_long_as_their_window_says() -> None:
    draws = Draws(a_site(), "test", ["Jingan"] * 20_000)
    window = Window(HOUR_US, 0.2, 5 * MINUTE_US, 0.5)
    begin, end = draws.stretches("trouble", window, 11)
    happened = end > begin
    assert abs(happened.mean() - 0.2) < 0.01
    assert abs(np.median((end - begin)[happened]) / MINUTE_US - 5) < 0.2
    assert (begin // HOUR_US == 11).all()
    assert (end - begin <= HOUR_US).all()
    assert window.numbers(11 * HOUR_US, 12 * HOUR_US) == range(10, 12)
    assert [each.begin_us.tolist() for each in draws.around("trouble", window, 11 * HOUR_US, 12 * HOUR_US)][1] == begin.tolist()


def test_log_normals_have_the_median_or_the_mean_and_spread_they_are_asked_for() -> None:
    rng = np.random.default_rng(5)
    by_median, by_mean = lognormal(rng, 40.0, 0.8, 200_000), lognormal_mean(rng, 40.0, 0.5, 200_000)
    assert np.median(by_median) == pytest.approx(40, rel=0.01)
    assert np.log(by_median).std() == pytest.approx(0.8, rel=0.01)
    assert by_mean.mean() == pytest.approx(40, rel=0.01)
    assert by_mean.std() / by_mean.mean() == pytest.approx(0.5, rel=0.02)
    assert np.median(lognormal(rng, np.repeat([1, 1_000], 20_000), 0.5, 40_000)[20_000:]) == pytest.approx(1_000, rel=0.02)


def test_gamma_factors_have_mean_one_and_their_spread_and_none_costs_no_draw() -> None:
    rng = np.random.default_rng(5)
    drawn = np.array([gamma_factor(rng, 0.4) for _ in range(50_000)])
    assert drawn.mean() == pytest.approx(1, rel=0.01)
    assert drawn.std() == pytest.approx(0.4, rel=0.02)
    state = rng.bit_generator.state["state"]
    assert gamma_factor(rng, 0.0) == 1.0
    np.testing.assert_equal(rng.bit_generator.state["state"], state)


def test_each_district_draws_from_a_stream_of_its_own() -> None:
    site = a_site(("Jingan", "Pudong", "Minhang"))
    names = ["Pudong", "Jingan", "Pudong"]
    codes = np.array([site.districts.code(name) for name in names], dtype=np.int16)
    drawn = np.empty(3)
    for rows, rng in by_district(site, codes, "test"):
        drawn[rows] = rng.random(len(rows))
    assert drawn[[0, 2]].tolist() == site.stream("test", district="Pudong").random(2).tolist()
    assert drawn[1] == site.stream("test", district="Jingan").random()
