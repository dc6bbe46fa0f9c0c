"""Today: one date in one district, with its people's hours and the draws of its panels.

Owns absences and nights as columns. What goes wrong in them is the business of `errors`, `disturbances` and `intrusions`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from devices.alarms.burglar import figures
from devices.alarms.burglar.causes import Chances
from devices.alarms.burglar.panels import Panels
from devices.alarms.burglar.parameters import BurglarParameters
from sim.arrays import Flags, Int, Places, Real
from sim.city.days import Day
from sim.city.site import Site
from sim.units import MINUTE_US, SECOND_US

SHORTEST_US = round(float(figures.SHORTEST_AWAY) * MINUTE_US)
UP_US = 30 * SECOND_US  # from waking to the keypad, before anybody is about
TYPED_AT_MOST = 0.9  # of the entry delay, by whoever makes no error


@dataclass(frozen=True, slots=True)
class Today:
    """A date in a district: `row` are its panels, `day` that of their homes, `factor` how often each has false alarms over the mean."""

    site: Site
    district: str
    on_date: date
    panels: Panels
    row: Places
    factor: Real
    day: Day
    parameters: BurglarParameters
    chances: Chances

    def luck(self, what: str, uniform: int, normal: int = 0, *, of: date | None = None) -> tuple[Real, Real]:
        """Return draws of a purpose for each panel of the district: uniform in [0, 1) and standard normal, a row each."""
        rng = self.site.stream("burglar", what, f"{of or self.on_date}", district=self.district)
        return rng.random((len(self.row), uniform)), rng.standard_normal((len(self.row), normal))

    @property
    def midnight_us(self) -> int:
        """Return when the date begins."""
        return self.site.calendar.instant_us(self.on_date)


@dataclass(frozen=True, slots=True)
class Absences:
    """Stretches in which a home is empty long enough to arm: columns of shape (absences,), city time, µs.

    `place` is the panel's row in the district, `panel` among all. The panel is armed `by_hand`, or `by_itself`, or not at all: exit delay
    from `exit_us`, armed from `armed_us`, entry delay from `entry_us`, and disarmed at `code_us` if all goes well.
    """

    place: Places
    panel: Places
    factor: Real
    left_us: Int
    back_us: Int
    by_hand: Flags
    by_itself: Flags
    exit_us: Int
    armed_us: Int
    detection_us: Int
    code_us: Int
    leaver: Int
    comer: Int

    @property
    def armed(self) -> Flags:
        """Return in which the panel is armed."""
        return self.by_hand | self.by_itself

    @property
    def entry_us(self) -> Int:
        """Return when the entry delay begins."""
        return self.back_us + self.detection_us


@dataclass(frozen=True, slots=True)
class Nights:
    """Panels that are part set in the evening, or disarmed in the morning, at an instant; `place` is their row in the district."""

    place: Places
    panel: Places
    factor: Real
    at_us: Int
    user: Int


def absences(today: Today) -> Absences:
    """Return the absences that begin on the date."""
    left_us, back_us = today.day.left_us, today.day.back_us
    place = np.flatnonzero(back_us - left_us >= SHORTEST_US)  # NEVER_US both where somebody always is
    left_us, back_us, panel = left_us[place], back_us[place], today.row[place]
    uniform, normal = (drawn[place] for drawn in today.luck("away", 3, 2))
    parameters, users = today.parameters, today.panels.users[panel]
    by_hand = uniform[:, 0] < today.panels.arms[panel]
    itself = today.panels.arms_itself[panel] & (back_us - left_us >= parameters.auto_arm_after + SHORTEST_US) & ~by_hand
    exit_us = np.where(by_hand, left_us, left_us + parameters.auto_arm_after)
    typing_us = float(figures.TYPING) * SECOND_US * np.exp(float(figures.TYPING_SIGMA) * normal[:, 1])
    detection_us = detected_us(today.panels.wireless[panel], normal[:, 0])
    return Absences(
        place=place,
        panel=panel,
        factor=today.factor[place],
        left_us=left_us,
        back_us=back_us,
        by_hand=by_hand,
        by_itself=itself,
        exit_us=exit_us,
        armed_us=exit_us + parameters.exit_delay,
        detection_us=detection_us,
        code_us=back_us + detection_us + np.minimum(typing_us, TYPED_AT_MOST * parameters.entry_delay).astype(np.int64),
        leaver=1 + (uniform[:, 1] * users).astype(np.int64),
        comer=1 + (uniform[:, 2] * users).astype(np.int64),
    )


def nights(today: Today) -> Nights:
    """Return who is part set when the last one goes to bed on the date, perhaps after midnight."""
    part_set, user = _part_set(today, today.on_date)
    panel = today.row[part_set]
    return Nights(part_set, panel, today.factor[part_set], today.day.asleep_us[part_set], user)


def mornings(today: Today, evening: date) -> Nights:
    """Return who was part set in an evening and is up on the date."""
    part_set, user = _part_set(today, evening)
    panel = today.row[part_set]
    return Nights(part_set, panel, today.factor[part_set], today.day.up_us[part_set] + UP_US, user)


def _part_set(today: Today, evening: date) -> tuple[Places, Int]:
    """Return the panels of the district that are part set on an evening, and by which user: the same whenever it is asked."""
    uniform, _ = today.luck("night", 2, of=evening)
    part_set = np.flatnonzero(uniform[:, 0] < today.panels.arms_at_night[today.row])
    return part_set, 1 + (uniform[part_set, 1] * today.panels.users[today.row[part_set]]).astype(np.int64)


def detected_us(wireless: Flags, normal: Real) -> Int:
    """Return how long a detector takes to tell its panel, from a normal draw each."""
    median = np.where(wireless, float(figures.RADIO), float(figures.WIRED))
    return (median * SECOND_US * np.exp(float(figures.DETECTION_SIGMA) * normal)).astype(np.int64)
