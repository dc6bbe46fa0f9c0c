"""Occupancy: the word of GTFS-Realtime for so many people in a bus, for counters and positions alike.

Owns the steps between the words.
"""

import numpy as np
from numpy.typing import NDArray

from sim.figures import Figure

OCCUPANCY = Figure(
    "load over capacity from which a bus has few seats, standing room, crushed standing room, none",
    value=(0.2, 0.4, 0.65, 0.9),
    unit="share",
    source="assumption: 34 seats of 80 places",
)
ANYBODY = 0.5  # between nobody and one rider


def occupancy(load: NDArray[np.int64], capacity: int) -> NDArray[np.int32]:
    """Return the GTFS-Realtime word of a load: empty, many or few seats available, standing room, crushed standing, full."""
    steps = capacity * np.array(OCCUPANCY.value, dtype=np.float64)
    return np.searchsorted(np.append(ANYBODY, steps), load, side="right").astype(np.int32)
