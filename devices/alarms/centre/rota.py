"""The rota: how many operators of each sort are on duty and on a break at any minute of the day.

Owns shifts and breaks as numbers. Who answers whom is the team's business (`sim.toolkit.teams`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.alarms.centre.parameters import CentreParameters, Shift
from sim.units import DAY_US

BREAKS_FROM, BREAKS_WITHIN = 0.25, 0.5  # breaks are spread evenly over the half of a shift after its first quarter


@dataclass(frozen=True, slots=True)
class Strength:
    """Operators at work by group (alarms only, all calls), and those on a break."""

    at_work: tuple[int, int]
    on_break: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One operator's day: µs after midnight, which may pass 24 h, and whether trained for emergency calls."""

    begins_us: int
    break_us: int
    back_us: int
    ends_us: int
    cares: bool

    def covers(self, clock_us: int) -> tuple[bool, bool]:
        """Return whether on duty and whether on a break at a time of day."""
        at_us = clock_us if clock_us >= self.begins_us else clock_us + DAY_US
        return at_us < self.ends_us, self.break_us <= at_us < self.back_us


class Rota:
    """The day of every operator; the same every day."""

    def __init__(self, parameters: CentreParameters) -> None:
        """Draw up the turns."""
        self.turns = [turn for shift in parameters.shifts for turn in _turns(shift, parameters)]

    def changes_us(self) -> list[int]:
        """Return the times of day, µs after midnight in order, at which the strength changes."""
        return sorted({each % DAY_US for turn in self.turns for each in (turn.begins_us, turn.break_us, turn.back_us, turn.ends_us)})

    def strength(self, clock_us: int) -> Strength:
        """Return who is there at a time of day."""
        at_work, on_break = [0, 0], 0
        for turn in self.turns:
            on_duty, pausing = turn.covers(clock_us)
            on_break += on_duty and pausing
            at_work[turn.cares] += on_duty and not pausing
        return Strength((at_work[0], at_work[1]), on_break)


def _turns(shift: Shift, parameters: CentreParameters) -> Iterator[Turn]:
    count = round(parameters.operators * shift.share)
    for number in range(count):
        begins_us = shift.begins
        break_us = begins_us + round(shift.lasting * (BREAKS_FROM + BREAKS_WITHIN * number / count))
        back_us = min(break_us + parameters.break_lasting, begins_us + shift.lasting)
        cares = int((number + 1) * parameters.care_trained) > int(number * parameters.care_trained)
        yield Turn(begins_us, break_us, back_us, begins_us + shift.lasting, cares)
