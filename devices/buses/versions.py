"""Versions of timetable and fares (B5): what is in force, announced as retained rows.

Owns the rows of `network_version`. Buses run by the network's own timetable; a change announced here is in force from midnight.
"""

from hashlib import blake2b

import numpy as np

from devices.buses.choices import SourceKind, VersionOf
from devices.buses.journal import Journal, Notice
from devices.buses.kinds import NETWORK_VERSION
from devices.buses.network.arrays import Network
from sim.city.site import Site
from sim.events.batches import Column, Span
from sim.parameters import DurationUs, Parameters
from sim.units import DAY_US


class VersionParameters(Parameters):
    """When, after the start of the run, a new timetable or fare table is announced; it holds from the midnight after. None: never."""

    timetable_change: DurationUs | None = None
    fare_change: DurationUs | None = None


class Versions:
    """The cohort of versions; the devices are `timetable-<district>` and `fare-<district>`."""

    def __init__(self, site: Site, network: Network, journal: Journal, parameters: VersionParameters) -> None:
        """Register the tables of every district that has lines."""
        self._site = site
        self._journal = journal
        self._changes = {VersionOf.TIMETABLE: parameters.timetable_change, VersionOf.FARE: parameters.fare_change}
        self._lines = [line.district for line in network.lines]
        self._now = {VersionOf.TIMETABLE: network.version, VersionOf.FARE: fare_version(network)}
        roster = site.roster
        self._device = {
            (what, name): roster.add(f"{what.word}-{name}", name, on_wire=True) for what in self._now for name in dict.fromkeys(self._lines)
        }

    def emit(self, span: Span, out: Site) -> None:
        """Leave what is in force when the run starts, and changes as they are announced."""
        start_us = self._site.start_us
        for what, version in self._now.items():
            if span.start_us <= start_us < span.end_us:
                self._announce(start_us, what, version, self._site.calendar.day_start_us(start_us), out)
            after_us = self._changes[what]
            if after_us is not None and span.start_us <= start_us + after_us < span.end_us:
                at_us = start_us + after_us
                midnight_us = self._site.calendar.day_start_us(self._site.calendar.day_start_us(at_us) + DAY_US + DAY_US // 2)
                self._announce(at_us, what, f"{version}+1", midnight_us, out)
                for line in range(len(self._lines)):
                    self._journal.notices.add(Notice(known_us=at_us, source_kind=SourceKind.NETWORK_VERSION, line=line))

    def _announce(self, at_us: int, what: VersionOf, version: str, valid_from_us: int, out: Site) -> None:
        devices = np.array([device for (table, _), device in self._device.items() if table == what], dtype=np.int32)
        count = len(devices)
        code = self._site.names("version").code(version)
        columns: dict[str, Column] = {
            "version_of": np.full(count, what, dtype=np.int32),
            "version": np.full(count, code, dtype=np.int32),
            "valid_from_us": np.full(count, valid_from_us, dtype=np.int64),
        }
        out.rows(NETWORK_VERSION, np.full(count, at_us, dtype=np.int64), devices, columns)


def fare_version(network: Network) -> str:
    """Return a text that changes with any line's fare."""
    text = ";".join(f"{line.route}={line.fare_cents}" for line in network.lines)
    return "fares-" + blake2b(text.encode(), digest_size=4).hexdigest()
