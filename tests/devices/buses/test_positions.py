import numpy as np
import pytest

from devices.buses.choices import CurrentStatus, FixType, OccupancyStatus
from devices.buses.journal import Journal, Leg, OperatedTrip
from devices.buses.kinds import VEHICLE_POSITION
from devices.buses.network.arrays import Network
from devices.buses.occupancy import occupancy
from devices.buses.positions.cohort import PositionParameters, Positions
from devices.buses.positions.shapes import METRES_PER_DEGREE
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.events.kinds import FieldType
from sim.units import MINUTE_US, SECOND_US, duration_us
from tests.devices.buses.timetabled import DAY, a_network, a_site, gathered, run_timetable, spans, vehicles_of

PERFECT = PositionParameters(missed=0, slow_share=0, silences_per_hour=0, degraded_share=0)
Columns = dict[str, np.ndarray]


def emitted(site: Site, network: Network, parameters: PositionParameters) -> tuple[Columns, np.ndarray]:
    """All position rows of a site that runs to the timetable, and the sampled ages."""
    journal = Journal()
    run_timetable(site, network, journal, vehicles_of(site, network), site.end_us)
    positions, out = Positions(site, network, journal, parameters), site.city.out
    blocks = []
    for span in spans(site):
        positions.emit(span, site)
        blocks += out.take_blocks(span.end_us)["vehicle_position"]
    ages = [sample.values for sample in out.take_samples() if sample.measure == "buses.position_age_s"]
    return gathered(VEHICLE_POSITION, blocks), np.concatenate(ages)


def of_district(site: Site, rows: Columns, district: str) -> Columns:
    roster = site.roster
    here = roster.district_codes()[rows["device"]] == site.districts.find(district)
    named = {name: column[here] for name, column in rows.items()}
    named["device"] = np.array([roster.names[device] for device in named["device"]])
    return named


def metres_apart(rows: Columns, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    north = (rows["latitude"] - latitude) * METRES_PER_DEGREE
    east = (rows["longitude"] - longitude) * METRES_PER_DEGREE * np.cos(np.radians(latitude))
    return np.hypot(north, east)


@pytest.fixture(scope="module")
def network() -> Network:
    return a_network()


def test_true_positions_lie_on_the_shape_of_the_pattern(network: Network) -> None:
    site = a_site(hours=0.2)
    rows, _ = emitted(site, network, PERFECT)
    trips = {trip.trip_id: trip for trip in network.trips}
    for code in np.unique(rows["trip"])[:10]:
        pattern = network.patterns[trips[site.names("trip")[int(code)]].pattern]
        along = np.arange(0, pattern.shape_m[-1], 1.0)
        north = np.interp(along, pattern.shape_m, pattern.shape_latitude)
        east = np.interp(along, pattern.shape_m, pattern.shape_longitude)
        here = rows["trip"] == code
        steps = (rows["true_latitude"][here][:, None] - north, (rows["true_longitude"][here][:, None] - east) * np.cos(np.radians(31.2)))
        assert (np.hypot(*steps).min(axis=1) * METRES_PER_DEGREE).max() < 4


@pytest.mark.parametrize(("fix", "share", "radius_m"), [("single", (0, 0), 10), ("differential", (1, 0), 3), ("rtk", (0, 1), 1)])
def test_the_error_of_each_fix_has_its_95_percent_radius(network: Network, fix: str, share: tuple[float, float], radius_m: float) -> None:
    chosen = PositionParameters(differential_share=share[0], rtk_share=share[1], degraded_share=0)
    rows, _ = emitted(a_site(hours=0.5), network, chosen)
    assert set(rows["fix_type"]) == {FixType[fix.upper()]}
    error_m = metres_apart(rows, rows["true_latitude"], rows["true_longitude"])
    assert np.quantile(error_m, 0.95) == pytest.approx(radius_m, rel=0.12)


def test_errors_of_neighbouring_reports_are_alike(network: Network) -> None:
    rows, _ = emitted(a_site(hours=0.5), network, PERFECT)
    north = rows["latitude"] - rows["true_latitude"]
    order = np.lexsort((rows["time"], rows["device"]))
    neighbours = np.diff(rows["device"][order]) == 0
    assert np.corrcoef(north[order][:-1][neighbours], north[order][1:][neighbours])[0, 1] > 0.6


def test_a_reported_place_never_jumps_though_fixes_get_worse_and_better(network: Network) -> None:
    often = PERFECT.model_copy(update={"interval": SECOND_US, "degraded_share": 0.3})
    rows, _ = emitted(a_site(hours=0.25), network, often)
    order = np.lexsort((rows["time"], rows["device"]))
    beat = (np.diff(rows["device"][order]) == 0) & (np.diff(rows["time"][order]) == SECOND_US)
    north = (rows["latitude"] - rows["true_latitude"])[order] * METRES_PER_DEGREE
    step_m = np.abs(np.diff(north)[beat])
    assert len(step_m) > 10_000
    assert np.quantile(step_m, 0.999) < 5
    assert step_m.max() < 9  # a jump of a worse fix would be twice as far


def test_rows_come_sorted_and_rounded_and_each_vehicle_keeps_its_phase(network: Network) -> None:
    rows, _ = emitted(a_site(hours=0.2), network, PositionParameters())
    later = (np.diff(rows["time"]) > 0) | ((np.diff(rows["time"]) == 0) & (np.diff(rows["device"]) > 0))
    assert later.all()
    for device in np.unique(rows["device"]):
        assert len(np.unique(rows["time"][rows["device"] == device] % (10 * SECOND_US))) == 1
    assert len(np.unique(rows["time"] % (10 * SECOND_US))) == len(np.unique(rows["device"]))
    for field in VEHICLE_POSITION.fields:
        if field.type is FieldType.REAL:
            assert (np.round(rows[field.name], field.decimals) == rows[field.name]).all()


def test_without_misses_every_beat_in_service_is_reported_across_slices(network: Network) -> None:
    rows, ages = emitted(a_site(hours=0.2), network, PERFECT)
    order = np.lexsort((rows["time"], rows["device"]))
    gaps = np.diff(rows["time"][order])[np.diff(rows["device"][order]) == 0]
    assert (gaps == 10 * SECOND_US).mean() > 0.97  # the rest are layovers without a stay
    assert (gaps % (10 * SECOND_US) == 0).all()
    assert ages.max() <= 10


def test_gaps_have_the_tail_that_real_feeds_have() -> None:
    site, network = a_site(("Pudong",), hours=0.5), a_network(("Pudong",))
    journal = Journal()
    journal.trips.add(OperatedTrip(site.start_us, 0, 0, 0, 0, 0, 0))
    for number in range(400):
        device = site.roster.add(f"bus-{number}", "Pudong")
        journal.legs.add(Leg(device, 0, site.start_us, site.end_us, 0.0, 1000.0, 1, 0))
    positions, out = Positions(site, network, journal, PositionParameters()), site.city.out
    blocks = []
    for span in spans(site):
        positions.emit(span, site)
        blocks += out.take_blocks(span.end_us)["vehicle_position"]
    rows = gathered(VEHICLE_POSITION, blocks)
    order = np.lexsort((rows["time"], rows["device"]))
    gaps_s = (np.diff(rows["time"][order]) / SECOND_US)[np.diff(rows["device"][order]) == 0]
    assert np.median(gaps_s) == 10
    assert 20 <= np.quantile(gaps_s, 0.99) <= 50
    assert gaps_s.max() > 90
    slow = [np.median(np.diff(rows["time"][rows["device"] == device])) == 20 * SECOND_US for device in np.unique(rows["device"])]
    assert np.mean(slow) == pytest.approx(0.05, abs=0.035)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(network: Network) -> None:
    first, _ = emitted(a_site(hours=0.1), network, PositionParameters())
    again, _ = emitted(a_site(hours=0.1), network, PositionParameters())
    other, _ = emitted(a_site(hours=0.1, seed=8), network, PositionParameters())
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["latitude"], other["latitude"])


def test_another_district_leaves_a_districts_rows_as_they_were(network: Network) -> None:
    alone, both = a_site(hours=0.1), a_site(("Huangpu", "Jingan"), hours=0.1)
    mine, _ = emitted(alone, network, PositionParameters())
    wider, _ = emitted(both, a_network(("Huangpu", "Jingan")), PositionParameters())
    mine, wider = of_district(alone, mine, "Jingan"), of_district(both, wider, "Jingan")
    for name in ("time", "device", "latitude", "longitude", "speed_m_s", "fix_type", "hdop", "odometer_m", "occupancy_status"):
        np.testing.assert_array_equal(np.sort(mine[name]), np.sort(wider[name]))


def test_giving_a_slice_twice_gives_the_same_rows(network: Network) -> None:
    site, journal = a_site(hours=0.1), Journal()
    run_timetable(site, network, journal, vehicles_of(site, network), site.end_us)
    positions = Positions(site, network, journal, PositionParameters())
    for span in spans(site):
        left = []
        for _ in range(2):
            positions.emit(span, site)
            left.append(gathered(VEHICLE_POSITION, site.city.out.take_blocks(span.end_us)["vehicle_position"]))
        once, twice = left
        assert all(np.array_equal(once[name], twice[name]) for name in once)


def test_a_standing_bus_reports_no_speed_and_its_stop_and_a_moving_one_where_it_is_going(network: Network) -> None:
    site, journal = a_site(hours=0.1), Journal()
    vehicle = next(iter(vehicles_of(site, network).values()))
    day_us = site.calendar.instant_us(DAY)
    journal.trips.add(OperatedTrip(site.start_us, 0, network.trips[0].pattern, 0, 0, day_us, vehicle))
    along = network.patterns[network.trips[0].pattern].distance_m
    quiet_us, moving_us = site.start_us + 2 * MINUTE_US, site.start_us + 4 * MINUTE_US
    journal.legs.add(Leg(vehicle, 0, site.start_us, quiet_us, along[1], along[1], 1, 0))
    journal.legs.add(Leg(vehicle, 0, quiet_us, moving_us, along[1], along[2], 2, 80))
    positions, out = Positions(site, network, journal, PERFECT, capacity=80), site.city.out
    blocks = []
    for span in list(spans(site))[:4]:
        positions.emit(span, site)
        blocks += out.take_blocks(span.end_us)["vehicle_position"]
    rows = gathered(VEHICLE_POSITION, blocks)
    standing = rows["time"] < quiet_us
    assert set(rows["speed_m_s"][standing]) == {0.0}
    assert {CurrentStatus(code).word for code in rows["current_status"][standing]} == {"stopped_at"}
    assert set(rows["current_stop_sequence"][standing]) == {1}
    assert {CurrentStatus(code).word for code in rows["current_status"][~standing]} == {"in_transit_to", "incoming_at"}
    assert set(rows["current_stop_sequence"][~standing]) == {2}
    assert 10 * rows["speed_m_s"][~standing].sum() == pytest.approx(along[2] - along[1], rel=0.1)  # each row stands for its 10 s
    assert len(rows["time"]) == 24  # nothing once its last leg is over


def test_the_odometer_counts_every_metre_once(network: Network) -> None:
    rows, _ = emitted(a_site(hours=0.3), network, PERFECT)
    order = np.lexsort((rows["time"], rows["device"]))
    same = np.diff(rows["device"][order]) == 0
    steps = np.diff(rows["odometer_m"][order])[same]
    assert steps.min() >= 0
    assert steps.max() < 10 * 25  # 90 km/h
    seconds = np.diff(rows["time"][order])[same] / SECOND_US
    assert 2 < steps.sum() / seconds.sum() < 7  # 7 to 25 km/h incl. stops and layovers


def test_a_bus_pulls_away_cruises_and_brakes_within_its_acceleration_and_drives_as_far_as_its_speed_says(network: Network) -> None:
    rows, _ = emitted(a_site(hours=0.2), network, PERFECT.model_copy(update={"interval": SECOND_US}))
    order = np.lexsort((rows["time"], rows["device"]))
    beat = (np.diff(rows["device"][order]) == 0) & (np.diff(rows["time"][order]) == SECOND_US)
    speed = rows["speed_m_s"][order]
    assert np.abs(np.diff(speed)[beat]).max() <= 1.0 + 0.1  # m/s² and the rounding
    driven_m = ((speed[1:] + speed[:-1]) / 2)[beat].sum()
    assert driven_m == pytest.approx(np.diff(rows["odometer_m"][order])[beat].sum(), rel=0.01)
    cruising = np.abs(np.diff(speed)[beat]) < 0.05
    assert cruising.mean() > 0.5


def test_the_age_of_positions_keeps_the_best_practice_but_not_in_an_outage(network: Network) -> None:
    _, usual = emitted(a_site(hours=0.5), network, PositionParameters())
    assert (usual <= 90).mean() >= 0.99
    outage = Incident(what="outage", after="5m", lasting="10m")
    _, broken = emitted(a_site(hours=0.5, incidents=[outage]), network, PositionParameters())
    assert (broken <= 90).mean() < 0.9
    assert 590 < broken.max() < 720  # a bus may have been silent before it began


@pytest.mark.parametrize(
    ("load", "word"),
    [
        (0, "empty"),
        (1, "many_seats_available"),
        (16, "few_seats_available"),
        (32, "standing_room_only"),
        (52, "crushed_standing_room_only"),
        (72, "full"),
        (80, "full"),
    ],
)
def test_a_load_is_called_by_its_word(load: int, word: str) -> None:
    assert OccupancyStatus(occupancy(np.array([load]), 80)[0]).word == word


@pytest.mark.parametrize("interval", ["1s", "7s", "90s"])
def test_any_interval_keeps_its_beat_over_slices(network: Network, interval: str) -> None:
    rows, _ = emitted(a_site(hours=0.1), network, PERFECT.model_copy(update={"interval": duration_us(interval)}))
    order = np.lexsort((rows["time"], rows["device"]))
    gaps = np.diff(rows["time"][order])[np.diff(rows["device"][order]) == 0]
    assert (gaps % duration_us(interval) == 0).all()
    assert np.median(gaps) == duration_us(interval)
