"""Whoever watches a run hears of it in order, may end it, and needs to say only what it wants to hear; a delivery may be anybody's."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from brokers.tape.sink import TapeSink
from citybeat import Objective, Scenario, Statistic, run
from citybeat.running.accounts.accounts import Accounts
from citybeat.running.connections import Connections
from citybeat.running.ended import Ended
from citybeat.running.interruption import Interruption
from citybeat.running.job import simulate
from citybeat.running.observers import Observer, Watched
from citybeat.running.progress import Phase, Progress
from citybeat.running.progress_reporter import ProgressReporter
from citybeat.running.runner import tape_header
from citybeat.running.session import Session
from citybeat.running.settings import RunSettings
from citybeat.running.summary import Result
from sim.clock import Clock
from sim.errors import UsageError
from sim.events.batches import Slice
from sim.events.digests import Digester
from sim.histogram import Histogram
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import Verdict, judge
from sim.play.pace import Pace
from sim.play.pump import Tick
from sim.ports import Delivered, Receipt
from tests.lamps import Lamps

STREET = Scenario(name="street", systems=[Lamps(interval="2s")], districts=["Xuhui"], duration="4m", warm_up="0s")


def watched(folder: Path, *observers: Observer, scenario: Scenario = STREET) -> Result:
    return run(scenario, speed="max", broker="none", out=folder / "run", quiet=True, observers=observers)


@dataclass
class Diary(Observer):
    """Writes down what it hears."""

    heard: list[str] = field(default_factory=list)
    digester: Digester = field(default_factory=Digester)
    ticked: Counter[Phase] = field(default_factory=Counter)
    how: Ended | None = None

    def began(self, run: Watched) -> None:
        self.heard.append(f"began {run.job.name} {run.shift_us > 0}")

    def passed(self, piece: Slice) -> None:
        self.heard.append(f"passed {piece.span.index}")

    def finished(self, piece: Slice) -> None:
        self.digester.add(piece)
        self.heard.append(f"finished {piece.span.index}")

    def tick(self, tick: Tick, phase: Phase) -> None:
        self.ticked[phase] += tick.put

    def ended(self, how: Ended) -> None:
        self.how = how
        self.heard.append("ended")


def test_an_observer_hears_of_a_run_in_order_and_of_its_verdict_last(tmp_path: Path) -> None:
    diary, silent = Diary(), Nothing()
    result = watched(tmp_path, silent, diary)
    slices = [f"{what} {index}" for index in range(4) for what in ("passed", "finished")]
    assert diary.heard == ["began street True", *slices, "ended"]
    assert diary.ticked == {Phase.RUNNING: result.summary["books"]["total"]["planned"]}
    assert diary.digester.log_digest == result.summary["log_digest"]
    assert diary.how is not None
    assert [each.verdict.value for each in diary.how.judged] == [row["verdict"] for row in result.summary["objectives"]]


class Nothing(Observer):
    """Says nothing at all, and so hears of nothing."""


@dataclass
class AbortOnFail(Observer):
    """Ends a run as soon as one of its promises is broken: four lines, and nothing of the house had to change for them."""

    run: Watched | None = None

    def began(self, run: Watched) -> None:
        self.run = run

    def passed(self, _piece: Slice) -> None:
        job = self.run.job if self.run else None
        for each in judge(job.objectives, job.measures, self.run.meters) if job and self.run else ():
            if each.verdict is Verdict.FAIL:
                msg = f"{each.objective.measure} {promise_text(Promise.from_judged(each))} is broken: the run is not worth going on"
                raise UsageError(msg)


def test_an_observer_ends_a_run_whose_promise_is_broken_and_the_books_are_closed(tmp_path: Path) -> None:
    promise = Objective("lamps.power_w", Statistic.MAX, at_most=1, source="a test's")
    result = watched(tmp_path, AbortOnFail(), scenario=STREET.model_copy(update={"objectives": (promise,)}))
    summary = result.summary
    assert (result.verdict, result.exit_code) == (Verdict.ABORTED, 2)
    assert "lamps.power_w max ≤ 1 W is broken" in summary["failure"]
    assert summary["start_us"] < summary["reached_us"] < summary["end_us"]
    total = summary["books"]["total"]
    assert total["planned"] > 0
    assert (tmp_path / "run" / "report.html").exists()


class Failing(Observer):
    """Fails when all is over."""

    def ended(self, how: Ended) -> None:
        assert how.judged
        msg = "the notebook is full"
        raise UsageError(msg)


def test_what_an_observer_meets_at_the_end_leaves_the_verdict_and_lets_the_others_hear(tmp_path: Path) -> None:
    diary = Diary()
    result = watched(tmp_path, Failing(), diary)
    assert (result.verdict, result.exit_code, diary.heard[-1]) == (Verdict.PASS, 2, "ended")
    assert "the notebook is full" in result.summary["failure"]


@dataclass
class Fleet:
    """A delivery that is no connection: it keeps in memory what is put, by kind, and takes all but the first event of each."""

    shift_us: int = 0
    lag: Histogram = field(default_factory=Histogram)
    acks: Histogram = field(default_factory=Histogram)
    sent: Counter[str] = field(default_factory=Counter)
    closed: bool = False
    in_flight: int = 0
    trouble: str = ""
    refusal: str = "there is no parking space"

    def stage(self, piece: Slice) -> None:
        assert self.shift_us
        assert piece.send_order

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        for batch in piece.send_order.batch[first:last]:
            self.sent[piece.batches[batch].kind.name] += 1
        return Receipt()

    def settle(self, _deadline_s: float) -> Receipt:
        self.closed = True
        return Receipt(dict(self.sent))

    def observe(self) -> None:
        pass

    def delivered(self, kind: str) -> Delivered:
        return Delivered(sent=self.sent[kind], refused=1)

    def handed_over(self, kind: str) -> tuple[int, int]:
        return self.sent[kind], 0

    @property
    def acked(self) -> int:
        return self.sent.total()

    def connection(self) -> Mapping[str, int | float]:
        return {"cars": 18_000}

    def clear_retained(self) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.mark.parametrize("speed", [math.inf, 240.0])
def test_a_session_knows_of_a_delivery_only_what_the_port_says(tmp_path: Path, speed: float) -> None:
    job, fleet = simulate(STREET), Fleet()
    pace = Pace(speed, job.start_us, job.end_us, Clock())
    tape = TapeSink(tmp_path / "tape", tape_header(job, "0a1b2c3d"))
    accounts = Accounts(job, "0a1b2c3d", Clock(), tape.taken, Connections(delivery=fleet))
    ended = Session(job, RunSettings(), pace, tape, accounts, (), Interruption()).play()
    assert (ended.failure, fleet.closed) == (None, True)
    accounts.count()
    total = accounts.books.total()
    assert total.planned == total.sent == fleet.sent.total() > 0
    assert total.refused == len(job.kinds)


@pytest.mark.parametrize(("speed", "late"), [(math.inf, False), (60.0, True)])
def test_only_where_there_is_a_pace_is_the_simulation_slower_than_it(speed: float, late: bool) -> None:  # noqa: FBT001
    job = simulate(STREET)
    told: list[Progress] = []
    accounts = Accounts(job, "0a1b2c3d", Clock(), {}, Connections())
    reporter = ProgressReporter(accounts, Pace(speed, job.start_us, job.end_us), told.append)
    reporter.tick(Tick(job.start_us, 0, (), (), starved=True), Phase.RUNNING)
    assert [each.starved for each in told] == [late]
