"""Operation: the slice's visits handed to journal, sensors, counters and measures.

Owns the order of that work and the forgetting that keeps memory level. Processes are the fleet's business.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.fleet import Fleet
from devices.buses.parameters import RiderParameters, SensorParameters
from devices.buses.regularity import Regularity
from devices.buses.sensors.arrivals import Sensors
from devices.buses.sensors.calls import Calls, Codes, gather
from devices.buses.sensors.counters import Counters
from devices.buses.told import Riding
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.draws import by_district
from sim.units import HOUR_US, MINUTE_US, NEVER_US

KEEP_TRIPS_US = 36 * HOUR_US  # of a late report the centre must still know which trip it is about
KEEP_ARRIVALS_US = 30 * MINUTE_US  # after a trip's end
KEEP_REPORTS_US = HOUR_US


@dataclass(slots=True)
class Operation:
    """What is made of a fleet's visits, slice by slice. Build it after the fleet: equipment is drawn for its devices."""

    site: Site
    fleet: Fleet
    riders: RiderParameters
    sensors: SensorParameters
    codes: Codes = field(init=False)
    _sensing: Sensors = field(init=False)
    _counters: Counters = field(init=False)
    _regularity: Regularity = field(init=False)
    _riding: Riding = field(init=False)

    def __post_init__(self) -> None:
        """Lay out codes and equipment."""
        timetable, site = self.fleet.timetable, self.site
        self.codes = Codes.of(site, timetable)
        doors = np.zeros(len(site.roster), dtype=np.bool_)
        for device, vehicle in self.fleet.vehicles.items():
            doors[device] = vehicle.door_contact
        beacons = self.fleet.lines[0].sensing.beacons
        self._sensing = Sensors(
            site=site,
            timetable=timetable,
            journal=self.fleet.journal,
            codes=self.codes,
            parameters=self.sensors,
            beacons=beacons,
            door_contacts=doors,
            uplinks=self.fleet.uplinks,
        )
        self._counters = Counters(site, self.codes, self.sensors, self.riders.capacity, self._counter_fitted())
        self._regularity = Regularity(timetable, self.fleet.journal, site.warm_from_us, self.codes, self.riders.capacity)
        self._riding = Riding(site, self.fleet, self.codes)

    def emit(self, span: Span, out: Site) -> None:
        """Work through what happened at stops."""
        self._forget(span)
        journal = self.fleet.journal
        calls = gather(journal.visits.take_before(span.end_us), self.fleet.timetable, journal, self.codes)
        self._legs(calls)
        keys = zip(calls.rows["operated"].tolist(), calls.rows["place"].tolist(), strict=True)
        journal.came = calls.rows
        journal.arrivals.update(zip(keys, calls.rows["arrive_us"].tolist(), strict=True))
        self._sensing.emit(span, calls, out)
        self._counters.emit(span, calls, out)
        self._regularity.emit(span, calls, out)
        self._riding.tell(calls)

    def _counter_fitted(self) -> NDArray[np.bool_]:
        """Return which devices have door counters, drawn district by district: shape (devices,)."""
        codes = self.site.roster.district_codes()
        fitted = np.zeros(len(codes), dtype=np.bool_)
        for rows, rng in by_district(self.site, codes, "counters", "fitted"):
            fitted[rows] = rng.random(len(rows)) < self.sensors.counter_share
        return fitted

    def _legs(self, calls: Calls) -> None:
        """Leave a stay and a leg in the journal for every visit that has one."""
        rows, metres = calls.rows, self.codes.distance_m
        stays = np.flatnonzero(rows["depart_us"] > rows["arrive_us"])
        drives = np.flatnonzero(rows["next_us"] != NEVER_US)
        both = np.concatenate([stays, drives])
        moving = np.arange(len(both)) >= len(stays)
        chosen, flat = rows[both], calls.flat[both]
        self.fleet.journal.legs.extend(
            vehicle=chosen["vehicle"],
            trip=chosen["operated"],
            start_us=np.where(moving, chosen["depart_us"], chosen["arrive_us"]),
            end_us=np.where(moving, chosen["next_us"], chosen["depart_us"]),
            from_m=metres[flat],
            to_m=metres[flat + moving],
            stop=chosen["place"] + moving,
            load=chosen["load"],
        )

    def _forget(self, span: Span) -> None:
        """Drop what nobody asks for any more."""
        journal, ended = self.fleet.journal, self.fleet.driving.ended
        journal.legs.forget_before(span.start_us)
        journal.notices.forget_before(span.start_us)
        journal.reports.forget_before(span.start_us - KEEP_REPORTS_US)
        journal.trips.forget_before(span.start_us - KEEP_TRIPS_US)
        while ended and ended[0].at_us < span.start_us - KEEP_ARRIVALS_US:
            trip = ended.popleft()
            journal.forget_arrivals(trip.operated, trip.last)
