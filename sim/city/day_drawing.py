"""The drawing of a day: hours of one date in one district, from what its people are used to and how this day differs.

Owns the draws: normal and uniform ones, row by row, so that a row does not change with their number. Hours count from local midnight. What
they become as instants is `sim.city.days`' business, the numbers are `sim.city.day_figures`'.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import auto
from typing import NamedTuple

import numpy as np

from sim.arrays import Flags, Places, Real
from sim.city import day_figures as figures
from sim.city.households import Households
from sim.city.residents import Residents
from sim.events.kinds import Choice
from sim.figures import Figure
from sim.streams import Streams

# The ends of a day, h after midnight: nobody leaves before the first hour, is out after the third or awake after the fifth, so that a
# night lies between two days; nobody is up before the last.
EARLIEST_OUT, LATEST_OUT, LATEST_BACK, EARLIEST_ASLEEP, LATEST_AWAKE, EARLIEST_UP = 4.5, 20.0, 26.0, 19.5, 27.0, 4.0
LEAST_READY, LEAST_AWAY, LEAST_EVENING = 0.2, 0.25, 0.5  # h
BLOCK = 1 << 15  # rows drawn at a time where only some are wanted


class Meal(Choice):
    """What a home cooks: the columns of meals."""

    BREAKFAST = auto()
    LUNCH = auto()
    DINNER = auto()


class PersonHours(NamedTuple):
    """When each person does what: shape (persons,), wake < leave < back < sleep; `goes` tells who leaves at all."""

    wake: Real
    leave: Real
    back: Real
    sleep: Real
    goes: Flags


class HomeHours(NamedTuple):
    """Of each home, when the first is up, and from when to when nobody is in (inf: somebody always is): shape (homes,)."""

    up: Real
    left: Real
    back: Real


class MealHours(NamedTuple):
    """When each home cooks which meal, and which it cooks at all: shape (homes, meals)."""

    begin: Real
    end: Real
    cooked: Flags


@dataclass(frozen=True, slots=True)
class DayDrawing:
    """One date of some households in a district; `streams` is the district's family, `factor` how much more than usual the city cooks."""

    residents: Residents
    households: Households
    free_day: bool
    streams: Streams
    day: str
    factor: float

    def persons(self) -> PersonHours:
        """Return the hours of the persons."""
        habit = self._of_persons(self.streams.child("habits", "persons").standard_normal, 4).T
        today = self._of_persons(self.streams.child(self.day, "persons").standard_normal, 4).T
        leave = self._by(figures.LEAVE_WORKDAY, figures.LEAVE_FREE_DAY)
        leave += self._by(figures.SPREAD_WORKDAY, figures.SPREAD_FREE_DAY) * habit[0] + float(figures.LEAVE_VARIATION) * today[0]
        leave = np.clip(leave, EARLIEST_OUT, LATEST_OUT)
        # Half of the variance is the person's, half the day's.
        longer = np.exp(self._by(figures.AWAY_SIGMA) * (habit[1] + today[1]) / np.sqrt(2))
        away = np.maximum(self._by(figures.AWAY_WORKDAY, figures.AWAY_FREE_DAY) * longer, LEAST_AWAY)
        back = np.minimum(leave + away, LATEST_BACK)
        chance = self._of_persons(self.streams.child(self.day, "going").random, 1)[:, 0]
        goes = chance < self._by(figures.LEAVE_SHARE_WORKDAY, figures.LEAVE_SHARE_FREE_DAY)
        return PersonHours(self._wake(leave, habit[2], today[2]), leave, back, self._sleep(goes, back, habit[3], today[3]), goes)

    def _by(self, workday: Figure, free_day: Figure | None = None) -> Real:
        """Return what the day's table says of each person's occupation: shape (persons,)."""
        occupation = self.residents.persons.occupation[self.households.person]
        return table(free_day if self.free_day and free_day else workday)[occupation]

    def _wake(self, leave: Real, habit: Real, today: Real) -> Real:
        """Return when each person wakes: to be ready in time, or earlier because they are up anyhow."""
        ready = np.maximum(self._by(figures.READY) * np.exp(float(figures.READY_SIGMA) * today), LEAST_READY)
        anyhow = self._by(figures.UP_BY_WORKDAY, figures.UP_BY_FREE_DAY) + float(figures.UP_SPREAD) * habit
        return np.maximum(np.minimum(leave - ready, anyhow), EARLIEST_UP)

    def _sleep(self, goes: Flags, back: Real, habit: Real, today: Real) -> Real:
        """Return when each person goes to sleep: not before having been back for a while."""
        late = float(figures.SLEEP_SPREAD) * habit + float(figures.SLEEP_VARIATION) * today
        sleep = np.maximum(self._by(figures.SLEEP_WORKDAY, figures.SLEEP_FREE_DAY) + late, EARLIEST_ASLEEP)
        return np.minimum(np.where(goes, np.maximum(sleep, back + LEAST_EVENING), sleep), LATEST_AWAKE)

    def homes(self, persons: PersonHours) -> HomeHours:
        """Return the hours of the homes: nobody is in from the last leaving to the first coming back, if that is later."""
        first = self.households.first_person
        if not len(first):
            return HomeHours(np.zeros(0), np.zeros(0), np.zeros(0))
        left = np.maximum.reduceat(np.where(persons.goes, persons.leave, np.inf), first)
        back = np.minimum.reduceat(np.where(persons.goes, persons.back, np.inf), first)
        empty = left < back
        return HomeHours(np.minimum.reduceat(persons.wake, first), np.where(empty, left, np.inf), np.where(empty, back, np.inf))

    def meals(self, homes: HomeHours) -> MealHours:
        """Return what the homes cook: nothing while nobody is in, and what is on the stove at the leaving comes off it."""
        shape = (len(homes.up), len(Meal))
        drawn = self._of_homes(self.streams.child(self.day, "meals").standard_normal, 2 * len(Meal)).reshape(*shape, 2)
        soon = float(figures.COOK_AFTER) * np.exp(float(figures.COOKING_SIGMA) * drawn[:, :, 0])
        usual = float(figures.MEAL_SPREAD) * drawn[:, :, 0]
        begin = np.empty(shape)
        begin[:, Meal.BREAKFAST] = homes.up + soon[:, Meal.BREAKFAST]
        begin[:, Meal.LUNCH] = float(figures.LUNCH) + usual[:, Meal.LUNCH]
        dinner = float(figures.DINNER) + usual[:, Meal.DINNER]
        begin[:, Meal.DINNER] = np.maximum(dinner, np.where(np.isinf(homes.back), 0.0, homes.back + soon[:, Meal.DINNER]))
        end = begin + table(figures.COOKING) * np.exp(float(figures.COOKING_SIGMA) * drawn[:, :, 1])
        left, back = homes.left[:, None], homes.back[:, None]
        end = np.where(begin < left, np.minimum(end, left), end)
        somebody_in = (begin < left) | (begin >= back)
        return MealHours(begin, end, somebody_in & self._fond())

    def _fond(self) -> Flags:
        """Return which meals a home would cook: some homes do so nearly always and some hardly ever.

        A home's share of meals is Beta(m / (1 - m), 1) with the mean m of the figure, drawn once by inversion, so counts of a home scatter
        more than a binomial.
        """
        mean = table(figures.COOK_SHARE_FREE_DAY if self.free_day else figures.COOK_SHARE_WORKDAY)
        habit = self._of_homes(self.streams.child("habits", "homes").random, 1)
        share = habit ** (1.0 / mean - 1.0)
        return self._of_homes(self.streams.child(self.day, "cooking").random, len(Meal)) < self.factor * share

    def _of_persons(self, draw: Callable[[tuple[int, int]], Real], width: int) -> Real:
        return drawn(draw, len(self.residents.persons), width, self.households.person)

    def _of_homes(self, draw: Callable[[tuple[int, int]], Real], width: int) -> Real:
        return drawn(draw, len(self.residents.homes), width, self.households.home)


def drawn(draw: Callable[[tuple[int, int]], Real], count: int, width: int, rows: Places) -> Real:
    """Draw `count` rows of `width` numbers and return some of them, `rows` in ascending order: as many as all, or a few out of blocks."""
    if len(rows) == count:
        return draw((count, width))
    kept = np.empty((len(rows), width))
    for begin in range(0, count, BLOCK):
        end = min(begin + BLOCK, count)
        first, last = np.searchsorted(rows, (begin, end))
        kept[first:last] = draw((end - begin, width))[rows[first:last] - begin]
    return kept


def table(figure: Figure) -> Real:
    """Return the values of a figure: shape (values,)."""
    return np.asarray(figure.value, dtype=np.float64)
