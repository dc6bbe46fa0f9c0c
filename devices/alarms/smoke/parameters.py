"""Parameters of smoke alarms; each default is a figure.

Owns what `--set alarms.smoke.<parameter>=value` may write.
"""

from devices.alarms.smoke import figures
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import SECOND_US


class SmokeParameters(Parameters):
    """How often, how often in earnest, and how detectors verify: `alarms.smoke.per_year=0` for none."""

    per_year: float = from_figure(figures.RATE, ge=0, le=100)
    real: Share = from_figure(figures.REAL)
    second_detectors: Share = from_figure(figures.SECOND)
    verification: DurationUs = from_figure(
        figures.VERIFICATION, scale=SECOND_US, description="from pre-alarm to alarm; the share silenced meanwhile follows from the rate"
    )
