"""Parameters of burglar alarms; each default is a figure.

Owns what `--set alarms.burglar.<parameter>=value` may write.
"""

from devices.alarms.burglar import figures
from sim.parameters import Parameters, Share, from_figure


class BurglarParameters(Parameters):
    """How often, and how often in earnest: `alarms.burglar.per_year=0` for none."""

    per_year: float = from_figure(figures.RATE, ge=0, le=1_000)
    real: Share = from_figure(figures.REAL)
