"""Accounts take over what everybody counts: planned from the tape alone, the pipeline's counts cut at the stages of the load profile."""

from collections import Counter
from typing import Any

import numpy as np

from citybeat.running.accounts.accounts import Accounts
from citybeat.running.connections import Connections
from citybeat.running.job import simulate
from citybeat.running.progress import Phase
from sim.city.profile import ProfileStage
from sim.clock import Clock
from sim.events.batches import Slice, Span
from sim.events.send_order import in_send_order
from sim.histogram import Histogram
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.judge.pipeline import ACK, REJECTED, SEND_LAG
from sim.play.pump import Tick
from sim.ports import Delivered
from sim.scenario import Scenario
from sim.units import HOUR_US, MINUTE_US
from tests.lamps import Lamps

PROFILE = tuple(ProfileStage(name=name, lasting="1m") for name in ("calm", "rush", "calm", "rush"))


class Counting:
    """A delivery whose counts a test adds to."""

    def __init__(self) -> None:
        self.lag, self.acks = Histogram(), Histogram()

    def observe(self) -> None:
        pass

    def delivered(self, _kind: str) -> Delivered:
        return Delivered(sent=3, acked=2, refused=1)


class Hearing:
    """A listener that heard of rejected events."""

    def __init__(self) -> None:
        self.rejected = 0

    def fill(self, books: Books) -> None:
        books.of("lamp_power").rejected["malformed"] = self.rejected

    def latencies(self) -> dict[str, tuple[Histogram, Histogram]]:
        return {}


def accounts_of(delivery: Any, listener: Any, put: Counter[str]) -> Accounts:  # noqa: ANN401 - stand-ins
    job = simulate(Scenario(name="lit", systems=[Lamps()], districts=["Xuhui"], duration="4m", warm_up="0s", profile=PROFILE))
    return Accounts(job, "0a1b2c3d", Clock(), put, Connections(delivery=delivery, listener=listener))


def minute(accounts: Accounts, number: int, **more: Any) -> Slice:  # noqa: ANN401 - of a slice
    start_us = accounts.job.start_us + MINUTE_US * number
    return Slice(Span(number, start_us, start_us + MINUTE_US), (), in_send_order(()), **more)


def counts(meters: Meters, measure: str) -> dict[str, int]:
    return {stage: meters.select(measure, stage=stage).count for stage in ("", "calm", "rush")}


def test_what_is_counted_while_a_stage_lasts_is_its_own_also_when_it_comes_twice() -> None:
    delivery, listener = Counting(), Hearing()
    accounts = accounts_of(delivery, listener, Counter())
    for number, (lag_us, samples) in enumerate(((1_000, 10), (9_000_000, 14), (2_000, 6), (8_000_000, 2))):
        delivery.lag.record(np.full(samples, lag_us))
        listener.rejected += samples
        accounts.passed(minute(accounts, number))
        accounts.count()
    assert counts(accounts.meters, SEND_LAG) == {"": 32, "calm": 16, "rush": 16}
    assert counts(accounts.meters, ACK) == {"": 0, "calm": 0, "rush": 0}
    assert accounts.meters.select(SEND_LAG, stage="calm").greatest < 3_000
    assert accounts.meters.select(SEND_LAG, stage="rush").least > 7_900_000
    whole = accounts.meters.select(SEND_LAG)
    assert (whole.count, whole.total) == (delivery.lag.count, delivery.lag.total)
    assert counts(accounts.stage_cuts.rejected_meters(), REJECTED) == {"": 2, "calm": 1, "rush": 1}
    assert accounts.stage_cuts.rejected == {"calm": 16, "rush": 16}


def test_planned_is_what_the_tape_has_taken_and_nobody_else_counts_it() -> None:
    put = Counter({"lamp_power": 5})
    accounts = accounts_of(Counting(), None, put)
    for piece in accounts.job.source.slices():
        accounts.finished(piece)
    accounts.count()
    assert (accounts.books.of("lamp_power").planned, accounts.books.of("lamp_state").planned) == (5, 0)
    put["lamp_power"] += 2
    accounts.count()
    assert accounts.books.total().planned == 7
    assert (accounts.books.of("lamp_power").sent, accounts.books.of("lamp_power").acked, accounts.books.of("lamp_power").refused) == (
        3,
        2,
        1,
    )


def test_a_run_has_come_as_far_as_its_last_turn_within_its_own_time() -> None:
    accounts = accounts_of(None, None, Counter())
    reached = []
    for city_us in (accounts.job.start_us - HOUR_US, accounts.job.start_us + 5, accounts.job.end_us + HOUR_US):
        accounts.tick(Tick(city_us, 0, (), (), starved=False), Phase.RUNNING)
        reached.append(accounts.reached_us - accounts.job.start_us)
    assert reached == [0, 5, 4 * MINUTE_US]
