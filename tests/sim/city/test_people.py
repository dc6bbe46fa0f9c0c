"""People: who lives in the city, in the shares of the figures, the same for everybody who asks, drawn only when asked for."""

import tracemalloc
from dataclasses import fields

import numpy as np
import pytest
import simpy

from sim.city import people_figures as figures
from sim.city.calendar import Calendar
from sim.city.city import City
from sim.city.districts import BY_NAME, DISTRICTS
from sim.city.incidents import Incidents
from sim.city.networks import AccessNetwork, Bearer, shares
from sim.city.people import People
from sim.city.residents import CommunityType, Occupation, Residents, UserGroup
from sim.errors import UsageError
from sim.geometry import distance_m
from sim.streams import Streams

SCALE = 0.02
PUDONG = People(Streams(7), SCALE, 2015).of("Pudong")


def in_interval(count: int, of: int, share: float, deviations: float = 4.0) -> bool:
    """Return whether a count lies within so many standard deviations of a binomial one."""
    return abs(count - of * share) <= deviations * (of * share * (1 - share)) ** 0.5


def same(one: Residents, other: Residents, homes: int) -> bool:
    """Return whether the first homes and their persons are alike, but for the number of the community's homes to come."""
    persons = int(one.homes.size[:homes].sum())
    pairs = [
        (getattr(ours, column.name), getattr(theirs, column.name), upto)
        for ours, theirs, upto in ((one.homes, other.homes, homes), (one.persons, other.persons, persons))
        for column in fields(ours)
        if column.name != "places"
    ]
    pairs += [(one.homes.places.latitude, other.homes.places.latitude, homes)]
    pairs += [(one.homes.places.longitude, other.homes.places.longitude, homes)]
    return all(np.array_equal(ours[:upto], theirs[:upto]) for ours, theirs, upto in pairs)


def city(scale: float = 0.001) -> City:
    calendar = Calendar()
    start_us = calendar.instant_us(calendar.local(0).date().replace(year=2017))
    return City(simpy.Environment(), calendar, Streams(7), scale, 0, start_us, 1, ("Putuo",), Incidents((), 0, Streams(7)))


@pytest.mark.parametrize(("group", "share"), [(UserGroup.LIVES_ALONE, figures.LIVING_ALONE), (UserGroup.DISABLED, figures.DISABLED)])
def test_the_user_groups_have_the_shares_of_the_figures(group: UserGroup, share: float) -> None:
    found = int((PUDONG.homes.user_group == group).sum())
    assert in_interval(found, len(PUDONG.homes), float(share))


def test_households_and_their_size_and_ages_are_those_of_the_figures() -> None:
    homes, persons = PUDONG.homes, PUDONG.persons
    observed = np.bincount(homes.size)[1:]
    expected = np.zeros(len(observed))
    for people, share in figures.HOUSEHOLDS:
        expected[len(people) - 1] += share * len(homes)
    assert (((observed - expected) ** 2 / expected).sum()) < 18.5  # chi-square of 4 degrees of freedom, one in a thousand
    assert len(persons) / len(homes) == pytest.approx(float(figures.HOME_SIZE), rel=0.01)
    assert (persons.age >= 60).mean() == pytest.approx(float(figures.AGED), rel=0.03)
    assert (persons.age >= 80).sum() / (persons.age >= 60).sum() == pytest.approx(float(figures.VERY_AGED), rel=0.05)


def test_the_households_of_the_table_are_all_homes_and_agree_with_the_census() -> None:
    shares_of = dict(figures.HOUSEHOLDS)
    size = sum(len(people) * share for people, share in figures.HOUSEHOLDS)
    assert sum(shares_of.values()) == pytest.approx(1.0)
    assert shares_of["E"] == float(figures.LIVING_ALONE)
    assert size == pytest.approx(float(figures.HOME_SIZE), abs=0.005)
    assert sum(people.count("E") * share for people, share in figures.HOUSEHOLDS) / size == pytest.approx(float(figures.AGED), abs=0.001)


def test_somebody_who_lives_alone_is_aged_and_alone_and_a_disabled_person_lives_in_a_home_of_the_disabled() -> None:
    homes, persons = PUDONG.homes, PUDONG.persons
    alone = persons.user_group == UserGroup.LIVES_ALONE
    assert (persons.age[alone] >= 60).all()
    assert (homes.size[persons.home[alone]] == 1).all()
    assert (homes.user_group[persons.home[alone]] == UserGroup.LIVES_ALONE).all()
    disabled = np.bincount(persons.home[persons.user_group == UserGroup.DISABLED], minlength=len(homes))
    assert (disabled == (homes.user_group == UserGroup.DISABLED)).all()


def test_grown_ups_work_children_learn_and_the_aged_do_neither() -> None:
    age, occupation = PUDONG.persons.age, PUDONG.persons.occupation
    working = PUDONG.persons.user_group == UserGroup.GENERAL
    grown = (age >= 18) & (age < 60) & working
    assert in_interval(int((occupation[grown] == Occupation.WORK).sum()), int(grown.sum()), float(figures.AT_WORK))
    assert set(age[occupation == Occupation.SCHOOL].tolist()) == set(range(3, 18))
    assert (occupation[age >= 60] == Occupation.HOME).all()


def test_persons_stand_home_by_home() -> None:
    homes, persons = PUDONG.homes, PUDONG.persons
    assert (persons.home == np.repeat(np.arange(len(homes)), homes.size)).all()
    assert (persons.home[homes.first_person] == np.arange(len(homes))).all()


@pytest.mark.parametrize("year", [2015, 2017])
def test_homes_hang_on_the_networks_of_the_year(year: int) -> None:
    homes = People(Streams(7), SCALE, year).of("Pudong").homes
    for network, share in shares(Bearer.HOME, year).items():
        assert in_interval(int((homes.network == network).sum()), len(homes), share), network


def test_homes_of_a_building_share_its_place_and_every_floor_holds_as_many() -> None:
    homes = PUDONG.homes
    pairs = np.unique(np.stack([homes.building, homes.places.latitude, homes.places.longitude], axis=1), axis=0)
    assert len(pairs) == homes.building.max() + 1 == len(np.unique(homes.building))
    full = np.unique(homes.building)[:-1]  # the last one may be cut
    for number, (floors, on_floor) in enumerate(zip(figures.FLOORS.value, figures.HOMES_A_FLOOR.value, strict=True)):
        rows = (homes.community_type == CommunityType(number)) & np.isin(homes.building, full)
        assert set(np.bincount(homes.building[rows])) == {0, floors * on_floor}
        assert set(np.bincount(homes.floor[rows]).tolist()[1:]) == {int(rows.sum() / floors)}


def test_homes_lie_in_their_community_and_communities_in_the_disc_of_their_district() -> None:
    communities, homes, district = PUDONG.communities, PUDONG.homes, BY_NAME["Pudong"]
    off_m = distance_m(communities.latitude, communities.longitude, district.latitude, district.longitude)
    assert off_m.max() <= 1_000 * (district.area_km2 / np.pi) ** 0.5 * 1.01
    places, number = homes.places, homes.community
    away_m = distance_m(places.latitude, places.longitude, communities.latitude[number], communities.longitude[number])
    assert away_m.max() <= float(figures.COMMUNITY_RADIUS) * 1.01
    assert (np.searchsorted(communities.first_home, np.arange(len(homes)), side="right") - 1 == number).all()


def test_another_district_changes_nothing() -> None:
    alone, beside = People(Streams(7), SCALE, 2015), People(Streams(7), SCALE, 2015)
    for district in DISTRICTS[:5]:
        beside.of(district.name)
    assert same(alone.of("Putuo"), beside.of("Putuo"), len(alone.of("Putuo").homes))
    assert not same(alone.of("Putuo"), beside.of("Xuhui"), 100)


def test_a_home_is_the_same_in_a_larger_share_of_the_city() -> None:
    small, large = (People(Streams(7), scale, 2015).of("Putuo") for scale in (0.001, 0.01))
    assert len(large.homes) > 9 * len(small.homes)
    assert same(small, large, len(small.homes))


def test_homes_number_as_the_population_of_their_district_at_every_scale() -> None:
    for scale in (0.0001, 0.001):
        people = People(Streams(1), scale, 2015)
        homes = [len(people.of(district.name).homes) for district in DISTRICTS]
        assert sum(homes) == round(float(figures.HOMES) * scale)
        assert homes[3] == pytest.approx(sum(homes) * DISTRICTS[3].population / sum(each.population for each in DISTRICTS), abs=1)


def test_a_district_without_a_home_has_nobody() -> None:
    nobody = People(Streams(1), 1e-7, 2015).of("Jingan")
    assert (len(nobody.homes), len(nobody.persons)) == (0, 0)
    assert len(nobody.homes.places.near(31.2, 121.4, 1e6)) == 0


def test_two_systems_of_a_city_find_the_same_residents_and_a_city_that_is_not_asked_has_drawn_none() -> None:
    whole = city()
    assert whole._people is None
    assert whole.people.of("Putuo") is whole.people.of("Putuo")
    assert whole.people.year == 2017
    assert whole.people._known.keys() == {"Putuo"}


def test_nobody_lives_in_a_district_that_is_unknown() -> None:
    with pytest.raises(UsageError, match=r"in 'Pudng' .did you mean 'Pudong'"):
        People(Streams(1), 0.01, 2015).of("Pudng")


def test_homes_and_persons_are_called_by_district_and_number() -> None:
    assert PUDONG.building(PUDONG.building_id(12)) == 12
    assert (PUDONG.home_id(12), PUDONG.person_id(123_456)) == ("Pudong-home-00012", "Pudong-person-123456")


def test_a_hundred_thousand_homes_fit_into_a_hundred_megabytes() -> None:
    tracemalloc.start()
    try:
        residents = People(Streams(1), 0.051, 2015).of("Pudong")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(residents.homes) >= 100_000
    assert most < 100e6


def test_what_a_home_hangs_on_is_a_word_of_the_wire() -> None:
    assert AccessNetwork.words() == ("fibre", "copper", "2g", "3g", "4g", "wlan")


@pytest.mark.parametrize("name", ["Pudong-building-99999", "Putuo-building-00001", "Pudong-building-x", "Pudong-home-00001"])
def test_a_building_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    last = PUDONG.building_id(int(PUDONG.homes.building.max()))
    with pytest.raises(UsageError, match=f"no building '{name}': Pudong has Pudong-building-00000 to {last} at this scale"):
        PUDONG.building(name)
