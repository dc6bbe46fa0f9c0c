"""Falls: who gets up, who lies, who can press, what a detector finds, and who comes by.

Owns what becomes of one fall. When and whom it befalls is drawn in `arrivals.py`; what rules of inactivity see is `inactivity.py`'s.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.choices import AlarmCause
from devices.alarms.personal import figures
from devices.alarms.personal.calls import Button, Call, Calls
from devices.alarms.personal.choices import FoundBy
from devices.alarms.personal.lying import Down, Lying
from devices.alarms.personal.measures import FALL_DETECTED, LYING_PRESSED, WORN
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.rates import press_in_reach
from devices.alarms.personal.users import NOTHING, Users
from sim.city.calendar import Calendar
from sim.city.site import Site, Steps
from sim.toolkit.draws import lognormal
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US

GRACE_US = round(float(figures.GRACE) * SECOND_US)
LYING_US = 5 * MINUTE_US  # whoever lies longer is counted (83 % did not press)


class Position(NamedTuple):
    """Where somebody lies: the button in reach, if there is one, and whether a detector is worn."""

    button: Button | None
    detector: bool
    worn: bool


class Falls:
    """Falls of the users of a site."""

    def __init__(self, site: Site, users: Users, calls: Calls, lying: Lying, parameters: PersonalParameters) -> None:
        """Let nobody fall yet."""
        self._site, self._users, self._calls, self._lying, self._parameters = site, users, calls, lying, parameters
        self._press_in_reach = press_in_reach()

    def fall(self, row: int, at_us: int) -> Steps:
        """Fall, and get up at once or lie."""
        rng = self._site.stream("personal", "fall", self._users.ids[row], at_us)
        if rng.random() < float(figures.LYING):
            yield from self.lie(row, at_us, AlarmCause.FALL, rng)
        elif self._position(row, at_us, rng).detector and self._found(rng):
            yield from self._detected_in_vain(row, at_us, AlarmCause.FALL, rng)

    def mistaken(self, row: int, at_us: int) -> Steps:
        """Let a detector that is worn take something for a fall."""
        rng = self._site.stream("personal", "mistaken", self._users.ids[row], at_us)
        if self._position(row, at_us, rng).detector:
            yield from self._detected_in_vain(row, at_us, AlarmCause.SENSOR_FAULT, rng)

    def lie(self, row: int, at_us: int, cause: AlarmCause, rng: np.random.Generator) -> Steps:
        """Lie, from an instant that may be before now, until somebody is there or one is up again."""
        position = self._position(row, at_us, rng)
        pressed = position.button is not None and bool(rng.random() < self._press_in_reach)
        detected = cause is AlarmCause.FALL and position.detector and self._found(rng)
        self._site.sample(WORN, float(position.worn))
        self._site.sample(LYING_PRESSED, float(pressed))
        down = self._lying.fall(row, cause, at_us)
        if detected:
            self._site.process(self._call(down, Button.PENDANT, GRACE_US, rng, detected=True))
        elif pressed and position.button is not None:
            delay_us = rng.exponential(float(figures.PRESS_DELAY) * MINUTE_US)
            self._site.process(self._call(down, position.button, delay_us, rng, detected=False))
        ends_us, by = self._without_help(down, rng, alone=not (pressed or detected))
        yield self._site.wait(max(ends_us - self._site.now_us, 1)) | down.up
        self._lying.find(down, by)

    def fell_before(self, row: int, at_us: int) -> Steps:
        """Go on lying, for one who fell before the city began, was not heard, and would not be up or found by now."""
        rng = self._site.stream("personal", "fall", self._users.ids[row], at_us)
        if rng.random() >= float(figures.LYING):
            return
        quiet = rng.random() >= float(figures.PRESSED)
        down = Down(row, AlarmCause.FALL, at_us, self._site.env.event())
        ends_us, by = self._without_help(down, rng, alone=True)
        if quiet and ends_us > self._site.now_us and self._lying.who(row) is None:
            down = self._lying.fall(row, AlarmCause.FALL, at_us)
            yield self._site.wait(ends_us - self._site.now_us) | down.up
            self._lying.find(down, by)

    def _call(self, down: Down, button: Button, after_us: float, rng: np.random.Generator, *, detected: bool) -> Steps:
        """Call after a while, unless somebody was there before; whoever comes to the call finds the one who lies."""
        yield self._site.wait(after_us)
        if down.done_us is not None:
            return
        by = FoundBy.DETECTOR if detected else FoundBy.PRESS

        def found(_: object) -> float:
            self._lying.find(down, by)
            return 1.0

        yield from self._calls.call(Call(down.row, button, down.cause, real=True, began_us=down.since_us, detected=detected), rng, found)

    def _detected_in_vain(self, row: int, at_us: int, cause: AlarmCause, rng: np.random.Generator) -> Steps:
        yield self._site.wait(GRACE_US)
        if rng.random() >= float(figures.CANCELLED):
            yield from self._calls.call(Call(row, Button.PENDANT, cause, real=False, began_us=at_us, detected=True), rng)

    def _found(self, rng: np.random.Generator) -> bool:
        """Return whether a worn detector finds a fall, and measure it."""
        found = bool(rng.random() < self._parameters.sensitivity)
        self._site.sample(FALL_DETECTED, float(found))
        return found

    def _position(self, row: int, at_us: int, rng: np.random.Generator) -> Position:
        """Return what is in reach of somebody on the floor; a pendant or cord with an empty battery is of no use."""
        bathroom = bool(rng.random() < float(figures.BATHROOM))
        worn = self._users.wears(row, at_us, bathroom=bathroom)
        if worn and self._calls.works(row, Button.PENDANT):
            return Position(Button.PENDANT, bool(self._users.hung.detector[row]), worn)
        cord = bathroom and self._users.hung.cord[row] != NOTHING and self._calls.works(row, Button.CORD)
        return Position(Button.CORD if cord else None, detector=False, worn=worn)

    def _without_help(self, down: Down, rng: np.random.Generator, *, alone: bool) -> tuple[int, FoundBy]:
        """Return when and how it ends if nobody is called: somebody comes by, or one gets up who has neither pressed nor collapsed."""
        visit_us = by_day(self._site.calendar, down.since_us, rng.exponential(float(figures.VISITOR) * HOUR_US))
        ends = [(visit_us, FoundBy.VISITOR)]
        if self._users.lives_with[down.row]:
            ends.append((down.since_us + round(rng.exponential(float(figures.HOUSEMATE) * HOUR_US)), FoundBy.HOUSEMATE))
        if alone and down.cause is AlarmCause.FALL and rng.random() < float(figures.UP_ALONE):
            after_us = LYING_US + lognormal(rng, float(figures.UP_AFTER) * MINUTE_US, float(figures.UP_SIGMA))
            ends.append((down.since_us + round(after_us), FoundBy.NOBODY))
        return min(ends)


def by_day(calendar: Calendar, at_us: int, lasting_us: float) -> int:
    """Return the instant after so much time of the hours in which somebody comes by has passed since an instant."""
    from_us, to_us = (round(hour * HOUR_US) for hour in figures.VISITING_HOURS.numbers)
    midnight_us = calendar.instant_us(calendar.local(at_us).date())
    clock_us = min(max(at_us - midnight_us, from_us), to_us)
    days, left_us = divmod(clock_us - from_us + round(lasting_us), to_us - from_us)
    return midnight_us + days * DAY_US + from_us + left_us
