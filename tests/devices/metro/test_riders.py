"""Riders: hours, tides and gravity against their figures."""

from dataclasses import replace

import numpy as np
import pytest

from devices.metro import figures
from devices.metro.figures import OUTWARD_WORKDAY
from devices.metro.network import network
from devices.metro.riders import Pull, balanced
from sim.streams import Streams

PULL = Pull.of(network(), Streams(1))


def test_everybody_comes_from_somewhere_and_goes_somewhere_else() -> None:
    for outward in OUTWARD_WORKDAY.numbers:
        assert PULL.entries(outward).sum() == pytest.approx(1)
        assert PULL.exits(outward).sum() == pytest.approx(1)
    for shares in (PULL.to_work, PULL.to_home):
        assert np.allclose(shares.sum(axis=1), 1)
        assert (np.diag(shares) == 0).all()


def test_the_flows_add_up_to_the_homes_and_the_work_of_every_station() -> None:
    bound_out, bound_home = PULL.homes @ PULL.to_work, PULL.work @ PULL.to_home
    assert np.abs(bound_out / PULL.work - 1).max() < 1e-3
    assert np.abs(bound_home / PULL.homes - 1).max() < 1e-3
    assert np.allclose(PULL.homes[:, None] * PULL.to_work, (PULL.work[:, None] * PULL.to_home).T, rtol=2e-3)


def test_in_the_morning_the_centre_fills_and_in_the_evening_it_empties() -> None:
    centre = np.array([name in ("Huangpu", "Jingan") for name in network().district])
    morning, evening = OUTWARD_WORKDAY.numbers[8], OUTWARD_WORKDAY.numbers[18]
    assert PULL.exits(morning)[centre].sum() > 1.5 * PULL.entries(morning)[centre].sum()
    assert PULL.entries(evening)[centre].sum() > 1.5 * PULL.exits(evening)[centre].sum()


def test_a_balanced_table_has_the_sums_asked_for_and_keeps_the_odds_between_places() -> None:
    near = np.array([[1.0, 2.0], [3.0, 1.0]])
    table = balanced(near, np.array([0.4, 0.6]), np.array([0.7, 0.3]))
    assert np.allclose(table.sum(axis=1), [0.4, 0.6])
    assert np.allclose(table.sum(axis=0), [0.7, 0.3])
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(1 / 6)


def test_people_live_further_from_work_where_a_trip_weighs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    def mean_s(pull: Pull) -> float:
        trip_s = np.where(np.isfinite(pull.network.trip_s), pull.network.trip_s, 0)
        return float((pull.homes[:, None] * pull.to_work * trip_s).sum())

    near_s = mean_s(PULL)
    monkeypatch.setattr(figures, "TRIP_SCALE", replace(figures.TRIP_SCALE, value=20))
    assert near_s < mean_s(Pull(PULL.network, PULL.homes, PULL.work)) < 3 * near_s
