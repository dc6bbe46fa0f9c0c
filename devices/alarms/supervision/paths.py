"""Paths: how each device reaches the receiver, on its home's access network and, for those with two, over the air as well.

Owns registering devices at the site and what is the same for all heartbeats of a path.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.alarms.choices import DeviceClass, Path, SupervisionClass
from devices.alarms.homes.installed import Units
from devices.alarms.supervision.figures import REPORTING_TIME
from devices.alarms.supervision.groups import Groups
from sim.arrays import Code, Int, Places
from sim.city.networks import AccessNetwork
from sim.city.site import Site
from sim.mixing import GOLDEN, Words, mixed_words
from sim.units import SECOND_US

REPORTING_US = np.array([round(each * SECOND_US) for each in REPORTING_TIME.numbers], dtype=np.int64)
OVER_THE_AIR = (AccessNetwork.G2, AccessNetwork.G3, AccessNetwork.G4)
BACKUP_CLASS = SupervisionClass.MIN30  # of a second path, while the first one works; an assumption
PHASE, RADIO = 0x50484153, 0x52414449  # tell the draws of a path apart


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of all devices, device by device, the primary first: columns of shape (paths,).

    `device` is the number in the roster, `unit` that in `units`; `window_us` is the reporting time, `period_us` the shorter time between
    heartbeats, `phase_us` when they fall; `other` is the device's other path, itself where there is none; `key` is random and its own.
    """

    units: Units
    device: Code
    unit: Places
    path: NDArray[np.int8]
    network: NDArray[np.int8]
    supervision: NDArray[np.int8]
    window_us: Int
    period_us: Int
    phase_us: Int
    other: Places
    key: Words
    lines: Groups = field(repr=False)  # paths of a home on one network
    homes: Groups = field(repr=False)

    def __len__(self) -> int:
        """Return how many paths there are."""
        return len(self.unit)

    @property
    def district(self) -> NDArray[np.int16]:
        """Return the district of each path, as the city's code."""
        return self.units.district[self.unit]

    @property
    def over_the_air(self) -> NDArray[np.bool_]:
        """Return which paths are over the air."""
        return np.isin(self.network, OVER_THE_AIR)

    def first_of(self) -> Places:
        """Return the primary path of each unit: shape (units,)."""
        return np.flatnonzero(self.path == Path.PRIMARY)


def registered(site: Site, units: Units, spare: float) -> Paths:
    """Register every path as a device of the site and return the columns; `spare` is the share of the reporting time left for repeats."""
    unit = np.repeat(np.arange(len(units)), 1 + units.two_paths)
    path = np.concatenate([[False], unit[1:] == unit[:-1]]).astype(np.int8)[: len(unit)]
    backup = path == Path.BACKUP
    network = np.where(backup, _second_network(units.network[unit]), units.network[unit]).astype(np.int8)
    supervision = np.where(backup, BACKUP_CLASS, units.supervision[unit]).astype(np.int8)
    device = _devices(site, units, unit, path, network)
    key = mixed_words(site.roster.names.hashes()[device] ^ np.uint64(int(site.stream("keys").bit_generator.random_raw())))
    window_us = REPORTING_US[supervision]
    period_us = (window_us * (1.0 - spare)).astype(np.int64)
    place = units.district[unit].astype(np.int64), units.home[unit]
    return Paths(
        units=units,
        device=device,
        unit=unit,
        path=path,
        network=network,
        supervision=supervision,
        window_us=window_us,
        period_us=period_us,
        phase_us=(drawn(key, PHASE) * period_us).astype(np.int64),
        other=_others(path),
        key=key,
        lines=Groups.of(*place, network.astype(np.int64)),
        homes=Groups.of(*place),
    )


def drawn(key: Words, what: int, number: Int | int = 0) -> NDArray[np.float64]:
    """Return a draw in [0, 1) that belongs to a key, a purpose and a number: shape of `key`."""
    counted = np.asarray(number, dtype=np.int64).astype(np.uint64) * np.uint64(GOLDEN) + np.uint64(what)
    uniform: NDArray[np.float64] = mixed_words(key ^ mixed_words(np.atleast_1d(counted))) / 2.0**64
    return np.minimum(uniform, np.nextafter(1.0, 0.0))


def _second_network(network: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return what the second path is on: over the air where the first is not, and on another generation where it is."""
    return np.where(network == AccessNetwork.G4, np.int8(AccessNetwork.G3), np.int8(AccessNetwork.G4))


def _others(path: NDArray[np.int8]) -> Places:
    other = np.arange(len(path))
    backup = np.flatnonzero(path == Path.BACKUP)
    other[backup], other[backup - 1] = backup - 1, backup
    return other


def _devices(site: Site, units: Units, unit: Places, path: NDArray[np.int8], network: NDArray[np.int8]) -> Code:
    add, words, ends = site.roster.add, DeviceClass.words(), ("", "-backup")
    names = {code: site.districts[code] for code in np.unique(units.district).tolist()}
    home_id = {code: site.residents(name).home_id for code, name in names.items()}
    columns = (units.district[unit], units.home[unit], units.device_class[unit], path, network)
    return np.fromiter(
        (
            add(f"{home_id[district](home)}-{words[device_class]}{ends[way]}", names[district], network=on)
            for district, home, device_class, way, on in zip(*(each.tolist() for each in columns), strict=True)
        ),
        dtype=np.int32,
        count=len(unit),
    )
