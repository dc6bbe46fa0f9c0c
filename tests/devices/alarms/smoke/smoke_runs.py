"""Cities of which only smoke alarms are simulated, with a centre that no other home calls, and everything that they left."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from devices.alarms.centre.centre import Centre
from devices.alarms.centre.parameters import CareParameters, CentreParameters
from devices.alarms.choices import DeviceClass
from devices.alarms.homes.installed import Units, installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.reporting.register import Register
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.smoke import Smoke
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.system import Alarms
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.scenario import Scenario
from sim.system import System

BUILT: list[tuple[Site, Smoke, Supervision]] = []  # of the last run; a system is frozen, so it cannot keep what it built
QUIET = CentreParameters(care=CareParameters(per_day=0))


class SmokeAlone(System):
    """Homes that all have a smoke detector and nothing else, and a centre for them alone."""

    smoke: SmokeParameters = SmokeParameters()
    installed: InstalledParameters = InstalledParameters(more=20)
    supervision: SupervisionParameters = SupervisionParameters()
    centre: CentreParameters = QUIET

    declared = Alarms.declared

    def build(self, site: Site) -> None:
        units = only_smoke_detectors(installed(site, self.installed))
        supervision = Supervision(site, units, self.supervision)
        register = Register(site, units, supervision, Centre(site, self.centre))
        BUILT[:] = [(site, Smoke(site, units, register, supervision, self.smoke), supervision)]


def only_smoke_detectors(units: Units) -> Units:
    chosen = units.device_class == DeviceClass.SMOKE_DETECTOR
    return Units(*(getattr(units, each.name)[chosen] for each in fields(Units)))


@dataclass
class Run:
    """Samples by measure and label, columns by kind, and the marks."""

    engine: Engine
    site: Site
    smoke: Smoke
    supervision: Supervision
    samples: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    columns: dict[tuple[str, str], list[NDArray[np.generic]]] = field(default_factory=lambda: defaultdict(list))
    marks: list[str] = field(default_factory=list)

    def of(self, measure: str, where: str = "") -> NDArray[np.float64]:
        """Return the samples of a measure, of one label or of all."""
        found = [values for (name, label), values in self.samples.items() if name == f"alarms.{measure}" and where in ("", label)]
        return np.concatenate([np.zeros(0), *map(np.asarray, found)])

    def column(self, kind: str, name: str) -> NDArray[np.int64]:
        """Return a column of whole numbers of a kind, in order of time."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.columns[kind, name]]).astype(np.int64)


def run(
    smoke: SmokeParameters | None = None,
    *,
    also: Callable[["Run"], None] = lambda run: None,  # noqa: ARG005
    duration: str = "1h",
    start: str = "17:00",
    scale: float = 0.01,
    seed: int = 1,
    districts: Sequence[str] = ("Putuo",),
    incidents: Sequence[Incident] = (),
    **parameters: object,
) -> Run:
    system = SmokeAlone(smoke=smoke or SmokeParameters(), **parameters)
    scenario = Scenario(
        name="smoke",
        systems=[system],
        districts=districts,
        duration=duration,
        start=start,
        scale=scale,
        seed=seed,
        warm_up="10m",
        incidents=incidents,
    )
    engine = Engine(scenario)
    found = Run(engine, *BUILT[0])
    also(found)
    for piece in engine.slices():
        for sample in piece.samples:
            found.samples[sample.measure, sample.where].extend(np.ravel(sample.values).tolist())
        for batch in piece.batches:
            for name, values in {"time_us": batch.time_us, **batch.columns}.items():
                found.columns[batch.kind.name, name].append(values)
        found.marks += [mark.text for mark in piece.marks]
    return found
