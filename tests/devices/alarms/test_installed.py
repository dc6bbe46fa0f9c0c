"""Homes have what the figures say, by user group, community and the year of the plan."""

import numpy as np
import pytest
from pydantic import ValidationError

from devices.alarms.choices import DeviceClass, SupervisionClass
from devices.alarms.homes import figures
from devices.alarms.homes.installed import SHARES, Units, equipment, installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.supervision.paths import registered
from devices.alarms.system import Alarms
from sim.city.city import City
from sim.city.people_figures import COMMUNITY_TYPES
from sim.city.residents import CommunityType, UserGroup
from sim.city.site import Site
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.buses.timetabled import a_site


def site(*districts: str, scale: float = 0.1) -> Site:
    city: City = a_site(districts, scale=scale).city
    return Site(city, Alarms.declared)


def homes_with(units: Units, device_class: DeviceClass, count: int) -> np.ndarray:
    has = np.zeros(count, dtype=bool)
    has[units.home[units.device_class == device_class]] = True
    return has


@pytest.mark.parametrize("device_class", SHARES)
def test_so_many_homes_of_each_user_group_and_community_have_one(device_class: DeviceClass) -> None:
    here = site("Pudong")
    homes = here.residents("Pudong").homes
    has = homes_with(installed(here, InstalledParameters()), device_class, len(homes))
    for group in UserGroup:
        for community in CommunityType:
            chosen = (homes.user_group == group) & (homes.community_type == community)
            expected = SHARES[device_class].numbers[group] * figures.BY_COMMUNITY.numbers[community]
            assert is_share(has[chosen].mean(), min(expected, 1.0), int(chosen.sum())), (group, community)


def test_communities_differ_but_the_share_of_all_homes_stays_that_of_the_figure() -> None:
    assert np.dot(COMMUNITY_TYPES.numbers, figures.BY_COMMUNITY.numbers) == pytest.approx(1.0)


def test_homes_have_more_at_the_second_milestone_and_nothing_is_taken_away() -> None:
    here = site("Putuo")
    early, late = (installed(here, InstalledParameters(milestone=year)) for year in (2015, 2017))
    before = set(zip(early.home.tolist(), early.device_class.tolist(), strict=True))
    after = set(zip(late.home.tolist(), late.device_class.tolist(), strict=True))
    assert before < after
    assert len(after) / len(before) == pytest.approx(1.5, abs=0.05)
    homes = here.residents("Putuo").homes
    np.testing.assert_allclose(equipment(homes, 2016, 1.0), np.minimum(equipment(homes, 2015, 1.0) * 1.25, 1.0))


def test_pendants_and_pull_cords_hang_on_hubs() -> None:
    here = site("Pudong")
    units, count = installed(here, InstalledParameters()), len(here.residents("Pudong").homes)
    hub, pendant, cord = (homes_with(units, each, count) for each in (DeviceClass.CALL_HUB, DeviceClass.PENDANT, DeviceClass.PULL_CORD))
    assert not (pendant & ~hub).any()
    assert not (cord & ~hub).any()
    assert is_share(pendant[hub].mean(), float(figures.PENDANTS), int(hub.sum()))
    assert is_share(cord[hub].mean(), float(figures.PULL_CORDS), int(hub.sum()))


def test_panels_of_high_risk_have_two_paths_on_different_networks_and_everything_else_has_one() -> None:
    here = site("Pudong")
    units = installed(here, InstalledParameters())
    panels = units.device_class == DeviceClass.PANEL
    for supervision, share in ((SupervisionClass.MIN3, figures.HIGH_RISK), (SupervisionClass.S90, figures.HIGHEST_RISK)):
        of_class = units.supervision[panels] == supervision
        assert is_share(of_class.mean(), float(share), int(panels.sum()))
    paths = registered(here, units, 0.1)
    assert len(paths) == len(here.roster) == len(units) + int(units.two_paths.sum())
    two = np.flatnonzero(paths.other != np.arange(len(paths)))
    assert set(np.unique(paths.unit[two]).tolist()) == set(np.flatnonzero(units.two_paths).tolist())
    assert (paths.network[two] != paths.network[paths.other[two]]).all()
    np.testing.assert_array_equal(here.roster.networks(), paths.network)


def test_another_district_changes_nothing_of_what_homes_have() -> None:
    alone, both = (installed(site(*names), InstalledParameters()) for names in (("Putuo",), ("Xuhui", "Putuo")))
    mine = both.district == np.unique(both.district)[-1]
    for name in ("home", "building", "device_class", "supervision", "network"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(both, name)[mine])


@pytest.mark.parametrize("year", [2013, 2018])
def test_a_year_outside_the_plan_is_refused(year: int) -> None:
    with pytest.raises(ValidationError, match="milestone"):
        InstalledParameters(milestone=year)
