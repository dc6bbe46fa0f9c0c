"""Dispatchers: alerts come from sensors, wait at the desk, and become instructions that name existing buses."""

import numpy as np
import pytest

from devices.buses.choices import HeadwayAlert, Instruction, Progress, Reason, ScheduleRelationship, StopAction
from devices.buses.dispatch.centre import Alert, Centre
from devices.buses.parameters import DispatchParameters, LinkParameters, SensorParameters
from devices.buses.system import Buses
from sim.city.incidents import Incident
from sim.events.batches import WITHHELD
from sim.events.kinds import ABSENT_INT
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.bus_runs import NOBODY, STEADY, Outcome, by_hand, clock_us, ride, shuttle

STORM = Incident(what="storm", after=0, lasting=2 * HOUR_US)


@pytest.fixture(scope="module")
def stormy() -> Outcome:
    return ride(Buses(), hours=2, warm_up=0, incidents=(STORM,))


def test_the_waits_in_the_rows_are_those_of_the_desks(stormy: Outcome) -> None:
    tallies = [dispatcher.desk.tally() for dispatcher in stormy.installation.fleet.dispatchers]
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


@pytest.fixture(scope="module")
def cut_off() -> Outcome:
    """A stormy city without a network from the 30th to the 50th minute, where many buses break down, and with a lossy one besides."""
    outage = Incident(what="outage", after=30 * MINUTE_US, lasting=20 * MINUTE_US)
    breakdown = Incident(what="breakdown", after=31 * MINUTE_US, lasting=MINUTE_US)
    return ride(Buses(links=LinkParameters(loss=0.2)), hours=1.5, scale=0.02, incidents=(STORM, outage, breakdown))


def test_an_alert_speaks_of_what_the_network_has_let_pass(cut_off: Outcome) -> None:
    alerts, events = cut_off.columns["headway_alert"], cut_off.columns["stop_event"]
    left = np.isin(events["stop_action"], [StopAction.DEPART, StopAction.SKIP])
    passed = {}
    for row in np.flatnonzero(left & (events["release_us"] != WITHHELD)).tolist():
        passed[int(events["trip"][row]), int(events["stop"][row])] = int(events["release_us"][row])
    told = ~np.isin(alerts["stop"], _first_stops(cut_off)) & (alerts["time_us"] > clock_us(cut_off, 2))
    assert told.sum() > 20
    for trip, stop, at_us in zip(*(alerts[name][told].tolist() for name in ("trip", "stop", "time_us")), strict=True):
        assert passed[trip, stop] <= at_us
    begin_us, end_us = clock_us(cut_off, 30.5), clock_us(cut_off, 50)
    assert not (told & (alerts["time_us"] > begin_us) & (alerts["time_us"] <= end_us)).any()
    assert (told & (alerts["time_us"] > end_us)).any()


def test_the_centre_knows_no_report_before_it_was_released(cut_off: Outcome) -> None:
    events, reports, journal = cut_off.columns["stop_event"], cut_off.installation.fleet.journal.reports, cut_off.installation.fleet.journal
    keys = zip(events["device"].tolist(), events["stop_sequence"].tolist(), events["stop_action"].tolist(), strict=True)
    released = dict(zip(zip(keys, events["time_us"].tolist(), strict=True), events["release_us"].tolist(), strict=True))
    found = 0
    vehicles = journal.trips.at(reports.rows["trip"])["vehicle"].tolist()
    for vehicle, (known_us, seen_us, _, place, action) in zip(vehicles, reports.rows.tolist(), strict=True):
        release_us = released.get(((vehicle, place, action), seen_us))
        if release_us is not None:
            assert release_us <= known_us
            found += 1
    assert found > 2_000


def test_a_network_that_loses_everything_leaves_the_centre_blind() -> None:
    outcome = ride(Buses(links=LinkParameters(loss=1)), hours=1, incidents=(STORM,))
    assert np.isin(outcome.columns["headway_alert"]["stop"], _first_stops(outcome)).all()
    assert not len(outcome.installation.fleet.journal.reports)
    assert not any(name == "buses.report_delay_s" for name, _ in outcome.samples)


def test_no_order_is_obeyed_that_an_outage_keeps_from_the_driver(cut_off: Outcome) -> None:
    states = cut_off.columns["trip_state"]
    broken = states["progress"] == Progress.BROKEN_DOWN
    assert broken.any()
    swaps = cut_off.columns["dispatch"]["instruction"] == Instruction.SWAP
    inside = (cut_off.columns["dispatch"]["time_us"] > clock_us(cut_off, 33)) & (
        cut_off.columns["dispatch"]["time_us"] < clock_us(cut_off, 50)
    )
    assert not (swaps & inside).any()


def test_empty_desks_give_no_instructions_but_the_centre_still_alerts() -> None:
    outcome = ride(Buses(dispatch=DispatchParameters(servers=0)), hours=1, incidents=(STORM,))
    assert "dispatch" not in outcome.columns
    assert len(outcome.columns["headway_alert"]["alert"]) > 10


def test_blind_sensors_leave_only_missing_departures_to_alert_of() -> None:
    blind = SensorParameters(gps_miss=1, door_miss=1, beacon_miss=1, false_hits=0)
    outcome = ride(Buses(sensors=blind), hours=1, incidents=(STORM,))
    assert (outcome.columns["headway_alert"]["alert"] == HeadwayAlert.GAP).all()
    assert np.isin(outcome.columns["headway_alert"]["stop"], _first_stops(outcome)).all()


def _first_stops(outcome: Outcome) -> list[int]:
    timetable, names = outcome.installation.fleet.timetable, outcome.engine.city.names("stop")
    return [names.find(timetable.network.stops[pattern.stops[0]].stop_id) for pattern in timetable.patterns]


def test_a_bus_is_not_alerted_of_again_within_the_quiet_time(stormy: Outcome) -> None:
    rows = stormy.columns["headway_alert"]
    for trip in np.unique(rows["trip"]):
        at_us = np.sort(rows["time_us"][(rows["trip"] == trip) & ~np.isin(rows["stop"], _first_stops(stormy))])
        assert (np.diff(at_us) >= 15 * MINUTE_US - 30 * SECOND_US).all()


def test_a_follower_too_close_is_held_at_its_next_stop() -> None:
    network = shuttle([5, 9, 13, 17, 21, 25], blocks=6, run_min=30, layover_min=40)
    outcome = ride(by_hand(network, riders=NOBODY, running=STEADY.model_copy(update={"leg_cv": 0.5})), hours=1)
    rows = outcome.columns["dispatch"]
    held = rows["instruction"] == Instruction.HOLD
    assert held.sum() >= 1
    assert (rows["reason"][held] == Reason.BUNCHING).all()
    stays_s = (outcome.visits["depart_us"] - outcome.visits["arrive_us"]) / SECOND_US
    inner = (outcome.visits["place"] > 0) & (outcome.visits["place"] < 10)
    assert stays_s[inner].max() == pytest.approx(rows["hold_s"][held].max(), abs=0.1)


@pytest.mark.parametrize(("spare_share", "inserted"), [(0.0, False), (0.5, True)])
def test_a_bus_is_inserted_for_a_missing_departure_only_when_one_exists(spare_share: float, inserted: bool) -> None:  # noqa: FBT001
    running = STEADY.model_copy(update={"spare_share": spare_share, "storm_slowdown": 3.0})
    storm = Incident(what="storm", after=0, lasting=25 * MINUTE_US)
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=running), hours=2, incidents=(storm,))
    added = outcome.columns["trip_state"]["schedule_relationship"] == 1
    assert added.any() == inserted
    if inserted:
        assert (outcome.columns["dispatch"]["instruction"] == Instruction.INSERT).sum() == 1
        spare = outcome.installation.fleet.dispatchers[0]
        assert np.unique(outcome.columns["trip_state"]["device"][added]).tolist() != [spare.blocks[0].vehicle.device]
        assert (outcome.columns["trip_state"]["schedule_relationship"] == 3).sum() == 1  # its own vehicle leaves the trip out


def test_a_short_turned_bus_puts_its_riders_out_and_goes_back_from_where_it_stands() -> None:
    outcome = ride(Buses(), hours=1.5, scale=0.03, incidents=(STORM,))
    turned = (outcome.columns["dispatch"]["instruction"] == Instruction.SHORT_TURN).sum()
    assert turned >= 1
    starts = np.flatnonzero(np.diff(outcome.visits["operated"], prepend=-1))
    first_of = {}
    for row in starts.tolist():
        first_of.setdefault(int(outcome.visits["operated"][row]), int(outcome.visits["place"][row]))
    assert sum(place > 0 for place in first_of.values()) >= 1
    moved = sum(line.riders.moved for line in outcome.installation.fleet.lines)
    assert outcome.visits["boarded"].sum() >= outcome.visits["alighted"].sum() + moved
    states = outcome.columns["trip_state"]
    unscheduled = states["schedule_relationship"] == ScheduleRelationship.UNSCHEDULED
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
    bus = next(iter(outcome.installation.fleet.lines[0].buses.values()))
    bus.headways_us = [10 * MINUTE_US] * len(bus.headways_us)
    for minutes in (1_000, 1_010, 1_012.4, 1_020, 1_041, 1_041 + 24 * 60):
        centre.hear(bus, 3, round(minutes * MINUTE_US), round(minutes * MINUTE_US) + SECOND_US)
    assert [(alert.alert, alert.headway_us / MINUTE_US) for alert in raised] == [(HeadwayAlert.BUNCHING, 2.4), (HeadwayAlert.GAP, 21.0)]
