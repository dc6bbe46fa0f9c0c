"""A small system of street lamps for tests: one kind from processes, one from cohorts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import simpy

from sim.city.city import City
from sim.city.links import Link
from sim.events.batches import CensusRow, LiveStatus, Span
from sim.events.collector import Collector
from sim.events.kinds import Kind, choice, instant, integer, real, text
from sim.figures import Figure
from sim.judge.measures import Measure, Objective, Statistic
from sim.parameters import DurationUs, Parameters
from sim.units import MINUTE_US, SECOND_US

LAMP_STATE = Kind(
    "lamp_state",
    system="lamps",
    doc="a lamp was switched",
    plan_ids=("N18",),
    qos=1,
    fields=(choice("lamp", "on", "off", tag=True), text("pole"), instant("since_us"), integer("switches")),
)
LAMP_POWER = Kind(
    "lamp_power",
    system="lamps",
    doc="power drawn",
    plan_ids=("N18",),
    qos=0,
    fields=(real("power_w", "W", 1), real("true_power_w", "W", 3, truth=True)),
)


class Lamps(Parameters):
    """Lamps that switch at random and report their power."""

    count: int = 5
    interval: DurationUs = 10 * SECOND_US
    link: Link = Link()
    name: ClassVar[str] = "lamps"
    kinds: ClassVar = (LAMP_STATE, LAMP_POWER)
    measures: ClassVar = (Measure("lamps.power_w", unit="W", doc="power drawn by a lamp"),)
    objectives: ClassVar = (Objective("lamps.power_w", Statistic.MAX, at_most=200),)
    figures: ClassVar = (Figure("power of a lamp", value=100, unit="W"),)

    def build(self, city: City) -> "LampInstallation":
        return LampInstallation(self, city)


@dataclass
class LampInstallation:
    parameters: Lamps
    city: City

    def __post_init__(self) -> None:
        roster = self.city.roster("lamps")
        self.lamps = {
            name: [roster.add(f"{name}/lamp {number}", name) for number in range(self.parameters.count)]
            for name in self.city.district_names
        }
        self.lit = dict.fromkeys(range(len(roster)), False)
        for name, lamps in self.lamps.items():
            for lamp in lamps:
                self.city.env.process(self._switch(name, lamp))

    def _switch(self, district: str, lamp: int) -> Iterator[simpy.Event]:
        city = self.city
        rng = city.streams.child(district, "lamps", "switch", lamp - self.lamps[district][0])
        pole = city.names("pole").code(f"pole of {city.roster('lamps').names[lamp]}")
        count = 0
        while True:
            began = int(city.env.now)
            yield city.env.timeout(int(rng.exponential(MINUTE_US)))
            count += 1
            self.lit[lamp] = not self.lit[lamp]
            city.out.record(LAMP_STATE, int(city.env.now), lamp, int(self.lit[lamp]), pole, began, count)

    def emit(self, span: Span, out: Collector) -> None:
        ticks = np.arange(span.start_us, span.end_us, self.parameters.interval)
        for name, lamps in self.lamps.items():
            rng = self.city.streams.child(name, "lamps", "power", span.index)
            time_us = np.repeat(ticks, len(lamps))
            true = 100 + rng.standard_normal(len(time_us))
            device = np.tile(np.array(lamps, dtype=np.int32), len(ticks))
            out.rows(LAMP_POWER, time_us, device, {"power_w": true, "true_power_w": true})
            out.sample("lamps.power_w", true, name)

    def census(self, _span: Span) -> Iterable[CensusRow]:
        for name, lamps in self.lamps.items():
            yield CensusRow("lamps", "lamp", "on", name, sum(self.lit[lamp] for lamp in lamps))

    def live_status(self, _span: Span) -> LiveStatus | None:
        return LiveStatus("lamps", f"{sum(self.lit.values())} of {len(self.lit)} on")

    def link(self, _kind: Kind) -> Link:
        return self.parameters.link
