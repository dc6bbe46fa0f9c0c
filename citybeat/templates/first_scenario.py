"""My first scenario: the buses of a small city, and street lamps of my own.

Run it with `citybeat run THIS_FILE` or `python THIS_FILE`. Change a number, run again, compare the verdicts.
Everything a parameter can be is shown by `citybeat scenarios show THIS_FILE`.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import auto
from typing import ClassVar

import numpy as np
from pydantic import Field

from citybeat import Incident, Measure, Objective, ProfileStage, Scenario, Statistic, main
from devices.buses.system import Buses
from sim.city.city import City
from sim.city.links import Link
from sim.events.batches import CensusRow, LiveStatus, Span
from sim.events.collector import Collector
from sim.events.kinds import Choice, Kind, choice, real
from sim.figures import Figure
from sim.parameters import DurationUs, Parameters, Share
from sim.units import SECOND_US


# --- A system of my own -------------------------------------------------------------------------------------------------
class LampState(Choice):
    """What a lamp does."""

    ON = auto()
    DIMMED = auto()
    BROKEN = auto()


# A kind is a schema: it is also the topic, the table in the store and the word on the board. `tag` marks what one groups by.
LAMP = Kind(
    "lamp",
    system="lamps",
    doc="a street lamp reports what it draws",
    plan_ids=("N18",),
    qos=0,
    fields=(choice("lamp_state", LampState, tag=True), real("power_w", "W", 1)),
)
POWER = Figure("power of a lamp", value=80, unit="W", source="assumption: a 10 m street lamp with LEDs")


class Lamps(Parameters):
    """Street lamps: so many in each district, each reporting every `interval` (also: `--set lamps.count=50`)."""

    count: int = Field(default=20, ge=0, le=10_000)
    interval: DurationUs = Field(default=30 * SECOND_US, gt=0)
    broken_share: Share = 0.02

    name: ClassVar[str] = "lamps"
    kinds: ClassVar = (LAMP,)
    measures: ClassVar = (Measure("lamps.burning", unit="share", doc="lamps that are not broken"),)
    objectives: ClassVar = (Objective("lamps.burning", Statistic.SHARE, at_least=0.95),)
    figures: ClassVar = (POWER,)

    def build(self, city: City) -> "LampInstallation":
        """Put the lamps into the city's roster."""
        roster = city.roster(self.name)
        lamps = {
            district: np.array([roster.add(f"lamp-{district}-{number}", district) for number in range(self.count)], dtype=np.int32)
            for district in city.district_names
        }
        return LampInstallation(self, city, lamps)


@dataclass
class LampInstallation:
    """The lamps standing in one city; `lamps` are device numbers by district."""

    parameters: Lamps
    city: City
    lamps: dict[str, np.ndarray]

    def emit(self, span: Span, out: Collector) -> None:
        """Report every lamp of the slice as columns: no loop over events."""
        times = np.arange(span.start_us, span.end_us, self.parameters.interval)
        for district, lamps in self.lamps.items():
            rng = self.city.streams.child(district, "lamps", "power", span.index)
            count = len(times) * len(lamps)
            broken = rng.random(count) < self.parameters.broken_share
            power_w = np.where(broken, 0.0, float(POWER) + rng.standard_normal(count))
            columns = {"lamp_state": np.where(broken, LampState.BROKEN, LampState.ON).astype(np.int32), "power_w": power_w}
            out.rows(LAMP, np.repeat(times, len(lamps)), np.tile(lamps, len(times)), columns)
            out.sample("lamps.burning", ~broken)

    def census(self, _span: Span) -> Iterable[CensusRow]:
        """Say what is in which state now."""
        return [CensusRow("lamps", "lamp", "installed", district, len(lamps)) for district, lamps in self.lamps.items()]

    def live_status(self, _span: Span) -> LiveStatus | None:
        """Say in a line what a person should see."""
        return LiveStatus("Lamps", f"{sum(map(len, self.lamps.values()))} in {len(self.lamps)} districts")

    def link(self, _kind: Kind) -> Link:
        """Return the network of the lamps: 50 ms, log-normal."""
        return Link(latency_us=50_000, sigma=0.5)


# --- What happens -------------------------------------------------------------------------------------------------------
scenario = Scenario(
    name="first",
    title="My first scenario",
    systems=[Buses(), Lamps()],
    districts=["Xuhui", "Changning"],  # leave it out for all 17
    scale=0.02,  # of the whole city
    start="07:30",
    duration="20m",
    speed=60,
    profile=[ProfileStage(name="calm", lasting="10m"), ProfileStage(name="rush", lasting="10m", multiplier=1.5)],
    incidents=[Incident(what="storm", after="12m", lasting="5m", severity=0.5)],
    objectives=[Objective("pipeline.stored_from_due", Statistic.P95, at_most=2.0, source="my own wish")],
)

if __name__ == "__main__":
    sys.exit(main(scenario))
