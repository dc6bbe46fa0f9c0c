"""A small system of street lamps for tests: one kind from processes, one from cohorts."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import simpy

from sim.city.declared import Count, Declared
from sim.city.links import Link
from sim.city.site import Site
from sim.events.batches import LiveStatus, Span
from sim.events.kinds import Kind, choice, instant, integer, real, text
from sim.figures import Figure
from sim.judge.measures import Measure, Objective, Statistic
from sim.parameters import DurationUs
from sim.system import Installation, System
from sim.units import MINUTE_US, SECOND_US

LAMP_STATE = Kind(
    "lamp_state",
    doc="a lamp was switched",
    plan_ids=("N18",),
    qos=1,
    fields=(choice("lamp", "on", "off", tag=True), text("pole"), instant("since_us"), integer("switches")),
)
LAMP_POWER = Kind(
    "lamp_power",
    doc="power drawn",
    plan_ids=("N18",),
    qos=0,
    fields=(real("power_w", "W", 1), real("true_power_w", "W", 3, truth=True)),
)


class Lamps(System):
    """Lamps that switch at random and report their power."""

    count: int = 5
    interval: DurationUs = 10 * SECOND_US
    link: Link = Link()
    declared: ClassVar = Declared(
        "lamps",
        kinds=(LAMP_STATE, LAMP_POWER),
        measures=(Measure("power_w", unit="W", doc="power drawn by a lamp"),),
        objectives=(Objective("power_w", Statistic.MAX, at_most=200),),
        figures=(Figure("power of a lamp", value=100, unit="W"),),
        census=(Count("lamp", "on"),),
        hears=("storm",),
    )

    def build(self, site: Site) -> "LampInstallation":
        site.connect(self.link, LAMP_STATE, LAMP_POWER)
        return LampInstallation(self, site)


class LampInstallation(Installation):
    def __init__(self, parameters: Lamps, site: Site) -> None:
        self.parameters, self.site = parameters, site
        roster = site.roster
        self.lamps = {
            name: [roster.add(f"{name}/lamp {number}", name) for number in range(parameters.count)] for name in site.district_names
        }
        self.lit = dict.fromkeys(range(len(roster)), False)
        for name, lamps in self.lamps.items():
            for lamp in lamps:
                site.process(self._switch(name, lamp))

    def _switch(self, district: str, lamp: int) -> Iterator[simpy.Event]:
        site = self.site
        rng = site.stream("switch", lamp - self.lamps[district][0], district=district)
        count = 0
        while True:
            began = site.now_us
            yield site.env.timeout(int(rng.exponential(MINUTE_US)))
            count += 1
            self.lit[lamp] = not self.lit[lamp]
            pole = f"pole of {site.roster.names[lamp]}"
            site.record(LAMP_STATE, lamp, lamp=int(self.lit[lamp]), pole=pole, since_us=began, switches=count)

    def emit(self, span: Span) -> None:
        ticks = np.arange(span.start_us, span.end_us, self.parameters.interval)
        for name, lamps in self.lamps.items():
            rng = self.site.stream("power", span.index, district=name)
            time_us = np.repeat(ticks, len(lamps))
            true = 100 + rng.standard_normal(len(time_us))
            device = np.tile(np.array(lamps, dtype=np.int32), len(ticks))
            self.site.rows(LAMP_POWER, time_us, device, {"power_w": true, "true_power_w": true})
            self.site.sample("power_w", true, name)
            self.site.count("lamp", "on", name, sum(self.lit[lamp] for lamp in lamps))

    def live_status(self, _span: Span) -> LiveStatus | None:
        return LiveStatus("lamps", f"{sum(self.lit.values())} of {len(self.lit)} on")
