"""Places: what is near a point, nearest first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.city.places import Places
from sim.geometry import distance_m

POINTS = st.lists(st.tuples(st.floats(30.9, 31.1), st.floats(121.3, 121.6)), max_size=40)


@given(points=POINTS, radius_m=st.floats(0, 40_000))
def test_near_are_all_within_the_radius_and_no_other_nearest_first(points: list[tuple[float, float]], radius_m: float) -> None:
    latitude, longitude = np.array(points, dtype=np.float64).reshape(-1, 2).T
    found = Places(latitude, longitude).near(31.0, 121.45, radius_m)
    away_m = distance_m(latitude, longitude, 31.0, 121.45)
    assert set(found.tolist()) == set(np.flatnonzero(away_m <= radius_m).tolist())
    assert (np.diff(away_m[found]) >= 0).all()


def test_a_place_itself_is_near_and_of_two_equally_near_the_first_comes_first() -> None:
    places = Places(np.array([31.2, 31.3, 31.2]), np.array([121.5, 121.5, 121.5]))
    assert places.near(31.2, 121.5, 0).tolist() == [0, 2]
    assert len(places) == 3


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 latitudes for 1 longitudes"):
        Places(np.zeros(2), np.zeros(1))


def test_places_at_shared_points_are_as_those_laid_out_one_by_one() -> None:
    latitude, longitude, at = np.array([31.2, 31.3]), np.array([121.5, 121.6]), np.array([1, 0, 0])
    shared, laid_out = Places(latitude, longitude, at), Places(latitude[at], longitude[at])
    assert len(shared) == 3
    assert shared.near(31.2, 121.5, 9).tolist() == laid_out.near(31.2, 121.5, 9).tolist() == [1, 2]
    assert (shared.latitude == laid_out.latitude).all()
    assert (shared.longitude == laid_out.longitude).all()
