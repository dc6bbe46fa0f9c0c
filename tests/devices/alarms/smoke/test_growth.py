"""Fires grow with the square of time from their true start, and detectors respond by type."""

import numpy as np
import pytest

from devices.alarms.smoke import figures
from devices.alarms.smoke.choices import DetectorType, Growth, Start
from devices.alarms.smoke.growth import LARGEST_KW, Fire, kindled
from sim.units import MINUTE_US, SECOND_US


@pytest.mark.parametrize(("growth", "alpha"), [(Growth.SLOW, 0.00293), (Growth.MEDIUM, 0.01172), (Growth.FAST, 0.0469)])
def test_heat_release_is_alpha_t_squared_as_nfpa_204_has_it(growth: Growth, alpha: float) -> None:
    fire = Fire(began_us=7, growth=growth)
    for seconds in (1, 30, 200):
        assert fire.kw(7 + seconds * SECOND_US) == pytest.approx(alpha * seconds**2, rel=0.002)
    assert fire.kw(3) == 0.0
    assert fire.kw(fire.reaches_us(400.0)) == pytest.approx(400.0, rel=1e-6)


def test_a_fire_grows_no_more_than_a_home_lets_burn_nor_after_it_is_held() -> None:
    fire = Fire(0, Growth.FAST)
    assert fire.kw(60 * MINUTE_US) == LARGEST_KW
    fire.hold(60 * SECOND_US)
    fire.hold(90 * SECOND_US)
    assert fire.kw(60 * MINUTE_US) == pytest.approx(0.0469 * 3600, rel=0.002)


def test_a_fire_that_smoulders_releases_nothing_until_there_are_flames() -> None:
    fire = Fire(0, Growth.MEDIUM, smoulders_us=30 * MINUTE_US)
    assert fire.kw(30 * MINUTE_US) == 0.0
    assert fire.kw(35 * MINUTE_US) == pytest.approx(1055)


def test_ionisation_responds_sooner_to_flames_and_photoelectric_to_smouldering() -> None:
    flaming, smouldering = Fire(0, Growth.MEDIUM), Fire(0, Growth.MEDIUM, smoulders_us=40 * MINUTE_US)
    assert flaming.noticed_us(DetectorType.IONISATION) < flaming.noticed_us(DetectorType.PHOTOELECTRIC) < 2 * MINUTE_US
    assert smouldering.noticed_us(DetectorType.PHOTOELECTRIC) == 20 * MINUTE_US
    assert smouldering.noticed_us(DetectorType.IONISATION) == 40 * MINUTE_US
    for fire in (flaming, smouldering):
        assert fire.noticed_us(DetectorType.DUAL) == min(map(fire.noticed_us, DetectorType))


def test_more_fires_smoulder_by_night_and_growths_have_their_shares() -> None:
    rng = np.random.default_rng(5)
    by_night = {night: [kindled(0, rng, night=night) for _ in range(8_000)] for night in (False, True)}
    for night, fires in by_night.items():
        found = np.mean([fire.start is Start.SMOULDERING for fire in fires])
        assert found == pytest.approx(figures.SMOULDERING.numbers[night], abs=0.02)
        assert np.mean([fire.most_kw < LARGEST_KW for fire in fires]) == pytest.approx(float(figures.SMALL), abs=0.02)
    shares = np.bincount([fire.growth for fire in by_night[True]]) / 8_000
    assert shares == pytest.approx(figures.GROWTHS.numbers, abs=0.02)
