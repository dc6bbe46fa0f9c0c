"""Users: whoever has a hub, what hangs on it, how the pendant is worn, who calls often, and when they are at home.

Owns the columns, one row for each hub, and the draws that belong to a person. What happens to them is the business of the modules beside.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from devices.alarms.choices import DeviceClass
from devices.alarms.homes.installed import Units
from devices.alarms.personal import figures
from devices.alarms.personal.choices import Habit
from devices.alarms.personal.hours import Hours
from devices.alarms.personal.parameters import PersonalParameters
from sim.arrays import Code, Flags, Int, Places, Real
from sim.city.residents import UserGroup
from sim.city.site import Site
from sim.figures import Figure
from sim.toolkit.draws import Draws, Stretches, Window
from sim.units import DAY_US

NOTHING = -1  # no pendant, no cord
JOURNEY_WINDOW_DAYS = 60  # one journey at most begins in each
YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Hung:
    """What stands in the homes of users: columns of shape (users,). `pendant` and `cord` are units, or `NOTHING`."""

    hub: Places
    pendant: Places
    cord: Places
    detector: Flags  # the pendant detects falls
    fitted: Flags  # the small devices are there


class Users:
    """The users of a site: columns of shape (users,), in the order of their hubs.

    `district` is the city's code, `home` and `person` number those of the district; `calling` and `need` are factors of mean 1 by which
    somebody presses, and comes to harm, more often than others; `lives_with` counts others of the home, `group` is a code
    of `UserGroup`.
    """

    def __init__(self, site: Site, units: Units, parameters: PersonalParameters) -> None:
        """Draw what belongs to each user."""
        self._site, hub = site, np.flatnonzero(units.device_class == DeviceClass.CALL_HUB)
        self.district, self.home = units.district[hub], units.home[hub]
        self.person, self.lives_with, self.group = self._persons()
        names = [site.districts[code] for code in self.district.tolist()]
        luck = Draws(site, "personal-users", names, kept=1).uniform("users", 0, 4)
        never, by_day, _ = figures.WEARING.numbers
        self.habit = np.searchsorted(np.cumsum([never, by_day]), luck[:, 0], side="right").astype(np.int32)
        pendant, cord = (_beside(units, hub, each) for each in (DeviceClass.PENDANT, DeviceClass.PULL_CORD))
        detector = (pendant != NOTHING) & (luck[:, 1] < parameters.detectors)
        self.hung = Hung(hub, pendant, cord, detector, (self.group == UserGroup.LIVES_ALONE) & (luck[:, 2] < parameters.small_devices))
        self.calling, self.need = self._factors("calling", figures.CALLING_SHAPE), self._factors("need", figures.NEED_SHAPE)
        self._journeys = Draws(site, "personal-journeys", names)
        chance = min(parameters.journeys_per_year * JOURNEY_WINDOW_DAYS / YEAR_DAYS, 1.0)
        length_us = JOURNEY_WINDOW_DAYS * DAY_US
        self._journey = Window(length_us, chance, figures.JOURNEY.us, float(figures.JOURNEY_SIGMA))
        self.rows = {
            site.districts[code]: np.flatnonzero(self.district == code) for code in np.unique(self.district).tolist()
        }  # by district
        self._days: dict[tuple[str, date], Hours] = {}
        self.ids = [site.residents(name).home_id(home) for name, home in zip(names, self.home.tolist(), strict=True)]

    def __len__(self) -> int:
        """Return how many users there are."""
        return len(self.home)

    def travelling(self, at_us: int) -> Flags:
        """Return who is on a journey at an instant: shape (users,). `site.days` knows of none."""
        holds = [(each.begin_us <= at_us) & (at_us < each.end_us) for each in self.journeys(at_us, at_us + 1)]
        return np.logical_or.reduce(holds, axis=0) if holds else np.zeros(len(self), dtype=np.bool_)

    def announced(self, at_us: int) -> Flags:
        """Return whose journey, at an instant, the centre was told of: shape (users,)."""
        told = np.zeros(len(self), dtype=np.bool_)
        for number, each in zip(self._journey.numbers(at_us, at_us + 1), self.journeys(at_us, at_us + 1), strict=True):
            luck = self._journeys.uniform("announced", number, 1)[:, 0]
            told |= (each.begin_us <= at_us) & (at_us < each.end_us) & (luck < float(figures.ANNOUNCED))
        return told

    def journeys(self, start_us: int, end_us: int) -> list[Stretches]:
        """Return begin and end of the journeys that touch a stretch of time: shape (users,) each, empty for most."""
        return self._journeys.around("journey", self._journey, start_us, end_us)

    def at_home(self, district: str, at_us: int) -> Flags:
        """Return which users of a district are at home at an instant: shape of `rows[district]`."""
        rows = self.rows[district]
        before, today = self.days(district, at_us)
        return ~(before.away(at_us) | today.away(at_us) | self.travelling(at_us)[rows])

    def asleep(self, row: int, at_us: int) -> bool:
        """Return whether a user is asleep."""
        district = self._site.districts[int(self.district[row])]
        before, today = self.days(district, at_us)
        place = int(np.searchsorted(self.rows[district], row))
        return bool(before.sleep_us[place] <= at_us < today.wake_us[place] or today.sleep_us[place] <= at_us)

    def days(self, district: str, at_us: int) -> tuple[Hours, Hours]:
        """Return the day before and the day of an instant, of the users of a district: what begins on the one may end on the other."""
        today = self._site.calendar.local(at_us).date()
        return self._day(district, today - timedelta(days=1)), self._day(district, today)

    def _day(self, district: str, day: date) -> Hours:
        key = district, day
        if key not in self._days:
            for old in [each for each in self._days if abs((each[1] - day).days) > 1]:
                del self._days[old]
            rows = self.rows[district]
            self._days[key] = Hours.of(self._site.days.of(district, day, self.home[rows]), self.person[rows])
        return self._days[key]

    def wears(self, row: int, at_us: int, *, bathroom: bool) -> bool:
        """Return whether a user has a pendant on."""
        if self.hung.pendant[row] == NOTHING or self.habit[row] == Habit.NEVER:
            return False
        return self.habit[row] == Habit.ALWAYS or not (bathroom or self.asleep(row, at_us))

    def _persons(self) -> tuple[Int, Int, Code]:
        """Return of each hub's home the person for whom it is there, how many others live there, and the group."""
        person, others = np.zeros(len(self.home), dtype=np.int64), np.zeros(len(self.home), dtype=np.int64)
        group = np.zeros(len(self.home), dtype=np.int32)
        for code in np.unique(self.district).tolist():
            here = np.flatnonzero(self.district == code)
            residents = self._site.residents(self._site.districts[code])
            home, persons = self.home[here], residents.persons
            chosen = np.flatnonzero(persons.user_group != UserGroup.GENERAL)
            first = np.searchsorted(persons.home[chosen], home)
            person[here] = chosen[first] if len(chosen) else residents.homes.first_person[home]
            others[here] = residents.homes.size[home] - 1
            group[here] = residents.homes.user_group[home]
        return person, others, group

    def _factors(self, what: str, shape: Figure) -> Real:
        """Return a gamma factor of mean 1 for each user; their own, whatever their number."""
        factors = np.ones(len(self))
        for code in np.unique(self.district).tolist():
            here = np.flatnonzero(self.district == code)
            rng = self._site.stream("personal", what, district=self._site.districts[code])
            factors[here] = rng.gamma(float(shape), 1 / float(shape), len(here))
        return factors


def _beside(units: Units, hub: Places, device_class: DeviceClass) -> Places:
    """Return the unit of a class in the home of each hub, or `NOTHING`."""
    found = np.flatnonzero(units.device_class == device_class)
    width = int(units.home.max(initial=0)) + 1
    places = units.district.astype(np.int64) * width + units.home
    at = dict(zip(places[found].tolist(), found.tolist(), strict=True))
    return np.array([at.get(each, NOTHING) for each in places[hub].tolist()], dtype=np.intp)
