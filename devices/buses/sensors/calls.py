"""Calls: the visits of a slice with what the timetable and the journal say of them, as columns.

Owns the gathering that sensors, counters and measures share. It draws nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import Journal
from devices.buses.network.timetable import Timetable
from sim.arrays import Code, Int, Records
from sim.city.site import Site


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes and numbers by pattern and place, laid out flat: pattern p starts at `offset[p]`."""

    offset: Int
    route: Code
    direction: Code
    line: Int
    last: Int
    stop: Code
    stop_number: Int
    slot: Int
    distance_m: NDArray[np.float64]

    @classmethod
    def of(cls, site: Site, timetable: Timetable) -> "Codes":
        """Lay out the network of a site."""
        network, patterns = timetable.network, timetable.patterns
        stop_codes = site.names("stop").codes(stop.stop_id for stop in network.stops)
        stop_number = np.array([stop for pattern in patterns for stop in pattern.stops], dtype=np.int64)
        return cls(
            offset=np.cumsum([0, *(pattern.last + 1 for pattern in patterns)])[:-1].astype(np.int64),
            route=site.names("route").codes(pattern.route for pattern in network.patterns),
            direction=np.array([pattern.direction for pattern in patterns], dtype=np.int32),
            line=np.array([pattern.line for pattern in patterns], dtype=np.int64),
            last=np.array([pattern.last for pattern in patterns], dtype=np.int64),
            stop=stop_codes[stop_number],
            stop_number=stop_number,
            slot=np.array([slot for pattern in patterns for slot in pattern.slots], dtype=np.int64),
            distance_m=np.array([metres for pattern in patterns for metres in pattern.distance_m]),
        )


@dataclass(frozen=True, slots=True)
class Calls:
    """Visits with one entry for each in the other columns.

    `flat` is the place in the flat codes; `arrive_us`, `depart_us` what the timetable says, city time, which means nothing for trips that
    began where the bus was `turned` short.
    """

    rows: Records
    flat: Int
    trip_code: Code
    date_code: Code
    arrive_us: Int
    depart_us: Int
    turned: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)


def gather(rows: Records, timetable: Timetable, journal: Journal, codes: Codes) -> Calls:
    """Return the calls of visits; their trips must still be in the journal."""
    trips = journal.trips.at(rows["operated"])
    at = timetable.first_of[rows["trip"]] + rows["place"]
    return Calls(
        rows=rows,
        flat=codes.offset[rows["pattern"]] + rows["place"],
        trip_code=trips["trip_code"].astype(np.int32),
        date_code=trips["start_date_code"].astype(np.int32),
        arrive_us=trips["day_us"] + timetable.arrive_us[at],
        depart_us=trips["day_us"] + timetable.depart_us[at],
        turned=trips["turned"] > 0,
    )


def districts_of(calls: Calls, site: Site) -> NDArray[np.int16]:
    """Return the district of each call's vehicle, as its code: shape (n,)."""
    found: NDArray[np.int16] = site.roster.district_codes()[calls.rows["vehicle"]]
    return found
