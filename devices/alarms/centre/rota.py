"""The rota: how many operators of each sort are on duty and on a break at any minute of the day.

Owns shifts and breaks as numbers. Who answers whom is the team's business (`sim.toolkit.teams`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from devices.alarms.centre.parameters import CentreParameters, Shift
from sim.units import DAY_US

BREAKS_FROM, BREAKS_WITHIN = 0.25, 0.5  # breaks are spread evenly over the half of a shift after its first quarter


@dataclass(frozen=True, slots=True)
class Strength:
    """Operators at work by group (alarms only, all calls), and those on a break."""

    at_work: tuple[int, int]
    on_break: int


class Rota:
    """The day of every operator; the same every day. Columns of µs after midnight, which may pass 24 h: shape (turns,)."""

    def __init__(self, parameters: CentreParameters) -> None:
        """Draw up the turns."""
        turns = np.array([turn for shift in parameters.shifts for turn in _turns(shift, parameters)], dtype=np.int64).reshape(-1, 5)
        self._begins_us, self._break_us, self._back_us, self._ends_us, cares = turns.T
        self._cares = cares.astype(bool)

    def changes_us(self) -> list[int]:
        """Return the times of day, µs after midnight in order, at which the strength changes."""
        found = np.concatenate([self._begins_us, self._break_us, self._back_us, self._ends_us])
        return sorted(set((found % DAY_US).tolist()))

    def strength(self, clock_us: int) -> Strength:
        """Return who is there at a time of day."""
        at_us = np.where(clock_us >= self._begins_us, clock_us, clock_us + DAY_US)
        on_duty = at_us < self._ends_us
        pausing = on_duty & (self._break_us <= at_us) & (at_us < self._back_us)
        at_work = on_duty & ~pausing
        return Strength((int((at_work & ~self._cares).sum()), int((at_work & self._cares).sum())), int(pausing.sum()))


def _turns(shift: Shift, parameters: CentreParameters) -> Iterator[tuple[int, int, int, int, bool]]:
    """Yield when each operator of a shift begins, has a break, is back and ends, and whether trained for emergency calls."""
    count = round(parameters.operators * shift.share) if shift.people is None else shift.people
    for number in range(count):
        begins_us = shift.begins
        break_us = begins_us + round(shift.lasting * (BREAKS_FROM + BREAKS_WITHIN * number / count))
        back_us = min(break_us + parameters.break_lasting, begins_us + shift.lasting)
        cares = int((number + 1) * parameters.care_trained) > int(number * parameters.care_trained)
        yield begins_us, break_us, back_us, begins_us + shift.lasting, cares
