"""Regularity emerges: irregular departures, riders and dwell make buses bunch as much as real ones do."""

from dataclasses import replace

import numpy as np
import pytest

from devices.buses.driving.running import Running
from devices.buses.network.arrays import Network
from devices.buses.parameters import DispatchParameters, RiderParameters, RunningParameters
from devices.buses.positions.cohort import PositionParameters
from devices.buses.signs.cohort import SignParameters
from devices.buses.system import Buses
from sim.streams import Streams
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.bus_runs import NOBODY, STEADY, Outcome, by_hand, ride, shuttle

# Measured on a US city's positions (figures of bus operation): CV and share of headways below a quarter of the mean.
FIRST_CV, LAST_CV = (0.29, 0.45), (0.36, 0.60)
FIRST_BUNCHED, LAST_BUNCHED = (0.0, 0.06), (0.01, 0.10)
TOLERANCE = 0.03
SPARSE_CV = (0.25, 0.50)  # of the measured lines, which ran every 12.5 and 17 min
SELDOM = PositionParameters(interval=10 * MINUTE_US)


def _cv(outcome: Outcome, quarter: str) -> float:
    ratio = outcome.samples["buses.headway_ratio", quarter]
    return float(ratio.std() / ratio.mean())


@pytest.fixture(scope="module")
def peak() -> Outcome:
    return ride(Buses(signs=SignParameters(share=0)), hours=2, start=7, warm_up=2, scale=0.03)


def test_headway_variation_at_a_peak_lies_where_it_was_measured_and_grows_along_the_line(peak: Outcome) -> None:
    first, last = _cv(peak, "first_quarter"), _cv(peak, "last_quarter")
    assert FIRST_CV[0] - TOLERANCE <= first <= FIRST_CV[1] + TOLERANCE
    assert LAST_CV[0] - TOLERANCE <= last <= LAST_CV[1] + TOLERANCE
    assert last > first + 0.05


def test_bunches_are_as_frequent_as_measured_and_grow_along_the_line(peak: Outcome) -> None:
    first, last = (peak.samples["buses.bunched", quarter].mean() for quarter in ("first_quarter", "last_quarter"))
    assert FIRST_BUNCHED[0] <= first <= FIRST_BUNCHED[1]
    assert LAST_BUNCHED[0] <= last <= LAST_BUNCHED[1]
    assert last > first


def test_without_riders_and_traffic_the_variation_of_the_terminal_does_not_grow() -> None:
    calm = RunningParameters(leg_cv=0, trip_cv=0, hour_cv=0, recovery=0)
    nobody = RiderParameters(rides_per_bus=0, dwell_cv=0)
    outcome = ride(Buses(running=calm, riders=nobody, dispatch=DispatchParameters(servers=0)), hours=2, warm_up=2)
    assert _cv(outcome, "last_quarter") == pytest.approx(_cv(outcome, "first_quarter"), abs=0.03)


def test_riders_alone_make_buses_bunch() -> None:
    calm = RunningParameters(leg_cv=0, trip_cv=0, hour_cv=0, recovery=0)
    outcome = ride(Buses(running=calm, dispatch=DispatchParameters(servers=0)), hours=2, warm_up=2)
    assert _cv(outcome, "last_quarter") > _cv(outcome, "first_quarter") + 0.04


def test_the_mean_wait_is_that_of_the_headways_riders_meet(peak: Outcome) -> None:
    # Mean wait = (H/2)(1 + CV²) is the mean of squared headways over twice their sum, here weighted by how fast riders come.
    visits = peak.visits[(peak.visits["came"] > 0) & (peak.visits["arrive_us"] >= peak.engine.hours.start_us)]
    elapsed_s = (visits["arrive_us"] - visits["since_us"]) / 1e6
    waits = peak.samples["buses.wait_s", ""]
    assert waits.mean() == pytest.approx(np.average(elapsed_s / 2, weights=visits["came"]), rel=0.01)
    by_place = visits["pattern"] * 1_000 + visits["place"]
    expected, weight = 0.0, 0.0
    for place in np.unique(by_place):
        mine = elapsed_s[by_place == place]
        came = visits["came"][by_place == place].sum()
        if len(mine) >= 5:
            expected += came * mine.mean() / 2 * (1 + (mine.std() / mine.mean()) ** 2)
            weight += came
    assert waits.mean() == pytest.approx(expected / weight, rel=0.08)


def _with_short_runs(network: Network) -> Network:
    """The same line with every second trip of the first direction cut to the middle stops."""
    whole = network.patterns[0]
    short = replace(
        whole,
        stops=whole.stops[3:8],
        distance_m=whole.distance_m[3:8] - whole.distance_m[3],
        shape_m=whole.shape_m[3:8] - whole.shape_m[3],
        shape_latitude=whole.shape_latitude[3:8],
        shape_longitude=whole.shape_longitude[3:8],
    )
    trips = tuple(
        replace(trip, pattern=2, arrive_us=trip.arrive_us[3:8], depart_us=trip.arrive_us[3:8]) if number % 2 else trip
        for number, trip in enumerate(network.trips)
    )
    return replace(network, patterns=(*network.patterns, short), trips=trips)


def test_without_noise_every_headway_is_the_planned_one_on_a_line_with_short_runs() -> None:
    departures = [2, 4, 15, 17, 33, 40, 41, 60]
    network = _with_short_runs(shuttle(departures, blocks=8, run_min=30, layover_min=300))
    outcome = ride(by_hand(network, riders=NOBODY, running=STEADY, dispatch=DispatchParameters(servers=0)), hours=2)
    for quarter in ("first_quarter", "middle", "last_quarter"):
        ratio = outcome.samples["buses.headway_ratio", quarter]
        assert len(ratio) > 5
        assert abs(ratio - 1).max() < 1e-6


def test_a_bus_that_never_came_shows_as_a_gap() -> None:
    network = shuttle([2, 12, 22, 32], blocks=4, run_min=40, layover_min=300)
    gone = replace(network, blocks={name: trips for name, trips in network.blocks.items() if name != "block-2"})
    outcome = ride(by_hand(gone, riders=NOBODY, running=STEADY, dispatch=DispatchParameters(servers=0)), hours=1.5)
    assert sorted({round(float(each), 6) for each in outcome.samples["buses.headway_ratio", "middle"]}) == [1.0, 2.0]


@pytest.mark.parametrize("headway_min", [4, 12, 12.5, 14, 17, 30])
def test_departures_are_punctual_at_any_headway_and_vary_at_sparse_lines_as_measured(headway_min: float) -> None:
    running = Running(RunningParameters(), Streams(1), np.random.default_rng(1), ())
    late_s = np.array([running.departure_us(round(headway_min * MINUTE_US)) for _ in range(20_000)]) / SECOND_US
    assert ((late_s >= -60) & (late_s <= 300)).mean() >= 0.93
    headways_s = np.diff(np.sort(np.arange(len(late_s)) * headway_min * 60 + late_s))
    least, most = SPARSE_CV if 12 <= headway_min <= 17 else (0.15, 0.30)
    assert least <= headways_s.std() / headways_s.mean() <= most


def test_a_line_every_14_minutes_varies_at_its_first_stops_as_measured_and_keeps_the_promise_of_punctuality() -> None:
    departures = [2.0 + 14 * number for number in range(68)]
    network = shuttle(departures, hour=5, blocks=len(departures), run_min=45, layover_min=1_000, stops=16)
    buses = by_hand(network, riders=RiderParameters(rides_per_bus=100), signs=SignParameters(share=0), positions=SELDOM)
    outcomes = [ride(buses, hours=17, start=5, seed=seed) for seed in range(3)]
    ratio, punctual = (
        np.concatenate([outcome.samples[label] for outcome in outcomes])
        for label in (("buses.headway_ratio", "first_quarter"), ("buses.punctual_departure", ""))
    )
    assert SPARSE_CV[0] <= ratio.std() / ratio.mean() <= SPARSE_CV[1]
    assert len(punctual) > 200
    assert punctual.mean() >= 0.90


def test_a_late_driver_makes_up_time_but_not_more_than_a_bus_can_nor_than_he_lost() -> None:
    planned, least = np.array([60, 100, 200]) * SECOND_US, np.array([60, 50, 50]) * SECOND_US
    running = Running(STEADY, Streams(1), np.random.default_rng(1), ())
    assert running.drive_us(planned, least, 0, 0) == planned.tolist()
    assert running.drive_us(planned, least, 0, -90 * SECOND_US) == planned.tolist()
    assert sum(running.drive_us(planned, least, 0, 9 * SECOND_US)) == pytest.approx((360 - 9 * 300 / 360) * SECOND_US, abs=10)
    assert np.array(running.drive_us(planned, least, 0, HOUR_US)) == pytest.approx(np.array([60, 95, 190]) * SECOND_US)
