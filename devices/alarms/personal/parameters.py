"""Parameters of emergency calls; each default is a figure.

Owns what `--set alarms.personal.<parameter>=value` may write.
"""

from devices.alarms.personal import figures
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import DAY_US


class PersonalParameters(Parameters):
    """How often, and how often in earnest: `alarms.personal.per_year=0` for none, not even falls, which follow from both."""

    per_year: float = from_figure(figures.RATE, ge=0, le=1_000)
    real: Share = from_figure(figures.REAL)
    detectors: Share = from_figure(figures.DETECTORS)
    sensitivity: Share = from_figure(figures.SENSITIVITY)
    false_detections_per_year: float = from_figure(figures.FALSE_DETECTIONS, ge=0, le=1_000)
    small_devices: Share = from_figure(figures.FITTED)
    journeys_per_year: float = from_figure(figures.JOURNEYS, ge=0, le=6)
    test_period: DurationUs = from_figure(figures.TEST_PERIOD, scale=DAY_US, ge=3_600_000_000)
