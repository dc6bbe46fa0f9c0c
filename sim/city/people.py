"""People: everybody who lives in a city, the same for every system that asks.

Owns the door: a district is settled at the first question about it and kept, so a run that does not ask pays and draws nothing. What a
person does in a day is `sim.city.days`' business, what stands in a home (panels, meters, cards) the systems'.
"""

from dataclasses import dataclass, field

from sim.city.districts import BY_NAME, share_out
from sim.city.people_figures import HOMES
from sim.city.residents import Residents
from sim.city.settling import Settlement
from sim.errors import UsageError
from sim.streams import Streams
from sim.units import nearest


@dataclass(slots=True)
class People:
    """All who live in a city at a scale; `year` decides over what their homes reach the network."""

    streams: Streams
    scale: float
    year: int
    _known: dict[str, Residents] = field(default_factory=dict)

    def of(self, district: str) -> Residents:
        """Return who lives in a district: drawn at the first question. Raises UsageError where nobody is known to live."""
        if district not in self._known:
            if district not in BY_NAME:
                msg = f"nobody is known to live in {district!r}{nearest(district, BY_NAME)}: people live in {', '.join(BY_NAME)}"
                raise UsageError(msg)
            homes = share_out(float(HOMES) * self.scale)[district]
            self._known[district] = Settlement(BY_NAME[district], homes, self.year, self.streams).residents()
        return self._known[district]
