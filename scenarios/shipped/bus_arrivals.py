"""Bus arrival information: one morning hour of the buses of a 1 % Shanghai."""

from devices.buses.system import Buses
from sim.scenario import Scenario

scenario = Scenario(
    name="bus_arrivals",
    title="Bus arrivals: an ordinary morning hour",
    doc="About 13 lines and 165 buses from 07:00, with riders, arrival sensors, electronic stop signs and dispatchers (B1-B6).",
    systems=(Buses(),),
    start="07:00",
    duration="1h",
    scale=0.01,
)
