"""A session: one job played from its source to its sinks, and everybody who watches it told in order.

Owns the order of events of a run and nothing else. Which broker and store are used, `citybeat.running.connections` has decided; what is
counted, shown and written of a run, its observers keep.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from brokers.tape.sink import TapeSink
from citybeat.running.accounts.accounts import Accounts
from citybeat.running.draining import Draining
from citybeat.running.ended import Ended
from citybeat.running.interruption import Interruption
from citybeat.running.job import Job
from citybeat.running.observers import Observer
from citybeat.running.origin import shift_us
from citybeat.running.progress import Phase
from citybeat.running.settings import RunSettings
from sim.errors import UsageError
from sim.events.batches import Slice
from sim.play.pace import Pace
from sim.play.pump import Pump, Tick
from sim.ports import Delivery, Sink, Store
from sim.units import SECOND_US

SETTLE_S = 30.0
DRAIN_TURN_S = 0.05


@dataclass(slots=True)
class Session:
    """What a run needs while it lives; `delivery` and `store` are absent in a dry run. `accounts` are told first, then `observers`."""

    job: Job
    settings: RunSettings
    pace: Pace
    tape: TapeSink
    accounts: Accounts
    observers: Sequence[Observer]
    interruption: Interruption

    @property
    def delivery(self) -> Delivery | None:
        """Return what hands events to a broker, None in a dry run."""
        return self.accounts.connections.delivery

    @property
    def store(self) -> Store | None:
        """Return where events end, None in a dry run."""
        return self.accounts.connections.store

    def play(self) -> Ended:
        """Pump the job to its end, then settle the sinks and wait for the store. Ctrl-C and failures close the books too.

        Raises UsageError for what is refused before the first event, such as a span that the store would drop.
        """
        sinks: list[Sink] = [self.tape, *([self.delivery] if self.delivery else [])]
        pump = Pump(self.job.source, sinks, self.pace, self.job.steps, self._begin, hurry=lambda: self.interruption.pressing)
        ended = Ended()
        ended.attempt(lambda: self._pump(pump, ended))
        if isinstance(ended.failure, UsageError) and not self.accounts.begun:
            raise ended.failure
        for piece in pump.interrupt():
            ended.attempt(partial(self.tape.cut, piece))
            self._finish(piece, ended)
        self._settle(ended)
        return ended

    def end(self, ended: Ended, after: Ended) -> None:
        """Tell everybody how the run ended, once its books are closed; what an observer meets now is noted in `after`."""
        for each in self._watching:
            after.attempt(partial(each.ended, ended))

    @property
    def _watching(self) -> tuple[Observer, ...]:
        return (self.accounts, *self.observers)

    def _begin(self) -> None:
        """Fix wire time; called once, before anything is staged."""
        shift = shift_us(self.settings.origin, self.pace)
        if self.store is not None:
            self.store.check_span(self.job.start_us + shift, self.job.end_us + shift)
        self.accounts.begin(shift)
        for each in self._watching:
            each.began(self.accounts)

    def _pump(self, pump: Pump, ended: Ended) -> None:
        ticks = pump.ticks()
        try:
            for tick in ticks:
                self._turn(tick, Phase.RUNNING if self.pace.began_us else Phase.WARMING, ended)
                if self.interruption.asked or ended.interrupted or ended.failure is not None:
                    break
        finally:
            ticks.close()

    def _turn(self, tick: Tick, phase: Phase, ended: Ended) -> None:
        """Tell everybody of a turn, whatever one of them meets: the books have to know of each slice."""
        if self.accounts.connections.listener is not None:
            ended.attempt(self.accounts.connections.listener.check)
        for each in self._watching:
            ended.attempt(partial(each.tick, tick, phase))
        for piece in tick.passed:
            for each in self._watching:
                ended.attempt(partial(each.passed, piece))
        for piece in tick.finished:
            self._finish(piece, ended)

    def _finish(self, piece: Slice, ended: Ended) -> None:
        for each in self._watching:
            ended.attempt(partial(each.finished, piece))

    def _settle(self, ended: Ended) -> None:
        """Close the sinks and wait until the store holds what was sent, at most as long as the settings say."""
        ended.attempt(lambda: self.tape.settle(SETTLE_S))
        if self.delivery is not None:
            delivery, patience_s = self.delivery, SETTLE_S if ended.failure is None else 0.0
            ended.attempt(lambda: delivery.settle(patience_s))
        if self.accounts.connections.listener is not None:
            ended.attempt(lambda: self._drain(ended))
        ended.interrupted |= bool(self.interruption.asked)

    def _drain(self, ended: Ended) -> None:
        limit = time.monotonic() + self.settings.drain_us / SECOND_US
        asked, draining = self.interruption.asked, Draining(self.accounts)
        while ended.failure is None and time.monotonic() < limit and self.interruption.asked == asked and not draining.over():
            self._turn(Tick(self.accounts.reached_us, 0, (), (), starved=False), Phase.DRAINING, ended)
            time.sleep(DRAIN_TURN_S)
