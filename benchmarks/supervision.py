"""A million homes supervised every half hour, as a cohort: heartbeats with all that befalls paths and power, and what the receiver finds.

Owns two lines. The limit beside them is what numpy needs to draw and stably sort one column of as many 64-bit numbers. Seconds are CPU
seconds of this process, of the best city minute; homes are settled and registered outside. One panel stands in every home.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.engine_positions import Clock, limit_s
from benchmarks.table import Line
from citybeat.running.runner import standing_objects
from devices.alarms.choices import DeviceClass, SupervisionClass
from devices.alarms.homes.installed import Units, joined
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.kinds import HEARTBEAT
from devices.alarms.system import Alarms
from sim.city.people_figures import HOMES as HOMES_OF_THE_CITY
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.engine.sequencing import Sequencer
from sim.events.batches import Span
from sim.scenario import Scenario
from sim.units import MINUTE_US

HOMES = 1_000_000
MINUTES = 15
COHORT_SHARE = 0.13  # of the limit's rate, at least: 2 M heartbeats/s where the limit is 15 M/s
COHORT, CLOSE = "the cohort", "close"


class Panels(Alarms):
    """One panel in every home, on its one line, supervised in half an hour."""

    def build(self, site: Site) -> None:
        """Register them."""
        Supervision(site, joined([_panels(site, name) for name in site.district_names]), self.supervision)


def _panels(site: Site, district: str) -> Units:
    homes = site.residents(district).homes
    count = len(homes)
    return Units(
        district=np.full(count, site.districts.code(district), dtype=np.int16),
        home=np.arange(count),
        building=homes.building.astype(np.int64),
        device_class=np.full(count, DeviceClass.PANEL, dtype=np.int8),
        supervision=np.full(count, SupervisionClass.MIN30, dtype=np.int8),
        network=homes.network,
        two_paths=np.zeros(count, dtype=np.bool_),
    )


def lines() -> Iterator[Line]:
    """Measure; a ratio of 1 is as fast as the limit."""
    scale = HOMES / float(HOMES_OF_THE_CITY)
    engine = Engine(Scenario(name="supervision", systems=(Panels(),), scale=scale, duration=f"{MINUTES}m"))
    site, clock, beats = engine.tenants[0].site, Clock(), 0
    sequencer = Sequencer(site.declared.kind(HEARTBEAT), site.uplinks(site.link(HEARTBEAT)), {})
    with standing_objects():
        for index in range(MINUTES):
            begin_us = site.start_us + index * MINUTE_US
            span = Span(index, begin_us, begin_us + MINUTE_US)
            clock.time(COHORT, partial(site.work, span))
            site.take_counts()
            blocks = engine.city.out.take_blocks(span.end_us)[HEARTBEAT.name]
            engine.city.out.take_samples()
            beats += len(clock.time(CLOSE, partial(sequencer.close, span, blocks)))
    minute = beats / MINUTES
    limit = minute / limit_s(round(minute))
    note = f"{len(site.roster):,} devices, {minute:,.0f} heartbeats a city minute"

    def line(step: str, *steps: str, at_least: float | None = None, note: str = "") -> Line:
        return Line(step, minute / clock.best(*steps), "events/s", "draw and sort a column", limit, at_least=at_least, note=note)

    yield line("homes supervised in 30 min: the cohort", COHORT, at_least=COHORT_SHARE, note=note)
    yield line("  the same with closed batches", COHORT, CLOSE)
