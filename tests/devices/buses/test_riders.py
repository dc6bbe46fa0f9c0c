"""Riders: nobody is lost, full buses leave some behind, and dwell follows from who gets on and off."""

from dataclasses import replace

import numpy as np
import pytest

from devices.buses.driving.riders import poisson
from devices.buses.driving.stranded import Stranded
from devices.buses.network.arrays import Network
from devices.buses.parameters import DispatchParameters, RiderParameters
from devices.buses.system import Buses
from sim.city.profile import ProfileStage
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.bus_runs import PERFECT, STEADY, Outcome, by_hand, ride, shuttle

NO_DISPATCH = DispatchParameters(servers=0)
BUSY = RiderParameters(rides_per_bus=6_000, line_cv=0, stop_cv=0, dwell_cv=0, card_share=1)


@pytest.fixture(scope="module")
def city() -> Outcome:
    return ride(Buses(), hours=2, warm_up=1, start=7)


@pytest.mark.parametrize("mean", [0.3, 4.0, 59.0, 61.0, 300.0])
def test_poisson_numbers_have_the_mean_and_variance_asked_for(mean: float) -> None:
    draws = (np.arange(20_000) + 0.5) / 20_000
    numbers = np.array([poisson(mean, draw) for draw in draws.tolist()])
    assert numbers.mean() == pytest.approx(mean, rel=0.01)
    assert numbers.var() == pytest.approx(mean, rel=0.06)


def test_whoever_boarded_has_alighted_or_is_on_board_and_whoever_came_has_boarded_or_waits(city: Outcome) -> None:
    fleet, moved = city.installation.fleet, 0
    line_of = np.array([pattern.line for pattern in fleet.timetable.patterns])[city.visits["pattern"]]
    for line in fleet.lines:
        came, boarded, alighted = (city.visits[name][line_of == line.number].sum() for name in ("came", "boarded", "alighted"))
        on_board = sum(bus.load for bus in line.buses.values())
        waiting = sum(line.riders.waiting.values())
        assert boarded == alighted + line.riders.moved + on_board
        assert came + line.riders.moved == boarded + waiting + line.riders.gave_up
        moved += line.riders.moved
    assert moved > 0
    assert city.visits["boarded"].sum() > 5_000


def test_the_load_of_every_visit_is_what_was_left_on_board(city: Outcome) -> None:
    for vehicle in np.unique(city.visits["vehicle"])[:40]:
        mine = city.visits[city.visits["vehicle"] == vehicle]
        for operated in np.unique(mine["operated"]):
            trip = mine[mine["operated"] == operated]
            assert (trip["load"] == np.cumsum(trip["boarded"] - trip["alighted"])).all()
            assert trip["load"].min() >= 0


def test_a_full_bus_leaves_riders_behind_who_take_the_next_one() -> None:
    riders = BUSY.model_copy(update={"capacity": 20})
    outcome = ride(by_hand(shuttle([5, 15], blocks=2), riders=riders, running=STEADY, dispatch=NO_DISPATCH), hours=1)
    assert outcome.visits["load"].max() == 20
    left = outcome.visits["left"].sum()
    assert left == outcome.samples["buses.left_behind", ""].sum() > 0
    behind = outcome.visits[outcome.visits["left"] > 0][0]
    next_bus = outcome.visits[
        (outcome.visits["place"] == behind["place"])
        & (outcome.visits["pattern"] == behind["pattern"])
        & (outcome.visits["arrive_us"] > behind["arrive_us"])
    ][0]
    assert next_bus["boarded"] + next_bus["left"] >= behind["left"]


@pytest.mark.parametrize(("card_share", "each_s"), [(1.0, 2.0), (0.0, 4.0)])
def test_dwell_is_dead_time_and_the_longer_of_boarding_and_alighting(card_share: float, each_s: float) -> None:
    riders = BUSY.model_copy(update={"card_share": card_share, "crowding_slowdown": 1.0})
    outcome = ride(by_hand(shuttle([5]), riders=riders, running=STEADY, sensors=PERFECT, dispatch=NO_DISPATCH), hours=1)
    middle = outcome.visits[(outcome.visits["place"] > 0) & (outcome.visits["stopped"] == 1)]
    dwell_s = (middle["depart_us"] - middle["arrive_us"]) / SECOND_US
    boarding_s, alighting_s = each_s * middle["boarded"], 1.8 * middle["alighted"]
    assert dwell_s == pytest.approx(4.0 + np.maximum(boarding_s, alighting_s), abs=0.001)
    assert middle["boarded"].max() > 5


def test_a_stop_where_nobody_waits_or_alights_is_passed_by_unless_told_otherwise() -> None:
    few = RiderParameters(rides_per_bus=50, line_cv=0)
    passed = ride(by_hand(shuttle([5]), riders=few, running=STEADY), hours=1)
    inner = passed.visits[(passed.visits["place"] > 0) & (passed.visits["place"] < 10)]
    idle = (inner["boarded"] == 0) & (inner["alighted"] == 0)
    assert 0 < idle.sum() < len(inner)
    assert (inner["stopped"] == ~idle).all()
    obliging = few.model_copy(update={"skip_empty_stops": False})
    assert ride(by_hand(shuttle([5]), riders=obliging, running=STEADY), hours=1).visits["stopped"].all()


def test_four_of_five_boardings_are_paid_by_card(city: Outcome) -> None:
    assert city.visits["cards"].sum() / city.visits["boarded"].sum() == pytest.approx(0.8, abs=0.02)


def test_more_load_brings_more_riders() -> None:
    network = shuttle([5, 15], blocks=2)
    riders = RiderParameters(rides_per_bus=5_000, line_cv=0)
    double = ride(by_hand(network, riders=riders), hours=3, profile=(ProfileStage(lasting=3 * HOUR_US, multiplier=2.0),))
    single = ride(by_hand(network, riders=riders), hours=3)
    # Some 4,000 and 2,000 riders: the ratio of two Poisson counts has a deviation of 0.05 here.
    assert double.visits["came"].sum() / single.visits["came"].sum() == pytest.approx(2.0, abs=0.2)


def test_rides_of_a_day_are_those_of_the_figure() -> None:
    outcome = ride(Buses(riders=RiderParameters(line_cv=0)), hours=24, start=0, districts=("Xuhui",))
    blocks = len(outcome.installation.fleet.timetable.network.blocks)
    expected = 440 * blocks / 0.85
    assert outcome.visits["came"].sum() == pytest.approx(expected, rel=0.15)


def test_whoever_a_full_bus_leaves_behind_waits_as_long_as_his_patience_and_then_gives_up() -> None:
    riders = BUSY.model_copy(update={"capacity": 5, "patience": 10 * MINUTE_US})
    outcome = ride(by_hand(shuttle([5], layover_min=25), riders=riders, running=STEADY, dispatch=NO_DISPATCH), hours=2)
    line = outcome.installation.fleet.lines[0].riders
    assert line.gave_up > 50
    assert outcome.visits["came"].sum() == outcome.visits["boarded"].sum() + sum(line.waiting.values()) + line.gave_up
    assert (outcome.visits["boarded"] + outcome.visits["left"] == outcome.visits["came"])[outcome.visits["place"] < 10].all()


def test_those_who_came_first_board_first_and_give_up_first() -> None:
    stranded = Stranded()
    stranded.add(10, 3)
    stranded.add(20, 4)
    assert stranded.take(2) == 0
    assert stranded.give_up(9) == 0
    assert stranded.give_up(10) == 1
    assert stranded.take(6) == 2
    assert not stranded.groups


def test_rides_follow_the_buses_at_a_time_and_not_how_a_day_is_cut_into_blocks() -> None:
    network = shuttle([5, 15], blocks=2)
    cut = {f"block-{number}": (number,) for number in range(len(network.trips))}
    each_alone = replace(network, blocks=cut, trips=tuple(replace(trip, block=f"block-{n}") for n, trip in enumerate(network.trips)))
    assert len(cut) == 10
    assert _rides(each_alone) == _rides(network) == pytest.approx(2 * 440 / 0.85)


def _rides(network: Network) -> float:
    return ride(by_hand(network, riders=RiderParameters(line_cv=0)), hours=0.1).installation.fleet.lines[0].rides
