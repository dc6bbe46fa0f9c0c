"""The bus system as a scenario knows it: same seed, same rows; other districts change nothing; memory stays level."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from devices.buses.kinds import DISPATCH, STOP_EVENT, VEHICLE_POSITION
from devices.buses.parameters import LinkParameters
from devices.buses.positions.cohort import PositionParameters
from devices.buses.signs.cohort import SignParameters
from devices.buses.system import Buses
from sim.city.incidents import Incident
from sim.city.links import Link, Links
from sim.city.networks import AccessNetwork
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.events.batches import WITHHELD
from sim.events.digests import digest_of
from sim.judge.meters import Meters
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import Verdict, judge
from sim.scenario import Scenario
from sim.units import MINUTE_US
from tests.devices.buses.bus_runs import Outcome, clock_us, ride
from tests.devices.buses.tiny_feeds import tiny, write_zip

PROCESS_KINDS = ("stop_event", "passenger_count", "trip_state", "dispatch", "headway_alert")


def _rows_of(outcome: Outcome, kind: str, district: str) -> dict[str, list[object]]:
    """The rows of a kind in a district, with ids instead of codes."""
    city = outcome.engine.city
    batches = [batch for piece in outcome.slices for batch in piece.batches if batch.kind.name == kind]
    wanted = city.districts.find(district)
    rows: dict[str, list[object]] = {"time_us": [], "device": []}
    for batch in batches:
        mine = batch.district == wanted
        rows["time_us"] += batch.time_us[mine].tolist()
        rows["device"] += [batch.roster.names[device] for device in batch.device[mine].tolist()]
        for each in batch.kind.fields:
            column = batch.columns[each.name][mine].tolist()
            if each.type.value == "text":
                column = [batch.names[each.name][code] if code >= 0 else "" for code in column]
            rows.setdefault(each.name, []).extend(map(repr, column))
    return rows


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    digests = [digest_of(ride(Buses(), hours=0.5, seed=seed).slices) for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_another_district_leaves_a_district_as_it_was() -> None:
    alone = ride(Buses(), hours=1, districts=("Pudong",))
    joined = ride(Buses(), hours=1, districts=("Huangpu", "Pudong", "Yangpu", "Baoshan"))
    for kind in PROCESS_KINDS:
        if kind in alone.columns:
            assert _rows_of(joined, kind, "Pudong") == _rows_of(alone, kind, "Pudong")
    assert len(_rows_of(alone, "stop_event", "Pudong")["time_us"]) > 500


def test_unknown_parameters_are_refused_and_units_are_read() -> None:
    with pytest.raises(ValidationError, match=r"riders\.colour"):
        Buses.model_validate({"riders": {"colour": "red"}})
    buses = Buses.model_validate({"riders": {"board_card": "3s", "card_share": "50%"}, "running": {"repair": "1h30m"}})
    assert (buses.riders.board_card, buses.riders.card_share, buses.running.repair) == (3_000_000, 0.5, 5_400_000_000)


def test_every_measure_of_an_objective_is_declared_and_every_figure_has_a_source() -> None:
    buses = Buses.declared
    declared = {measure.name for measure in buses.measures}
    assert {objective.measure for objective in buses.objectives} <= declared
    assert all(figure.source for figure in buses.figures)
    names = [figure.name for figure in buses.figures]
    assert len(set(names)) == len(names)


def test_an_ordinary_peak_hour_keeps_the_promises_of_bus_operation() -> None:
    outcome = ride(Buses(), hours=1, warm_up=2, scale=0.02)
    meters = Meters()
    for piece in outcome.slices:
        meters.observe(piece.samples)
    judged = judge(Buses.declared.objectives, Buses.declared.measures, meters)
    assert [promise_text(Promise.from_judged(each)) for each in judged if each.verdict is Verdict.FAIL] == []
    assert sum(each.verdict is Verdict.PASS for each in judged) > 10


def test_nothing_that_nobody_asks_for_stays_in_memory_over_days() -> None:
    dull = Buses(signs=SignParameters(share=0), positions=PositionParameters(interval=10 * MINUTE_US))
    outcome = ride(dull, hours=30, start=0, districts=("Xuhui",))
    journal, fleet = outcome.installation.fleet.journal, outcome.installation.fleet
    under_way = sum(len(line.buses) for line in fleet.lines)
    assert journal.trips.end > 150
    assert journal.trips.end - journal.oldest - len(journal._over) <= under_way + len(fleet.driving.ended) + len(fleet.vehicles)
    assert len(journal.arrivals) < 2_000
    assert len(journal.legs) < 10 * len(fleet.vehicles)
    assert len(journal.reports) < 3_000
    assert journal.reports.first > 3_000


def test_a_feed_brings_its_zone_and_its_busiest_day(tmp_path: Path) -> None:
    feed = write_zip(tmp_path, tiny())
    wish = Buses(gtfs=feed).timing(None)
    assert "/" in str(wish.zone)
    assert isinstance(wish.day, date)
    assert (Buses().timing(None).zone, Buses().timing(None).day) == (None, None)
    with pytest.raises(UsageError):
        Buses(gtfs=tmp_path / "missing.zip").timing(None)


def test_positions_are_dropped_in_an_outage_and_stop_events_are_kept() -> None:
    site = ride(Buses(), hours=0.05, districts=("Xuhui",)).installation.site
    positions, stops = site.link(VEHICLE_POSITION), site.link(STOP_EVENT)
    assert isinstance(positions, Links)
    assert isinstance(stops, Links)
    assert not any(link.stores for link in positions.by_network.values())
    assert all(link.stores and link.latency_us > 0 for link in stops.by_network.values())
    assert site.link(DISPATCH) == Link()


def on_lte(buses: Buses, day: str = "2015-03-02") -> float:
    """Return the share of vehicles on LTE; the others are on 3G."""
    city = Engine(Scenario(name="mobile", systems=(buses,), scale=0.1, day=day, duration="1m", warm_up=0)).city
    roster = city.roster("buses")
    networks = roster.networks()[["-bus-" in name for name in roster.names]]
    assert set(networks.tolist()) <= {AccessNetwork.G3, AccessNetwork.G4}
    assert len(networks) > 1_200
    return float((networks == AccessNetwork.G4).mean())


def test_half_the_buses_are_on_each_mobile_network_in_2015_and_most_on_lte_in_2017_unless_a_share_is_given() -> None:
    deviation = 0.5 / 1_200**0.5
    assert on_lte(Buses()) == pytest.approx(0.5, abs=4 * deviation)
    assert on_lte(Buses(), "2017-03-02") == pytest.approx(0.85, abs=4 * deviation)
    assert on_lte(Buses(links=LinkParameters(lte_share=0.2))) == pytest.approx(0.2, abs=4 * deviation)
    assert on_lte(Buses(links=LinkParameters(lte_share=1))) == 1


def test_a_bus_on_3g_is_heard_later_than_one_on_lte() -> None:
    outcome = ride(Buses(links=LinkParameters(lte_round_trip="60ms", g3_round_trip="2s")), hours=0.2, districts=("Xuhui",))
    late_us: dict[AccessNetwork, list[float]] = {AccessNetwork.G3: [], AccessNetwork.G4: []}
    for piece in outcome.slices:
        for batch in piece.batches:
            if batch.kind.name == VEHICLE_POSITION.name:
                for network, late in late_us.items():
                    here = batch.roster.networks()[batch.device] == network
                    late.extend((batch.release_us - batch.time_us)[here].tolist())
    assert np.median(late_us[AccessNetwork.G4]) == pytest.approx(30_000, rel=0.2)
    assert np.median(late_us[AccessNetwork.G3]) == pytest.approx(1_000_000, rel=0.2)


def test_what_a_device_sends_leaves_in_order_whatever_its_kind_in_quiet_times_and_after_an_outage() -> None:
    outage = Incident(what="outage", after="10m", lasting="10m")
    outcome = ride(Buses(), hours=0.6, districts=("Xuhui", "Pudong"), incidents=(outage,))
    sent = [columns for columns in outcome.columns.values() if "release_us" in columns]
    device, time_us, release_us = (np.concatenate([columns[name] for columns in sent]) for name in ("device", "time_us", "release_us"))
    left = release_us != WITHHELD
    device, time_us, release_us = device[left], time_us[left], release_us[left]
    order = np.lexsort((time_us, device))
    same = device[order][1:] == device[order][:-1]
    assert same.sum() > 5_000
    assert (np.diff(release_us[order])[same] >= 0).all()
    end_us = clock_us(outcome, 20)
    assert ((time_us < end_us - MINUTE_US) & (release_us > end_us)).sum() > 200  # what was stored in the outage


def test_census_and_glance_agree_with_the_fleet() -> None:
    outcome = ride(Buses(), hours=1, warm_up=2)
    last = outcome.slices[-1]
    vehicles = [row for row in last.census if row.thing == "vehicle"]
    assert sum(row.count for row in vehicles) == len(outcome.installation.fleet.vehicles)
    in_service = sum(row.count for row in vehicles if row.state == "in_service")
    under_way = sum(len(line.buses) for line in outcome.installation.fleet.lines)
    assert in_service == under_way
    live_status = last.live_statuses[0]
    assert sum(int(row[1]) for row in live_status.rows) == under_way
    assert str(under_way) in live_status.headline
    assert sum(row.count for row in last.census if row.thing == "rider") > 0


def test_positions_on_a_line_over_the_antimeridian_stay_within_180_degrees_and_beside_it(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] = "stop_id,stop_name,stop_lat,stop_lon\nA,,-16.8,179.99\nB,,-16.8,179.995\nC,,-16.8,-180\nD,,-16.8,-179.995\n"
    outcome = ride(Buses(gtfs=write_zip(tmp_path, files)), hours=0.75)
    for name in ("longitude", "true_longitude"):
        longitude = outcome.columns["vehicle_position"][name]
        assert np.abs(longitude).min() > 179.9
        assert -180 <= longitude.min() < 0 < longitude.max() < 180
        assert (np.round(longitude, 6) == longitude).all()
