"""Shanghai: every system that stands in `devices/`, one hour from 07:00 of a 1 % city."""

from devices import SYSTEMS
from sim.scenario import Scenario

scenario = Scenario(
    name="shanghai",
    title="Shanghai: a 1 % city on a Monday morning",
    doc="All systems of the action outline that are built, together: what happens in one is heard by the others.",
    systems=SYSTEMS,
    start="07:00",
    duration="1h",
    scale=0.01,
)
