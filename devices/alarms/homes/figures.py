"""Figures of what homes have: who has which device, and how well it is watched over.

Owns the numbers with grade and source. What is made of them is `installed`'s business.
"""

from sim.figures import Figure, Grade

# What homes have. Tuples follow `UserGroup`: general, lives alone, disabled.
_PART = "assumption: planning value, few homes have one"
PANELS = Figure("homes with a burglar alarm panel, by user group", value=(0.02, 0.02, 0.02), unit="share", source=_PART)
SMOKE_DETECTORS = Figure(
    "homes with a networked smoke detector, by user group",
    value=(0.10, 0.25, 0.25),
    unit="share",
    source="assumption: programmes fit those who live alone first (8,000 homes a year in Zhabei)",
)
GAS_DETECTORS = Figure("homes with a gas detector, by user group", value=(0.10, 0.10, 0.10), unit="share", source=_PART)
CALL_HUBS = Figure(
    "homes with an emergency-call hub, by user group",
    value=(0.0, 0.30, 0.05),
    unit="share",
    grade=Grade.C,
    source="80,000 users of the service in 2012 of about 260,000 who live alone (B over K); of the disabled an assumption",
)
PENDANTS = Figure("hubs with a pendant", value=0.90, unit="share", source="assumption: delivered with the hub", low=0.7, high=1.0)
PULL_CORDS = Figure("hubs with a pull cord", value=0.30, unit="share", source="assumption: bathrooms of some", low=0.1, high=0.6)
BY_COMMUNITY = Figure(
    "equipment by community (old, standard, pilot), over that of all homes",
    value=(0.7, 1.0, 3.1),
    unit="ratio",
    source="assumption: pilots try things out, old estates come last; 1 in the mean over the shares of communities",
)
GROWTH = Figure(
    "equipment at the milestones of the plan, over that of 2015", value=(1.0, 1.5), unit="ratio", source="assumption", low=1.0, high=3.0
)

# How well.
HIGH_RISK = Figure(
    "panels on two paths, supervised in 3 min", value=0.05, unit="share", source="assumption: high risk homes", low=0, high=0.2
)
HIGHEST_RISK = Figure("panels on two paths, supervised in 90 s", value=0.01, unit="share", low=0, high=0.1)

HOMES_FIGURES = (
    PANELS,
    SMOKE_DETECTORS,
    GAS_DETECTORS,
    CALL_HUBS,
    PENDANTS,
    PULL_CORDS,
    BY_COMMUNITY,
    GROWTH,
    HIGH_RISK,
    HIGHEST_RISK,
)
