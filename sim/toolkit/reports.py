"""Reports: devices that tell of themselves at an interval, each at a phase of its own, as columns.

Owns the joining of beats, districts and streams for the plainest sort of system. What a report says is the system's business.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.arrays import Code, Int
from sim.city.site import Site
from sim.errors import UsageError
from sim.events.batches import Span
from sim.events.kinds import Kind
from sim.toolkit.beats import Rhythm
from sim.toolkit.draws import Draws

Columns = Mapping[str, ArrayLike]


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of one district in one slice: columns of equal length n in order of time, and the district's own stream.

    `at_us` (city time) and `device` (numbers in the system's roster); `span` is the slice.
    """

    at_us: Int
    device: Code
    district: str
    rng: np.random.Generator
    span: Span

    def __len__(self) -> int:
        """Return the number of reports."""
        return len(self.at_us)


def report(
    site: Site,
    kind: Kind,
    devices: ArrayLike,
    interval_us: int,
    columns: Callable[[Reports], Columns],
    *,
    missed: float = 0.0,
) -> None:
    """Let devices report a kind for ever, every `interval_us` at a phase of their own; `missed` is a share that does not come.

    `columns` gives one column for every field of the kind, for all reports of a district in a slice at once. No other district,
    and no other kind, changes a report. Raises UsageError for an interval or a share that cannot be.

    >>> def columns(reports):
    ...     print(f"{len(reports)} reports of {reports.district}")
    ...     return {"power_w": reports.rng.uniform(0, 80, len(reports))}
    >>> report(site, LAMP, site.install("lamp", each_district=2), MINUTE_US, columns)
    >>> site.work(span)  # as the engine does at the end of every slice
    2 reports of Jingan
    """
    numbers = np.asarray(devices, dtype=np.int32)
    names = np.array([site.district_of(int(device)) for device in numbers])
    draws = Draws(site, kind.name, names.tolist())
    rhythm = Rhythm(draws, interval_us=interval_us, missed=missed)

    def leave(span: Span) -> None:
        row, at_us = rhythm.during(span)
        for district in dict.fromkeys(names[row].tolist()):
            mine = names[row] == district
            rng = site.stream(kind.name, "values", span.index, district=district)
            found = Reports(at_us[mine], numbers[row[mine]], district, rng, span)
            site.rows(kind, found.at_us, found.device, _given(columns, found))

    site.each_slice(leave)


def _given(columns: Callable[[Reports], Columns], found: Reports) -> Columns:
    """Return the columns of reports. Raises UsageError when a function gave no table of them."""
    given = columns(found)
    if not isinstance(given, Mapping):
        name = getattr(columns, "__name__", "the function of columns")
        msg = f"{name} returned {given!r:.80}: it returns a column for every field by its name, such as {{'level_m': numbers}}"
        raise UsageError(msg)
    return given
