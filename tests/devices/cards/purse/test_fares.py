"""Fares: a table has one fare for every distance, or is refused."""

import numpy as np
import pytest

from devices.cards.purse.fares import Band, FareTable, metro_fares
from sim.errors import UsageError


def test_the_metro_costs_three_yuan_up_to_six_kilometres_and_one_more_for_each_ten() -> None:
    distances = np.array([0, 0.1, 6, 6.01, 16, 16.5, 26, 126])
    assert metro_fares().fare_cents(distances).tolist() == [300, 300, 300, 400, 400, 500, 500, 1_500]


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([Band(0, 6, 300), Band(7, 16, 400)], "a gap between 6 and 7 km"),
        ([Band(0, 6, 300), Band(5, 16, 400)], "an overlap between 6 and 5 km"),
        ([Band(1, 6, 300)], "it begins at 1 km instead of 0"),
        ([Band(0, 0, 300)], "the band over 0 km ends at 0 km"),
        ([Band(0, 6, -300)], "the band over 0 km costs -300 cents"),
        ([Band(0, float("nan"), 300)], "ends at nan km"),
        ([], "it has no bands"),
        ([Band(0, 6, -1), Band(7, 9, 1)], "a gap between 6 and 7 km; the band over 0 km costs -1 cents"),
    ],
)
def test_a_table_that_is_no_table_is_refused_with_every_problem(bands: list[Band], said: str) -> None:
    with pytest.raises(UsageError, match=f"fare table 'ferry': .*{said}"):
        FareTable("ferry", bands)


@pytest.mark.parametrize("distance", [-0.1, 126.1, float("nan")])
def test_a_distance_beyond_the_table_has_no_fare(distance: float) -> None:
    with pytest.raises(ValueError, match="fare table 'metro' has no fare for"):
        metro_fares().fare_cents(np.array([5.0, distance]))
