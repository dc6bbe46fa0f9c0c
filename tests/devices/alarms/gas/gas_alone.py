"""Gas detectors alone in a city, with a centre that nobody else calls: what tests of gas alarms run."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from devices.alarms.centre.centre import Centre
from devices.alarms.gas.gas import Gas
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.reporting.parameters import ReportingParameters
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.system import Alarms
from sim.city.incidents import Incident
from sim.city.networks import access_links
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.kinds import FieldType
from sim.scenario import Scenario
from sim.system import System
from tests.devices.alarms.centre.alone import empty

HERE = "Putuo"
QUIET = GasParameters(per_year=0.0)
UNCUT = SupervisionParameters(line_troubles_per_day=0.0, mains_losses_per_year=0.0)
BUILT: list[Gas] = []  # of the last run; a system is frozen, so it cannot keep what it built


class GasAlone(System):
    """Gas detectors and a centre, and whatever a test lets happen at them."""

    gas: GasParameters = QUIET
    more: float = 1.0
    operators: int = 10
    does: Callable[[Gas], None] = lambda gas: None  # noqa: ARG005

    declared = Alarms.declared

    def build(self, site: Site) -> None:
        site.connect(access_links(stores=False), *(kind for kind in self.declared.kinds if not kind.qos))
        units = installed(site, InstalledParameters(more=self.more))
        supervision = Supervision(site, units, UNCUT)
        register = Register(site, units, supervision, Centre(site, empty(self.operators)), ReportingParameters())
        BUILT[:] = [Gas(site, units, register, supervision, self.gas)]
        self.does(BUILT[0])


Row = dict[str, Any]


@dataclass
class Left:
    """What a run left: rows of a kind as dictionaries in order of time, samples by measure and label."""

    gas: Gas
    start_us: int
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    samples: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    marks: list[str] = field(default_factory=list)
    census: list[dict[str, int]] = field(default_factory=list)

    def of(self, measure: str, where: str = "") -> list[float]:
        return self.samples[f"alarms.{measure}", where]


def ran(
    gas: GasParameters = QUIET,
    does: Callable[[Gas], None] | None = None,
    *,
    districts: Sequence[str] = (HERE,),
    start: str = "18:00",
    hours: float = 1,
    scale: float = 0.01,
    seed: int = 1,
    incidents: Sequence[Incident] = (),
    **system: Any,  # noqa: ANN401 - what GasAlone takes
) -> Left:
    given = {**system, **({"does": does} if does else {})}
    scenario = Scenario(
        name="gas",
        systems=[GasAlone(gas=gas, **given)],
        districts=districts,
        duration=f"{round(hours * 60)}m",
        start=start,
        warm_up="0s",
        scale=scale,
        seed=seed,
        incidents=incidents,
    )
    engine = Engine(scenario)
    left = Left(BUILT[0], engine.hours.start_us)
    for piece in engine.slices():
        left.marks += [mark.text for mark in piece.marks]
        left.census.append({row.state: row.count for row in piece.census if row.thing == "valve"})
        for sample in piece.samples:
            left.samples[sample.measure, sample.where] += np.ravel(sample.values).tolist()
        for batch in piece.batches:
            columns = {each.name: batch.columns[each.name].tolist() for each in batch.kind.fields}
            for each in batch.kind.fields:
                if each.type is FieldType.TEXT:
                    columns[each.name] = [batch.names[each.name][code] if code >= 0 else "" for code in columns[each.name]]
            own = {"at_s": ((batch.time_us - left.start_us) / 1e6).tolist(), **columns}
            left.rows[batch.kind.name] += [dict(zip(own, values, strict=True)) for values in zip(*own.values(), strict=True)]
    return left
