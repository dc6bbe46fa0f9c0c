"""The aggregate: what the homes that are not simulated call, so that the centre is that of the whole city at any scale.

Owns when these calls come. What a case of theirs looks like is the family's business (`loads.py`), what the centre does with it the same
as with any case.
"""

from collections.abc import Callable, Sequence
from math import fsum

from devices.alarms.centre.cases import Case
from devices.alarms.centre.loads import Load
from sim.city.demand import Demand, HourProfile
from sim.city.districts import DISTRICTS
from sim.city.people_figures import HOMES
from sim.city.site import Site, Steps
from sim.units import HOUR_US

IDS = 1_000  # ids of a district and type go round, so that a long run does not grow; the most frequent come again after 36 h


class Aggregate:
    """The calls of all homes that are not simulated: a stream for each district and load, with one day factor for all."""

    def __init__(self, site: Site, loads: Sequence[Load]) -> None:
        """Work out how much is left over by the homes that are simulated."""
        self._site, self._loads = site, loads
        people = fsum(each.population for each in DISTRICTS)
        simulated = dict.fromkeys(site.district_names, site.scale)
        self.homes = {each.name: float(HOMES) * each.population / people * (1 - simulated.get(each.name, 0.0)) for each in DISTRICTS}

    def per_day(self, load: Load, district: str) -> float:
        """Return the mean number of calls of a day."""
        return self.homes[district] * load.a_home_and_day

    def start(self, take: Callable[[Case], Steps]) -> None:
        """Let the calls come."""
        for load in self._loads:
            demand = self.demand(load)
            for district, homes in self.homes.items():
                if homes:
                    self._site.process(self._calls(load, demand, district, take))

    def demand(self, load: Load) -> Demand:
        """Return how a load's calls are spread over days and hours."""
        profile = HourProfile(load.hours.numbers, load.hours.numbers)
        return Demand(self._site.calendar, profile, self._site.streams("centre", "load"), load_profile=self._site.city.profile)

    def _calls(self, load: Load, demand: Demand, district: str, take: Callable[[Case], Steps]) -> Steps:
        word = load.alarm_type.word
        rng, number, from_us = self._site.stream("centre", "aggregate", word, district=district), 0, self._site.now_us
        while True:
            for at_us in demand.arrivals(self.per_day(load, district), from_us, from_us + HOUR_US, rng).tolist():
                yield self._site.env.timeout(at_us - self._site.now_us)
                number = (number + 1) % IDS
                self._site.process(take(load.drawn(f"{word}-{district}-{number:03}", district, rng)))
            from_us += HOUR_US
            yield self._site.env.timeout(from_us - self._site.now_us)
