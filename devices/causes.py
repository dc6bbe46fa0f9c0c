"""Causes: the words by which systems hear each other. They share these and nothing else; no system imports another.

Owns the vocabulary: what systems tell, and the incidents that a scenario tells. A script may bring words of its own.
"""

from sim.city.causes import Cause
from sim.events.kinds import flag, integer, real, text

_WHERE = (real("latitude", "deg", 6), real("longitude", "deg", 6))

BOARDING = Cause(
    "boarding",
    doc="a rider steps into a bus; by_card says how the fare is paid",
    fields=(text("vehicle"), text("route"), text("stop"), *_WHERE, flag("by_card")),
)
ALIGHTING = Cause("alighting", doc="a rider leaves a bus at a stop", fields=(text("vehicle"), text("route"), text("stop"), *_WHERE))
_PASSAGE = (text("station"), text("line"), *_WHERE, flag("by_card"), integer("journey", doc="the same number when one enters and leaves"))

METRO_ENTRY = Cause(
    "metro_entry", doc="somebody passes a gate into a metro station, to ride on a line; by_card says how the fare is paid", fields=_PASSAGE
)
METRO_EXIT = Cause(
    "metro_exit",
    doc="somebody passes a gate out of a metro station, after a ride on a line; distance_km is the track of the best trip",
    fields=(*_PASSAGE, real("distance_km", "km", 1)),
)

# Incidents of a scenario, by the word that systems hear.
STORM = "storm"  # slower roads, more faults
BREAKDOWN = "breakdown"  # a share of the vehicles on the road
POWER_CUT = "power_cut"  # no mains
GAS_LEAK = "gas_leak"
ROAD_CLOSED = "road_closed"
LINE_DOWN = "line_down"  # a metro line stands still
