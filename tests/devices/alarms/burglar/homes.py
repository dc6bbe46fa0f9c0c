"""Homes with burglar alarms and nothing else: a city whose other homes do not call, and days that are drawn without a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from devices.alarms.burglar.activations import Activation
from devices.alarms.burglar.arming import Armings
from devices.alarms.burglar.burglar import Burglar
from devices.alarms.burglar.panels import Panels, panels
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.burglar.plan import Plan
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.parameters import CareParameters, CentreParameters
from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.system import DECLARED
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.batches import CensusRow
from sim.events.digests import digest_of
from sim.scenario import Scenario
from sim.system import System, Timing
from sim.units import HOUR_US
from tests.devices.buses.timetabled import a_site

HERE = "Putuo"
MONDAY = date(2015, 3, 2)
EVERYWHERE = InstalledParameters(more=30)  # a panel in six homes of ten and more
CALM = SupervisionParameters(line_troubles_per_day=0, mains_losses_per_year=0, neglected_batteries=0, jams_per_year=0)
OPENED: list[Burglar] = []


class Burgled(System):
    """Homes with panels, a centre that nobody else calls, and nothing that smells or burns."""

    burglar: BurglarParameters = BurglarParameters()
    installed: InstalledParameters = EVERYWHERE

    declared = DECLARED

    def timing(self, day: object) -> Timing:  # noqa: ARG002 - the contract's
        return Timing(warm_up_us=2 * HOUR_US)

    def build(self, site: Site) -> None:
        units = installed(site, self.installed)
        supervision = Supervision(site, units, CALM)
        register = Register(site, units, supervision, Centre(site, CentreParameters(care=CareParameters(per_day=0))))
        OPENED[:] = [Burglar(site, units, register, self.burglar)]


@dataclass(slots=True)
class Seen:
    """What a run left: columns by kind, samples by measure, the census by slice."""

    engine: Engine
    burglar: Burglar
    columns: dict[str, dict[str, NDArray[np.generic]]] = field(default_factory=dict)
    samples: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    census: list[tuple[CensusRow, ...]] = field(default_factory=list)
    digest: str = ""

    def of(self, measure: str, where: str = "") -> NDArray[np.float64]:
        return self.samples.get((f"alarms.{measure}", where), np.zeros(0))


def seen(
    parameters: BurglarParameters | None = None,
    *,
    hours: float = 24,
    scale: float = 0.003,
    districts: Sequence[str] = (HERE,),
    start: str = "00:00",
    seed: int = 1,
    incidents: Sequence[Incident] = (),
) -> Seen:
    system = Burgled(burglar=parameters or BurglarParameters())
    scenario = Scenario(
        name="burgled",
        systems=[system],
        districts=districts,
        duration=f"{round(hours * 60)}m",
        scale=scale,
        seed=seed,
        start=start,
        incidents=incidents,
    )
    engine = Engine(scenario)
    found = Seen(engine, OPENED[0])
    pieces = list(engine.slices())
    found.digest = digest_of(pieces)
    rows: dict[tuple[str, str], list[NDArray[np.generic]]] = {}
    taken: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for piece in pieces:
        found.census.append(piece.census)
        for batch in piece.batches:
            for name, column in {"time_us": batch.time_us, "district": batch.district, **batch.columns}.items():
                rows.setdefault((batch.kind.name, name), []).append(column)
        for sample in piece.samples:
            taken.setdefault((sample.measure, sample.where), []).append(np.ravel(sample.values))
    for (kind, name), columns in rows.items():
        found.columns.setdefault(kind, {})[name] = np.concatenate(columns)
    found.samples = {key: np.concatenate(values) for key, values in taken.items()}
    return found


class NoRegister:
    """Stands for the register where days are only drawn."""

    def home(self, unit: int) -> str:
        return f"home-{unit}"

    def devices(self, units: NDArray[np.intp]) -> NDArray[np.int32]:
        return units.astype(np.int32)


def drawn(
    parameters: BurglarParameters | None = None,
    *,
    days: int = 7,
    districts: Sequence[str] = (HERE,),
    scale: float = 0.05,
    incidents: Sequence[Incident] = (),
) -> tuple[Panels, list[Activation], Armings]:
    """Return the panels of a city, and what trips them on so many days from a Monday."""
    parameters = parameters or BurglarParameters()
    site = Site(a_site(districts, hour=0, scale=scale, incidents=incidents).city, DECLARED)
    of_homes = panels(site, installed(site, EVERYWHERE), parameters)
    armings = Armings(site, NoRegister(), of_homes)  # type: ignore[arg-type]  # all that it asks for
    plan = Plan(site, of_homes, armings, parameters)
    found = [each for number in range(days) for each in plan.draw(MONDAY + timedelta(days=number)).since(0)]
    return of_homes, found, armings
