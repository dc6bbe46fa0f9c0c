"""Figures of reporting: how long an alarm takes from a device to the centre.

Owns the numbers with grade and source.
"""

from sim.figures import Figure

PROCESSING = Figure("processing in device and receiver, median", value=0.8, unit="s", low=0.2, high=3)
PROCESSING_SIGMA = Figure("spread of processing, sigma of the logarithm", value=0.4, unit="ratio", low=0.2, high=0.8)

REPORTING_FIGURES = (PROCESSING, PROCESSING_SIGMA)
