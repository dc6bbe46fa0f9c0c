"""Parameters of supervision; each default is a figure.

Owns what `--set alarms.supervision.<parameter>=value` may write.
"""

from pydantic import field_validator

from devices.alarms.supervision import figures
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import HOUR_US, MINUTE_US, SECOND_US, duration_text


class SupervisionParameters(Parameters):
    """How devices are watched over, and what befalls them: `alarms.supervision.line_troubles_per_day=0.2`."""

    spare: float = from_figure(figures.SPARE, ge=0.01, le=0.5)
    attempts: int = from_figure(figures.ATTEMPTS, ge=1, le=9)
    attempt_loss: Share = from_figure(figures.ATTEMPT_LOSS)
    reconnect: DurationUs = from_figure(figures.RECONNECT, scale=SECOND_US)
    periodic_test: DurationUs = from_figure(figures.PERIODIC_TEST, scale=HOUR_US)
    line_troubles_per_day: float = from_figure(figures.LINE_TROUBLES, ge=0, le=1)
    line_trouble: DurationUs = from_figure(figures.LINE_TROUBLE, scale=HOUR_US)
    jams_per_year: float = from_figure(figures.JAMS, ge=0, le=365)
    jam: DurationUs = from_figure(figures.JAM, scale=MINUTE_US)
    mains_losses_per_year: float = from_figure(figures.MAINS_LOSSES, ge=0, le=365)
    mains_loss: DurationUs = from_figure(figures.MAINS_LOSS, scale=MINUTE_US)
    mains_report: DurationUs = from_figure(figures.MAINS_REPORT, scale=MINUTE_US)
    gateways_on_reserve: Share = from_figure(figures.GATEWAYS_ON_RESERVE)
    neglected_batteries: Share = from_figure(figures.NEGLECTED)

    @field_validator("periodic_test")
    @classmethod
    def _none_or_not_all_the_time(cls, given_us: int) -> int:
        if 0 < given_us < MINUTE_US:
            msg = f"no panel tests every {duration_text(given_us)}: write 1m or more, or 0s for none"
            raise ValueError(msg)
        return given_us
