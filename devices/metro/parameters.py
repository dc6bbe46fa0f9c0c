"""Parameters of the metro; each default is a figure.

Owns what `--set metro.<family>.<parameter>=value` may write.
"""

from pydantic import Field

from devices.metro import figures
from devices.metro.lines import LINES
from sim.parameters import Parameters, Share, from_figure


class RiderParameters(Parameters):
    """Who rides, and what they hold."""

    rides: float = from_figure(figures.RIDES, ge=0)
    card_share: Share = from_figure(figures.CARD_SHARE)
    storm_shift: float = from_figure(figures.STORM_SHIFT, ge=0, le=1)
    give_up: Share = from_figure(figures.GIVE_UP)


class StationParameters(Parameters):
    """Gates and platforms."""

    gate_load: float = from_figure(figures.GATE_LOAD, gt=0)
    platform: float = from_figure(figures.PLATFORM, gt=0)
    busy: Share = from_figure(figures.BUSY)


class LineParameters(Parameters):
    """Which line an incident `line_down` is about."""

    down: str = Field(default="2", pattern=f"^({'|'.join(LINES)})$", description="the line that stands still in an incident `line_down`")
