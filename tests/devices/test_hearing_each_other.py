"""Systems of a script hear the buses in public words, and each other in words of their own: a ferry pier near a bus stop, and its kiosk."""

from typing import Any, ClassVar

import numpy as np

from devices import Buses
from devices.buses.kinds import PASSENGER_COUNT
from devices.causes import ALIGHTING, BOARDING
from sim.city.causes import Cause
from sim.city.declared import Count, Declared
from sim.city.places import Places
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.batches import Slice, Span
from sim.events.digests import digest_of
from sim.events.kinds import Kind, integer
from sim.scenario import Scenario
from sim.system import System
from sim.units import MINUTE_US

ARRIVAL = Kind("pier_arrival", doc="passengers reach the pier in a minute", qos=1, fields=(integer("passengers", "persons"),))
COFFEE = Kind("coffee", doc="somebody buys a coffee before the ferry", qos=0, fields=(integer("number"),))
AT_THE_PIER = Cause("at_the_pier", doc="a passenger stands at the pier", fields=(integer("number"),))
WALK_US = 2 * MINUTE_US
NEAR_M = 600


class Ferries(System):
    """A pier that whoever alights within 600 m reaches after two minutes."""

    latitude: float = 0.0
    longitude: float = 0.0
    declared = Declared("ferries", kinds=(ARRIVAL,), census=(Count("passenger", "arrived"),), tells=(AT_THE_PIER,), hears=(ALIGHTING,))

    def build(self, site: Site) -> None:
        """Count who comes from the bus."""
        pier = site.roster.add("pier-1", site.district_names[0])
        total = 0

        def come(span: Span) -> None:
            nonlocal total
            alighted = site.heard(ALIGHTING, span)
            near = Places(alighted["latitude"].astype(float), alighted["longitude"].astype(float)).near(
                self.latitude, self.longitude, NEAR_M
            )
            near = np.sort(near)
            at_us = alighted.at_us[near] + WALK_US
            if len(near):
                site.record(ARRIVAL, pier, span.start_us, passengers=len(near))
                site.tell_rows(AT_THE_PIER, at_us, alighted.district[near], {"number": total + np.arange(len(near))})
                total += len(near)
            site.count("passenger", "arrived", site.district_names[0], total)

        site.each_slice(come)


class Kiosk(System):
    """Sells every third passenger a coffee."""

    declared = Declared("kiosk", kinds=(COFFEE,), awaits=(AT_THE_PIER,))
    sold: ClassVar[list[int]] = []

    def build(self, site: Site) -> None:
        """Wait for passengers, one by one."""
        till = site.roster.add("till-1", site.district_names[0])

        def steps() -> Any:  # noqa: ANN401 - a generator
            ear = site.listen(AT_THE_PIER)
            while True:
                told = yield ear.get()
                if told["number"] % 3 == 0:
                    site.record(COFFEE, till, number=told["number"])

        site.process(steps())


def run(*systems: System) -> list[Slice]:
    made = Scenario(name="pier", systems=systems, districts=("Huangpu",), duration="40m", start="08:00", scale=0.02)
    return list(Engine(made).slices())


def a_stop() -> tuple[float, float]:
    """A stop in the middle of the first line."""
    network = Engine(Scenario(name="pier", systems=(Buses(),), districts=("Huangpu",), scale=0.02)).tenants[0].installation.fleet  # type: ignore[attr-defined]
    stops = network.timetable.network.stops
    return stops[len(stops) // 2].latitude, stops[len(stops) // 2].longitude


def rows(pieces: list[Slice], kind: str, column: str) -> np.ndarray:
    found = [batch.columns[column] for piece in pieces for batch in piece.batches if batch.kind.name == kind]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def test_passengers_reach_a_ferry_pier_from_a_bus_stop_nearby() -> None:
    latitude, longitude = a_stop()
    pieces = run(Kiosk(), Ferries(latitude=latitude, longitude=longitude), Buses())
    arrived = rows(pieces, "pier_arrival", "passengers")
    assert arrived.sum() > 10
    assert pieces[-1].census[-1].count >= arrived.sum()  # who came in the warm-up counts, too
    sold = rows(pieces, "coffee", "number")
    assert len(sold) > 3
    assert (sold % 3 == 0).all()
    assert (np.diff(sold) == 3).all()


def test_a_pier_far_from_any_stop_gets_nobody() -> None:
    pieces = run(Ferries(latitude=30.0, longitude=120.0), Buses())
    assert not len(rows(pieces, "pier_arrival", "passengers"))


class Ears(System):
    """Hears every rider."""

    declared = Declared("ears", hears=(BOARDING, ALIGHTING))
    heard: ClassVar[dict[str, list[Any]]] = {}

    def build(self, site: Site) -> None:
        """Keep what is told."""
        type(self).heard = {"boarding": [], "alighting": []}
        for cause in (BOARDING, ALIGHTING):
            site.each_slice(lambda span, cause=cause: None if span.warm else self.heard[cause.name].append((span, site.heard(cause, span))))


def test_every_rider_the_buses_count_is_told_once_and_hearing_changes_no_event() -> None:
    alone, listened = run(Buses()), run(Ears(), Buses())
    assert digest_of(alone) == digest_of(listened)
    boardings = [heard for _, heard in Ears.heard["boarding"]]
    true = rows(listened, PASSENGER_COUNT.name, "true_boarded").sum()
    told = sum(map(len, boardings))
    assert told > 100
    assert abs(told - true) < 0.1 * true  # a visit is counted when its bus leaves, a rider when she boards
    cards = np.concatenate([heard["by_card"] for heard in boardings]).mean()
    assert abs(cards - Buses().riders.card_share) < 0.05
    assert all(((heard.at_us >= span.start_us) & (heard.at_us < span.end_us)).all() for span, heard in Ears.heard["boarding"])
