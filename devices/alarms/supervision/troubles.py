"""Troubles: what befalls paths and power, day by day, and what a scenario's incidents do to a neighbourhood.

Owns the drawing of true beginnings and ends. Every draw belongs to a home, a line or a building and a day, so that neither slices nor
other districts change it. What the receiver makes of them is `receiver`'s business.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.choices import DeviceClass, TroubleCause
from devices.alarms.supervision import figures
from devices.alarms.supervision.batteries import Batteries
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.supervision.paths import Paths, drawn
from devices.alarms.supervision.signals import Signal, mains_signals, radio_signals
from devices.causes import POWER_CUT, STORM
from sim.arrays import Int, Places, Records
from sim.city.incidents import Occurrence
from sim.city.site import Site
from sim.toolkit.draws import Draws, Stretches, Window
from sim.toolkit.table import Table
from sim.units import DAY_US, HOUR_US

REACH_DAYS = 14  # no trouble lasts longer, so that a run begins with those of the two weeks before
GATEWAY, LINE_CUT, FEEDER = 0x47415445, 0x4C494E45, 0x46454544
YEAR_DAYS = 365.25


class Trouble(NamedTuple):
    """A path is cut for a while, city time, µs; `cause` is a code of `TroubleCause`."""

    time_us: int
    row: int
    end_us: int
    cause: int


class Troubles:
    """What befalls the paths of a site: planned a day ahead, taken slice by slice."""

    def __init__(self, site: Site, paths: Paths, parameters: SupervisionParameters, batteries: Batteries) -> None:
        """Prepare the draws; nothing is planned yet."""
        self._site, self._paths = site, paths
        self._cuts, self._signals = Table(Trouble), Table(Signal)
        self._planned: int | None = None
        self._batteries = batteries
        self._lines = Draws(site, "lines", self._districts(paths.lines.first_row), kept=1)
        self._homes = Draws(site, "homes", self._districts(paths.homes.first_row), kept=1)
        self._windows = _windows(parameters)
        self._report_us = parameters.mains_report
        gateway = paths.key[paths.lines.first_row[paths.lines.of_row]]
        self._falls_with_mains = ~paths.over_the_air & (drawn(gateway, GATEWAY) >= parameters.gateways_on_reserve)
        units = paths.units
        reserve_h = np.zeros(len(DeviceClass))
        reserve_h[[DeviceClass.PANEL, DeviceClass.GAS_DETECTOR, DeviceClass.CALL_HUB]] = figures.RESERVE.numbers
        reserve_us = (reserve_h * HOUR_US).astype(np.int64)[units.device_class]
        self._reserve_us = np.where(units.on_mains, reserve_us, REACH_DAYS * DAY_US + 1)[paths.unit]

    def before(self, at_us: int) -> tuple[Records, Records]:
        """Return and forget the cuts that begin, and the signals that fall due, before an instant: `Trouble` and `Signal`, by time."""
        self._plan(at_us)
        return self._cuts.take_before(at_us), self._signals.take_before(at_us)

    def ahead(self, at_us: int) -> Records:
        """Return the cuts that begin before an instant and were not taken yet, in no order: `Trouble`."""
        self._plan(at_us)
        cuts = self._cuts.rows
        return cuts[cuts["time_us"] < at_us]

    def postpone(self, signals: Records) -> None:
        """Keep signals that could not be sent for later: their `time_us` says when to try again."""
        self._signals.put(signals)

    def _districts(self, rows: Places) -> list[str]:
        return [self._site.districts[code] for code in self._paths.district[rows].tolist()]

    def _plan(self, at_us: int) -> None:
        """Draw the days up to an instant that are not drawn yet; before the first, those from which something may still hold."""
        last = (at_us - 1) // DAY_US
        if self._planned is not None and last <= self._planned:
            return
        if self._planned is None:
            self._planned = last - REACH_DAYS - 1
            self._signals.put(self._batteries.low((self._planned + 1) * DAY_US))
            for district in np.unique(self._paths.district).tolist():
                self._incidents(district)
        for day in range(self._planned + 1, last + 1):
            self._day(day)
        self._planned = last

    def _day(self, day: int) -> None:
        line, begin_us, end_us = _some(self._lines.stretches("trouble", self._windows["line"], day))
        rows, place = self._paths.lines.members(line)
        self._cut(rows, begin_us[place], end_us[place], TroubleCause.LINE)
        self._mains_lost(_some(self._homes.stretches("mains", self._windows["mains"], day)))
        self._jammed(_some(self._homes.stretches("jam", self._windows["jam"], day)))
        empty, signals = self._batteries.during(day * DAY_US, (day + 1) * DAY_US)
        self._signals.put(signals)
        rows = self._paths.first_of()[empty[0]]
        self._cut(rows, empty[1], empty[2], TroubleCause.BATTERY)

    def _incidents(self, district: int) -> None:
        name = self._site.districts[district]
        for outage in self._site.outages(name):
            rows = np.flatnonzero(self._paths.district == district)
            self._cut(rows, np.full(len(rows), outage.start_us), np.full(len(rows), outage.end_us), TroubleCause.NETWORK)
        for each in self._site.incidents(POWER_CUT, name):
            self._without_mains(district, each, float(figures.POWER_CUT_HOMES), (0.0, float(figures.RE_ENERGISED)))
        for each in self._site.incidents(STORM, name):
            self._without_mains(district, each, float(figures.STORM_MAINS), (1.0, 1.0))
            self._lines_cut(district, each)

    def _without_mains(self, district: int, occurrence: Occurrence, share: float, parts: tuple[float, float]) -> None:
        """Take the mains of a share of the buildings, in the first part of the incident; in the last one they are switched on again."""
        units, homes = self._paths.units, self._paths.homes
        unit = self._paths.unit[homes.first_row]
        building = units.building[unit]
        rng = self._site.stream("feeders", occurrence.what, occurrence.start_us, district=self._site.districts[district])
        luck = rng.random((int(building.max(initial=0)) + 1, 3))[building]
        hit = np.flatnonzero((units.district[unit] == district) & (luck[:, 0] < share * occurrence.severity))
        lasting_us = occurrence.end_us - occurrence.start_us
        end_us = occurrence.end_us - (luck[hit, 2] * parts[1] * lasting_us).astype(np.int64)
        begin_us = occurrence.start_us + (luck[hit, 1] * parts[0] * (end_us - occurrence.start_us)).astype(np.int64)
        self._mains_lost((hit, begin_us, end_us))

    def _lines_cut(self, district: int, occurrence: Occurrence) -> None:
        """Cut a share of the lines, each from somewhere in the storm until its end or somewhat after."""
        rows = np.flatnonzero(self._paths.district == district)
        line = self._paths.lines.of_row[rows]
        key = self._paths.key[self._paths.lines.first_row[line]]
        luck = drawn(key, LINE_CUT, occurrence.start_us)
        hit = luck < float(figures.STORM_LINES) * occurrence.severity
        lasting_us = occurrence.end_us - occurrence.start_us
        begin_us = occurrence.start_us + (drawn(key[hit], LINE_CUT + 1, occurrence.start_us) * lasting_us).astype(np.int64)
        end_us = begin_us + ((0.1 + drawn(key[hit], LINE_CUT + 2, occurrence.start_us)) * lasting_us).astype(np.int64)
        self._cut(rows[hit], begin_us, end_us, TroubleCause.LINE)

    def _mains_lost(self, lost: tuple[Places, Int, Int]) -> None:
        """Homes are without mains: gateways fall silent at once, devices when their reserve is spent, and those that can say so do."""
        home, begin_us, end_us = lost
        rows, place = self._paths.homes.members(home)
        begin_us, end_us = begin_us[place], end_us[place]
        spent_us = begin_us + np.where(self._falls_with_mains[rows], 0, self._reserve_us[rows])
        silent = spent_us < end_us
        self._cut(rows[silent], spent_us[silent], end_us[silent], TroubleCause.MAINS)
        primary = (self._paths.path[rows] == 0) & self._paths.units.on_mains[self._paths.unit[rows]]
        told = self._paths.unit[rows[primary]], begin_us[primary], end_us[primary]
        self._signals.put(mains_signals(self._paths.key[rows[primary]], told, self._reserve_us[rows[primary]], self._report_us))

    def _jammed(self, jam: tuple[Places, Int, Int]) -> None:
        """Jam the radio of homes: paths over the air are cut, and a panel says so on its line."""
        home, begin_us, end_us = jam
        rows, place = self._paths.homes.members(home)
        begin_us, end_us = begin_us[place], end_us[place]
        panel = self._paths.units.device_class[self._paths.unit[rows]] == DeviceClass.PANEL
        cut = self._paths.over_the_air[rows] & panel
        self._cut(rows[cut], begin_us[cut], end_us[cut], TroubleCause.JAMMING)
        told = panel & (self._paths.path[rows] == 0)
        self._signals.put(radio_signals(self._paths.unit[rows[told]], begin_us[told], end_us[told]))

    def _cut(self, rows: Places, begin_us: Int, end_us: Int, cause: TroubleCause) -> None:
        self._cuts.extend(time_us=begin_us, row=rows, end_us=end_us, cause=np.full(len(rows), cause))


def _some(befallen: Stretches) -> tuple[Places, Int, Int]:
    """Return those that anything befalls, with begin and end."""
    rows = np.flatnonzero(befallen.end_us > befallen.begin_us)
    return rows, befallen.begin_us[rows], befallen.end_us[rows]


def _windows(parameters: SupervisionParameters) -> dict[str, Window]:
    """Return how often lines, mains and radio are in trouble, and for how long."""
    a_day = 1.0 / YEAR_DAYS
    return {
        "line": Window(DAY_US, parameters.line_troubles_per_day, parameters.line_trouble, float(figures.LINE_SIGMA), REACH_DAYS),
        "mains": Window(DAY_US, parameters.mains_losses_per_year * a_day, parameters.mains_loss, float(figures.MAINS_SIGMA), REACH_DAYS),
        "jam": Window(DAY_US, parameters.jams_per_year * a_day, parameters.jam, float(figures.LINE_SIGMA), REACH_DAYS),
    }
