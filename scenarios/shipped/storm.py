"""Storm: an evening of weather over both systems: mains and lines fail, a district goes dark and comes back all at once, buses crawl."""

from devices import Alarms, Buses
from sim.city.incidents import Incident
from sim.scenario import Scenario

scenario = Scenario(
    name="storm",
    title="Storm: an evening of false alarms, lost lines and slow buses",
    doc=(
        "Wind and water raise alarms, mains and lines fail here and there, and a feeder takes most of Yangpu with it. Panels go on from "
        "their batteries and over the air; once the feeder is back, all that was silent reports within minutes. Buses slow down. "
        "Not every promise holds in such weather."
    ),
    systems=(Buses(), Alarms()),
    start="17:00",
    duration="1h",
    scale=0.01,
    incidents=(
        Incident(what="storm", after="10m", lasting="40m", severity=0.6),
        Incident(what="power_cut", after="20m", lasting="15m", districts=("Yangpu",), severity=0.8),
    ),
)
