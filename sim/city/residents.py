"""Residents: what is known of the communities, homes and persons of a district, as columns.

Owns the columns and their words. How they come about is `sim.city.settling`'s business, who asks for them `sim.city.people`'s.
"""

from dataclasses import dataclass
from enum import auto

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Real
from sim.city.places import Places
from sim.errors import UsageError
from sim.events.kinds import Choice

BUILDING = "-building-"


class CommunityType(Choice):
    """What kind of residential community a home lies in: 老式小区, an ordinary one, or one where the plan tries things out."""

    OLD = auto()
    STANDARD = auto()
    PILOT = auto()


class UserGroup(Choice):
    """Whom the plan puts first: 独居老人 and 残障人士."""

    GENERAL = auto()
    LIVES_ALONE = auto()
    DISABLED = auto()


class Occupation(Choice):
    """What takes a person out of the home."""

    WORK = auto()
    SCHOOL = auto()
    HOME = auto()


@dataclass(frozen=True, slots=True)
class Communities:
    """Residential communities: columns of shape (communities,). Homes `first_home` up to the next one's are theirs."""

    community_type: NDArray[np.int8]
    latitude: Real
    longitude: Real
    first_home: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Homes:
    """Homes: columns of shape (homes,); a home is its number in its district.

    `community` and `building` number those of the district, `floor` counts from 1, `size` counts the persons, who are `first_person` and
    those after it; `user_group`, `community_type` and `network` are codes of `UserGroup`, `CommunityType` and `AccessNetwork`.
    """

    community: NDArray[np.int32]
    community_type: NDArray[np.int8]
    building: NDArray[np.int32]
    floor: NDArray[np.int8]
    places: Places
    user_group: NDArray[np.int8]
    network: NDArray[np.int8]
    size: NDArray[np.int8]
    first_person: NDArray[np.int32]

    def __len__(self) -> int:
        """Return how many homes there are."""
        return len(self.community)


@dataclass(frozen=True, slots=True)
class Persons:
    """Persons, home by home, the eldest generation first: columns of shape (persons,); a person is their number in their district.

    `age` in years; `user_group` and `occupation` are codes of `UserGroup` and `Occupation`.
    """

    home: NDArray[np.int32]
    age: NDArray[np.int8]
    user_group: NDArray[np.int8]
    occupation: NDArray[np.int8]

    def __len__(self) -> int:
        """Return how many persons there are."""
        return len(self.home)


@dataclass(frozen=True, slots=True)
class Residents:
    """Everybody who lives in one district."""

    district: str
    communities: Communities
    homes: Homes
    persons: Persons

    def home_id(self, home: int) -> str:
        """Return what a home is called in events, such as `Putuo-home-00012`: nothing personal, the same in every system."""
        return f"{self.district}-home-{home:05d}"

    def person_id(self, person: int) -> str:
        """Return what a person is called in events, such as `Putuo-person-00012`."""
        return f"{self.district}-person-{person:05d}"

    def building_id(self, building: int) -> str:
        """Return what a building is called, such as `Putuo-building-00012`."""
        return f"{self.district}{BUILDING}{building:05d}"

    def building(self, name: str) -> int:
        """Return the number of a building of this district by its name. Raises UsageError for one that is not there."""
        number, last = name.removeprefix(f"{self.district}{BUILDING}"), int(self.homes.building.max(initial=-1))
        if not number.isdecimal() or int(number) > last:
            msg = f"there is no building {name!r}: {self.district} has {self.building_id(0)} to {self.building_id(last)} at this scale"
            raise UsageError(msg)
        return int(number)


def district_of_building(name: str) -> str:
    """Return the district of a building by its name; nothing for what is no such name."""
    district, word, number = name.rpartition(BUILDING)
    return district if word and number.isdecimal() else ""
