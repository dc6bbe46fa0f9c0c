"""Parameters of gas alarms; each default is a figure.

Owns what `--set alarms.gas.<parameter>=value` may write.
"""

from devices.alarms.gas import figures
from sim.parameters import Parameters, Share, from_figure


class GasParameters(Parameters):
    """How often, and how often in earnest: `alarms.gas.per_year=0` for none."""

    per_year: float = from_figure(figures.RATE, ge=0, le=1_000)
    real: Share = from_figure(figures.REAL)
