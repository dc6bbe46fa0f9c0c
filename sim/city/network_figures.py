"""Figures of access networks: what each delays, and which devices hang on which at the milestones of the plan.

Owns the numbers with grade and source. Who is given which network is `sim.city.networks`' business.
"""

from sim.figures import Figure, Grade

_OUTLINE = "action outline, part 1 (2)"

FIBRE_RTT = Figure("round trip on fibre to the home", value=12.5, unit="ms", source="assumption: 5-20 ms in the city", low=5, high=20)
COPPER_RTT = Figure("round trip on copper (DSL)", value=40, unit="ms", source="assumption: interleaving adds tens of ms", low=20, high=80)
G2_RTT = Figure("round trip on 2G", value=650, unit="ms", source="assumption: 500-800 ms", low=500, high=800)
G3_RTT = Figure("round trip on 3G", value=185, unit="ms", source="assumption: 120-250 ms", low=120, high=250)
LTE_RTT = Figure(
    "round trip on LTE", value=61, unit="ms", grade=Grade.B, source="OpenSignal USA, Aug 2016/17 via 5G Technology World", low=57, high=65
)
WLAN_RTT = Figure("round trip on public Wi-Fi", value=40, unit="ms", source="assumption: i-Shanghai, shared", low=10, high=150)

FIXED_SIGMA = Figure("spread of a fixed line's latency, sigma of its logarithm", value=0.2, unit="ratio", low=0.05, high=0.5)
LINK_SIGMA = Figure("spread of the link's latency, sigma of its logarithm", value=0.5, unit="ratio", low=0.2, high=1.0)
LOSS = Figure(
    "events lost by an access network", value=0.0, unit="share", source="assumption: what the air loses TCP repeats", low=0, high=0.12
)

MILESTONES = Figure("milestones of the plan", value=(2015, 2017), unit="year", grade=Grade.S, source=_OUTLINE)
HOMES_ON_FIBRE = Figure("homes on fibre at the milestones", value=(0.50, 0.65), unit="share", grade=Grade.S, source=_OUTLINE)
HOMES_ON_COPPER = Figure(
    "homes on another fixed line at the milestones",
    value=(0.22, 0.07),
    unit="share",
    source="assumption: 6.17 m fixed lines in 8.94 m homes in Oct 2013, more than 70 % by 2015, less the fibre",
)
HOMES_ON_3G = Figure(
    "homes with a gateway on 3G at the milestones", value=(0.14, 0.05), unit="share", source="assumption: half of those without a line"
)
VEHICLES_ON_3G = Figure(
    "vehicles on 3G at the milestones", value=(0.50, 0.15), unit="share", source="assumption: terminals are replaced in years"
)
PERSONAL_ON_2G = Figure(
    "personal devices on 2G at the milestones",
    value=(0.48, 0.30),
    unit="share",
    grade=Grade.C,
    source="those without 3G or LTE: 16 m of 30.8 m accounts in 2015, penetration of 70 % in 2017 (action outline, part 1 (2))",
)
PERSONAL_ON_3G = Figure(
    "personal devices on 3G at the milestones", value=(0.26, 0.10), unit="share", source="assumption: half of 3G and LTE in 2015"
)

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
