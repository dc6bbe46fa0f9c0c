"""Which home has what: panels, detectors, hubs and what hangs on them, by user group, community and the year of the plan.

Owns the drawing and the columns. How devices reach the receiver is `supervision.paths`' business, what happens to them that of each family.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from devices.alarms.choices import DeviceClass, SupervisionClass
from devices.alarms.homes import figures
from devices.alarms.homes.parameters import InstalledParameters
from sim.arrays import Flags, Int, Real
from sim.city.network_figures import MILESTONES
from sim.city.people_figures import COMMUNITY_TYPES, DISABLED, LIVING_ALONE
from sim.city.residents import Homes
from sim.city.site import Site

# Who has one, by user group; what hangs on a hub follows the hub.
SHARES = {
    DeviceClass.PANEL: figures.PANELS,
    DeviceClass.SMOKE_DETECTOR: figures.SMOKE_DETECTORS,
    DeviceClass.GAS_DETECTOR: figures.GAS_DETECTORS,
    DeviceClass.CALL_HUB: figures.CALL_HUBS,
}
ON_MAINS = (DeviceClass.PANEL, DeviceClass.GAS_DETECTOR, DeviceClass.CALL_HUB)


@dataclass(frozen=True, slots=True)
class Units:
    """The devices of all homes, home by home: columns of shape (units,).

    `home` numbers those of the district, `district` is the city's code, `building` numbers those of the district; `device_class`,
    `supervision` and `network` are codes of `DeviceClass`, `SupervisionClass` and `AccessNetwork`; `two_paths` says which have a backup.
    """

    district: NDArray[np.int16]
    home: Int
    building: Int
    device_class: NDArray[np.int8]
    supervision: NDArray[np.int8]
    network: NDArray[np.int8]
    two_paths: Flags

    def __len__(self) -> int:
        """Return how many devices there are."""
        return len(self.home)

    @property
    def on_mains(self) -> Flags:
        """Return which live on mains, with a reserve or none: the others on a battery of their own."""
        return np.isin(self.device_class, ON_MAINS)


def installed(site: Site, parameters: InstalledParameters) -> Units:
    """Return the devices of all districts of a city."""
    year = year_of(site, parameters)
    return joined([_of_district(site, district, year, parameters) for district in site.district_names])


def year_of(site: Site, parameters: InstalledParameters) -> int:
    """Return the year of the plan whose equipment homes have."""
    return parameters.milestone or site.calendar.local(site.start_us).year


def joined(parts: Sequence[Units]) -> Units:
    """Return several as one, in their order."""
    return Units(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Units)))


def equipment(homes: Homes, year: int, more: float) -> Real:
    """Return the chance that each home has each class of `SHARES`: shape (homes, classes)."""
    growth = np.interp(year, MILESTONES.numbers, figures.GROWTH.numbers) * more
    by_community = np.array(figures.BY_COMMUNITY.numbers)[homes.community_type]
    by_group = np.array([each.numbers for each in SHARES.values()])[:, homes.user_group]
    chance: Real = np.minimum(by_group * by_community * growth, 1.0).T
    return chance


def shares_of_homes(year: int, more: float) -> dict[DeviceClass, float]:
    """Return the share of the whole city's homes that have each class of `SHARES`: the expectation of `installed`."""
    alone, disabled = float(LIVING_ALONE), float(DISABLED)
    groups = np.array([1.0 - alone - disabled, alone, disabled])
    growth = np.interp(year, MILESTONES.numbers, figures.GROWTH.numbers) * more
    by_community = np.array(figures.BY_COMMUNITY.numbers) * growth
    return {
        each: float(groups @ np.minimum(np.outer(share.numbers, by_community), 1.0) @ np.array(COMMUNITY_TYPES.numbers))
        for each, share in SHARES.items()
    }


def _of_district(site: Site, district: str, year: int, parameters: InstalledParameters) -> Units:
    homes = site.residents(district).homes
    luck = site.stream("installed", district=district).random((len(homes), len(DeviceClass) + 1))
    has = np.zeros((len(homes), len(DeviceClass)), dtype=np.bool_)
    has[:, list(SHARES)] = luck[:, list(SHARES)] < equipment(homes, year, parameters.more)
    for hung, share in ((DeviceClass.PENDANT, parameters.pendants), (DeviceClass.PULL_CORD, parameters.pull_cords)):
        has[:, hung] = has[:, DeviceClass.CALL_HUB] & (luck[:, hung] < share)
    home, device_class = np.nonzero(has)
    site.days.follow(district, home)
    supervision = _supervision(device_class, luck[home, -1], parameters)
    return Units(
        district=np.full(len(home), site.districts.code(district), dtype=np.int16),
        home=home,
        building=homes.building[home].astype(np.int64),
        device_class=device_class.astype(np.int8),
        supervision=supervision,
        network=homes.network[home],
        two_paths=(device_class == DeviceClass.PANEL) & (supervision >= SupervisionClass.MIN3),
    )


def _supervision(device_class: Int, luck: Real, parameters: InstalledParameters) -> NDArray[np.int8]:
    """Return the class of each device: panels by risk, everything else once in 25 h."""
    highest, high = parameters.highest_risk, parameters.highest_risk + parameters.high_risk
    of_panels = np.select([luck < highest, luck < high], [SupervisionClass.S90, SupervisionClass.MIN3], SupervisionClass.MIN30)
    return np.where(device_class == DeviceClass.PANEL, of_panels, SupervisionClass.H25).astype(np.int8)
