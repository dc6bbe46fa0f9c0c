"""A centre alone in a city: what tests of the centre run."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.alarms.burglar.load import load as burglar_load
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.centre import DECLARED, Centre
from devices.alarms.centre.loads import Load
from devices.alarms.centre.parameters import CareParameters, CentreParameters, ResponderParameters, Shift
from devices.alarms.choices import AlarmType
from devices.alarms.gas.load import load as gas_load
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.personal.load import load as personal_load
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.smoke.load import load as smoke_load
from devices.alarms.smoke.parameters import SmokeParameters
from sim.city.declared import Declared
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.people_figures import PEOPLE_FIGURES
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.batches import Batch, Slice
from sim.scenario import Scenario
from sim.system import System

HUBS = 0.009
LOADS = {
    AlarmType.BURGLAR: burglar_load(0.02, BurglarParameters()),
    AlarmType.SMOKE: smoke_load(0.10, SmokeParameters()),
    AlarmType.GAS: gas_load(0.10, GasParameters()),
    AlarmType.PERSONAL: personal_load(HUBS, PersonalParameters()),
}
NO_CARE = CareParameters(per_day=0)
ROUND_THE_CLOCK = (Shift(begins="00:00", lasting="24h"),)  # type: ignore[arg-type]  # read as text

OPENED: list[Centre] = []  # of the last run; a system is frozen, so it cannot keep what it built


class Alone(System):
    """A centre, and whoever raises cases by `raises`."""

    centre: CentreParameters = CentreParameters()
    loads: tuple[Load, ...] = ()
    raises: Callable[[Site, Centre], None] = lambda site, centre: None  # noqa: ARG005

    declared = Declared("alone", figures=PEOPLE_FIGURES + DEMAND_FIGURES) + DECLARED

    def build(self, site: Site) -> None:
        OPENED[:] = [Centre(site, self.centre, self.loads)]
        self.raises(site, OPENED[0])


def empty(operators: int, **changes: object) -> CentreParameters:
    """Return a centre that nobody calls by itself, with so many operators round the clock, trained for all, without breaks."""
    return CentreParameters(
        **{
            "operators": operators,
            "care_trained": 1.0,
            "shifts": ROUND_THE_CLOCK,
            "break_lasting": 0,
            "care": NO_CARE,
            "responders": ResponderParameters(),
            **changes,
        }
    )


@dataclass
class Run:
    """A run with its centre, samples by measure and label, and rows by kind."""

    centre: Centre
    pieces: list[Slice]
    samples: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def of(self, measure: str, where: str = "") -> NDArray[np.float64]:
        """Return the samples of a measure, of one label or of all."""
        found = [values for (name, label), values in self.samples.items() if name == f"alone.{measure}" and where in ("", label)]
        return np.concatenate([np.zeros(0), *map(np.asarray, found)])

    def rows(self, kind: str) -> list[Batch]:
        return [batch for piece in self.pieces for batch in piece.batches if batch.kind.name == kind]


def run(
    centre: CentreParameters,
    raises: Callable[[Site, Centre], None] | None = None,
    *,
    duration: str = "1h",
    start: str = "00:00",
    warm_up: str = "0s",
    scale: float = 0.01,
    seed: int = 1,
    districts: tuple[str, ...] = ("Xuhui",),
    loads: tuple[Load, ...] = (),
) -> Run:
    system = Alone(centre=centre, loads=loads, **({"raises": raises} if raises else {}))
    scenario = Scenario(
        name="alone", systems=(system,), districts=districts, duration=duration, start=start, warm_up=warm_up, scale=scale, seed=seed
    )
    pieces = list(Engine(scenario).slices())
    found = Run(OPENED[0], pieces)
    for piece in pieces:
        for sample in piece.samples:
            found.samples[sample.measure, sample.where].extend(np.ravel(sample.values).tolist())
    return found
