"""The gas detectors of a site with their valves, as columns, and what they show of clean air now and then.

Owns who has one, what its sensor is like, and the samples of those without a case. What happens at one is `episode`'s business.
"""

from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from devices.alarms.choices import DeviceClass
from devices.alarms.gas import figures
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.gas.kinds import GAS_SAMPLE
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.homes.installed import Units
from devices.alarms.supervision.cohort import Supervision
from sim.arrays import Code, Flags, Int, Places, Real
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.draws import Draws

T90 = log(10.0)  # time constants of a sensor of first order in its t90
SENSOR, SPREAD, SILENT, PHASE, BACKGROUND = range(5)  # columns of its draws


@dataclass(slots=True)
class Detectors:
    """All gas detectors, home by home: columns of shape (detectors,); `unit` is the number in `units`.

    `lag_s` is the time constant of the sensor; `is_silent` says whose shows nothing. `valve` (codes of `Valve`) and `has_case` change.
    """

    site: Site
    supervision: Supervision
    unit: Places
    district: NDArray[np.int16]
    home: Int
    building: Int
    lag_s: Real
    is_silent: Flags
    background: Real
    valve: NDArray[np.int8]
    has_case: Flags
    _every_us: int
    _order: Places = field(init=False)
    _phase_us: Int = field(init=False)
    _counts: Int = field(init=False)  # of valves, by district (code) and what they do
    _device: Code = field(init=False)
    _name: Code = field(init=False)

    @classmethod
    def of(cls, site: Site, units: Units, supervision: Supervision, parameters: GasParameters) -> "Detectors":
        """Return the detectors among the units of a site; clean air, and every valve open."""
        unit = np.flatnonzero(units.device_class == DeviceClass.GAS_DETECTOR)
        draws = Draws(site, "gas", [site.districts[code] for code in units.district[unit].tolist()], kept=1)
        luck = draws.uniform("detectors", 0, 5)
        t90_s = np.array(figures.RESPONSE.numbers)[(luck[:, SENSOR] >= float(figures.SEMICONDUCTOR)).astype(np.intp)]
        found = cls(
            site=site,
            supervision=supervision,
            unit=unit,
            district=units.district[unit],
            home=units.home[unit],
            building=units.building[unit],
            lag_s=t90_s * (1.0 + float(figures.RESPONSE_SPREAD) * (2.0 * luck[:, SPREAD] - 1.0)) / T90,
            is_silent=luck[:, SILENT] < parameters.silent,
            background=luck[:, BACKGROUND] * float(figures.BACKGROUND),
            valve=np.zeros(len(unit), dtype=np.int8),
            has_case=np.zeros(len(unit), dtype=np.bool_),
            _every_us=parameters.sample_every,
        )
        found._lay_out(luck[:, PHASE])
        return found

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.unit)

    def of_district(self, district: str) -> Places:
        """Return the rows of a district."""
        return np.flatnonzero(self.district == self.site.districts.code(district))

    def sample(self, span: Span) -> None:
        """Leave the samples of a slice; what has a case is sampled there, and what is cut off loses its own."""
        row, at_us = self._due(span)
        _, way_us = self.supervision.way(self.unit[row], at_us)
        row, at_us = (column[(way_us == at_us) & ~self.has_case[row]] for column in (row, at_us))
        columns = {
            "gas_level": np.full(len(row), GasLevel.NORMAL),
            "home": self._name[row],
            "lel_percent": self.background[row],
            "valve_open": self.valve[row] == Valve.OPEN,
            "gas_percent": np.zeros(len(row)),
        }
        self.site.rows(GAS_SAMPLE, at_us, self._device[row], columns)

    def turn(self, row: int, valve: Valve) -> None:
        """Let a valve do something else from now on."""
        code = int(self.district[row])
        self._counts[code, self.valve[row]] -= 1
        self._counts[code, valve] += 1
        self.valve[row] = valve

    def count(self) -> None:
        """Say what the valves of each district do, at the end of a slice."""
        for code in np.flatnonzero(self._counts.any(axis=1)).tolist():
            for valve, number in zip(Valve, self._counts[code].tolist(), strict=True):
                self.site.count("valve", valve, self.site.districts[code], number)

    def _lay_out(self, luck: Real) -> None:
        """Count the valves, and spread the samples evenly over their interval, in order of phase: a slice costs what it samples."""
        self._counts = np.zeros((len(self.site.districts), len(Valve)), dtype=np.int64)
        np.add.at(self._counts, (self.district, self.valve), 1)
        phase_us = (luck * self._every_us).astype(np.int64)
        self._order = np.argsort(phase_us, kind="stable")
        self._phase_us = phase_us[self._order]
        self._device = np.array([self.supervision.device(unit) for unit in self.unit.tolist()], dtype=np.int32)
        home_id = {code: self.site.residents(self.site.districts[code]).home_id for code in np.unique(self.district).tolist()}
        named = (home_id[code](home) for code, home in zip(self.district.tolist(), self.home.tolist(), strict=True))
        self._name = self.site.names("home").codes(named)

    def _due(self, span: Span) -> tuple[Places, Int]:
        turns = range(span.start_us // self._every_us, (span.end_us - 1) // self._every_us + 1)
        parts = [self._turn(number * self._every_us, span) for number in turns]
        row, at_us = (np.concatenate(column) for column in zip(*parts, strict=True))
        return row, at_us

    def _turn(self, begin_us: int, span: Span) -> tuple[Places, Int]:
        first, last = np.searchsorted(self._phase_us, [span.start_us - begin_us, span.end_us - begin_us])
        return self._order[first:last], begin_us + self._phase_us[first:last]
