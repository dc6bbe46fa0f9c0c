"""Parameters of what homes have; each default is a figure.

Owns what `--set alarms.installed.<parameter>=value` may write.
"""

from pydantic import Field

from devices.alarms.homes import figures
from sim.parameters import Parameters, Share, from_figure


class InstalledParameters(Parameters):
    """What homes have: `alarms.installed.more=2` doubles the equipment of every home, up to one of each."""

    milestone: int | None = Field(default=None, ge=2014, le=2017, description="year of the plan; none: that of the run")
    more: float = Field(default=1.0, ge=0, le=100, description="times the equipment of the figures")
    pendants: Share = from_figure(figures.PENDANTS)
    pull_cords: Share = from_figure(figures.PULL_CORDS)
    high_risk: Share = from_figure(figures.HIGH_RISK)
    highest_risk: Share = from_figure(figures.HIGHEST_RISK)
