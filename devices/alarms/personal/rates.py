"""Rates: how often what happens to a user, from the figures and parameters; the expectation of what the simulated homes report.

Owns the arithmetic that joins the figures. What a single event looks like is `falls.py`'s and `presses.py`'s business.
"""

from dataclasses import dataclass

from devices.alarms.homes.figures import CALL_HUBS, PENDANTS, PULL_CORDS
from devices.alarms.personal import figures
from devices.alarms.personal.parameters import PersonalParameters
from sim.city.people_figures import DISABLED, LIVING_ALONE

NIGHT_HOURS = (*range(8), 22, 23)  # in which pendants worn by day are off, as people sleep then


def worn_by_day() -> float:
    """Return the chance that whoever wears the pendant by day has it on when something happens: up, and not in the bathroom."""
    weights = figures.EMERGENCY_HOURS.numbers
    asleep = sum(weights[hour] for hour in NIGHT_HOURS) / sum(weights)
    return float(1 - asleep) * (1 - float(figures.BATHROOM))


def worn() -> float:
    """Return the chance that a pendant is worn when something happens."""
    _, by_day, always = figures.WEARING.numbers
    return always + by_day * worn_by_day()


def in_reach() -> float:
    """Return the chance that somebody who lies can reach a pendant or a cord."""
    _, _, always = figures.WEARING.numbers
    cord = float(PULL_CORDS) * float(figures.BATHROOM) * (1 - float(PENDANTS) * always)
    return float(PENDANTS) * worn() + cord


def press_in_reach() -> float:
    """Return the chance that somebody who lies presses what is in reach, so that in all `PRESSED` do."""
    return float(figures.PRESSED) / in_reach()


@dataclass(frozen=True, slots=True)
class Rates:
    """What happens to a hub's user in a year, on average."""

    parameters: PersonalParameters

    @property
    def routine(self) -> float:
        """Return presses without an emergency."""
        return self.parameters.per_year * (1 - self.parameters.real)

    @property
    def per_year_real(self) -> float:
        """Return presses in an emergency."""
        return self.parameters.per_year * self.parameters.real

    @property
    def lying(self) -> float:
        """Return falls after which the user lies."""
        return self.per_year_real * float(figures.FALLS) / float(figures.PRESSED)

    @property
    def falls(self) -> float:
        """Return all falls."""
        return self.lying / float(figures.LYING)

    @property
    def unwell(self) -> float:
        """Return how often a user is so unwell that it is an emergency."""
        collapsed = float(figures.COLLAPSED)
        pressed = collapsed * float(figures.PRESSED) + (1 - collapsed) * float(figures.UNWELL_PRESS)
        return self.per_year_real * (1 - float(figures.FALLS)) / pressed

    @property
    def needs(self) -> float:
        """Return emergencies, whether or not anybody hears of them."""
        return self.lying + self.unwell

    # --- What the centre hears of beside presses, a hub and year ------------------------------------------------------------

    @property
    def detector_worn(self) -> float:
        """Return the share of hubs with a fall detector that is worn just then."""
        return float(PENDANTS) * self.parameters.detectors * worn()

    @property
    def detected(self) -> float:
        """Return falls with somebody lying that a detector reports and nobody presses for."""
        return self.lying * self.detector_worn * self.parameters.sensitivity * (1 - press_in_reach())

    @property
    def detected_in_vain(self) -> float:
        """Return detections of falls that harmed nobody, and of none, that are not cancelled."""
        harmless = (self.falls - self.lying) * self.parameters.sensitivity
        return self.detector_worn * (harmless + self.parameters.false_detections_per_year) * (1 - float(figures.CANCELLED))

    @property
    def fitted(self) -> float:
        """Return the share of hubs with the small devices: only those who live alone have them."""
        _, alone, disabled = CALL_HUBS.numbers
        hubs_alone, hubs_disabled = alone * float(LIVING_ALONE), disabled * float(DISABLED)
        return self.parameters.small_devices * hubs_alone / (hubs_alone + hubs_disabled)

    @property
    def inactive(self) -> float:
        """Return alarms of the rules without anybody in need; those who lie are few beside them and left out."""
        return self.fitted * (self.parameters.journeys_per_year * (1 - float(figures.ANNOUNCED)) + float(figures.QUIET_AT_HOME))

    @property
    def reports(self) -> float:
        """Return all that the centre hears of."""
        return self.parameters.per_year + self.detected + self.detected_in_vain + self.inactive
