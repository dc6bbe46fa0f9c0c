"""What buses tell other systems: each rider who boards and each who alights, where and when.

Owns how the counts of a visit become riders one by one. Nobody is worked out when nobody hears.
"""

from dataclasses import dataclass, field

import numpy as np

from devices.buses.fleet import Fleet
from devices.buses.sensors.calls import Calls, Codes, districts_of
from devices.causes import ALIGHTING, BOARDING
from sim.arrays import Code, Flags, Int, Places, Real
from sim.city.site import Site


@dataclass(slots=True)
class Riding:
    """Tells boardings and alightings of visits; riders of one visit are spread evenly over its stay."""

    site: Site
    fleet: Fleet
    codes: Codes
    _vehicle: Code = field(init=False)
    _latitude: Real = field(init=False)
    _longitude: Real = field(init=False)

    def __post_init__(self) -> None:
        """Lay out vehicles by device and places by stop, if anybody hears."""
        names, roster = self.site.names("vehicle"), self.site.roster
        self._vehicle = np.full(len(roster) if self._heard() else 0, -1, dtype=np.int32)
        stops = self.fleet.timetable.network.stops if self._heard() else ()
        self._latitude = np.array([stop.latitude for stop in stops])
        self._longitude = np.array([stop.longitude for stop in stops])
        for device, vehicle in self.fleet.vehicles.items() if self._heard() else ():
            self._vehicle[device] = names.code(vehicle.name)

    def _heard(self) -> bool:
        return self.site.is_heard(BOARDING) or self.site.is_heard(ALIGHTING)

    def tell(self, calls: Calls) -> None:
        """Tell the riders of the visits of a slice."""
        if self.site.is_heard(BOARDING):
            call, at_us, number = self._one_by_one(calls, calls.rows["boarded"])
            self.site.tell_rows(
                BOARDING,
                at_us,
                districts_of(calls, self.site)[call],
                self._where(calls, call) | {"by_card": self._by_card(calls, call, number)},
            )
        if self.site.is_heard(ALIGHTING):
            call, at_us, _ = self._one_by_one(calls, calls.rows["alighted"])
            self.site.tell_rows(ALIGHTING, at_us, districts_of(calls, self.site)[call], self._where(calls, call))

    def _one_by_one(self, calls: Calls, riders: Int) -> tuple[Places, Int, Int]:
        """Return for each rider the call, the instant, and which of the call's riders it is: shape (riders,) each."""
        call = np.repeat(np.arange(len(riders)), riders)
        number = np.arange(len(call)) - np.repeat(np.cumsum(riders) - riders, riders)
        arrive_us, depart_us = calls.rows["arrive_us"][call], calls.rows["depart_us"][call]
        return call, arrive_us + (number + 1) * np.maximum(depart_us - arrive_us, 0) // (riders[call] + 1), number

    def _by_card(self, calls: Calls, call: Places, number: Int) -> Flags:
        """Return who pays by card: as many of each call as the visit says, spread evenly among its riders."""
        cards, boarded = calls.rows["cards"][call], calls.rows["boarded"][call]
        paid: Flags = (number + 1) * cards // boarded > number * cards // boarded
        return paid

    def _where(self, calls: Calls, call: Places) -> dict[str, Code | Real]:
        flat = calls.flat[call]
        stop = self.codes.stop_number[flat]
        return {
            "vehicle": self._vehicle[calls.rows["vehicle"][call]],
            "route": self.codes.route[calls.rows["pattern"][call]],
            "stop": self.codes.stop[flat],
            "latitude": self._latitude[stop],
            "longitude": self._longitude[stop],
        }
