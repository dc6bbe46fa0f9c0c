"""The metro (N7, its small first form) as the scenario knows it: parameters, what it declares, and how it is built.

Owns the joining of the parts, and the reports of lines. What happens in a slice is `devices.metro.work`'s business.
"""

import numpy as np

from devices.causes import LINE_DOWN, METRO_ENTRY, METRO_EXIT, STORM
from devices.metro.figures import METRO_FIGURES
from devices.metro.gates import Gates
from devices.metro.kinds import KINDS, LINE_STATE, MEASURES, OBJECTIVES, LineCondition, StationState
from devices.metro.lines import PLAN
from devices.metro.network import Network, network
from devices.metro.parameters import LineParameters, RiderParameters, StationParameters
from devices.metro.riders import Demanded, Pull
from devices.metro.stations import Stations
from devices.metro.timetable import Stretch, without_overlaps
from devices.metro.work import Work
from sim.arrays import Code, Int, Real
from sim.city.declared import Count, Declared
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.districts import DISTRICT_FIGURES
from sim.city.links import Link
from sim.city.network_figures import FIBRE_RTT, FIXED_SIGMA
from sim.city.site import Site, Steps
from sim.errors import UsageError
from sim.scenario import SLICE_US
from sim.system import System, Timing
from sim.units import HOUR_US, MINUTE_US

WARM_UP_US = 90 * MINUTE_US  # of a hundred who were on their way before, 99 have left
LONGEST_US = 4 * HOUR_US  # trip, without standstills

DECLARED = Declared(
    "metro",
    kinds=KINDS,
    measures=MEASURES,
    objectives=OBJECTIVES,
    figures=(PLAN, *METRO_FIGURES, *DEMAND_FIGURES, *DISTRICT_FIGURES, FIBRE_RTT, FIXED_SIGMA),
    census=(Count("station", StationState),),
    tells=(METRO_ENTRY, METRO_EXIT),
    hears=(STORM, LINE_DOWN),
    link=Link(round(FIBRE_RTT.us / 2), float(FIXED_SIGMA)),  # stations hang on fibre of their own, and keep what an outage holds up
)


class Metro(System):
    """The metro (N7): entries and exits at the gates of 302 stations, platforms, and 14 lines of which one may stand still."""

    riders: RiderParameters = RiderParameters()
    stations: StationParameters = StationParameters()
    line: LineParameters = LineParameters()

    declared = DECLARED

    def timing(self, day: object) -> Timing:  # noqa: ARG002 - the contract's
        """Ask for a warm-up in which trains fill."""
        return Timing(warm_up_us=WARM_UP_US)

    def build(self, site: Site) -> None:
        """Open the stations of the scenario's districts; the whole city rides. Raises UsageError where there is no station."""
        plan = network()
        device = _opened(site, plan)
        pull = Pull.of(plan, site.streams("stations"))
        gates = Gates(_gates_at(pull.busiest() * self.riders.rides * site.scale, self.stations.gate_load))
        broken = next(number for number, line in enumerate(plan.lines) if line.name == self.line.down)
        down = without_overlaps(Stretch(each.start_us, each.end_us) for each in site.incidents(LINE_DOWN))
        longest_us = LONGEST_US + sum(each.end_us - each.start_us for each in down)
        book = Stations(site, self.stations, plan, gates, device, -(-longest_us // SLICE_US))
        work = Work(site, self.riders, plan, Demanded(site, self.riders, pull), gates, book, broken, down)
        site.each_slice(work.slice)
        _tell_lines(site, plan, broken, down)


def _opened(site: Site, plan: Network) -> Code:
    """Return the device of each station that stands in the scenario's districts, -1 for others."""
    if not set(plan.district) & set(site.district_names):
        served = ", ".join(sorted(set(plan.district)))
        msg = f"no metro station stands in {', '.join(site.district_names)}: name a district with one, such as {served}"
        raise UsageError(msg)
    stations = zip(plan.names, plan.district, strict=True)
    return np.array([site.roster.add(name, place) if place in site.district_names else -1 for name, place in stations], dtype=np.int32)


def _gates_at(passages: Real, load: float) -> Int:
    """Return how many gates a station has for the passages of its busiest hour: at least one."""
    return np.maximum(np.ceil(passages / 60 / load), 1).astype(np.int64)


def _tell_lines(site: Site, plan: Network, broken: int, down: tuple[Stretch, ...]) -> None:
    """Start what reports the lines, each in the first of the scenario's districts that it serves."""
    for number, line in enumerate(plan.lines):
        served = [plan.district[each] for each in line.stations.tolist() if plan.district[each] in site.district_names]
        if served:
            device = site.roster.add(f"line-{line.name}", served[0])
            site.process(_conditions(site, device, down if number == broken else ()))


def _conditions(site: Site, device: int, down: tuple[Stretch, ...]) -> Steps:
    """Report at the start whether a line runs, and every change."""
    yield site.env.timeout(site.start_us - site.now_us)
    site.record(LINE_STATE, device, line_condition=LineCondition.RUNNING)
    for each in down:
        if each.start_us > site.now_us:
            yield site.env.timeout(each.start_us - site.now_us)
        site.record(LINE_STATE, device, line_condition=LineCondition.STANDSTILL)
        yield site.env.timeout(max(1, each.end_us - site.now_us))
        site.record(LINE_STATE, device, line_condition=LineCondition.RUNNING)
