"""Access networks: what a home, a vehicle or a pendant reaches the broker over, by the milestones of the plan (2015, 2017).

Owns the table of links and who hangs on which network in a year. What becomes of events on a link is `sim.city.uplinks`' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.city import network_figures as figures
from sim.city.links import Link, Links
from sim.events.kinds import Choice
from sim.figures import Figure
from sim.mixing import mixed
from sim.names import text_hash
from sim.units import MS_US

REST = None  # the network of whoever is on none of the others


class AccessNetwork(Choice):
    """What lies between a device and the city's backbone."""

    FIBRE = auto()
    COPPER = auto()
    G2 = "2g"
    G3 = "3g"
    G4 = "4g"
    WLAN = auto()


class Bearer(Enum):
    """What hangs on a network, as far as the plan tells them apart."""

    HOME = auto()
    VEHICLE = auto()
    PERSONAL = auto()  # phones, pendants, wearables


# Round trip and spread of each network.
TABLE: Mapping[AccessNetwork, tuple[Figure, Figure]] = {
    AccessNetwork.FIBRE: (figures.FIBRE_RTT, figures.FIXED_SIGMA),
    AccessNetwork.COPPER: (figures.COPPER_RTT, figures.FIXED_SIGMA),
    AccessNetwork.G2: (figures.G2_RTT, figures.LINK_SIGMA),
    AccessNetwork.G3: (figures.G3_RTT, figures.LINK_SIGMA),
    AccessNetwork.G4: (figures.LTE_RTT, figures.LINK_SIGMA),
    AccessNetwork.WLAN: (figures.WLAN_RTT, figures.LINK_SIGMA),
}

# Shares at the milestones, from the network that the plan brings to those that it replaces: whoever changes from one milestone to the
# next moves up.
SHARES: Mapping[Bearer, tuple[tuple[AccessNetwork, Figure | None], ...]] = {
    Bearer.HOME: (
        (AccessNetwork.FIBRE, figures.HOMES_ON_FIBRE),
        (AccessNetwork.COPPER, figures.HOMES_ON_COPPER),
        (AccessNetwork.G4, REST),
        (AccessNetwork.G3, figures.HOMES_ON_3G),
    ),
    Bearer.VEHICLE: ((AccessNetwork.G4, REST), (AccessNetwork.G3, figures.VEHICLES_ON_3G)),
    Bearer.PERSONAL: ((AccessNetwork.G4, REST), (AccessNetwork.G3, figures.PERSONAL_ON_3G), (AccessNetwork.G2, figures.PERSONAL_ON_2G)),
}


def access_links(*, stores: bool = True) -> Links:
    """Return the link of every access network, half a round trip each way; with `stores` devices keep what an outage holds up."""
    return Links(
        {
            network: Link(round(float(round_trip) * MS_US / 2), float(sigma), float(figures.LOSS), stores=stores)
            for network, (round_trip, sigma) in TABLE.items()
        }
    )


def shares(bearer: Bearer, year: int) -> dict[AccessNetwork, float]:
    """Return the share of bearers on each network in a year: between the milestones on a line, before and after as at the nearer one."""
    given = {network: _in_year(figure, year) for network, figure in SHARES[bearer] if figure}
    rest = 1.0 - sum(given.values())
    return {network: given.get(network, rest) for network, _ in SHARES[bearer]}


def networks_of(found: Mapping[AccessNetwork, float], uniform: ArrayLike) -> NDArray[np.int8]:
    """Return the access network of each bearer by a draw of its own in [0, 1), given the shares: codes of `AccessNetwork`, shape (n,).

    The same draw gives the same network, with the shares of a later year the same or the one that replaced it.
    """
    upto = np.cumsum(list(found.values()))[:-1]
    return np.array(list(found), dtype=np.int8)[np.searchsorted(upto, uniform, side="right")]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which network each device of one sort hangs on: by shares, and a draw that belongs to its id."""

    shares: Mapping[AccessNetwork, float]
    seed: int

    def network(self, device_id: str) -> AccessNetwork:
        """Return the network of a device, the same at every call."""
        uniform = mixed(text_hash(device_id) ^ self.seed) / (1 << 64)
        return AccessNetwork(int(networks_of(self.shares, uniform)))


def _in_year(figure: Figure, year: int) -> float:
    milestones, at_them = (np.asarray(each.value, dtype=np.float64) for each in (figures.MILESTONES, figure))
    return float(np.interp(year, milestones, at_them))
