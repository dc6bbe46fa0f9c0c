"""Parameters of gas alarms; each default is a figure.

Owns what `--set alarms.gas.<parameter>=value` may write.
"""

from typing import Self

from pydantic import model_validator

from devices.alarms.gas import figures
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import HOUR_US, SECOND_US


class GasParameters(Parameters):
    """How often, how often in earnest, and what detector and valve do: `alarms.gas.per_year=0` for none. Levels in %LEL."""

    per_year: float = from_figure(figures.RATE, ge=0, le=1_000)
    real: Share = from_figure(figures.REAL)
    low: float = from_figure(figures.LOW_LEVEL, ge=1, le=50)
    high: float = from_figure(figures.HIGH_LEVEL, ge=1, le=90)
    closed_air: float = from_figure(figures.CLOSED_AIR, ge=0.1, le=60)
    open_air: float = from_figure(figures.OPEN_AIR, ge=0.1, le=60)
    valve_fails: Share = from_figure(figures.VALVE_FAILS)
    valve_time: DurationUs = from_figure(figures.VALVE_TIME, scale=SECOND_US)
    silent: Share = from_figure(figures.SILENT)
    sample_every: DurationUs = from_figure(figures.SAMPLE_EVERY, scale=HOUR_US, ge=60 * SECOND_US)
    sample_above: DurationUs = from_figure(figures.SAMPLE_ABOVE, scale=SECOND_US, ge=SECOND_US)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse a high level that is not above the low one, and windows that let in less air than a closed kitchen has."""
        if self.high <= self.low:
            msg = f"the high level lies above the low one: {self.high:g} %LEL is not above {self.low:g}"
            raise ValueError(msg)
        if self.open_air < self.closed_air:
            msg = f"open windows let in more air than closed ones: {self.open_air:g} an hour is less than {self.closed_air:g}"
            raise ValueError(msg)
        return self
