"""Links: the network between a device and the broker, as far as it changes what was meant.

Owns the declaration of a network, of networks by device, and of their outages. What becomes of one device's events is
`sim.city.uplinks`' business; faults of messages already on the wire are `sim.play.faults`'.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sim.errors import UsageError
from sim.parameters import Micros, Share
from sim.units import duration_us, share

# How text of each number of a link is read, its least and its most.
READ: tuple[tuple[str, Callable[[str], float], float, float], ...] = (
    ("latency_us", duration_us, 0, math.inf),
    ("loss", share, 0, 1),
    ("sigma", float, 0, math.inf),
    ("catch_up", float, 1, math.inf),
)


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which nothing passes: city time, µs, end exclusive."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Link:
    """Log-normal latency (median µs, sigma of its logarithm), a share lost, and what happens in outages.

    A device has one queue: what it sends passes in order, whatever its kind. With `stores` it keeps what it cannot send and hands it
    over from the end of the outage on, oldest first, at `catch_up` times the pace at which it happened; what happens while it still
    does so queues behind. Without, events of a outage are lost.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    latency_us: Micros = 0
    sigma: float = 0.0
    loss: Share = 0.0
    stores: bool = True
    catch_up: float = 100.0

    def __post_init__(self) -> None:
        """Read what was given as text, such as `60ms` and `1%`. Raises UsageError for what no network can be."""
        for name, read, least, most in READ:
            given = getattr(self, name)
            object.__setattr__(self, name, read(given) if isinstance(given, str) else given)
            if not least <= getattr(self, name) <= most:
                msg = f"link: {name} cannot be {given!r}"
                raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Links:
    """A link for each access network that devices hang on, by the network's code; a device's is named when it is registered."""

    by_network: Mapping[int, Link]
