"""Regularity and riders: the true headways, waits, crowding and who stayed behind.

Owns the samples taken from visits. Nobody in the city knows these numbers; the verdict judges them.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.dispatch.centre import FORGOTTEN_US
from devices.buses.journal import Journal, Visit
from devices.buses.measures import (
    BUNCHED,
    CROWDED,
    FIRST_QUARTER,
    HEADWAY,
    LAST_QUARTER,
    LEFT_BEHIND,
    MIDDLE,
    REPORT_DELAY,
    WAIT,
)
from devices.buses.network.timetable import LEAST_HEADWAY_US, Timetable
from devices.buses.sensors.calls import Calls, Codes
from devices.buses.sensors.headways import LastAtSlot
from sim.arrays import Int, Records
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.table import Table
from sim.units import LONG_AGO_US, NEVER_US, SECOND_US

BUNCHED_BELOW = 0.25
CROWDED_FROM = 0.8


@dataclass(slots=True)
class Regularity:
    """Takes samples slice by slice; `capacity` of every bus in places, `warm_from_us` when the city began."""

    timetable: Timetable
    journal: Journal
    warm_from_us: int
    codes: Codes
    capacity: int
    _departures: Table[Visit] = field(default_factory=lambda: Table(Visit, time="depart_us"))
    _last: LastAtSlot = field(init=False)

    def __post_init__(self) -> None:
        """Know no departure yet."""
        self._last = LastAtSlot(self.timetable.slot_count)

    def emit(self, span: Span, calls: Calls, out: Site) -> None:
        """Take the samples of a slice."""
        leaving = calls.rows[calls.rows["next_us"] != NEVER_US]
        self._departures.put(leaving)
        departed = self._departures.take_before(span.end_us)
        ratio, quarter = self._headways(departed)
        if span.warm:
            return
        for number, name in enumerate((FIRST_QUARTER, MIDDLE, LAST_QUARTER)):
            chosen = ratio[quarter == number]
            out.sample(HEADWAY, chosen, name)
            out.sample(BUNCHED, chosen < BUNCHED_BELOW, name)
        out.sample(CROWDED, departed["load"] > CROWDED_FROM * self.capacity)
        heard = leaving["known_us"] != NEVER_US
        out.sample(REPORT_DELAY, (leaving["known_us"] - leaving["depart_us"])[heard] / SECOND_US)
        out.sample(WAIT, waits_us(calls) / SECOND_US)
        behind, boarded = int(calls.rows["left"].sum()), int(calls.rows["boarded"].sum())
        out.sample(LEFT_BEHIND, np.repeat([1.0, 0.0], [behind, boarded]))

    def _headways(self, departed: Records) -> tuple[NDArray[np.float64], Int]:
        """Return headway over planned headway of each departure, and 0, 1 or 2 for first quarter, middle, last quarter.

        Planned is the time since the trip timetabled before at the same slot. Left out are the day's first departure there, one whose
        trip before left its terminal before the city began, and two timetabled together.
        """
        flat = self.codes.offset[departed["pattern"]] + departed["place"]
        at_us, planned_us = departed["depart_us"], self._planned_us(departed)
        last_us = self._last.replaced_us(self.codes.slot[flat], at_us)
        headway_us = at_us - last_us
        known = (last_us != LONG_AGO_US) & (planned_us >= LEAST_HEADWAY_US) & (headway_us < np.maximum(FORGOTTEN_US, 3 * planned_us))
        share = departed["place"] / self.codes.last[departed["pattern"]]
        quarter = np.searchsorted([0.25, 0.75], share, side="right")
        return headway_us[known] / planned_us[known], quarter[known].astype(np.int64)

    def _planned_us(self, departed: Records) -> Int:
        """Return the planned headway of departures, 0 where nobody was due before them: shape (n,)."""
        timetable = self.timetable
        day_us = self.journal.trips.at(departed["operated"])["day_us"]
        row = timetable.first_of[departed["trip"]] + departed["place"]
        before = timetable.before[row]
        due = np.flatnonzero(before >= 0)
        began_us = day_us[due] + timetable.depart_us[timetable.first_of[timetable.trip_of(before[due])]]
        due = due[began_us >= self.warm_from_us]
        planned_us = np.zeros(len(departed), dtype=np.int64)
        planned_us[due] = timetable.plan.depart_us[row[due]] - timetable.plan.depart_us[before[due]]
        return planned_us


def waits_us(calls: Calls) -> NDArray[np.float64]:
    """Return the wait of every rider who came, for the bus that ended it: evenly spread over the time since the last bus.

    Given their number, riders of a Poisson process come evenly; spreading them instead of drawing them costs no stream.
    """
    came = calls.rows["came"]
    elapsed = np.repeat((calls.rows["arrive_us"] - calls.rows["since_us"]).astype(np.float64), came)
    number = np.arange(len(elapsed)) - np.repeat(np.cumsum(came) - came, came)
    shares: NDArray[np.float64] = elapsed * (number + 0.5) / np.repeat(came, came)
    return shares
