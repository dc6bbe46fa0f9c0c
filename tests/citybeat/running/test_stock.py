"""Counts of the pipeline are cut at the stages of the load profile."""

import numpy as np

from citybeat.running.stock import Stock
from sim.histogram import Histogram
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.judge.pipeline import ACK, REJECTED, SEND_LAG
from sim.ports import Delivered


class Counting:
    """A sink whose counts a test adds to."""

    def __init__(self) -> None:
        self.lag, self.acks = Histogram(), Histogram()

    def observe(self) -> None:
        pass

    def delivered(self, _kind: str) -> Delivered:
        return Delivered()


class Hearing:
    """A listener that heard of rejected events."""

    def __init__(self) -> None:
        self.rejected = 0

    def fill(self, books: Books) -> None:
        books.of("lamp_power").rejected["malformed"] = self.rejected

    def latencies(self) -> dict[str, tuple[Histogram, Histogram]]:
        return {}


def counts(meters: Meters, measure: str) -> dict[str, int]:
    return {stage: meters.select(measure, stage=stage).count for stage in ("", "calm", "rush")}


def test_what_is_counted_while_a_stage_lasts_is_its_own_also_when_it_comes_twice() -> None:
    sink, ears = Counting(), Hearing()
    delivery, listener = (sink, ears)  # type: Any, Any
    stock = Stock(Books(), Meters(), delivery, listener)
    for stage, lag_us, samples in (("calm", 1_000, 5), ("rush", 9_000_000, 7), ("calm", 2_000, 3), ("rush", 8_000_000, 1)):
        stock.stage = stage
        for _ in range(2):
            sink.lag.record(np.full(samples, lag_us))
            ears.rejected += samples
            stock.take()
            stock.take()
    assert counts(stock.meters, SEND_LAG) == {"": 32, "calm": 16, "rush": 16}
    assert counts(stock.meters, ACK) == {"": 0, "calm": 0, "rush": 0}
    assert stock.meters.select(SEND_LAG, stage="calm").greatest < 3_000
    assert stock.meters.select(SEND_LAG, stage="rush").least > 7_900_000
    whole = stock.meters.select(SEND_LAG)
    assert (whole.count, whole.total) == (sink.lag.count, sink.lag.total)
    assert counts(stock.rejected_meters(), REJECTED) == {"": 2, "calm": 1, "rush": 1}
    assert stock.rejected == {"calm": 16, "rush": 16}
