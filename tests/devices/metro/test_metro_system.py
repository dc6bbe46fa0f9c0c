"""The metro as a system: what it tells, conserves, and does in incidents, held against its figures."""

from typing import ClassVar

import numpy as np
import pytest

from devices.causes import LINE_DOWN, METRO_ENTRY, METRO_EXIT, STORM
from devices.metro.figures import TRIP_SEEN
from devices.metro.kinds import LineCondition, StationState
from devices.metro.network import network
from devices.metro.parameters import RiderParameters
from devices.metro.riders import Demanded, Pull
from devices.metro.system import Metro
from sim.city.causes import Heard
from sim.city.declared import Declared
from sim.city.demand_figures import FREE_DAY_ENTRIES, WORKDAY_ENTRIES
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.events.batches import Slice, Span
from sim.names import Names
from sim.scenario import Scenario
from sim.system import System

HOUR_US = 3_600_000_000
ZONE_H = 8


class Cards(System):
    """Hears every passage."""

    declared = Declared("cards", hears=(METRO_ENTRY, METRO_EXIT))
    heard: ClassVar[dict[str, list[Heard]]] = {}
    stations: ClassVar[Names] = Names()

    def build(self, site: Site) -> None:
        """Keep what is told, of the warm-up too."""
        type(self).heard = {METRO_ENTRY.name: [], METRO_EXIT.name: []}
        type(self).stations = site.names("station")

        def hear(span: Span) -> None:
            for cause in (METRO_ENTRY, METRO_EXIT):
                self.heard[cause.name].append(site.heard(cause, span))

        site.each_slice(hear)


def told(name: str, column: str) -> np.ndarray:
    return np.concatenate([heard.at_us if column == "at_us" else heard[column] for heard in Cards.heard[name]])


def run(*systems: System, start: str = "08:00", duration: str = "20m", scale: float = 0.02, **more: object) -> list[Slice]:
    settings = {"name": "metro", "systems": systems or (Metro(),), "start": start, "duration": duration, "scale": scale, "warm_up": "60m"}
    return list(Engine(Scenario(**(settings | more))).slices())  # type: ignore[arg-type]


def flow(pieces: list[Slice], column: str) -> np.ndarray:
    """Return a column of the stations' rows, by slice and station."""
    return np.array([batch.columns[column] for piece in pieces for batch in piece.batches if batch.kind.name == "station_flow"])


def samples(pieces: list[Slice], measure: str) -> np.ndarray:
    found = [np.atleast_1d(each.values) for piece in pieces for each in piece.samples if each.measure == f"metro.{measure}"]
    return np.concatenate(found)


def test_every_passage_that_is_counted_is_told_once_and_hearing_changes_nothing() -> None:
    alone, heard = run(), run(Metro(), Cards())
    from_us = heard[0].span.start_us
    for column, name in (("entered", METRO_ENTRY.name), ("exited", METRO_EXIT.name)):
        assert (flow(alone, column) == flow(heard, column)).all()
        assert (told(name, "at_us") >= from_us).sum() == flow(heard, column).sum() > 5_000


def test_who_leaves_has_entered_elsewhere_before_and_pays_as_then() -> None:
    run(Metro(), Cards(), warm_up="0m", duration="40m")
    entry = {name: told(METRO_ENTRY.name, name) for name in ("journey", "at_us", "station", "by_card")}
    leave = {name: told(METRO_EXIT.name, name) for name in ("journey", "at_us", "station", "by_card")}
    assert len(set(entry["journey"].tolist())) == len(entry["journey"]) > len(leave["journey"]) > 5_000
    assert len(set(leave["journey"].tolist())) == len(leave["journey"])
    order = np.argsort(entry["journey"])
    place = order[np.searchsorted(entry["journey"][order], leave["journey"])]
    assert (entry["journey"][place] == leave["journey"]).all()
    assert (leave["at_us"] - entry["at_us"][place]).min() > 2 * 60_000_000
    assert (entry["station"][place] != leave["station"]).all()
    assert (entry["by_card"][place] == leave["by_card"]).all()
    plan, names = network(), Cards.stations
    come, go = ([plan.names.index(names[code]) for code in column.tolist()] for column in (entry["station"][place], leave["station"]))
    assert np.allclose(told(METRO_EXIT.name, "distance_km") * 1_000, plan.trip_m[come, go])
    assert abs(entry["by_card"].mean() - Metro().riders.card_share) < 0.01


def test_nobody_is_lost_and_stations_empty_at_night() -> None:
    pieces = run(start="21:30", duration="4h30m", scale=0.005, warm_up="90m")
    assert flow(pieces, "entered").sum() < flow(pieces, "exited").sum()  # those who were on their way at the start
    assert (flow(pieces, "waiting") >= 0).all()
    assert (flow(pieces, "inside") >= flow(pieces, "waiting")).all()
    assert flow(pieces, "inside")[-1].sum() == 0
    assert flow(pieces, "gates_open")[-1].sum() == 0 < flow(pieces, "gates_open")[0].min()
    assert {(row.thing, row.state) for row in pieces[-1].census} == {("station", StationState.CLOSED.word)}


def differ(hours: np.ndarray, figure: tuple[float, ...]) -> float:
    """Return by how much the share of an hour differs from its figure, at most."""
    return float(np.abs(hours / hours.sum() - np.array(figure) / sum(figure)).max())


def test_each_hour_of_a_workday_has_its_share() -> None:
    pieces = run(start="05:30", duration="18h", scale=0.005, warm_up="0m")
    hours = np.zeros(24)
    for piece, entered in zip(pieces, flow(pieces, "entered"), strict=True):
        hours[(piece.span.start_us // HOUR_US + ZONE_H) % 24] += entered.sum()
    assert differ(hours, WORKDAY_ENTRIES) < 0.015
    assert 0.7 < hours.sum() / 0.005 / (1e6 * sum(WORKDAY_ENTRIES)) < 1.3  # three times the variation of days


def test_each_hour_of_a_free_day_has_its_share() -> None:
    scenario = Scenario(name="free", systems=(Metro(),), start="00:00", duration="1d", scale=0.02, warm_up="0m", day="2015-03-07")
    site = Engine(scenario).tenants[0].site
    demanded = Demanded(site, RiderParameters(), Pull.of(network(), site.streams("stations")))
    starts = [site.start_us + hour * HOUR_US for hour in range(24)]
    hours = np.array([len(demanded.of(Span(number, at_us, at_us + HOUR_US))) for number, at_us in enumerate(starts)])
    assert differ(hours, FREE_DAY_ENTRIES) < 0.015
    assert 0.7 < hours.sum() / 0.02 / (1e6 * sum(FREE_DAY_ENTRIES)) < 1.3


def test_gates_and_trips_are_as_seen() -> None:
    pieces = run(scale=0.1, duration="30m")
    taps = samples(pieces, "gate_taps")
    assert 5 <= np.percentile(taps, 95) <= 8
    assert 12 <= taps.max() <= 22  # 19 was seen at the busiest gate of one day
    trip_min = np.percentile(samples(pieces, "journey_s") / 60, [10, 50, 90])
    assert (trip_min > TRIP_SEEN.numbers).all()  # biased short
    assert (trip_min < 3 * np.array(TRIP_SEEN.numbers)).all()


def test_in_a_line_that_stands_platforms_fill_and_its_riders_turn_away() -> None:
    down = Incident(what=LINE_DOWN, after="5m", lasting="20m")
    again = Incident(what=LINE_DOWN, after="10m", lasting="15m")  # another reason at the same time changes nothing
    usual, broken = run(duration="50m"), run(duration="50m", incidents=(down, again))
    ends, after = slice(24, 26), slice(45, 50)
    here = np.zeros(len(network().names), dtype=bool)
    here[next(line for line in network().lines if line.name == "2").stations] = True
    assert flow(broken, "waiting")[ends][:, here].sum() > 2 * flow(usual, "waiting")[ends][:, here].sum()
    assert flow(broken, "waiting")[after].sum() < 1.5 * flow(usual, "waiting")[after].sum()
    assert flow(broken, "entered")[:, here].sum() < flow(usual, "entered")[:, here].sum()
    assert 0 == samples(usual, "turned_away").mean() < samples(broken, "turned_away").mean() < 0.1
    assert samples(broken, "train_wait_s").max() > 15 * 60 > samples(usual, "train_wait_s").max()
    words = [batch.columns["line_condition"].tolist() for piece in broken for batch in piece.batches if batch.kind.name == "line_state"]
    assert words == [[LineCondition.RUNNING] * 14, [LineCondition.STANDSTILL], [LineCondition.RUNNING]]


def test_a_storm_moves_people_to_the_metro_where_it_is() -> None:
    storm = Incident(what=STORM, after="0m", lasting="20m", districts=("Putuo",))
    usual, wet = (flow(run(incidents=incidents), "entered").sum(axis=0) for incidents in ((), (storm,)))
    there = np.array([name == "Putuo" for name in network().district])
    assert 1.02 < wet[there].sum() / usual[there].sum() < 1.18
    assert (wet[~there] == usual[~there]).mean() > 0.95  # the few queues at gates apart, nobody else changes


def test_the_whole_city_rides_through_one_district() -> None:
    everywhere, one = run(), run(districts=("Jingan",))
    here = np.array([name == "Jingan" for name in network().district])
    for column in ("entered", "exited", "waiting", "inside"):
        assert (flow(one, column) == flow(everywhere, column)[:, here]).all()


def test_a_district_without_a_station_is_refused_and_so_is_a_line_that_nobody_built() -> None:
    with pytest.raises(UsageError, match="no metro station stands in Chongming"):
        run(districts=("Chongming",))
    with pytest.raises(ValueError, match="down"):
        Metro(line={"down": "15"})  # type: ignore[arg-type]
