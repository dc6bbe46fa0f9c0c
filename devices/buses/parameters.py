"""Parameters of bus operation, by family; each default is a figure.

Owns what `--set buses.<family>.<parameter>=value` may write here. The cohorts' families stand beside their cohorts.
"""

from dataclasses import replace
from math import sqrt

from pydantic import Field

from devices.buses import figures
from sim.city.links import Link, Links
from sim.city.network_figures import G3_RTT, LINK_SIGMA, LTE_RTT, MILESTONES, VEHICLES_ON_3G
from sim.city.networks import AccessNetwork, Coverage
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import MINUTE_US, MS_US, SECOND_US

LINK_FIGURES = (LTE_RTT, G3_RTT, LINK_SIGMA, MILESTONES, VEHICLES_ON_3G)


class RiderParameters(Parameters):
    """Who rides, how long boarding takes, and what a bus holds."""

    rides_per_bus: float = from_figure(figures.RIDES_PER_BUS, ge=0)
    line_cv: float = from_figure(figures.LINE_CV, ge=0, le=2)
    tide: Share = from_figure(figures.TIDE)
    stop_cv: float = from_figure(figures.STOP_CV, ge=0, le=2)
    ride_km: float = from_figure(figures.RIDE, gt=0)
    patience: DurationUs = from_figure(figures.PATIENCE, scale=MINUTE_US)
    card_share: Share = from_figure(figures.CARD_SHARE)
    board_card: DurationUs = from_figure(figures.BOARD_CARD, scale=SECOND_US)
    board_cash: DurationUs = from_figure(figures.BOARD_CASH, scale=SECOND_US)
    alight: DurationUs = from_figure(figures.ALIGHT, scale=SECOND_US)
    dead_time: DurationUs = from_figure(figures.DEAD_TIME, scale=SECOND_US)
    dwell_cv: float = from_figure(figures.DWELL_CV, ge=0, le=2)
    crowding_slowdown: float = from_figure(figures.CROWDING_SLOWDOWN, ge=1)
    seats: int = from_figure(figures.SEATS, ge=1)
    capacity: int = from_figure(figures.CAPACITY, ge=1)
    skip_empty_stops: bool = Field(default=True, description="pass a stop where nobody waits or alights")


class RunningParameters(Parameters):
    """How vehicles run: irregular departures, varying times, storms, breakdowns."""

    departure_cv: float = from_figure(figures.DEPARTURE_CV, ge=0, le=1)
    departure_sparse: float = from_figure(figures.DEPARTURE_SPARSE, ge=1)
    frequent: DurationUs = from_figure(figures.FREQUENT, scale=MINUTE_US)
    sparse: DurationUs = from_figure(figures.SPARSE, scale=MINUTE_US)
    departure_reach: DurationUs = from_figure(figures.DEPARTURE_REACH, scale=MINUTE_US)
    departure_window: DurationUs = from_figure(figures.DEPARTURE_WINDOW, scale=SECOND_US)
    held_up_share: float = from_figure(figures.HELD_UP_SHARE, gt=0, le=1)
    leg_cv: float = from_figure(figures.LEG_CV, ge=0, le=2)
    trip_cv: float = from_figure(figures.TRIP_CV, ge=0, le=1)
    hour_cv: float = from_figure(figures.HOUR_CV, ge=0, le=1)
    recovery: Share = from_figure(figures.RECOVERY)
    storm_slowdown: float = from_figure(figures.STORM_SLOWDOWN, ge=1)
    turnaround: DurationUs = from_figure(figures.TURNAROUND, scale=SECOND_US)
    doors_before: DurationUs = from_figure(figures.DOORS_BEFORE, scale=SECOND_US)
    cancel_late: DurationUs = from_figure(figures.CANCEL_LATE, scale=MINUTE_US)
    spare_share: Share = from_figure(figures.SPARE_SHARE, lt=1)
    breakdown_km: float = from_figure(figures.BREAKDOWN_DISTANCE, gt=0)
    repair: DurationUs = from_figure(figures.BREAKDOWN_REPAIR, scale=MINUTE_US)
    incident_share: Share = from_figure(figures.INCIDENT_SHARE)

    def departure_sigma_us(self, headway_us: int) -> float:
        """Return the standard deviation of departures from the terminal at a planned headway, µs."""
        towards = min(max((headway_us - self.frequent) / max(self.sparse - self.frequent, 1), 0.0), 1.0)
        cv = self.departure_cv * (1.0 + (self.departure_sparse - 1.0) * towards)
        return cv * min(headway_us, self.departure_reach) / sqrt(2)


class SensorParameters(Parameters):
    """What detects a bus at a stop and counts its riders, and how well."""

    beacon_share: Share = from_figure(figures.BEACON_SHARE)
    door_share: Share = from_figure(figures.DOOR_SHARE)
    gps_miss: Share = from_figure(figures.GPS_MISS)
    door_miss: Share = from_figure(figures.DOOR_MISS)
    beacon_miss: Share = from_figure(figures.BEACON_MISS)
    false_hits: Share = from_figure(figures.FALSE_HITS)
    gps_lag: DurationUs = from_figure(figures.GPS_LAG, scale=SECOND_US)
    report_delay: DurationUs = from_figure(figures.REPORT_DELAY, scale=SECOND_US)
    counter_share: Share = from_figure(figures.COUNTER_SHARE)
    counter_miss: Share = from_figure(figures.COUNTER_MISS)
    counter_double: Share = from_figure(figures.COUNTER_DOUBLE)


class DispatchParameters(Parameters):
    """When the centre raises an alert and what its dispatchers do about it; `servers` 0 leaves every desk empty."""

    lines_per_desk: int = from_figure(figures.LINES_PER_DESK, ge=1)
    servers: int = Field(default=1, ge=0, description="dispatchers at each desk")
    gap_factor: float = from_figure(figures.GAP_FACTOR, gt=1)
    bunch_factor: float = from_figure(figures.BUNCH_FACTOR, gt=0, lt=1)
    missing_after: DurationUs = from_figure(figures.MISSING_AFTER, scale=MINUTE_US)
    decision: DurationUs = from_figure(figures.DECISION, scale=SECOND_US)
    order_delay: DurationUs = from_figure(figures.ORDER_DELAY, scale=SECOND_US)
    longest_hold: DurationUs = from_figure(figures.LONGEST_HOLD, scale=SECOND_US)
    quiet: DurationUs = from_figure(figures.QUIET, scale=MINUTE_US)
    insert_ready: DurationUs = from_figure(figures.INSERT_READY, scale=MINUTE_US)
    breakdown_call: DurationUs = from_figure(figures.BREAKDOWN_CALL, scale=SECOND_US)


class LinkParameters(Parameters):
    """The mobile network between vehicles, signs and the broker (half a round trip each way): LTE for some of them, 3G for the others."""

    lte_share: Share | None = Field(default=None, description="share of devices on LTE; none: that of the year by the plan's milestones")
    lte_round_trip: DurationUs = from_figure(LTE_RTT, scale=MS_US)
    g3_round_trip: DurationUs = from_figure(G3_RTT, scale=MS_US)
    sigma: float = from_figure(LINK_SIGMA, ge=0, le=3)
    loss: Share = Field(default=0.0, description="share of events lost on the way, QoS 0 and 1 alike")

    def links(self, *, stores: bool) -> Links:
        """Return both networks for a kind that a device stores in an outage, or does not."""
        round_trips_us = {AccessNetwork.G4: self.lte_round_trip, AccessNetwork.G3: self.g3_round_trip}
        return Links({network: Link(round(each / 2), self.sigma, self.loss, stores=stores) for network, each in round_trips_us.items()})

    def coverage(self, of_the_year: Coverage) -> Coverage:
        """Return which device hangs on which network: in the shares of the year, if no other is given."""
        if self.lte_share is None:
            return of_the_year
        return replace(of_the_year, shares={AccessNetwork.G4: self.lte_share, AccessNetwork.G3: 1.0 - self.lte_share})
