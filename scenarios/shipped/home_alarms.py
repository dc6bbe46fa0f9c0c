"""Home alarms: a winter evening of the smart homes of a 1 % Shanghai, and of the one centre that answers them all."""

from devices.alarms.system import Alarms
from sim.scenario import Scenario

scenario = Scenario(
    name="home_alarms",
    title="Home alarms: a winter evening, 17:00 to 19:00",
    doc="People come home, cook and arm their panels; what goes off reaches the alarm centre of the whole city (A1-A5).",
    systems=(Alarms(),),
    day="2015-01-14",
    start="17:00",
    duration="2h",
    scale=0.01,
)
