"""Reports of departures on their way to the centre: nothing is known there before the network has let it pass.

Owns the waiting. When an event passes is the uplinks' business, what a departure means `centre.py`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

from devices.buses.driving.bus import Bus
from devices.buses.journal import MOVED_US
from sim.city.uplinks import Uplinks
from sim.events.batches import WITHHELD
from sim.figures import Figure
from sim.units import NEVER_US

LOOK = Figure("how often the centre looks at what has come in", value=1, unit="s", low=0.1, high=10)
INCOMING_FIGURES = (LOOK,)
LOOK_US = LOOK.us

Report = tuple[int, int, Bus, int, int]  # known, seen, bus, place, load


@dataclass(slots=True)
class Incoming:
    """Takes reports when they are made and hands them to `hear` (bus, place, seen, known, load) in order, once they are known."""

    env: simpy.Environment
    uplinks: Uplinks
    hear: Callable[[Bus, int, int, int, int], None]
    _waiting: dict[int, list[Report]] = field(default_factory=dict)

    def send(self, bus: Bus, place: int, seen_us: int, delay_us: int) -> int:
        """Send the report of a departure; return when the centre knows it, `delay_us` after it passed, or NEVER_US."""
        passed_us = self.uplinks.passed(bus.vehicle.device, seen_us + MOVED_US, seen_us)
        if passed_us == WITHHELD:
            return NEVER_US
        known_us = passed_us + delay_us
        look = -(-known_us // LOOK_US)
        waiting = self._waiting.get(look)
        if waiting is None:
            waiting = self._waiting[look] = []
            looked = self.env.timeout(look * LOOK_US - int(self.env.now))
            looked.callbacks.append(self._look)
        waiting.append((known_us, seen_us, bus, place, bus.load))
        return known_us

    def _look(self, _looked: simpy.Event) -> None:
        now_us = int(self.env.now)
        for _, seen_us, bus, place, load in sorted(self._waiting.pop(now_us // LOOK_US), key=_known):
            self.hear(bus, place, seen_us, now_us, load)


def _known(report: Report) -> int:
    return report[0]
