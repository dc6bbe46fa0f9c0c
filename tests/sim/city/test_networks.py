"""Access networks: the table of links, and shares of those who hang on them at the milestones of the plan."""

from itertools import pairwise

import numpy as np
import pytest

from sim.city import network_figures as figures
from sim.city.networks import SHARES, AccessNetwork, Bearer, Coverage, access_links, networks_of, shares

UNIFORM = np.random.default_rng(5).random(40_000)


@pytest.mark.parametrize("year", [2014, 2015, 2016, 2017, 2030])
@pytest.mark.parametrize("bearer", list(Bearer))
def test_bearers_hang_on_each_network_in_the_share_of_the_year(bearer: Bearer, year: int) -> None:
    expected = shares(bearer, year)
    assert sum(expected.values()) == pytest.approx(1.0)
    assert min(expected.values()) >= 0
    counts = np.bincount(networks_of(shares(bearer, year), UNIFORM), minlength=len(AccessNetwork))
    for network in AccessNetwork:
        share = expected.get(network, 0.0)
        assert abs(counts[network] - share * len(UNIFORM)) <= 4 * (share * (1 - share) * len(UNIFORM)) ** 0.5, network


def test_homes_are_on_fibre_as_the_outline_says() -> None:
    assert [shares(Bearer.HOME, year)[AccessNetwork.FIBRE] for year in (2014, 2015, 2016, 2017, 2018)] == [0.5, 0.5, 0.575, 0.65, 0.65]


def test_half_the_vehicles_are_on_each_mobile_network_at_the_first_milestone() -> None:
    assert shares(Bearer.VEHICLE, 2015) == {AccessNetwork.G4: 0.5, AccessNetwork.G3: 0.5}


@pytest.mark.parametrize("bearer", list(Bearer))
def test_from_year_to_year_nobody_moves_to_a_network_that_the_plan_replaces(bearer: Bearer) -> None:
    rank = {network: number for number, (network, _) in enumerate(SHARES[bearer])}
    ranked = [np.vectorize(rank.__getitem__)(networks_of(shares(bearer, year), UNIFORM)) for year in (2014, 2015, 2016, 2017)]
    assert all((later <= earlier).all() for earlier, later in pairwise(ranked))


def test_a_draw_at_the_upper_end_finds_a_network_too() -> None:
    assert networks_of(shares(Bearer.PERSONAL, 2015), np.array([np.nextafter(1, 0), 1.0])).tolist() == [AccessNetwork.G2, AccessNetwork.G2]


def test_each_network_delays_by_half_the_round_trip_of_its_figure() -> None:
    table = access_links(stores=False).by_network
    assert len(table) == len(AccessNetwork)
    assert table[AccessNetwork.G3].latency_us == 1_000 * float(figures.G3_RTT) / 2
    assert table[AccessNetwork.FIBRE].latency_us < table[AccessNetwork.G4].latency_us < table[AccessNetwork.G2].latency_us
    assert not any(link.stores for link in table.values())
    assert all(link.stores for link in access_links().by_network.values())


def test_a_device_has_a_network_of_its_own_in_the_shares_given() -> None:
    coverage = Coverage({AccessNetwork.G4: 0.3, AccessNetwork.G3: 0.7}, seed=17)
    found = [coverage.network(f"bus {number}") for number in range(5_000)]
    assert abs(found.count(AccessNetwork.G4) - 1_500) < 4 * (5_000 * 0.3 * 0.7) ** 0.5
    assert found[:9] == [coverage.network(f"bus {number}") for number in range(9)]
    assert found != [Coverage(coverage.shares, seed=18).network(f"bus {number}") for number in range(5_000)]
