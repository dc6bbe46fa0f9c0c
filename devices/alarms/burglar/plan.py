"""The plan: what falls due at the panels on a date, drawn at its midnight from the days of their people.

Owns the order in which a day comes about: absences and nights, errors at entry and exit, disturbances, intrusions.
"""

from datetime import date, timedelta

import numpy as np

from devices.alarms.burglar import disturbances, errors, figures, intrusions
from devices.alarms.burglar.activations import Activations
from devices.alarms.burglar.arming import BY_ITSELF, STAYS, Armings
from devices.alarms.burglar.causes import Chances, chances
from devices.alarms.burglar.choices import Arming, ZoneType
from devices.alarms.burglar.measures import ARMED_WHEN_EMPTY
from devices.alarms.burglar.panels import ENTRY_ZONE, MAIN, Panels, factors
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.burglar.today import Absences, Nights, Today, absences, mornings, nights
from devices.alarms.choices import AlarmCause, ContactId, Qualifier
from sim.arrays import Flags, Int
from sim.city.site import Site


class Plan:
    """Draws one date after the other for all panels of a site."""

    def __init__(self, site: Site, panels: Panels, armings: Armings, parameters: BurglarParameters) -> None:
        """Prepare; nothing is drawn."""
        self._site, self._panels, self._armings, self._parameters = site, panels, armings, parameters
        self._chances: Chances = chances(parameters)

    def draw(self, day: date) -> Activations:
        """Draw a date: moves and samples go to the armings, what is tripped is returned. Dates are drawn in their order."""
        found = Activations(self._panels)
        for code in np.unique(self._panels.district).tolist():
            self._draw(self._today(self._site.districts[code], day), found)
        return found

    def _today(self, district: str, day: date) -> Today:
        row = np.flatnonzero(self._panels.district == self._site.districts.code(district))
        return Today(
            site=self._site,
            district=district,
            on_date=day,
            panels=self._panels,
            row=row,
            factor=factors(self._site, district, day.year, len(row)),
            day=self._site.days.of(district, day, self._panels.home[row]),
            parameters=self._parameters,
            chances=self._chances,
        )

    def _draw(self, today: Today, found: Activations) -> None:
        armings = self._armings
        self._rise(mornings(today, today.on_date - timedelta(days=1)))
        away = absences(today)
        self._leave(away)
        exits, entries = errors.exit_errors(today, away, armings), errors.entry_errors(today, away, armings)
        disarmed_us = away.code_us.copy()
        disarmed_us[entries[0]] = entries[1].code_us
        bypassed = self._bypass(today, away, exits[0], disarmed_us)
        self._come_back(away, disarmed_us)
        for each, cause in ((exits, AlarmCause.EXIT_ERROR), (entries, AlarmCause.ENTRY_ERROR)):
            errors.alarms_of(each, cause, away, disarmed_us, found)
            errors.measure(each, armings)
        tonight = nights(today)
        self._part_set(tonight)
        disturbances.while_armed(today, away, disarmed_us, bypassed, armings, found)
        disturbances.in_a_storm(today, away, disarmed_us, bypassed, found)
        disturbances.in_a_stormy_night(today, tonight, armings, found)
        disturbances.tamper(today, away, disarmed_us, found)
        intrusions.burglaries(today, away, disarmed_us, bypassed, armings, found)
        intrusions.duress(today, away, disarmed_us, ~entries[0], found)

    def _leave(self, away: Absences) -> None:
        """Arm what is armed, by hand or by itself, and the second partition with it."""
        armings = self._armings
        for of_these, code, user in (
            (away.by_hand, ContactId.OPEN_CLOSE, away.leaver),
            (away.by_itself, ContactId.AUTOMATIC_OPEN_CLOSE, None),
        ):
            panel, exit_us, armed_us = away.panel[of_these], away.exit_us[of_these], away.armed_us[of_these]
            by = BY_ITSELF if user is None else user[of_these]
            armings.arm(exit_us, armed_us, panel, code, by)
        armings.sample(ARMED_WHEN_EMPTY, away.back_us, away.armed)

    def _come_back(self, away: Absences, disarmed_us: Int) -> None:
        """Open the door and enter the code, sooner or later."""
        armed, armings = away.armed, self._armings
        panel, entry_us = away.panel[armed], away.entry_us[armed]
        armings.put(entry_us, panel, Arming.ENTRY_DELAY, zone=ENTRY_ZONE)
        armings.detected(entry_us, panel, away.detection_us[armed])
        armings.disarm(disarmed_us[armed], panel, away.comer[armed])

    def _bypass(self, today: Today, away: Absences, wrong: Flags, disarmed_us: Int) -> Int:
        """Leave zones open at some armings and bypass them until the panel is disarmed; return which, 0 for none."""
        uniform = today.luck("bypass", 2)[0][away.place]
        bypassed = away.by_hand & ~wrong & (uniform[:, 0] < float(figures.BYPASSED))
        zone, partition = today.panels.zone(away.panel, ZoneType.PERIMETER, uniform[:, 1])
        bypassed &= partition == MAIN
        panel, user = away.panel[bypassed], away.leaver[bypassed]
        for at_us, qualifier in ((away.exit_us + 1, Qualifier.NEW), (disarmed_us - 1, Qualifier.RESTORE)):
            self._armings.put(at_us[bypassed], panel, STAYS, ContactId.BYPASS, qualifier, zone[bypassed], user)
        return np.where(bypassed, zone, 0)

    def _part_set(self, tonight: Nights) -> None:
        """Part set the home for the night, and set what stands beside it."""
        armings = self._armings
        armings.put(tonight.at_us, tonight.panel, Arming.ARMED_STAY, ContactId.ARMED_STAY, Qualifier.RESTORE, user_code=tonight.user)
        armings.arm_second(tonight.at_us, tonight.at_us + self._parameters.exit_delay, tonight.panel, ContactId.OPEN_CLOSE, tonight.user)

    def _rise(self, morning: Nights) -> None:
        self._armings.disarm(morning.at_us, morning.panel, morning.user)
