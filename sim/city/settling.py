"""Settling: a district is drawn community by community, home by home, person by person.

Owns the draws, each from a stream of its district and row by row, so that nothing about a home changes with other districts or with
homes after it. The columns that come of it are `sim.city.residents`', the numbers `sim.city.people_figures`'.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Real
from sim.city import people_figures as figures
from sim.city.districts import District
from sim.city.networks import Bearer, networks_of, shares
from sim.city.places import Places
from sim.city.residents import Communities, Homes, Occupation, Persons, Residents, UserGroup
from sim.figures import Figure
from sim.geometry import degrees_of
from sim.streams import Streams

ALONE = "E"  # the household of somebody aged 60 and over who lives alone
ADULT_FROM, AGED_FROM = 18.0, 60.0
# Ages by generation: they rise evenly between these points of the share of the generation that is younger.
AGES = {
    "C": ((0.0, 1.0), (0.0, ADULT_FROM)),
    "A": ((0.0, 1.0), (ADULT_FROM, AGED_FROM)),
    "E": ((0.0, 1.0 - float(figures.VERY_AGED), 1.0), (AGED_FROM, 80.0, 100.0)),
}
GENERATIONS = tuple(AGES)


@dataclass(frozen=True, slots=True)
class Settlement:
    """One district as it is settled: `homes` of them, in a year that decides over what they reach the network."""

    district: District
    homes: int
    year: int
    streams: Streams

    def residents(self) -> Residents:
        """Return who lives there."""
        communities, buildings = self._communities()
        luck = self._drawn("homes", self.homes, 3)
        who, disabled, connected = luck.T
        household = np.searchsorted(_upto([share for _, share in figures.HOUSEHOLDS]), who, side="right")
        alone = np.array([people == ALONE for people, _ in figures.HOUSEHOLDS])[household]
        helped = disabled < float(figures.DISABLED) / (1.0 - float(figures.LIVING_ALONE))  # among those who do not live alone
        group = np.where(helped, np.int8(UserGroup.DISABLED), np.int8(UserGroup.GENERAL))
        group[alone] = UserGroup.LIVES_ALONE
        size = np.array([len(people) for people, _ in figures.HOUSEHOLDS], dtype=np.int8)[household]
        homes = self._homes(communities, buildings, group, networks_of(shares(Bearer.HOME, self.year), connected), size)
        return Residents(self.district.name, communities, homes, self._persons(homes, household))

    def _communities(self) -> tuple[Communities, NDArray[np.int32]]:
        """Return the communities and the number of buildings of each, in whole buildings, as many as hold the homes."""
        in_building = _table(figures.FLOORS) * _table(figures.HOMES_A_FLOOR)
        most = self.homes // int(in_building.min()) + 1
        rng = self._stream("communities")
        luck = rng.random((most, 3))
        kind = np.searchsorted(_upto(_table(figures.COMMUNITY_TYPES)), luck[:, 0], side="right").astype(np.int8)
        spread = np.log1p(float(figures.COMMUNITY_CV) ** 2)
        size = float(figures.COMMUNITY_SIZE) * np.exp(np.sqrt(spread) * self._stream("sizes").standard_normal(most) - spread / 2)
        buildings = np.maximum(np.rint(size / in_building[kind]), 1).astype(np.int32)
        end = np.cumsum(buildings * in_building[kind].astype(np.int64))
        kept = int(np.searchsorted(end, self.homes)) + 1
        radius_m = 1_000 * float(np.sqrt(self.district.area_km2 / np.pi))
        place = _in_disc(luck[:kept, 1:], radius_m, np.array([[self.district.latitude, self.district.longitude]]))
        first_home = np.concatenate([[0], end[: kept - 1]]).astype(np.int32)
        return Communities(kind[:kept], place[0], place[1], first_home), buildings[:kept]

    def _homes(
        self,
        communities: Communities,
        buildings: NDArray[np.int32],
        group: NDArray[np.int8],
        network: NDArray[np.int8],
        size: NDArray[np.int8],
    ) -> Homes:
        """Return the homes, floor by floor and building by building."""
        community = (np.searchsorted(communities.first_home, np.arange(self.homes), side="right") - 1).astype(np.int32)
        kind = communities.community_type[community]
        on_floor = _table(figures.HOMES_A_FLOOR).astype(np.int32)[kind]
        floors = _table(figures.FLOORS).astype(np.int32)[kind]
        storey = (np.arange(self.homes, dtype=np.int32) - communities.first_home[community]) // on_floor
        building = (np.cumsum(buildings) - buildings)[community].astype(np.int32) + storey // floors
        about = np.stack([communities.latitude, communities.longitude], axis=1).repeat(buildings, axis=0)
        place = _in_disc(self._drawn("buildings", len(about), 2), float(figures.COMMUNITY_RADIUS), about)
        return Homes(
            community=community,
            community_type=kind,
            building=building,
            floor=(storey % floors + 1).astype(np.int8),
            places=Places(*place, building),
            user_group=group,
            network=network,
            size=size,
            first_person=(np.cumsum(size, dtype=np.int32) - size).astype(np.int32),
        )

    def _persons(self, homes: Homes, household: NDArray[np.intp]) -> Persons:
        home = np.repeat(np.arange(len(homes), dtype=np.int32), homes.size)
        generation = _generations(household)
        luck = self._drawn("persons", len(home), 2)
        age = np.empty(len(home), dtype=np.int8)
        for code, points in enumerate(AGES.values()):
            rows = np.flatnonzero(generation == code)
            age[rows] = np.interp(luck[rows, 0], *points)
        group = np.full(len(home), UserGroup.GENERAL, dtype=np.int8)
        for marked in (UserGroup.LIVES_ALONE, UserGroup.DISABLED):  # of several in a home, the first: the eldest generation
            group[homes.first_person[homes.user_group == marked]] = marked
        return Persons(home, age, group, _occupation(age, group, luck[:, 1]))

    def _stream(self, purpose: str) -> np.random.Generator:
        return self.streams.child(self.district.name, "people", purpose)

    def _drawn(self, purpose: str, rows: int, width: int) -> Real:
        """Return uniform draws, row by row, so that a row does not change with their number: shape (rows, width)."""
        return self._stream(purpose).random((rows, width))


def _generations(household: NDArray[np.intp]) -> NDArray[np.int8]:
    """Return the generation of each person, home by home: shape (persons,), index of GENERATIONS."""
    widest = max(len(people) for people, _ in figures.HOUSEHOLDS)
    table = np.full((len(figures.HOUSEHOLDS), widest), -1, dtype=np.int8)
    for row, (people, _) in enumerate(figures.HOUSEHOLDS):
        table[row, : len(people)] = [GENERATIONS.index(person) for person in people]
    everybody = table[household]
    return everybody[everybody >= 0]


def _occupation(age: NDArray[np.int8], group: NDArray[np.int8], luck: Real) -> NDArray[np.int8]:
    occupation = np.full(len(age), Occupation.HOME, dtype=np.int8)
    child = age < ADULT_FROM
    at_work = np.where(group == UserGroup.DISABLED, float(figures.DISABLED_AT_WORK), float(figures.AT_WORK))
    occupation[child & (age >= float(figures.SCHOOL_AGE))] = Occupation.SCHOOL
    occupation[~child & (age < AGED_FROM) & (luck < at_work)] = Occupation.WORK
    return occupation


def _in_disc(luck: Real, radius_m: float, about: Real) -> tuple[Real, Real]:
    """Return latitudes and longitudes of points spread evenly over discs: `luck` (n, 2) in [0, 1), `about` (n or 1, 2) in degrees."""
    away_m, bearing = radius_m * np.sqrt(luck[:, 0]), 2 * np.pi * luck[:, 1]
    return degrees_of(away_m * np.cos(bearing), away_m * np.sin(bearing), about[:, 0], about[:, 1])


def _upto(shares: Real | list[float]) -> Real:
    """Return the bounds between the shares: one fewer, so that a draw always falls into one."""
    return np.cumsum(shares)[:-1]


def _table(figure: Figure) -> Real:
    return np.asarray(figure.value, dtype=np.float64)
