"""Random draws for cohorts: one row for each device, one stream for each district; and the distributions that are used everywhere.

Owns the layout that keeps a device's draws the same when another district, or a later device, is added.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Int, Places, Real
from sim.city.site import Site

Drawn = TypeVar("Drawn")

KEPT = 64  # windows of time overlap slices; so many are asked for again soon


def lognormal(rng: np.random.Generator, median: float | Int | Real, sigma: float, count: int | None = None) -> Any:  # noqa: ANN401
    """Return log-normal draws about a median; `sigma` of the logarithm. A number without `count`, else shape (count,).

    >>> bool(20 < lognormal(np.random.default_rng(1), 30.0, 0.1) < 40)
    True
    """
    return median * np.exp(sigma * rng.standard_normal(count))


def lognormal_mean(rng: np.random.Generator, mean: float | Int | Real, cv: float, count: int | None = None) -> Any:  # noqa: ANN401
    """Return log-normal draws of a mean and a coefficient of variation: a number without `count`, else shape (count,).

    >>> round(float(lognormal_mean(np.random.default_rng(1), 30.0, 0.5, 100_000).mean()))
    30
    """
    sigma = float(np.sqrt(np.log1p(cv * cv)))
    return mean * np.exp(sigma * rng.standard_normal(count) - sigma * sigma / 2)


def gamma_factor(rng: np.random.Generator, cv: float) -> float:
    """Return a gamma factor of mean 1 and a coefficient of variation; 1, without a draw, for none.

    >>> gamma_factor(np.random.default_rng(1), 0.0)
    1.0
    """
    return float(rng.gamma(cv**-2, cv**2)) if cv else 1.0


def by_district(site: Site, districts: NDArray[np.int16], *names: str | int) -> Iterator[tuple[Places, np.random.Generator]]:
    """Yield the rows of each district, by its code, and the district's stream of these names; districts without rows are left out.

    >>> codes = np.array([site.districts.code(name) for name in homes], dtype=np.int16)
    >>> [rows.tolist() for rows, rng in by_district(site, codes, "power")]
    [[0, 1, 2]]
    """
    order, end = np.argsort(districts, kind="stable"), 0
    for code, count in enumerate(np.bincount(districts).tolist()):
        if count:
            end += count
            yield order[end - count : end], site.stream(*names, district=site.districts[code])


@dataclass(frozen=True, slots=True)
class Window:
    """How often something befalls a device, and for how long: at most once begun in each `length_us`, with a `chance`.

    It lasts log-normally long (`median_us`, `sigma`), at most `reach` windows.

    >>> leak = Window(length_us=DAY_US, chance=1.0, median_us=40 * DAY_US, sigma=0.1, reach=2)  # so long that one always holds
    >>> draws = Draws(site, "pipes", homes)
    >>> rows, at_us = np.arange(3), np.full(3, span.start_us)
    >>> leaks = [each.holds(rows, at_us) for each in draws.around("leak", leak, span.start_us, span.end_us)]
    >>> np.any(leaks, axis=0).tolist()
    [True, True, True]
    """

    length_us: int
    chance: float
    median_us: int
    sigma: float
    reach: int = 1

    def numbers(self, start_us: int, end_us: int) -> range:
        """Return the windows whose stretches can touch a span of time."""
        return range(start_us // self.length_us - self.reach, (end_us - 1) // self.length_us + 1)


class Stretches(NamedTuple):
    """A stretch of time for each row, empty for most: begin inclusive, end exclusive, shape (rows,) each."""

    begin_us: Int
    end_us: Int

    def holds(self, row: Places, at_us: Int) -> Flags:
        """Return whether it holds for rows at instants: shape of `row`."""
        return (self.begin_us[row] <= at_us) & (at_us < self.end_us[row])


class Draws:
    """Arrays of draws with a row for each device of a system's roster, or for each of some things by district.

    >>> draws = Draws(site, "power", homes)
    >>> draws.uniform("at noon", 0, 2).shape
    (3, 2)

    `what` and `number` name a draw: it is the same whenever it is asked for.
    """

    __slots__ = ("_fixed", "_kept", "_kept_rows", "_members", "_most", "_purpose", "_rows", "_site")

    def __init__(self, site: Site, purpose: str, districts: Sequence[str] | None = None, *, kept: int = KEPT) -> None:
        """Bind to the roster of a system, or to things whose `districts` are named one by one; `purpose` names the streams.

        So many draws are `kept` for the next time they are asked for: fewer for a large cohort that asks for each only once.
        """
        self._site = site
        self._purpose = purpose
        self._fixed = districts is not None
        self._most = kept
        self._rows = 0
        self._kept_rows = 0
        self._kept: dict[tuple[object, ...], Any] = {}
        self._members: list[tuple[str, Places]] = []
        if districts is not None:
            self._sort_in(np.array([site.districts.code(name) for name in districts], dtype=np.int16))

    def uniform(self, what: str, number: int, width: int) -> Real:
        """Return uniform draws in [0, 1): shape (rows, width). Do not change them."""
        return self._remembered((what, number, width), lambda: self._uniform(what, number, width))

    def _uniform(self, what: str, number: int, width: int) -> Real:
        filled = np.empty((self.count(), width))
        for name, rows in self._members:
            filled[rows] = self._stream(name, what, number).random((len(rows), width))
        return filled

    def words(self, what: str, number: int, width: int) -> NDArray[np.uint64]:
        """Return 64 random bits for each row and column: shape (rows, width)."""
        filled = np.empty((self.count(), width), dtype=np.uint64)
        for name, rows in self._members:
            generator = self._stream(name, what, number)
            filled[rows] = generator.bit_generator.random_raw(len(rows) * width).reshape(len(rows), width)
        return filled

    def around(self, what: str, window: Window, start_us: int, end_us: int) -> list[Stretches]:
        """Return what can befall rows in a span of time: the stretches of all windows that touch it."""
        return [self.stretches(what, window, number) for number in window.numbers(start_us, end_us)]

    def stretches(self, what: str, window: Window, number: int) -> Stretches:
        """Return begin and end (µs since 1970) of what befalls each row in a window; empty for most. Do not change them."""
        return self._remembered((what, number, window), lambda: self._stretches(what, window, number))

    def _stretches(self, what: str, window: Window, number: int) -> Stretches:
        drawn = self._uniform(what, number, 4)
        # Box-Muller, so that one call draws all and a row's draws stay its own.
        normal = np.sqrt(-2 * np.log1p(-drawn[:, 2])) * np.cos(2 * np.pi * drawn[:, 3])
        length = np.minimum(window.median_us * np.exp(window.sigma * normal), window.length_us * window.reach)
        begin = number * window.length_us + (drawn[:, 1] * window.length_us).astype(np.int64)
        return Stretches(begin, begin + np.where(drawn[:, 0] < window.chance, length, 0).astype(np.int64))

    def _remembered(self, key: tuple[object, ...], draw: Callable[[], Drawn]) -> Drawn:
        """Return what was drawn under a key lately, or draw it: a window of time is asked for in many slices."""
        rows = self.count()
        if self._kept_rows != rows:
            self._kept.clear()
            self._kept_rows = rows
        if key not in self._kept:
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = draw()
        found: Drawn = self._kept[key]
        return found

    def count(self) -> int:
        """Return the number of rows, after sorting new devices into their districts."""
        if not self._fixed:
            codes = self._site.roster.district_codes()
            if len(codes) != self._rows:
                self._sort_in(codes)
        return self._rows

    def _sort_in(self, codes: NDArray[np.int16]) -> None:
        self._rows = len(codes)
        self._members = [(self._site.districts[int(code)], np.flatnonzero(codes == code)) for code in np.unique(codes)]

    def _stream(self, district: str, what: str, number: int) -> np.random.Generator:
        return self._site.stream(self._purpose, what, number, district=district)
