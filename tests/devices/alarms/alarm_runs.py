"""Cities with nothing but alarm devices, and everything that they left as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.alarms.system import Alarms
from sim.city.incidents import Incident
from sim.engine.engine import Engine
from sim.events.batches import CensusRow
from sim.scenario import Scenario

HERE = "Putuo"


@dataclass(slots=True)
class Left:
    """Columns of each kind, with `time_us`, `release_us` and `device`; samples by measure and label; the census by slice."""

    engine: Engine
    columns: dict[str, dict[str, NDArray[np.generic]]] = field(default_factory=dict)
    samples: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    census: list[tuple[CensusRow, ...]] = field(default_factory=list)

    def __getitem__(self, kind: str) -> dict[str, NDArray[np.generic]]:
        return self.columns[kind]

    def names(self, devices: NDArray[np.generic]) -> list[str]:
        roster = self.engine.city.roster("alarms")
        return [roster.names[int(device)] for device in devices]

    def about(self, codes: NDArray[np.generic]) -> list[str]:
        names = self.engine.city.names("about")
        return [names[int(code)] for code in codes]


def ran(
    alarms: Alarms | None = None,
    *,
    districts: Sequence[str] = (HERE,),
    hours: float = 1,
    scale: float = 0.02,
    seed: int = 1,
    incidents: Sequence[Incident] = (),
) -> Left:
    engine = Engine(
        Scenario(
            name="alarms",
            systems=[alarms or Alarms()],
            districts=districts,
            duration=f"{round(hours * 60)}m",
            scale=scale,
            seed=seed,
            start="18:00",
            incidents=incidents,
        )
    )
    left = Left(engine)
    found: dict[tuple[str, str], list[NDArray[np.generic]]] = {}
    taken: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for piece in engine.slices():
        left.census.append(piece.census)
        for batch in piece.batches:
            own = {"time_us": batch.time_us, "release_us": batch.release_us, "device": batch.device}
            for name, column in {**own, **batch.columns}.items():
                found.setdefault((batch.kind.name, name), []).append(column)
        for sample in piece.samples:
            taken.setdefault((sample.measure, sample.where), []).append(sample.values)
    for (kind, name), columns in found.items():
        left.columns.setdefault(kind, {})[name] = np.concatenate(columns)
    left.samples = {key: np.concatenate(values) for key, values in taken.items()}
    return left


def is_share(found: float, expected: float, count: int, sigmas: float = 4.0) -> bool:
    """Return whether a share found among so many lies within its confidence interval: `sigmas` standard errors."""
    return bool(abs(found - expected) <= sigmas * np.sqrt(expected * (1.0 - expected) / count) + 1e-12)
