"""Outage: a morning with a storm and a network outage in two districts, and messages that go wrong."""

from devices import SYSTEMS
from sim.city.incidents import Incident
from sim.city.profile import ProfileStage
from sim.play.faults import Faults
from sim.scenario import Scenario

scenario = Scenario(
    name="outage",
    title="Outage: ten minutes without the mobile network, under a storm",
    doc="Devices keep what they cannot send and hand it over afterwards; signs go stale; buses slow down and bunch.",
    systems=SYSTEMS,
    start="07:00",
    duration="1h",
    scale=0.01,
    profile=(
        ProfileStage(name="before", lasting="15m"),
        ProfileStage(name="rush", lasting="30m", multiplier=1.3),
        ProfileStage(name="after", lasting="15m"),
    ),
    incidents=(
        Incident(what="storm", after="10m", lasting="35m", severity=0.6),
        Incident(what="outage", after="20m", lasting="10m", districts=("Pudong", "Minhang")),
        Incident(what="breakdown", after="25m", lasting="20m", within="5m", severity=0.05),
    ),
    faults=Faults(duplicated=0.002, late=0.005, malformed=0.0005),
)
