"""Parameters of reporting; each default is a figure.

Owns what `--set alarms.reporting.<parameter>=value` may write.
"""

from devices.alarms.reporting import figures
from sim.parameters import DurationUs, Parameters, from_figure
from sim.units import SECOND_US


class ReportingParameters(Parameters):
    """How a message gets through: `alarms.reporting.repeat=20s` waits as long for an acknowledgement as the protocol does by default."""

    processing: DurationUs = from_figure(figures.PROCESSING, scale=SECOND_US)
    processing_sigma: float = from_figure(figures.PROCESSING_SIGMA, ge=0, le=2)
    repeat: DurationUs = from_figure(figures.REPEAT, scale=SECOND_US, gt=0)
    failure_after: DurationUs = from_figure(figures.FAILURE_AFTER, scale=SECOND_US)
