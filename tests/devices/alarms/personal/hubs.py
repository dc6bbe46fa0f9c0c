"""A district full of hubs with a centre of their own, and everything that they left as columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from devices.alarms.centre.centre import Centre
from devices.alarms.centre.parameters import CareParameters, CentreParameters, ResponderParameters
from devices.alarms.choices import AlarmState, AlarmType, DeviceClass
from devices.alarms.homes.installed import Units, installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.personal import Personal
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.system import Alarms
from sim.city.incidents import Incident
from sim.city.networks import access_links
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.scenario import Scenario

EVERYBODY = InstalledParameters(more=100)  # of those who live alone, or are disabled
NO_TROUBLE = SupervisionParameters(line_troubles_per_day=0, mains_losses_per_year=0, jams_per_year=0, neglected_batteries=0)
STAFFED = CentreParameters(operators=200, care=CareParameters(per_day=0), responders=ResponderParameters(community_units=5_000))


class Hubs(Alarms):
    """Hubs alone: the other families are silent, and nobody but these homes calls; `act` does what a test wants."""

    act: Callable[[Site, Personal], None] = lambda site, personal: None  # noqa: ARG005

    def build(self, site: Site) -> Any:  # noqa: ANN401 - the system's own is not needed
        site.connect(access_links(stores=False), *(kind for kind in self.declared.kinds if not kind.qos))
        units = only_hubs(installed(site, self.installed))
        supervision = Supervision(site, units, self.supervision)
        register = Register(site, units, supervision, Centre(site, self.centre), self.reporting)
        BUILT[:] = [Personal(site, units, register, supervision, self.personal)]
        self.act(site, BUILT[0])


BUILT: list[Personal] = []  # of the last run; a system is frozen, so it cannot keep what it built


def only_hubs(units: Units) -> Units:
    chosen = np.isin(units.device_class, (DeviceClass.CALL_HUB, DeviceClass.PENDANT, DeviceClass.PULL_CORD))
    return Units(*(getattr(units, name)[chosen] for name in Units.__dataclass_fields__))


@dataclass(slots=True)
class Left:
    """Columns of each kind, samples by measure and label, and the family as it was built."""

    personal: Personal
    engine: Engine
    columns: dict[str, dict[str, NDArray[Any]]] = field(default_factory=dict)
    samples: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    users_lying: list[int] = field(default_factory=list)

    def of(self, measure: str) -> NDArray[np.float64]:
        """Return the samples of a measure, whatever their label."""
        return np.concatenate([np.zeros(0), *(each for (name, _), each in self.samples.items() if name == f"alarms.{measure}")])

    def raised(self) -> dict[str, NDArray[Any]]:
        """Return the columns of alarms as they were raised."""
        chosen = self.columns["alarm"]["alarm_state"] == AlarmState.RAISED
        assert (self.columns["alarm"]["alarm_type"] == AlarmType.PERSONAL).all()
        return {name: column[chosen] for name, column in self.columns["alarm"].items()}

    @property
    def user_years(self) -> float:
        return len(self.personal.users) * (self.engine.city.end_us - self.engine.city.start_us) / (365 * 86_400e6)


def lived(
    personal: PersonalParameters | None = None,
    *,
    days: float = 4,
    scale: float = 0.1,
    seed: int = 1,
    districts: tuple[str, ...] = ("Putuo",),
    start: str = "00:00",
    incidents: Sequence[Incident] = (),
    **parameters: Any,  # noqa: ANN401 - families of the system
) -> Left:
    given = {"installed": EVERYBODY, "supervision": NO_TROUBLE, "centre": STAFFED, **parameters}
    system = Hubs(personal=personal or PersonalParameters(), **given)
    duration = f"{round(days * 24)}h"
    scenario = Scenario(
        name="hubs", systems=[system], districts=districts, duration=duration, scale=scale, seed=seed, start=start, incidents=incidents
    )
    engine = Engine(scenario)
    pieces = iter(engine.slices())
    first = next(pieces)
    left = Left(BUILT[0], engine)
    found: dict[tuple[str, str], list[NDArray[Any]]] = {}
    taken: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for piece in (first, *pieces):
        left.users_lying.append(sum(row.count for row in piece.census if (row.thing, row.state) == ("user", "lying")))
        for batch in piece.batches:
            for name, column in {"time_us": batch.time_us, "device": batch.device, **batch.columns}.items():
                found.setdefault((batch.kind.name, name), []).append(column)
        for sample in piece.samples:
            taken.setdefault((sample.measure, sample.where), []).append(np.ravel(sample.values))
    for (kind, name), columns in found.items():
        left.columns.setdefault(kind, {})[name] = np.concatenate(columns)
    left.samples = {key: np.concatenate(values) for key, values in taken.items()}
    return left


@cache
def busy() -> Left:
    """Return two days of 2,300 users who call 300 times a year, and fall as often as goes with it; half of the pendants detect falls."""
    return lived(PersonalParameters(per_year=300, detectors=0.5, small_devices=1), days=2, scale=0.08)
