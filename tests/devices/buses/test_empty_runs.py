"""Vehicles drive empty from where one trip ends to where the next begins: it takes time and distance, and nobody is in two places."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import PrivateAttr

from devices.buses.choices import ScheduleRelationship
from devices.buses.driving.empty_driving import Steps
from devices.buses.network.arrays import Line, Network, Pattern, Stop
from devices.buses.network.blocks import split
from devices.buses.network.empty_runs import quickest_us, usual_us
from devices.buses.parameters import DispatchParameters, RunningParameters
from devices.buses.positions.cohort import PositionParameters
from devices.buses.positions.shapes import METRES_PER_DEGREE
from devices.buses.system import Buses, BusInstallation
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.events.kinds import ABSENT_INT
from sim.names import NO_NAME
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.bus_runs import DAY, NOBODY, STEADY, HandMade, Outcome, by_hand, clock_us, ride, shuttle, trip_states
from tests.devices.buses.tiny_feeds import network_of, stop_times, tiny

NO_DISPATCH = DispatchParameters(servers=0)
EVERY_SECOND = PositionParameters(interval=SECOND_US, missed=0, slow_share=0, silences_per_hour=0)
MOST_M_S = 33


def two_lines(apart_km: float, pause_min: float) -> Network:
    """A vehicle that runs a line from 7:05 to 7:25 and, so many minutes later, another one that begins so far to the east."""
    network = shuttle([5], layover_min=pause_min)
    degrees = apart_km * 1_000 / (METRES_PER_DEGREE * np.cos(np.radians(31.2)))
    there = tuple(Stop(f"t{number}", f"There {number}", 31.24 + 0.004 * number, 121.5 + degrees, "Jingan") for number in range(11))
    other = replace(network.patterns[0], route="2", stops=network.patterns[0].stops + 11)
    other = Pattern("2", 0, other.stops, other.distance_m, other.shape_m, other.shape_latitude + 0.04, np.full(11, 121.5 + degrees))
    trips = (network.trips[0], replace(network.trips[1], pattern=2))
    lines = (*network.lines, Line("2", "Line 2", "Jingan", 200))
    return replace(
        network, stops=network.stops + there, lines=lines, patterns=(*network.patterns, other), trips=trips, blocks={"block-0": (0, 1)}
    )


def jumps_m_s(outcome: Outcome) -> np.ndarray:
    """Speed between consecutive true positions of each vehicle."""
    rows = outcome.columns["vehicle_position"]
    order = np.lexsort((rows["time_us"], rows["device"]))
    north, east = (np.diff(rows[name][order]) * METRES_PER_DEGREE for name in ("true_latitude", "true_longitude"))
    metres = np.hypot(north, east * np.cos(np.radians(rows["true_latitude"][order][1:])))
    same = np.diff(rows["device"][order]) == 0
    speeds: np.ndarray = (metres / (np.diff(rows["time_us"][order]) / SECOND_US))[same]
    return speeds


def test_a_vehicle_drives_to_another_terminal_and_reports_itself_on_the_way() -> None:
    outcome = ride(by_hand(two_lines(4, 40), riders=NOBODY, running=STEADY, positions=EVERY_SECOND), hours=1.5)
    rows = outcome.columns["vehicle_position"]
    empty = rows["trip"] == NO_NAME
    assert empty.sum() == pytest.approx(4 / 15 * 3_600, abs=3)  # 15 km/h
    assert (rows["current_stop_sequence"][empty] == ABSENT_INT).all()
    assert set(rows["start_date"][empty]) == {NO_NAME}
    assert rows["odometer_m"][empty].max() - rows["odometer_m"][empty].min() == pytest.approx(4_000, abs=10)
    assert jumps_m_s(outcome).max() < MOST_M_S
    departed = trip_states(outcome, "departed")["time_us"]
    assert abs(departed - [clock_us(outcome, 5), clock_us(outcome, 65)]).max() < SECOND_US


def test_with_little_time_it_drives_faster_but_not_faster_than_a_bus_and_leaves_late_if_it_must() -> None:
    in_time = ride(by_hand(two_lines(4, 6), riders=NOBODY, running=STEADY, positions=EVERY_SECOND), hours=1)
    late = ride(by_hand(two_lines(20, 6), riders=NOBODY, running=STEADY, positions=EVERY_SECOND), hours=1.5)
    assert jumps_m_s(in_time).max() < MOST_M_S
    assert jumps_m_s(late).max() < MOST_M_S
    assert abs(trip_states(in_time, "departed")["time_us"][1] - clock_us(in_time, 31)) < 15 * SECOND_US
    quickest = quickest_us(np.array([20_000.0]))[0]
    assert trip_states(late, "departed")["time_us"][1] == pytest.approx(clock_us(late, 25) + quickest, abs=20 * SECOND_US)


def test_an_empty_run_is_faster_outside_the_town_and_never_faster_than_its_quickest() -> None:
    apart_m = np.array([10.0, 1_000.0, 5_000.0, 50_000.0])
    usual_s, quickest_s = usual_us(apart_m) / SECOND_US, quickest_us(apart_m) / SECOND_US
    assert usual_s[1:] == pytest.approx([240, 1_200, 1_200 + 3_600])
    assert (quickest_s <= usual_s).all()
    assert 1.33 * 50_000 / quickest_s[-1] < 100 / 3.6


def test_vehicles_of_a_city_never_jump_whatever_happens_to_them() -> None:
    storm = Incident(what="storm", after=0, lasting=2 * HOUR_US)
    broken = Incident(what="breakdown", after=20 * MINUTE_US, lasting=MINUTE_US)
    running = RunningParameters(incident_share=0.2, repair=20 * MINUTE_US, spare_share=0.3)
    outcome = ride(Buses(running=running), hours=1.3, incidents=(storm, broken))
    assert len(outcome.installation.fleet.journal.ways.every) > 5
    assert jumps_m_s(outcome).max() < MOST_M_S


def test_a_block_that_one_vehicle_cannot_drive_is_split() -> None:
    depart, arrive = (np.array(each) * MINUTE_US for each in ([0, 40, 80], [30, 70, 110]))
    apart_m = np.array([[0, 30_000.0, 0], [0, 0, 200], [0, 0, 0]])
    assert split(depart, arrive, apart_m).tolist() == [0, 1, 0]
    assert split(depart, arrive, apart_m / 4).tolist() == [0, 0, 0]


def test_a_feeds_block_of_distant_trips_is_split_and_noted(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] += "E,Far,31.9,121.415\nF,Farther,31.9,121.42\n"
    files["trips"] = "route_id,service_id,trip_id,direction_id,block_id\nr1,wk,t1,0,b1\nr1,wk,t2,1,b1\n"
    files["stop_times"] = stop_times(t1="A 7:00 B 7:02 C 7:05 D 7:09", t2="E 7:30 F 7:33")
    network = network_of(tmp_path, files)
    assert [trip.block for trip in network.trips] == ["b1", "b1~2"]
    assert [note.count for note in network.notes if "too far apart" in note.what] == [1]


class Meddled(HandMade):
    """A hand-made city in which a test gives orders of its own."""

    _order: Callable[[BusInstallation], Steps] = PrivateAttr()

    def build(self, site: Site) -> BusInstallation:
        installation = super().build(site)
        site.process(self._order(installation))
        return installation


def meddled(network: Network, order: Callable[[BusInstallation], Steps]) -> Meddled:
    buses = Meddled(riders=NOBODY, running=STEADY, dispatch=NO_DISPATCH, positions=EVERY_SECOND)
    buses._given, buses._order = network, order
    return buses


def turn(installation: BusInstallation) -> Steps:
    """Turn the first bus short half an hour after the start."""
    yield installation.site.env.timeout(15 * MINUTE_US)
    bus = next(iter(installation.fleet.lines[0].buses.values()))
    bus.last = bus.place + 2


def across_the_road(network: Network) -> Network:
    """The line with stops of its own for the way back, 100 m beside those of the way out."""
    degrees = 100 / (METRES_PER_DEGREE * np.cos(np.radians(31.2)))
    back = replace(network.patterns[1], stops=network.patterns[1].stops + len(network.stops))
    back = replace(back, shape_longitude=back.shape_longitude + degrees)
    stops = tuple(replace(stop, stop_id=f"b{stop.stop_id}", longitude=stop.longitude + degrees) for stop in network.stops)
    return replace(network, stops=network.stops + stops, patterns=(network.patterns[0], back))


def test_a_bus_that_is_turned_drives_to_the_other_side_of_the_road_and_goes_back_from_there() -> None:
    outcome = ride(meddled(across_the_road(shuttle([5])), turn), hours=1)
    relation = outcome.columns["trip_state"]["schedule_relationship"]
    assert (relation == ScheduleRelationship.UNSCHEDULED).any()
    empty = outcome.columns["vehicle_position"]["trip"] == NO_NAME
    assert empty.sum() > 10
    assert jumps_m_s(outcome).max() < MOST_M_S


def test_a_turn_is_for_the_next_trip_only_also_when_that_was_given_away() -> None:
    def turn_and_give_away(installation: BusInstallation) -> Steps:
        yield from turn(installation)
        fleet = installation.fleet
        block, day_us = fleet.dispatchers[0].blocks[0], int(fleet.journal.trips.rows["day_us"][0])
        block.given_away.append(block._assignments(DAY, day_us)[1])

    network = shuttle([5])
    outcome = ride(meddled(replace(network, trips=network.trips[:2], blocks={"block-0": (0, 1)}), turn_and_give_away), hours=1.2)
    assert len(trip_states(outcome, "departed")["time_us"]) == 1  # nothing of tomorrow is run today
    longer = ride(meddled(network, turn_and_give_away), hours=1.2)
    departed = trip_states(longer, "departed")["time_us"]
    assert abs(departed[1] - clock_us(longer, 55)) < SECOND_US  # the trip after, at its own time, from its own first stop


@pytest.mark.parametrize("layover_min", [0.0, 0.5])
def test_a_through_service_goes_on_without_a_turn_and_without_losing_time(layover_min: float) -> None:
    outcome = ride(by_hand(shuttle([5], layover_min=layover_min), riders=NOBODY, running=STEADY), hours=2)
    delay_s = trip_states(outcome, "departed")["delay_s"]
    assert len(delay_s) >= 5
    assert delay_s.tolist() == [0] * len(delay_s)
