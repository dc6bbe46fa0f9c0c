"""States: what the receiver holds of every device, from all that is wrong with it at a time; and how many of each there are.

Owns the bits and the counting. Who found out what is `cohort`'s business.
"""

import numpy as np

from devices.alarms.choices import Availability
from devices.alarms.homes.installed import Units
from sim.arrays import Flags, Int, Places
from sim.city.site import Site

BITS = 7
PRIMARY_LOST, BACKUP_LOST, WITHOUT_MAINS, LOW_BATTERY, JAMMED, WORN_OUT, FAULTY = (1 << bit for bit in range(BITS))
TWO_PATHS = 1 << BITS


def _availability(bits: int) -> Availability:
    lost = bits & (PRIMARY_LOST | BACKUP_LOST)
    if bits & PRIMARY_LOST and (bits & BACKUP_LOST or not bits & TWO_PATHS):
        return Availability.OFFLINE
    if lost or bits & (WITHOUT_MAINS | JAMMED | FAULTY):
        return Availability.TROUBLE
    if bits & WORN_OUT:
        return Availability.END_OF_LIFE
    return Availability.LOW_BATTERY if bits & LOW_BATTERY else Availability.ONLINE


TABLE = np.array([_availability(bits) for bits in range(2 * TWO_PATHS)], dtype=np.int32)  # the availability of each set of bits


class States:
    """The state of every unit; `counts` is their number by district (code) and availability."""

    def __init__(self, units: Units) -> None:
        """Begin with everything online."""
        self._district = units.district.astype(np.intp)
        self._bits = np.where(units.two_paths, TWO_PATHS, 0)
        self._standing = np.zeros((len(units), BITS), dtype=np.int8)  # how many troubles of each sort a unit has
        self.counts = np.zeros((int(self._district.max(initial=-1)) + 1, len(Availability)), dtype=np.int64)
        np.add.at(self.counts, (self._district, TABLE[self._bits]), 1)

    def change(self, unit: Places, bit: Int, on: Flags) -> tuple[Int, Int]:
        """Change units in the order given, a unit several times perhaps; return the availability before and after each change."""
        before, after = np.empty(len(unit), dtype=np.int64), np.empty(len(unit), dtype=np.int64)
        for rows in _rounds(unit):
            bits = self._bits[unit[rows]]
            changed = np.where(on[rows], bits | bit[rows], bits & ~bit[rows])
            before[rows], after[rows] = TABLE[bits], TABLE[changed]
            self._bits[unit[rows]] = changed
        np.subtract.at(self.counts, (self._district[unit], before), 1)
        np.add.at(self.counts, (self._district[unit], after), 1)
        return before, after

    def news(self, unit: Places, bit: Int, on: Flags) -> Flags:
        """Take reports in the order given and return which are news; what is no state (bit 0) always is.

        Of troubles of one sort that overlap, a breaker and a feeder, the first is the beginning and the last the end.
        """
        news = np.ones(len(unit), dtype=np.bool_)
        state = np.flatnonzero(bit)
        for rows in (state[each] for each in _rounds(unit[state])):
            sort = np.log2(bit[rows]).astype(np.intp)
            before = self._standing[unit[rows], sort]
            after = np.maximum(before + np.where(on[rows], 1, -1), 0)
            self._standing[unit[rows], sort] = after
            news[rows] = np.where(on[rows], before, after) == 0
        return news

    def count(self, site: Site) -> None:
        """Say how many devices of each district are in which state; none as well, or boards would hold the last one for offline."""
        for district in np.flatnonzero(self.counts.any(axis=1)).tolist():
            for state in Availability:
                site.count("device", state, site.districts[district], int(self.counts[district, state]))


def _rounds(unit: Places) -> list[Places]:
    """Return the rows in rounds, in each of which no unit comes twice: the first of each unit, then the second, and so on."""
    order = np.argsort(unit, kind="stable")
    firsts = np.flatnonzero(np.diff(unit[order], prepend=-1))
    number = np.arange(len(unit)) - np.repeat(firsts, np.diff(np.append(firsts, len(unit))))
    return [np.sort(order[number == each]) for each in range(int(number.max(initial=-1)) + 1)]
