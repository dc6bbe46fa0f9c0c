from collections.abc import Sequence

import numpy as np
import pytest

from devices.buses.journal import Journal, Report
from devices.buses.kinds import SIGN_PREDICTION, SIGN_STATE
from devices.buses.network.arrays import Network
from devices.buses.signs.cohort import SignParameters, Signs
from devices.buses.system import Buses
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.batches import CensusRow, Sample
from sim.events.kinds import ABSENT_INT
from sim.scenario import Scenario
from sim.toolkit.availability import DeviceState
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.timetabled import a_network, a_site, gathered, report_timetable, run_timetable, spans, vehicles_of

EVERYWHERE = SignParameters(share=1, caution=0, failures_per_day=0, link_troubles_per_day=0)
Columns = dict[str, np.ndarray]


class Seen:
    """What a run of the signs left behind."""

    def __init__(self, site: Site, network: Network, parameters: SignParameters, journal: Journal) -> None:
        self.signs = Signs(site, network, journal, parameters)
        out = site.city.out
        blocks: dict[str, list] = {}
        samples: list[Sample] = []
        self.census: list[CensusRow] = []
        self.waiting: list[int] = []
        for span in spans(site):
            self.signs.emit(span, site)
            for name, found in out.take_blocks(span.end_us).items():
                blocks.setdefault(name, []).extend(found)
            samples += out.take_samples()
            self.census = list(site.take_counts())
            self.waiting.append(len(self.signs._judge))
        self.predictions = gathered(SIGN_PREDICTION, blocks["sign_prediction"]) if "sign_prediction" in blocks else {}
        if self.predictions:
            self.predictions["true_arrival_us"] = true_arrivals(journal, self.predictions)
        self.states = gathered(SIGN_STATE, blocks["sign_state"])
        self.samples = {
            (name, where): np.concatenate([each.values for each in samples if (each.measure, each.where) == (name, where)])
            for name, where in {(each.measure, each.where) for each in samples}
        }


def true_arrivals(journal: Journal, rows: Columns) -> np.ndarray:
    trips = journal.trips.rows[["trip_code", "start_date_code"]].tolist()
    operated = {trip: number for number, trip in enumerate(trips)}
    keys = zip(rows["trip"].tolist(), rows["start_date"].tolist(), rows["stop_sequence"].tolist(), strict=True)
    return np.array([journal.arrivals.get((operated.get((trip, date), -1), place), ABSENT_INT) for trip, date, place in keys])


def journal_of(site: Site, network: Network, *, late_us: int = 0) -> Journal:
    journal = Journal()
    run_timetable(site, network, journal, vehicles_of(site, network), site.end_us)
    report_timetable(journal, network, site, site.end_us, late_us=late_us)
    return journal


def after_warming(rows: Columns, site: Site, minutes: int = 40) -> np.ndarray:
    """Rows so late that every bus on the road has been reported since it left."""
    return rows["time"] > site.start_us + minutes * MINUTE_US


def words(states: Columns) -> Sequence[str]:
    return [DeviceState(code).word for code in states["state"]]


@pytest.fixture(scope="module")
def network() -> Network:
    return a_network()


@pytest.fixture(scope="module")
def punctual(network: Network) -> tuple[Site, Seen]:
    site = a_site(hours=1.5)
    return site, Seen(site, network, EVERYWHERE, journal_of(site, network))


def test_buses_that_keep_the_timetable_are_predicted_to_the_second(punctual: tuple[Site, Seen]) -> None:
    site, seen = punctual
    known = after_warming(seen.predictions, site) & (seen.predictions["true_arrival_us"] > 0)
    miss_s = (seen.predictions["true_arrival_us"] - seen.predictions["predicted_us"])[known] / SECOND_US
    assert known.sum() > 100
    assert np.abs(miss_s).max() <= 5
    assert seen.samples["buses.eta_accuracy", "10-15"].mean() > 0.9


def test_a_sign_shows_the_next_few_buses_of_each_line_at_its_own_beat(punctual: tuple[Site, Seen]) -> None:
    _, seen = punctual
    rows = seen.predictions
    shown = np.stack([rows["device"], rows["time"], rows["route"], rows["direction_id"]], axis=1)
    _, counts = np.unique(shown, axis=0, return_counts=True)
    assert counts.max() == 3
    assert (rows["predicted_us"] >= rows["time"]).all()
    np.testing.assert_array_equal(rows["horizon_s"], (rows["predicted_us"] - rows["time"]) // SECOND_US)
    for device in np.unique(rows["device"]):
        assert len(np.unique(rows["time"][rows["device"] == device] % (30 * SECOND_US))) == 1
    assert (np.diff(rows["time"]) >= 0).all()


def test_a_late_bus_is_predicted_as_late_as_it_was_last_reported(network: Network) -> None:
    site = a_site(hours=1)
    late = Seen(site, network, EVERYWHERE, journal_of(site, network, late_us=2 * MINUTE_US))
    rows = late.predictions
    near = after_warming(rows, site) & (rows["true_arrival_us"] > 0) & (rows["horizon_s"] < 300)
    # The truth in the journal is punctual: what is shown follows the reports, two minutes later.
    behind_s = (rows["predicted_us"] - rows["true_arrival_us"])[near] / SECOND_US
    assert np.median(behind_s) == pytest.approx(120, abs=5)


def test_predictions_do_not_change_when_only_the_truth_does(network: Network) -> None:
    rows = []
    for shift_us in (0, 7 * MINUTE_US):
        site = a_site(hours=0.5)
        journal = journal_of(site, network)
        journal.arrivals = {call: arrival + shift_us for call, arrival in journal.arrivals.items()}
        journal.legs.forget_before(site.end_us if shift_us else site.start_us)
        rows.append(Seen(site, network, EVERYWHERE, journal).predictions)
    same = [name for name in rows[0] if name != "true_arrival_us"]
    assert all(np.array_equal(rows[0][name], rows[1][name]) for name in same)
    assert not np.array_equal(rows[0]["true_arrival_us"], rows[1]["true_arrival_us"])


def test_a_bus_without_news_is_expected_by_the_timetable_and_given_up_in_the_end(network: Network) -> None:
    site, journal = a_site(hours=0.5), Journal()
    seen = Seen(site, network, EVERYWHERE, journal)
    rows = seen.predictions
    trips = {trip.trip_id: trip for trip in network.trips}
    day_us = site.calendar.day_start_us(site.start_us)
    for row in range(0, len(rows["time"]), 97):
        trip = trips[site.names("trip")[int(rows["trip"][row])]]
        stops = [network.stops[stop].stop_id for stop in network.patterns[trip.pattern].stops]
        place = stops.index(site.names("stop")[int(rows["stop"][row])])
        depart_us = day_us + int(trip.depart_us[0])
        way_us = int(trip.arrive_us[place] - trip.depart_us[0])
        assert abs(int(rows["predicted_us"][row]) - (max(depart_us, int(rows["time"][row])) + way_us)) <= SECOND_US
        assert rows["time"][row] < depart_us + 10 * MINUTE_US


def test_running_times_are_learned_from_reports_of_earlier_trips(network: Network) -> None:
    site = a_site(hours=1.5)
    journal = Journal()
    run_timetable(site, network, journal, vehicles_of(site, network), site.end_us)
    # Every bus takes a fourth longer than its timetable, counted from its own departure.
    for number, place in list(journal.arrivals):
        trip = journal.trips.rows[number]
        depart_us = int(trip["day_us"] + network.trips[trip["trip"]].depart_us[0])
        journal.arrivals[number, place] = depart_us + (journal.arrivals[number, place] - depart_us) * 5 // 4
    rows = sorted((arrival, number, place) for (number, place), arrival in journal.arrivals.items())
    for arrival, number, place in rows:
        if site.start_us <= arrival < site.end_us:
            journal.reports.add(Report(arrival + SECOND_US, arrival, number, place, 0))
    seen = Seen(site, network, EVERYWHERE, journal)
    shown = seen.predictions
    known = (shown["true_arrival_us"] > 0) & (shown["horizon_s"] > 300) & (shown["horizon_s"] < 900)
    late = (shown["true_arrival_us"] - shown["predicted_us"]) / shown["horizon_s"].clip(1) / SECOND_US
    early_run, late_run = known & ~after_warming(shown, site, 15), known & after_warming(shown, site, 60)
    assert np.median(np.abs(late[early_run])) > 2 * np.median(np.abs(late[late_run]))
    assert np.median(late[late_run]) < 0.08


def test_signs_fail_show_nothing_meanwhile_and_come_back(network: Network) -> None:
    site = a_site(hours=3)
    frail = SignParameters(share=1, failures_per_day=1, repair=30 * MINUTE_US, link_troubles_per_day=0)
    seen = Seen(site, network, frail, journal_of(site, network))
    changes = words(seen.states)
    assert changes.count("offline") > 2
    for device in np.unique(seen.states["device"]):
        mine = seen.states["device"] == device
        times, states = seen.states["time"][mine], np.array(changes)[mine]
        order = np.argsort(times, kind="stable")
        assert (states[order][1:] != states[order][:-1]).all()
        for begin, state, end in zip(times[order], states[order], [*times[order][1:], site.end_us], strict=True):
            shown = seen.predictions["time"][seen.predictions["device"] == device]
            assert state == "online" or not ((shown > begin) & (shown < end)).any()
    available = seen.samples["buses.sign_available", ""]
    assert 0.8 < available.mean() < 1
    assert sum(row.count for row in seen.census) == len(np.unique(seen.states["device"]))


def test_an_outage_of_the_network_makes_signs_stale_until_it_ends(network: Network) -> None:
    outage = Incident(what="outage", after="10m", lasting="20m")
    site = a_site(hours=1, incidents=[outage])
    seen = Seen(site, network, EVERYWHERE, journal_of(site, network))
    begin_us, end_us = site.start_us + 10 * MINUTE_US, site.start_us + 30 * MINUTE_US
    stale = np.array(words(seen.states)) == "stale"
    signs = len(np.unique(seen.states["device"]))
    assert stale.sum() == signs
    assert set(seen.states["time"][stale]) == {begin_us + 90 * SECOND_US}
    assert ((seen.states["last_update_s"][stale] >= 90) & (seen.states["last_update_s"][stale] <= 120)).all()
    back = seen.states["time"] == end_us
    assert back.sum() == signs
    assert set(np.array(words(seen.states))[back]) == {"online"}
    assert not ((seen.predictions["time"] >= begin_us) & (seen.predictions["time"] < end_us)).any()
    assert seen.samples["buses.sign_stale", ""].mean() == pytest.approx(18.5 / 60, abs=0.02)


def test_the_same_seed_shows_the_same_and_another_district_changes_nothing(network: Network) -> None:
    shown = []
    for districts in (("Jingan",), ("Jingan",), ("Huangpu", "Jingan")):
        site = a_site(districts, hours=0.25)
        wide = network if len(districts) == 1 else a_network(districts)
        rows = Seen(site, wide, SignParameters(), journal_of(site, wide)).predictions
        roster = site.roster
        here = roster.district_codes()[rows["device"]] == site.districts.find("Jingan")
        shown.append(
            [(roster.names[int(device)], int(at)) for device, at in zip(rows["device"][here], rows["predicted_us"][here], strict=True)]
        )
    assert shown[0] == shown[1]
    assert sorted(shown[0]) == sorted(shown[2])


def test_giving_a_slice_twice_shows_the_same(network: Network) -> None:
    site = a_site(hours=0.1)
    signs = Signs(site, network, journal_of(site, network), SignParameters(share=1))
    for span in spans(site):
        left = []
        for _ in range(2):
            signs.emit(span, site)
            left.append(gathered(SIGN_PREDICTION, site.city.out.take_blocks(span.end_us)["sign_prediction"]))
        once, twice = left
        assert all(np.array_equal(once[name], twice[name]) for name in once)


def test_predictions_that_wait_for_their_bus_stay_few_even_when_no_bus_ever_comes(network: Network) -> None:
    site, journal = a_site(hours=2), Journal()
    seen = Seen(site, network, EVERYWHERE, journal)
    assert seen.waiting[-1] < 1.2 * max(seen.waiting[:75])
    assert seen.samples["buses.phantom_arrival", ""].mean() == 1


def test_predictions_of_the_default_city_are_the_less_right_the_further_ahead() -> None:
    right: dict[str, list[np.ndarray]] = {}
    for seed in (1, 2, 3):
        engine = Engine(Scenario(name="signs", systems=(Buses(),), scale=0.01, start=8 * HOUR_US, duration=HOUR_US, seed=seed))
        for piece in engine.slices():
            for sample in piece.samples:
                if sample.measure == "buses.eta_accuracy":
                    right.setdefault(sample.where, []).append(sample.values)
    accuracy = [float(np.concatenate(right[bucket]).mean()) for bucket in ("0-3", "3-6", "6-10", "10-15")]
    assert accuracy == sorted(accuracy, reverse=True)
    assert 0.6 < accuracy[-1] < accuracy[0] < 0.97
