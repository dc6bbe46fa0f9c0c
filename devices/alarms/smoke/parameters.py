"""Parameters of smoke alarms; each default is a figure.

Owns what `--set alarms.smoke.<parameter>=value` may write.
"""

from devices.alarms.smoke import figures
from sim.parameters import Parameters, Share, from_figure


class SmokeParameters(Parameters):
    """How often, and how often in earnest: `alarms.smoke.per_year=0` for none."""

    per_year: float = from_figure(figures.RATE, ge=0, le=1_000)
    real: Share = from_figure(figures.REAL)
