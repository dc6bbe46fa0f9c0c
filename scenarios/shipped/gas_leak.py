"""Gas leak: the riser of one building leaks on a working day, and what its flats, their people and the gas utility make of it.

The building is the one of the district in which most homes have a gas detector. Another one is named in the incident:
`Incident(what="gas_leak", building="Minhang-building-00084", after="10m", lasting="2h")`.
"""

from devices.alarms.system import Alarms
from devices.causes import GAS_LEAK
from sim.city.incidents import Incident
from sim.judge.measures import Objective, Statistic
from sim.scenario import Scenario

scenario = Scenario(
    name="gas_leak",
    title="Gas leak: a riser leaks in one building",
    doc="Detectors alarm floor by floor, valves close in vain, people open windows, and the utility isolates the building (A3).",
    systems=(Alarms(),),
    day="2015-01-14",
    start="14:30",
    duration="2h",
    scale=0.01,
    districts=("Minhang",),
    incidents=(Incident(what=GAS_LEAK, districts=("Minhang",), after="10m", lasting="100m"),),
    objectives=(
        Objective("alarms.gas_response_s", Statistic.COUNT, at_least=5, source="assumption: else nobody was warned"),
        Objective("alarms.gas_peak_percent", Statistic.MAX, where="riser", at_most=100, source="assumption: explosive from there on"),
    ),
)
