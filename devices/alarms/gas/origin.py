"""The origin: where gas comes from.

Owns what an episode must know of it. How much gas there is draw `sources` and `riser`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from devices.alarms.choices import AlarmCause


@dataclass(slots=True)
class Origin:
    """Where gas comes from: the kitchen itself, or a riser of the building. A fault is a sensor that shows what is not there.

    `amount` in %LEL a second, of a fault in %LEL. Whose gas comes from outside is isolated there (`isolate`), and by no valve of its own.
    `is_attended` says whether the utility is asked for already, so that nobody further need be sent.
    """

    cause: AlarmCause
    amount: float
    isolate: Callable[[], None] | None = None
    is_attended: Callable[[], bool] = lambda: False

    @property
    def is_real(self) -> bool:
        """Return whether there is gas."""
        return self.cause is AlarmCause.GAS_LEAK

    @property
    def is_fault(self) -> bool:
        """Return whether there is nothing in the air at all."""
        return self.cause is AlarmCause.SENSOR_FAULT
