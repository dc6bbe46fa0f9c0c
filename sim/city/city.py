"""The city as systems see it: its clock, calendar, districts, devices, incidents and load.

Owns what all systems share. It knows no system; how far time runs is the engine's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import simpy

from sim.city.calendar import Calendar
from sim.city.causes import Causes
from sim.city.days import Days
from sim.city.incidents import OUTAGE, Incidents
from sim.city.links import Link, Links, Outage
from sim.city.networks import Bearer, Coverage, shares
from sim.city.people import People
from sim.city.profile import STEADY, Profile
from sim.city.uplinks import Uplinks
from sim.errors import UsageError
from sim.events.batches import Roster
from sim.events.collector import Collector
from sim.names import Names
from sim.streams import Streams
from sim.units import nearest


@dataclass(slots=True)
class City:
    """One city in one SimPy environment, whose `now` is integer µs of city time.

    `scale` is the share of the whole city that is simulated; processes start at `warm_from_us`, the run at `start_us`.
    `streams` is the root family: take `city.streams.child(district, system, purpose)`.
    """

    env: simpy.Environment
    calendar: Calendar
    streams: Streams
    scale: float
    warm_from_us: int
    start_us: int
    end_us: int
    district_names: tuple[str, ...]
    incidents: Incidents
    profile: Profile = STEADY
    heard_by: Mapping[str, frozenset[str]] = field(default_factory=dict)  # systems that hear each cause
    out: Collector = field(default_factory=Collector)
    districts: Names = field(default_factory=Names)
    brought: set[str] = field(default_factory=set)  # districts that systems bring, beside `district_names`
    causes: Causes = field(init=False)
    _rosters: dict[str, Roster] = field(default_factory=dict)
    _names: dict[str, Names] = field(default_factory=dict)
    _people: People | None = None
    _days: Days | None = None
    _uplinks: dict[str, list[Uplinks]] = field(default_factory=dict)
    _outages: dict[tuple[str, str], tuple[Outage, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open the book of causes."""
        self.causes = Causes(self.env, self.districts, self.names, self.heard_by, self.warm_from_us)

    def roster(self, system: str) -> Roster:
        """Return the devices of a system; created at the first call."""
        if system not in self._rosters:
            self._rosters[system] = Roster(self.districts, self.check_district)
        return self._rosters[system]

    def names(self, field_name: str) -> Names:
        """Return the table of a TEXT field. One name has one meaning everywhere, so kinds share it."""
        if field_name not in self._names:
            self._names[field_name] = Names()
        return self._names[field_name]

    @property
    def year(self) -> int:
        """Return the year of the run's start, which decides over networks."""
        return self.calendar.local(self.start_us).year

    def coverage(self, bearer: Bearer) -> Coverage:
        """Return which network each device of a sort hangs on this year."""
        return Coverage(shares(bearer, self.year), int(self.streams.child("networks").bit_generator.random_raw()))

    @property
    def people(self) -> People:
        """Return who lives in the city; nobody is drawn before a district is asked for."""
        if self._people is None:
            self._people = People(self.streams, self.scale, self.year)
        return self._people

    @property
    def days(self) -> Days:
        """Return when those who live in the city do what."""
        if self._days is None:
            self._days = Days(self.people, self.calendar, self.streams)
        return self._days

    def load(self, at_us: int) -> float:
        """Return the profile's multiplier of demand at an instant (1 outside its stages and in the warm-up)."""
        return self.profile.load(at_us)

    def outages(self, system: str, district: str) -> Sequence[Outage]:
        """Return the network outages (incidents called `outage`) that a system in a district suffers, merged, in order."""
        key = (system, district)
        if key not in self._outages:
            self._outages[key] = self._merged_outages(system, district)
        return self._outages[key]

    def uplinks(self, system: str, link: Link | Links) -> Uplinks:
        """Return the one way up of a system's devices on a link, or on the links of their networks: what kinds on it are released by."""
        known = self._uplinks.setdefault(system, [])
        found = next((each for each in known if each.link == link), None)
        if found is None:
            found = Uplinks.of(system, link, self.roster(system), lambda district: self.outages(system, district), self.streams)
            known.append(found)
        return found

    def reachable_us(self, system: str, district: str, at_us: int) -> int:
        """Return an instant itself, or the end of the outage that it falls into."""
        return next((each.end_us for each in self.outages(system, district) if each.start_us <= at_us < each.end_us), at_us)

    def check_district(self, name: str) -> None:
        """Raise UsageError for a district that is neither the city's nor brought by a system."""
        if name not in self.district_names and name not in self.brought:
            known = sorted({*self.district_names, *self.brought})
            msg = f"the district {name!r} is not in this city{nearest(str(name), known)}; there are {', '.join(known)}"
            msg += "; a system that brings others says so with `site.bring_districts(names)`"
            raise UsageError(msg)

    def refuse_unknown_districts(self) -> None:
        """Raise UsageError for an incident in a district where nothing stands; asked once every system has moved in."""
        known = {*self.district_names, *self.districts}
        for each in self.incidents.occurrences:
            for name in each.districts:
                if name not in known:
                    msg = f"incident {each.what!r}: the district {name!r} is not in this city{nearest(name, known)}"
                    msg += f"; there are {', '.join(sorted(known))}"
                    raise UsageError(msg)

    def _merged_outages(self, system: str, district: str) -> tuple[Outage, ...]:
        merged: list[Outage] = []
        for each in self.incidents.of(OUTAGE, system, district):
            if merged and each.start_us <= merged[-1].end_us:
                merged[-1] = Outage(merged[-1].start_us, max(merged[-1].end_us, each.end_us))
            else:
                merged.append(Outage(each.start_us, each.end_us))
        return tuple(merged)
