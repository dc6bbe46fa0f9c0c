"""Parameters of burglar alarms; each default is a figure.

Owns what `--set alarms.burglar.<parameter>=value` may write.
"""

from typing import Self

from pydantic import ValidationInfo, field_validator, model_validator

from devices.alarms.burglar import figures
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import HOUR_US, MINUTE_US, SECOND_US, duration_text

# What panels take, from and to; an absence of 15 min has room for all of it.
LIMITS_US = {
    "auto_arm_after": (MINUTE_US, 10 * HOUR_US),
    "exit_delay": (SECOND_US, round(figures.EXIT_DELAY.high or 0) * SECOND_US),
    "entry_delay": (SECOND_US, round(figures.ENTRY_DELAY.high or 0) * SECOND_US),
    "abort_window": (0, round(figures.ABORT_WINDOW.high or 0) * SECOND_US),
    "cancel_window": (SECOND_US, 5 * MINUTE_US),
}


class BurglarParameters(Parameters):
    """How homes arm, what their panels allow, how often an alarm comes and how often in earnest: `alarms.burglar.per_year=0` for none."""

    per_year: float = from_figure(figures.RATE, ge=0, le=10)
    real: Share = from_figure(figures.REAL)
    arms: Share = from_figure(figures.ARMS)
    arms_at_night: Share = from_figure(figures.ARMS_AT_NIGHT)
    auto_arm: Share = from_figure(figures.AUTO_ARM)
    auto_arm_after: DurationUs = from_figure(figures.AUTO_ARM_AFTER, scale=MINUTE_US)
    exit_delay: DurationUs = from_figure(figures.EXIT_DELAY, scale=SECOND_US)
    entry_delay: DurationUs = from_figure(figures.ENTRY_DELAY, scale=SECOND_US)
    abort_window: DurationUs = from_figure(figures.ABORT_WINDOW, scale=SECOND_US)
    cancel_window: DurationUs = from_figure(figures.CANCEL_WINDOW, scale=MINUTE_US)
    swinger: int = from_figure(figures.SWINGER, ge=1, le=6)

    @field_validator(*LIMITS_US)
    @classmethod
    def _as_panels_take_it(cls, given_us: int, info: ValidationInfo) -> int:
        least_us, most_us = LIMITS_US[info.field_name or ""]
        if not least_us <= given_us <= most_us:
            msg = f"no panel takes {duration_text(given_us)}: write {duration_text(least_us)} to {duration_text(most_us)}"
            raise ValueError(msg)
        return given_us

    @model_validator(mode="after")
    def _somebody_arms(self) -> Self:
        """Refuse alarms of panels that nobody arms: there is no arming to which they could belong."""
        if self.per_year and not self.arms:
            msg = f"{self.per_year:g} alarms a system and year and nobody who arms (arms=0): write per_year=0 too, or arms=1% and more"
            raise ValueError(msg)
        return self
