"""My first scenario: the buses of a small city, and street lamps of my own.

Run it with `citybeat run THIS_FILE` or `python THIS_FILE`. Change a number, run again, compare the verdicts.
Everything a parameter can be is shown by `citybeat scenarios show THIS_FILE`.
"""

import sys

import numpy as np

from citybeat import Incident, Objective, ProfileStage, Scenario, Statistic, main
from citybeat.systems import (
    SECOND_US,
    Choice,
    Columns,
    Count,
    Declared,
    Draws,
    DurationUs,
    Field,
    Figure,
    Grade,
    Kind,
    Link,
    Measure,
    Reports,
    Share,
    Site,
    System,
    auto,
    choice,
    real,
    report,
)
from devices import Buses


# --- A system of my own -------------------------------------------------------------------------------------------------
class LampState(Choice):
    """What a lamp can be."""

    ON = auto()
    BROKEN = auto()


# A kind is a schema: it is also the topic, the table in the store and the word on the board. `tag` marks what one groups by.
LAMP = Kind("lamp", doc="a lamp reports its power", qos=0, fields=(choice("lamp_state", LampState, tag=True), real("power_w", "W", 1)))
BURNING = Measure("burning", unit="share", doc="lamps that are not broken")
POWER = Figure("power of a lamp", value=80, unit="W", grade=Grade.K, source="assumption: a 10 m street lamp with LEDs")


class Lamps(System):
    """Street lamps: so many in each district, each reporting every `interval` (also: `--set lamps.count=50`)."""

    count: int = Field(default=20, ge=0, le=10_000)
    interval: DurationUs = Field(default=30 * SECOND_US, gt=0)
    broken_share: Share = 0.02

    declared = Declared(
        "lamps",
        kinds=(LAMP,),
        measures=(BURNING,),
        objectives=(BURNING.share(at_least=0.9),),
        figures=(POWER,),
        census=(Count("lamp", LampState),),
        link=Link(latency_us=50_000, sigma=0.5),
    )

    def build(self, site: Site) -> None:
        """Put the lamps into the city, some of them broken, and let them report: columns, no loop over events."""
        lamps = site.install("lamp", each_district=self.count)
        broken = Draws(site, "broken").uniform("share", 0, 1)[:, 0] < self.broken_share
        state = np.where(broken, LampState.BROKEN, LampState.ON)

        def columns(reports: Reports) -> Columns:
            now = state[reports.device]
            site.sample(BURNING, now == LampState.ON)
            noise_w = reports.rng.standard_normal(len(reports))
            return {"lamp_state": now, "power_w": np.where(now == LampState.ON, float(POWER) + noise_w, 0.0)}

        report(site, LAMP, lamps, self.interval, columns)
        site.each_slice(lambda _: site.count_states("lamp", lamps, state))


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
    objectives=[Objective("pipeline.stored_from_due", Statistic.P50, at_most=1.5, source="my own wish")],
)

if __name__ == "__main__":
    sys.exit(main(scenario))
