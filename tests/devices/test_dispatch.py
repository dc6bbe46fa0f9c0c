"""Dispatchers: alerts come from sensors, wait at the desk, and become instructions that name existing buses."""

import numpy as np
import pytest
from bus_runs import NOBODY, STEADY, Outcome, by_hand, ride, shuttle

from devices.buses.dispatch.centre import BUNCHING, GAP, Alert, Centre
from devices.buses.dispatch.dispatchers import HOLD, INSERT, SHORT_TURN
from devices.buses.kinds import REASON, SCHEDULE_RELATIONSHIP
from devices.buses.operation.visits import Visit
from devices.buses.parameters import DispatchParameters, SensorParameters
from devices.buses.system import Buses
from sim.incidents import Incident
from sim.kinds import ABSENT_INT
from sim.units import HOUR_US, MINUTE_US, SECOND_US

STORM = Incident(what="storm", after=0, lasting=2 * HOUR_US)


@pytest.fixture(scope="module")
def stormy() -> Outcome:
    return ride(Buses(), hours=2, warm_up=0, incidents=(STORM,))


def test_the_waits_in_the_rows_are_those_of_the_desks(stormy: Outcome) -> None:
    tallies = [dispatcher.desk.tally() for dispatcher in stormy.plant.fleet.dispatchers]
    waited_s = stormy.columns["dispatch"]["waited_s"]
    assert sum(tally.arrived for tally in tallies) >= len(waited_s) > 20
    assert all(tally.idle_while_waiting_us == 0 for tally in tallies)
    assert waited_s.max() > 0
    assert waited_s.sum() <= sum(tally.waiting_us for tally in tallies) / SECOND_US + 1
    assert stormy.samples["buses.dispatch_wait_s", ""].sum() == pytest.approx(waited_s.sum(), abs=0.1 * len(waited_s))


def test_an_order_takes_its_wait_the_decision_and_the_way_to_the_driver() -> None:
    parameters = DispatchParameters(order_delay=20 * SECOND_US)
    outcome = ride(Buses(dispatch=parameters), hours=1, incidents=(STORM,))
    waits, latencies = outcome.samples["buses.dispatch_wait_s", ""], outcome.samples["buses.dispatch_latency_s", ""]
    assert len(latencies) > 10
    assert latencies.min() > 20
    assert latencies.sum() > waits[: len(latencies)].sum() + 20 * len(latencies)


def test_empty_desks_give_no_instructions_but_the_centre_still_alerts() -> None:
    outcome = ride(Buses(dispatch=DispatchParameters(servers=0)), hours=1, incidents=(STORM,))
    assert "dispatch" not in outcome.columns
    assert len(outcome.columns["headway_alert"]["alert"]) > 10


def test_blind_sensors_leave_only_missing_departures_to_alert_of() -> None:
    blind = SensorParameters(gps_miss=1, door_miss=1, beacon_miss=1, false_hits=0)
    outcome = ride(Buses(sensors=blind), hours=1, incidents=(STORM,))
    assert (outcome.columns["headway_alert"]["alert"] == GAP).all()
    assert np.isin(outcome.columns["headway_alert"]["stop"], _first_stops(outcome)).all()


def _first_stops(outcome: Outcome) -> list[int]:
    timetable, names = outcome.plant.fleet.timetable, outcome.engine.city.names("stop")
    return [names.find(timetable.network.stops[course.stops[0]].stop_id) for course in timetable.courses]


def test_a_bus_is_not_alerted_of_again_within_the_quiet_time(stormy: Outcome) -> None:
    rows = stormy.columns["headway_alert"]
    for trip in np.unique(rows["trip"]):
        at_us = np.sort(rows["time_us"][(rows["trip"] == trip) & ~np.isin(rows["stop"], _first_stops(stormy))])
        assert (np.diff(at_us) >= 15 * MINUTE_US - 30 * SECOND_US).all()


def test_a_follower_too_close_is_held_at_its_next_stop() -> None:
    network = shuttle([5, 9, 13, 17, 21, 25], blocks=6, run_min=30, layover_min=40)
    outcome = ride(by_hand(network, riders=NOBODY, running=STEADY.model_copy(update={"leg_cv": 0.5})), hours=1)
    rows = outcome.columns["dispatch"]
    held = rows["instruction"] == HOLD
    assert held.sum() >= 1
    assert (rows["reason"][held] == REASON.index("bunching")).all()
    stays_s = (outcome.of(Visit.DEPART_US) - outcome.of(Visit.ARRIVE_US)) / SECOND_US
    inner = (outcome.of(Visit.PLACE) > 0) & (outcome.of(Visit.PLACE) < 10)
    assert stays_s[inner].max() == pytest.approx(rows["hold_s"][held].max(), abs=0.1)


@pytest.mark.parametrize(("spare_share", "inserted"), [(0.0, False), (0.5, True)])
def test_a_bus_is_inserted_for_a_missing_departure_only_when_one_exists(spare_share: float, inserted: bool) -> None:  # noqa: FBT001
    running = STEADY.model_copy(update={"spare_share": spare_share, "storm_slowdown": 3.0})
    storm = Incident(what="storm", after=0, lasting=25 * MINUTE_US)
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=running), hours=2, incidents=(storm,))
    added = outcome.columns["trip_state"]["schedule_relationship"] == 1
    assert added.any() == inserted
    if inserted:
        assert (outcome.columns["dispatch"]["instruction"] == INSERT).sum() == 1
        spare = outcome.plant.fleet.dispatchers[0]
        assert np.unique(outcome.columns["trip_state"]["device"][added]).tolist() != [spare.duties[0].vehicle.device]
        assert (outcome.columns["trip_state"]["schedule_relationship"] == 3).sum() == 1  # its own vehicle leaves the trip out


def test_a_short_turned_bus_puts_its_riders_out_and_goes_back_from_where_it_stands() -> None:
    outcome = ride(Buses(), hours=1.5, scale=0.03, incidents=(STORM,))
    turned = (outcome.columns["dispatch"]["instruction"] == SHORT_TURN).sum()
    assert turned >= 1
    starts = np.flatnonzero(np.diff(outcome.of(Visit.OPERATED), prepend=-1))
    first_of = {}
    for row in starts.tolist():
        first_of.setdefault(int(outcome.visits[row, Visit.OPERATED]), int(outcome.visits[row, Visit.PLACE]))
    assert sum(place > 0 for place in first_of.values()) >= 1
    ledgers = [service.riders.ledger for service in outcome.plant.fleet.services]
    assert all(ledger.boarded >= ledger.alighted + ledger.moved for ledger in ledgers)
    states = outcome.columns["trip_state"]
    unscheduled = states["schedule_relationship"] == SCHEDULE_RELATIONSHIP.index("unscheduled")
    assert unscheduled.any()
    assert (states["delay_s"][unscheduled] == ABSENT_INT).all()  # it leaves at once, ahead of a timetable that no longer counts
    events = outcome.columns["stop_event"]
    untimed = events["scheduled_us"] == ABSENT_INT
    assert untimed.any()
    assert ((events["delay_s"] == ABSENT_INT) == untimed).all()


def test_the_centre_calls_a_quarter_of_the_headway_a_bunch_and_twice_a_gap() -> None:
    raised: list[Alert] = []
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=STEADY), hours=0.2)
    centre = Centre(1_000, DispatchParameters(quiet=0), raised.append)
    bus = next(iter(outcome.plant.fleet.services[0].buses.values()))
    bus.headways_us = [10 * MINUTE_US] * len(bus.headways_us)
    for minutes in (1_000, 1_010, 1_012.4, 1_020, 1_041, 1_041 + 24 * 60):
        centre.hear(bus, 3, round(minutes * MINUTE_US), round(minutes * MINUTE_US) + SECOND_US)
    assert [(alert.alert, alert.headway_us / MINUTE_US) for alert in raised] == [(BUNCHING, 2.4), (GAP, 21.0)]
