"""Activations: zones that are tripped, each with its truth, until they are sent to the centre.

Owns the value and how cases are found out: who cancels when, and whether a second zone confirms. Why zones are tripped is the business of
`errors`, `disturbances` and `intrusions`, what becomes of an alarm that of `incidents`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from devices.alarms.burglar import figures
from devices.alarms.burglar.choices import ZoneType
from devices.alarms.burglar.panels import Panels
from devices.alarms.choices import AlarmCause, ContactId
from sim.arrays import Flags, Int, Places, Real
from sim.toolkit.table import Table
from sim.units import MINUTE_US, NEVER_US, SECOND_US

REAL_CAUSES = (AlarmCause.BURGLARY, AlarmCause.DURESS)


class Activation(NamedTuple):
    """A zone is tripped: city time, µs, NEVER_US for what does not happen; codes of `ContactId` and `AlarmCause`.

    It is sent at `sent_us` unless the code comes before; `disarm_us` is when the code comes, `second_us` when another zone is tripped.
    """

    panel: int
    zone: int
    partition: int
    code: int
    cause: int
    began_us: int
    sent_us: int
    disarm_us: int
    second_us: int
    second_zone: int
    at_home: int

    @property
    def real(self) -> bool:
        """Return whether it is in earnest."""
        return self.cause in REAL_CAUSES


class Activations:
    """The activations of a day, collected."""

    def __init__(self, panels: Panels) -> None:
        """Begin with none."""
        self._panels, self._table = panels, Table(Activation, time="sent_us")

    def add(
        self,
        panel: Places,
        *,
        zone: ArrayLike,
        partition: ArrayLike,
        code: ArrayLike,
        cause: AlarmCause,
        began_us: Int,
        sent_us: Int,
        disarm_us: Int,
        second_us: Int,
        at_home: ArrayLike,
    ) -> None:
        """Take activations as columns; those that a code comes before are not sent, and none of them is kept."""
        given = {"zone": zone, "partition": partition, "code": code, "cause": cause, "at_home": at_home}
        # Motion detectors follow: the second zone is one of them, and never the first.
        second_zone, _ = self._panels.zone(panel, ZoneType.INTERIOR, np.zeros(len(panel)))
        columns = {
            "panel": panel,
            "began_us": began_us,
            "sent_us": sent_us,
            "disarm_us": disarm_us,
            "second_us": np.where(second_us < disarm_us, second_us, NEVER_US),
            "second_zone": np.where(second_zone == zone, self._panels.perimeter[panel] + 1, second_zone),
            **{name: np.broadcast_to(value, len(panel)) for name, value in given.items()},
        }
        sent = disarm_us > sent_us
        self._table.extend(**{name: column[sent] for name, column in columns.items()})

    def since(self, at_us: int) -> list[Activation]:
        """Return those that are sent at an instant or later."""
        rows = self._table.rows
        return [Activation(*row) for row in rows[rows["sent_us"] >= at_us].tolist()]


def second_us(first_us: Int, confirmed: Flags, normal: Real) -> Int:
    """Return when a second zone is tripped, where that confirms the first, from a normal draw each."""
    after_us = float(figures.SECOND) * SECOND_US * np.exp(float(figures.SECOND_SIGMA) * normal)
    return np.where(confirmed, first_us + after_us.astype(np.int64), NEVER_US)


def cancel_us(normal: Real, window_us: int) -> Int:
    """Return how long after an alarm was sent the user cancels it, at most as long as that can be done, from a normal draw each."""
    after_us = float(figures.CANCEL_AFTER) * SECOND_US * np.exp(float(figures.CANCEL_SIGMA) * normal)
    return np.minimum(after_us, window_us).astype(np.int64)


def reset_us(normal: Real, window_us: int) -> Int:
    """Return how long after an alarm was sent somebody there who does not cancel it enters the code, from a normal draw each."""
    after_us = float(figures.RESET_AFTER) * MINUTE_US * np.exp(float(figures.CANCEL_SIGMA) * normal)
    return window_us + np.maximum(after_us, MINUTE_US).astype(np.int64)


def perimeter_or_interior(interior: Flags) -> Int:
    """Return the code of each activation, by the zone that it is of."""
    return np.where(interior, ContactId.INTERIOR, ContactId.PERIMETER)
