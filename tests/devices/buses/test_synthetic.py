from datetime import date
from time import perf_counter

import numpy as np
import pytest

from devices.buses.network.arrays import Network
from devices.buses.network.synthetic import hours_of, synthetic_network
from devices.buses.network.synthetic_lines import plan_line
from sim.city.districts import BY_NAME, DISTRICTS
from sim.errors import UsageError
from sim.geometry import distance_m
from sim.streams import Streams
from tests.devices.buses.tiny_feeds import assert_sound

MONDAY, SUNDAY = date(2015, 3, 2), date(2015, 3, 8)
ALL = [district.name for district in DISTRICTS]
HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def tenth() -> Network:
    return synthetic_network(ALL, 0.1, MONDAY, Streams(1))


def departures(network: Network, pattern: int) -> np.ndarray:
    return np.array([trip.depart_us[0] for trip in network.trips if trip.pattern == pattern])


def test_a_network_is_sound(tenth: Network) -> None:
    assert_sound(tenth)


def test_a_tenth_of_the_city_has_a_tenth_of_its_lines(tenth: Network) -> None:
    assert len(tenth.lines) == 134
    assert len(tenth.patterns) == 268


def test_the_whole_city_has_1338_lines_and_about_16500_buses_with_spares() -> None:
    begun = perf_counter()
    network = synthetic_network(ALL, 1, MONDAY, Streams(1))
    print(f"the whole city was built in {perf_counter() - begun:.1f} s")  # noqa: T201 - shown, not judged
    assert len(network.lines) == 1338
    assert len(network.blocks) / 0.85 == pytest.approx(16_500, rel=0.05)


def test_one_percent_of_the_city_has_13_lines_and_about_165_buses_with_spares() -> None:
    network = synthetic_network(ALL, 0.01, MONDAY, Streams(1))
    assert len(network.lines) == 13
    assert len(network.blocks) / 0.85 == pytest.approx(165, rel=0.2)


def test_buses_a_line_with_spares_lie_at_the_figure(tenth: Network) -> None:
    plans = [plan_line(BY_NAME["Pudong"], number, 1.08, Streams(1)) for number in range(1, 400)]
    assert np.mean([plan.fleet for plan in plans]) == pytest.approx(12.3, rel=0.05)
    assert {plan.fleet for plan in plans} <= set(range(6, 21))
    assert len(tenth.blocks) / 134 == pytest.approx(12.3 * 0.85, rel=0.1)


def test_every_line_runs_with_the_buses_it_was_planned_for(tenth: Network) -> None:
    peak = hours_of(free_day=False).peak_slowness()
    for line in tenth.lines:
        number = int(line.route.rpartition("-")[2])
        plan = plan_line(BY_NAME[line.district], number, peak, Streams(1))
        blocks = {trip.block for trip in tenth.trips if tenth.patterns[trip.pattern].route == line.route}
        assert plan.in_service - 2 <= len(blocks) <= plan.in_service + 2


def test_buses_run_at_the_citys_mean_speed(tenth: Network) -> None:
    length_km = sum(tenth.patterns[trip.pattern].distance_m[-1] for trip in tenth.trips) / 1000
    hours = sum(trip.arrive_us[-1] - trip.arrive_us[0] for trip in tenth.trips) / HOUR
    assert length_km / hours == pytest.approx(15.3, rel=0.01)


def test_runs_take_longer_at_the_peak(tenth: Network) -> None:
    runs = {int(trip.depart_us[0] // HOUR): trip.arrive_us[-1] - trip.depart_us[0] for trip in tenth.trips if trip.pattern == 0}
    assert runs[8] > runs[13] > runs[21]


def test_stops_stand_300_to_700_m_apart_and_500_m_in_the_mean(tenth: Network) -> None:
    gaps = np.concatenate([np.diff(pattern.distance_m) for pattern in tenth.patterns])
    assert gaps.mean() == pytest.approx(500, rel=0.05)
    assert np.percentile(gaps, 1) > 270
    assert np.percentile(gaps, 99) < 750


def test_headways_are_12_minutes_in_the_mean_of_network_and_day(tenth: Network) -> None:
    directions_hours = len(tenth.patterns) * 17.5
    assert directions_hours * 60 / len(tenth.trips) == pytest.approx(12, rel=0.15)


def test_headways_are_shortest_at_the_morning_peak_and_never_over_20_minutes(tenth: Network) -> None:
    for pattern in range(40):
        times = departures(tenth, pattern)
        assert np.diff(times).max() <= 20.5 * 60_000_000
        assert ((times // HOUR) == 7).sum() + ((times // HOUR) == 8).sum() >= ((times // HOUR) == 12).sum() + ((times // HOUR) == 13).sum()


def test_a_fifth_of_the_lines_are_core_lines_every_3_to_6_minutes_at_the_peak(tenth: Network) -> None:
    at_eight = [((departures(tenth, pattern) // HOUR) == 8).sum() for pattern in range(0, 268, 2)]
    assert np.mean(np.array(at_eight) >= 9) == pytest.approx(0.2, abs=0.1)


def test_service_begins_about_half_past_five_and_ends_about_eleven(tenth: Network) -> None:
    first = np.array([departures(tenth, pattern).min() for pattern in range(0, 268, 2)]) / HOUR
    last = np.array([departures(tenth, pattern).max() for pattern in range(0, 268, 2)]) / HOUR
    assert first.min() >= 5.2
    assert first.mean() == pytest.approx(5.5, abs=0.1)
    assert last.max() <= 23.6
    assert last.mean() == pytest.approx(22.9, abs=0.2)


def test_a_sunday_has_fewer_trips_and_no_more_buses_than_a_monday() -> None:
    monday, sunday = (synthetic_network(["Xuhui"], 0.1, day, Streams(1)) for day in (MONDAY, SUNDAY))
    assert len(sunday.trips) < len(monday.trips)
    assert len(sunday.blocks) <= len(monday.blocks)
    assert sunday.patterns[0].distance_m.tolist() == monday.patterns[0].distance_m.tolist()


def test_lines_stay_within_the_disc_of_their_districts_area(tenth: Network) -> None:
    for stop in tenth.stops:
        home = BY_NAME[stop.district]
        reach_m = 1000 * np.sqrt(home.area_km2 / np.pi)
        assert distance_m(stop.latitude, stop.longitude, home.latitude, home.longitude) <= 1.01 * reach_m


def test_the_polyline_is_as_long_on_the_map_as_it_says(tenth: Network) -> None:
    for pattern in tenth.patterns[:40]:
        steps = distance_m(
            pattern.shape_latitude[:-1], pattern.shape_longitude[:-1], pattern.shape_latitude[1:], pattern.shape_longitude[1:]
        )
        assert steps.sum() == pytest.approx(pattern.distance_m[-1], rel=0.002)


def test_both_directions_share_their_terminals_and_no_other_stop(tenth: Network) -> None:
    out, back = tenth.patterns[0], tenth.patterns[1]
    assert (out.stops[0], out.stops[-1]) == (back.stops[-1], back.stops[0])
    assert not set(out.stops[1:-1].tolist()) & set(back.stops[1:-1].tolist())
    assert [tenth.stops[stop].name for stop in out.stops] == [tenth.stops[stop].name for stop in reversed(back.stops)]


def test_ids_are_unique(tenth: Network) -> None:
    assert len({trip.trip_id for trip in tenth.trips}) == len(tenth.trips)
    assert len({stop.stop_id for stop in tenth.stops}) == len(tenth.stops)


def test_a_further_district_changes_no_line_of_another() -> None:
    alone = synthetic_network(["Xuhui"], 0.1, MONDAY, Streams(1))
    together = synthetic_network(["Huangpu", "Xuhui"], 0.1, MONDAY, Streams(1))
    of_xuhui = {trip.trip_id: trip for trip in together.trips if trip.trip_id.startswith("Xuhui")}
    assert set(of_xuhui) == {trip.trip_id for trip in alone.trips}
    for trip in alone.trips:
        other = of_xuhui[trip.trip_id]
        assert (trip.arrive_us.tolist(), trip.block) == (other.arrive_us.tolist(), other.block)
        mine, its = alone.patterns[trip.pattern], together.patterns[other.pattern]
        assert mine.shape_latitude.tolist() == its.shape_latitude.tolist()


def test_a_larger_scale_keeps_the_lines_of_a_smaller_one() -> None:
    small, large = (synthetic_network(["Xuhui"], scale, MONDAY, Streams(1)) for scale in (0.05, 0.1))
    times = {trip.trip_id: trip.arrive_us.tolist() for trip in large.trips}
    assert all(times[trip.trip_id] == trip.arrive_us.tolist() for trip in small.trips)


def test_the_same_seed_gives_the_same_version_and_another_seed_another() -> None:
    versions = [synthetic_network(["Xuhui"], 0.02, MONDAY, Streams(seed)).version for seed in (1, 1, 2)]
    assert versions[0] == versions[1] != versions[2]


def test_unknown_districts_and_scales_are_refused_together() -> None:
    with pytest.raises(UsageError, match=r"(?s)'Pudon'.*did you mean 'Pudong'.*scale 2 "):
        synthetic_network(["Pudon"], 2, MONDAY, Streams(1))


def test_a_scale_without_a_line_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no bus line falls to Jingan at scale 0\.0001"):
        synthetic_network(["Jingan"], 0.0001, MONDAY, Streams(1))
