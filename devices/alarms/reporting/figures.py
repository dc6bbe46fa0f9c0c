"""Figures of reporting: how long an alarm takes from a device to the centre.

Owns the numbers with grade and source.
"""

from sim.figures import Figure

PROCESSING = Figure("processing in device and receiver, median", value=0.8, unit="s", low=0.2, high=3)
PROCESSING_SIGMA = Figure("spread of processing, sigma of the logarithm", value=0.4, unit="ratio", low=0.2, high=0.8)
REPEAT = Figure(
    "from a message without acknowledgement to its repeat",
    value=5.0,
    unit="s",
    source="assumption: SIA DC-09 by memory, 5-60 s and 20 s by default; the shortest, for fire has 10 s in all",
    low=5,
    high=60,
)
FAILURE_AFTER = Figure(
    "a message without acknowledgement for so long is a failure to communicate (354)",
    value=90.0,
    unit="s",
    source="assumption; from panel to station NFPA 72 and UL 827 allow 90 s (TSS USA, B)",
    low=30,
    high=600,
)
# Transmission times of EN 50136-1: mean, 95th percentile and maximum, s.
_EN = "assumption: EN 50136-1 by memory, its tables were in no excerpt; from 120 s mean and 480 s at most down to these"
TIMES_OF_25H = Figure("transmission time of the 25 h class (mean, p95, max)", value=(60, 80, 120), unit="s", source=_EN)
TIMES_OF_30MIN = Figure("transmission time of the 30 min class (mean, p95, max)", value=(20, 30, 60), unit="s", source=_EN)
TIMES_OF_3MIN = Figure("transmission time of the 3 min class (mean, p95, max)", value=(10, 15, 20), unit="s", source=_EN)
TIMES_OF_90S = Figure("transmission time of the 90 s class (mean, p95, max)", value=(10, 15, 20), unit="s", source=_EN)

TRANSMISSION_TIMES = (TIMES_OF_25H, TIMES_OF_30MIN, TIMES_OF_3MIN, TIMES_OF_90S)  # by `SupervisionClass`
REPORTING_FIGURES = (PROCESSING, PROCESSING_SIGMA, REPEAT, FAILURE_AFTER, *TRANSMISSION_TIMES)
