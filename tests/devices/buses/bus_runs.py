"""Cities in which only buses run, driven by the real engine, and a tiny network made by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from devices.buses.journal import Visit
from devices.buses.kinds import TRIP_STATE
from devices.buses.network.arrays import Line, Network, Pattern, Stop, Trip
from devices.buses.parameters import RiderParameters, RunningParameters, SensorParameters
from devices.buses.system import Buses, BusInstallation
from sim.arrays import Records
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.batches import Column, Slice
from sim.scenario import Scenario
from sim.toolkit.table import Table
from sim.units import HOUR_US, MINUTE_US

DAY = date(2015, 3, 2)


class HandMade(Buses):
    """The bus system on a network given by a test."""

    _given: Network = PrivateAttr()

    def network(self, site: Site) -> Network:  # noqa: ARG002 - the given one, in whatever city
        """Return the network of the test."""
        return self._given


def by_hand(network: Network, **families: Any) -> HandMade:  # noqa: ANN401 - one parameters class for each family
    buses = HandMade(**families)
    buses._given = network
    return buses


# Nothing left to chance: for tests that calculate with minutes.
STEADY = RunningParameters(departure_cv=0, leg_cv=0, trip_cv=0, hour_cv=0, breakdown_km=1e12, spare_share=0)
NOBODY = RiderParameters(rides_per_bus=0, line_cv=0, stop_cv=0, dwell_cv=0)
PERFECT = SensorParameters(gps_miss=0, door_miss=0, beacon_miss=0, false_hits=0, counter_share=1, counter_miss=0, counter_double=0)


def shuttle(
    departures: Sequence[float], *, run_min: float = 20, layover_min: float = 5, stops: int = 11, blocks: int = 1, hour: float = 7
) -> Network:
    """A line of equal legs between two terminals.

    Block b runs there and back again and again; its first trip leaves at `departures[b]` minutes after the hour. Each block has
    trips until two hours later.
    """
    places = tuple(Stop(f"s{number}", f"Stop {number}", 31.2 + 0.004 * number, 121.5, "Jingan") for number in range(stops))
    metres = 500.0 * np.arange(stops)
    latitude = np.array([stop.latitude for stop in places])
    longitude = np.full(stops, 121.5)
    forth = Pattern("1", 0, np.arange(stops, dtype=np.int32), metres, metres, latitude, longitude)
    back = Pattern("1", 1, np.arange(stops, dtype=np.int32)[::-1].copy(), metres, metres, latitude[::-1].copy(), longitude)
    trips: list[Trip] = []
    chains: dict[str, tuple[int, ...]] = {}
    along = np.rint(np.linspace(0, run_min * MINUTE_US, stops)).astype(np.int64)
    for block in range(blocks):
        at, direction, mine = departures[block], 0, []
        while not mine or at < departures[0] + 120:
            times = round((hour * 60 + at) * MINUTE_US) + along
            mine.append(len(trips))
            trips.append(Trip(f"b{block}-{len(mine)}", direction, times, times, f"block-{block}"))
            at, direction = at + run_min + layover_min, 1 - direction
        chains[f"block-{block}"] = tuple(mine)
    line = Line("1", "Line 1", "Jingan", 200)
    return Network("Asia/Shanghai", DAY, places, (line,), (forth, back), tuple(trips), chains, "test", "by hand")


@dataclass(repr=False)  # a failed assertion shows its values, and a whole city takes minutes to write out
class Outcome:
    """What a run left: all rows of each kind by column, all visits, all samples, and the installation as it stands at the end."""

    installation: BusInstallation
    engine: Engine
    visits: Records
    columns: dict[str, dict[str, Column]]
    samples: dict[tuple[str, str], NDArray[np.float64]]
    slices: list[Slice] = field(default_factory=list)


class TappedVisits(Table[Visit]):
    """Visits that remember every row taken."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        super().__init__(Visit, time="arrive_us")
        self.taken: list[Records] = []

    def take_before(self, at_us: int) -> Records:
        self.taken.append(super().take_before(at_us))
        return self.taken[-1]


def ride(buses: Buses, *, hours: float = 2, start: float = 7, warm_up: float = 0, scale: float = 0.01, **scenario: Any) -> Outcome:  # noqa: ANN401 - whatever a scenario takes
    """Run a city with these buses and nothing else."""
    engine = Engine(
        Scenario(
            name="ride",
            systems=(buses,),
            duration=round(hours * HOUR_US),
            start=round(start * HOUR_US),
            warm_up=round(warm_up * HOUR_US),
            scale=scale,
            **scenario,
        )
    )
    installation = engine.tenants[0].installation
    assert isinstance(installation, BusInstallation)
    tapped = installation.fleet.journal.visits = TappedVisits()
    slices = list(engine.slices())
    columns: dict[str, dict[str, list[Column]]] = {}
    samples: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for piece in slices:
        for batch in piece.batches:
            mine = columns.setdefault(batch.kind.name, {})
            for name, column in {"time_us": batch.time_us, "release_us": batch.release_us, "device": batch.device, **batch.columns}.items():
                mine.setdefault(name, []).append(column)
        for sample in piece.samples:
            samples.setdefault((sample.measure, sample.where), []).append(sample.values)
    return Outcome(
        installation,
        engine,
        np.concatenate(tapped.taken) if tapped.taken else tapped.rows,
        {kind: {name: np.concatenate(parts) for name, parts in mine.items()} for kind, mine in columns.items()},
        {label: np.concatenate(parts) for label, parts in samples.items()},
        slices,
    )


def clock_us(outcome: Outcome, minutes: float) -> int:
    """The instant so many minutes after the start of the run."""
    return outcome.engine.hours.start_us + round(minutes * MINUTE_US)


def trip_states(outcome: Outcome, progress: str) -> dict[str, NDArray[Any]]:
    """The rows of `trip_state` with one word of progress."""
    columns = outcome.columns["trip_state"]
    chosen = columns["progress"] == TRIP_STATE.field("progress").values.index(progress)
    return {name: column[chosen] for name, column in columns.items()}
