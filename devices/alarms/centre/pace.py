"""The pace of false police calls: how many a burglar alarm system and year, from runs that are shorter than a year.

Owns the stretch of observation behind a sample: so long that the samples which a mean needs are a mean with a narrow interval.
"""

from devices.alarms.centre.measures import FALSE_POLICE_CALLS
from devices.alarms.centre.policy import YEAR_US
from sim.city.site import Site
from sim.events.batches import Span

# 30 samples are 240 system-years: 120 false calls at the promised 0.5 a year, a standard error of 9 %.
SYSTEM_YEARS = 8.0


class Pace:
    """Leaves one sample for every so many years that systems were watched."""

    def __init__(self, site: Site, systems: float) -> None:
        """Watch so many systems, which may be none."""
        self._site, self._systems = site, systems
        self._calls, self._watched_years = 0, 0.0
        site.each_slice(self._watch)

    def false_call(self) -> None:
        """Count that the police came to one of the systems in vain."""
        self._calls += 1

    def _watch(self, span: Span) -> None:
        """Leave what was counted, unless it was too short or before the start."""
        self._watched_years += self._systems * (span.end_us - span.start_us) / YEAR_US
        if span.warm:
            self._calls, self._watched_years = 0, 0.0
        elif self._watched_years >= SYSTEM_YEARS:
            self._site.sample(FALSE_POLICE_CALLS, self._calls / self._watched_years)
            self._calls, self._watched_years = 0, 0.0
