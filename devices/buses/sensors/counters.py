"""Door counters and card readers: what is known of riders after each stop (B4).

Owns the rows of `passenger_count` and their error. An error of the load builds up along the trip and is gone at the terminal, where
the bus is empty. Buses without door counters count cards: nobody taps on leaving, so their load is unknown.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import CountMethod, OccupancyStatus
from devices.buses.kinds import PASSENGER_COUNT
from devices.buses.measures import COUNT_ERROR
from devices.buses.occupancy import occupancy
from devices.buses.parameters import SensorParameters
from devices.buses.sensors.calls import Calls, Codes, districts_of
from sim.arrays import Int, Records
from sim.city.site import Site
from sim.events.batches import Column, Span
from sim.events.kinds import ABSENT_INT
from sim.figures import Figure
from sim.toolkit.draws import by_district
from sim.units import NEVER_US

JUDGED_FROM = Figure(
    "riders of a trip that says something about its counter",
    value=10,
    unit="persons",
    source="assumption: of fewer one miscount is more than 10 %",
    low=5,
    high=30,
)
COUNTER_FIGURES = (JUDGED_FROM,)


@dataclass(slots=True)
class Tally:
    """What a bus's counter has added up on its trip, beside what was true."""

    on_board: int = 0
    boarded: int = 0
    true_boarded: int = 0


@dataclass(slots=True)
class Counters:
    """The counters of all buses; `fitted` says which have door counters: shape (devices,)."""

    site: Site
    codes: Codes
    parameters: SensorParameters
    capacity: int
    fitted: NDArray[np.bool_]
    _tallies: dict[int, Tally] = field(default_factory=dict)

    def emit(self, span: Span, calls: Calls, out: Site) -> None:
        """Leave a row for each stop that was served, at its departure, and the error of every trip that ends."""
        counted = self._count(span, calls)
        on_board, errors = self._add_up(calls.rows, counted)
        if span.warm:
            return
        out.sample(COUNT_ERROR, errors)
        rows = np.flatnonzero(calls.rows["stopped"] == 1)
        visits, on_board = calls.rows[rows], on_board[rows]
        counted_on, counted_off = counted[:, rows]
        apc = self.fitted[visits["vehicle"]]
        pattern = visits["pattern"]
        columns: dict[str, Column] = {
            "route": self.codes.route[pattern],
            "direction_id": self.codes.direction[pattern],
            "method": np.where(apc, CountMethod.APC, CountMethod.CARD).astype(np.int32),
            "trip": calls.trip_code[rows],
            "start_date": calls.date_code[rows],
            "stop": self.codes.stop[calls.flat[rows]],
            "boarded": np.where(apc, counted_on, visits["cards"]),
            "alighted": np.where(apc, counted_off, ABSENT_INT),
            "left_behind": visits["left"],
            "on_board": np.where(apc, on_board, ABSENT_INT),
            "capacity": np.full(len(rows), self.capacity),
            "occupancy_status": np.where(apc, occupancy(on_board, self.capacity), OccupancyStatus.NO_DATA_AVAILABLE).astype(np.int32),
            "true_boarded": visits["boarded"],
            "true_alighted": visits["alighted"],
            "true_on_board": visits["load"],
        }
        out.rows(PASSENGER_COUNT, visits["depart_us"].copy(), visits["vehicle"].astype(np.int32), columns)

    def _count(self, span: Span, calls: Calls) -> Int:
        """Return what door counters say of boarded and alighted: each rider is missed or seen twice by chance: shape (2, visits)."""
        true = np.stack([calls.rows["boarded"], calls.rows["alighted"]])
        counted = np.empty(true.shape, dtype=np.int64)
        chances = np.array([[[self.parameters.counter_miss]], [[self.parameters.counter_double]]])
        for rows, rng in by_district(self.site, districts_of(calls, self.site), "counters", span.index):
            missed, double = rng.binomial(true[:, rows], chances)
            counted[:, rows] = true[:, rows] - missed + double
        return counted

    def _add_up(self, visits: Records, counted: Int) -> tuple[Int, list[float]]:
        """Return the counted load after each stop and, for trips that end, the relative error of boardings."""
        on_board, errors = np.empty(len(visits), dtype=np.int64), []
        tallies = self._tallies
        columns = (visits[name].tolist() for name in ("vehicle", "place", "next_us", "boarded"))
        fitted = self.fitted
        for row, (vehicle, place, next_us, true_on, on, off) in enumerate(zip(*columns, *counted.tolist(), strict=True)):
            tally = tallies.get(vehicle)
            if tally is None or not place:
                tally = tallies[vehicle] = Tally()
            tally.on_board = max(tally.on_board + on - off, 0)
            tally.boarded += on
            tally.true_boarded += true_on
            on_board[row] = tally.on_board
            if next_us == NEVER_US:
                if tally.true_boarded >= float(JUDGED_FROM) and fitted[vehicle]:
                    errors.append(abs(tally.boarded - tally.true_boarded) / tally.true_boarded)
                del tallies[vehicle]
        return on_board, errors
