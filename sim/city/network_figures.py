"""Figures of access networks: what each delays, and which devices hang on which at the milestones of the plan.

Owns the numbers with grade and source. Who is given which network is `sim.city.networks`' business.
"""

from sim.figures import Figure, Grade

_GUESS = "assumption"
_OUTLINE = "action outline, part 1 (2)"

FIBRE_RTT = Figure("round trip on fibre to the home", 12.5, "ms", Grade.K, f"{_GUESS}: 5-20 ms in the city", 5, 20)
COPPER_RTT = Figure("round trip on copper (DSL)", 40, "ms", Grade.K, f"{_GUESS}: interleaving adds tens of ms", 20, 80)
G2_RTT = Figure("round trip on 2G", 650, "ms", Grade.K, f"{_GUESS}: 500-800 ms", 500, 800)
G3_RTT = Figure("round trip on 3G", 185, "ms", Grade.K, f"{_GUESS}: 120-250 ms", 120, 250)
LTE_RTT = Figure("round trip on LTE", 61, "ms", Grade.B, "OpenSignal USA, Aug 2016/17 via 5G Technology World", 57, 65)
WLAN_RTT = Figure("round trip on public Wi-Fi", 40, "ms", Grade.K, f"{_GUESS}: i-Shanghai, shared", 10, 150)

FIXED_SIGMA = Figure("spread of a fixed line's latency, sigma of its logarithm", 0.2, "ratio", Grade.K, _GUESS, 0.05, 0.5)
LINK_SIGMA = Figure("spread of the link's latency, sigma of its logarithm", 0.5, "ratio", Grade.K, _GUESS, 0.2, 1.0)
LOSS = Figure("events lost by an access network", 0.0, "share", Grade.K, f"{_GUESS}: what the air loses TCP repeats", 0, 0.12)

MILESTONES = Figure("milestones of the plan", (2015, 2017), "year", Grade.S, _OUTLINE)
HOMES_ON_FIBRE = Figure("homes on fibre at the milestones", (0.50, 0.65), "share", Grade.S, _OUTLINE)
HOMES_ON_COPPER = Figure(
    "homes on another fixed line at the milestones",
    (0.22, 0.07),
    "share",
    Grade.K,
    f"{_GUESS}: 6.17 m fixed lines in 8.94 m homes in Oct 2013, more than 70 % by 2015, less the fibre",
)
HOMES_ON_3G = Figure(
    "homes with a gateway on 3G at the milestones", (0.14, 0.05), "share", Grade.K, f"{_GUESS}: half of those without a line"
)
VEHICLES_ON_3G = Figure("vehicles on 3G at the milestones", (0.50, 0.15), "share", Grade.K, f"{_GUESS}: terminals are replaced in years")
PERSONAL_ON_2G = Figure(
    "personal devices on 2G at the milestones",
    (0.48, 0.30),
    "share",
    Grade.C,
    "those without 3G or LTE: 16 m of 30.8 m accounts in 2015, penetration of 70 % in 2017 (action outline, part 1 (2))",
)
PERSONAL_ON_3G = Figure("personal devices on 3G at the milestones", (0.26, 0.10), "share", Grade.K, f"{_GUESS}: half of 3G and LTE in 2015")

NETWORK_FIGURES = (
    FIBRE_RTT,
    COPPER_RTT,
    G2_RTT,
    G3_RTT,
    LTE_RTT,
    WLAN_RTT,
    FIXED_SIGMA,
    LINK_SIGMA,
    LOSS,
    MILESTONES,
    HOMES_ON_FIBRE,
    HOMES_ON_COPPER,
    HOMES_ON_3G,
    VEHICLES_ON_3G,
    PERSONAL_ON_2G,
    PERSONAL_ON_3G,
)
