"""The aggregate: what the homes that are not simulated call, so that the centre is that of the whole city at any scale.

Owns the number of these calls and what their callers do. What the centre does with them is the same as with any case.
"""

from collections.abc import Callable
from math import fsum

import numpy as np

from devices.alarms.centre import figures
from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.choices import AlarmType, Service
from devices.alarms.centre.parameters import LoadParameters
from sim.city.demand import Demand, HourProfile
from sim.city.districts import DISTRICTS
from sim.city.people_figures import HOMES
from sim.city.site import Site, Steps
from sim.figures import Figure
from sim.toolkit.draws import lognormal
from sim.units import HOUR_US, SECOND_US

HOURS = {
    AlarmType.BURGLAR: figures.ENTRY_HOURS,
    AlarmType.SMOKE: figures.MEAL_HOURS,
    AlarmType.GAS: figures.MEAL_HOURS,
    AlarmType.PERSONAL: figures.EMERGENCY_HOURS,
}
REAL = {
    AlarmType.BURGLAR: figures.BURGLAR_REAL,
    AlarmType.SMOKE: figures.SMOKE_REAL,
    AlarmType.GAS: figures.GAS_REAL,
    AlarmType.PERSONAL: figures.HUB_REAL,
}
CONFIRMED = {  # share with two independent activations, false and real
    AlarmType.BURGLAR: (figures.CONFIRMED_FALSE, figures.CONFIRMED_REAL),
    AlarmType.SMOKE: (figures.SMOKE_CONFIRMED_FALSE, figures.SMOKE_CONFIRMED_REAL),
}
IDS = 1_000  # ids of a district and type go round, so that a long run does not grow; the most frequent come again after 36 h


class Aggregate:
    """The calls of all homes that are not simulated: a stream for each district and type of alarm, with one day factor for all."""

    def __init__(self, site: Site, load: LoadParameters) -> None:
        """Work out how much is left over by the homes that are simulated."""
        self._site, self._load = site, load
        people = fsum(each.population for each in DISTRICTS)
        simulated = dict.fromkeys(site.district_names, site.scale)
        self.homes = {each.name: float(HOMES) * each.population / people * (1 - simulated.get(each.name, 0.0)) for each in DISTRICTS}
        self.demand = {each: self._demand(HOURS[each]) for each in AlarmType}

    def per_day(self, alarm_type: AlarmType, district: str) -> float:
        """Return the mean number of calls of a day."""
        return self.homes[district] * self._load.a_home_and_day(alarm_type)

    def start(self, take: Callable[[Case], Steps]) -> None:
        """Let the calls come."""
        for alarm_type in AlarmType:
            for district, homes in self.homes.items():
                if homes:
                    self._site.process(self._calls(alarm_type, district, take))

    def _demand(self, hours: Figure) -> Demand:
        profile = HourProfile(hours.numbers, hours.numbers)
        return Demand(self._site.calendar, profile, self._site.streams("centre", "load"), load_profile=self._site.city.profile)

    def _calls(self, alarm_type: AlarmType, district: str, take: Callable[[Case], Steps]) -> Steps:
        rng, number, from_us = self._site.stream("centre", "aggregate", alarm_type.word, district=district), 0, self._site.now_us
        while True:
            for at_us in self.demand[alarm_type].arrivals(self.per_day(alarm_type, district), from_us, from_us + HOUR_US, rng).tolist():
                yield self._site.env.timeout(at_us - self._site.now_us)
                number = (number + 1) % IDS
                self._site.process(take(drawn_case(f"{alarm_type.word}-{district}-{number:03}", alarm_type, district, rng)))
            from_us += HOUR_US
            yield self._site.env.timeout(from_us - self._site.now_us)


def drawn_case(alarm_id: str, alarm_type: AlarmType, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, chance = (bool(rng.random() < float(REAL[alarm_type]))), rng.random(4)
    cancels = not real and alarm_type is AlarmType.BURGLAR and chance[0] < float(figures.CANCELLED)
    cancels_after_us = round(lognormal(rng, float(figures.CANCEL_AFTER) * SECOND_US, float(figures.CANCEL_SIGMA))) if cancels else None
    conduct = Conduct(
        speaks=bool(chance[1] >= float(figures.VOICELESS)),
        answers=bool(chance[2] < float(figures.AT_THE_PHONE)),
        cancels_after_us=cancels_after_us,
    )
    needs = (Service.AMBULANCE,) if alarm_type is AlarmType.PERSONAL and chance[3] < float(figures.HUB_AMBULANCE) else None
    confirmed = alarm_type in CONFIRMED and bool(chance[3] < float(CONFIRMED[alarm_type][real]))
    return Case(alarm_id, alarm_type, district, real=real, needs=needs, confirmed=confirmed, conduct=conduct)
