"""The ledger of calls: every call to the centre and by it, as rows and as what is measured of them.

Owns the counting: offered = answered + abandoned + waiting at any instant. Who waits how long is the operators' business.
"""

from dataclasses import dataclass

from devices.alarms.centre.cases import Case
from devices.alarms.centre.choices import CallOutcome, Purpose
from devices.alarms.centre.deadlines import Deadline
from devices.alarms.centre.kinds import CALL
from devices.alarms.centre.measures import (
    ABANDONED,
    ANSWER_WAIT,
    ANSWERED_LATE,
    ANSWERED_SOON,
    HANDLING,
    LATE_US,
    LONGEST_WAIT,
    REDIALS,
    SOON_US,
)
from devices.alarms.choices import AlarmType
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import ABSENT_INT
from sim.names import NO_NAME
from sim.units import SECOND_US

NOT_YET = float("nan")


@dataclass(slots=True)
class Call:
    """One call about a case (None: a care call), city time, µs; `done_us` is when it was answered."""

    case: Case | None
    purpose: Purpose
    priority: int
    since_us: int
    done_us: int | None = None
    operator: int = ABSENT_INT

    @property
    def label(self) -> str:
        """Return the alarm type's word: the label of its samples."""
        return self.alarm_type.word

    @property
    def alarm_type(self) -> AlarmType:
        """Return what it is about; care calls are about persons."""
        return AlarmType.PERSONAL if self.case is None else self.case.alarm_type


class Ledger:
    """The calls of one centre; `offered`, `answered` and `abandoned` count alarm calls since the beginning."""

    def __init__(self, site: Site, device: int) -> None:
        """Open an empty ledger."""
        self._site, self._device = site, device
        self.offered = self.answered = self.abandoned = 0
        self._waiting: dict[int, Call] = {}  # by identity, the longest wait first
        self._deadlines = (Deadline(site, ANSWERED_SOON, SOON_US), Deadline(site, ANSWERED_LATE, LATE_US))
        site.each_slice(self._watch)

    @property
    def waiting(self) -> int:
        """Return how many alarm calls wait for an operator."""
        return len(self._waiting)

    @property
    def longest_wait_us(self) -> int:
        """Return how long the call has waited that has waited longest; 0 when none does."""
        return next((self._site.now_us - each.since_us for each in self._waiting.values()), 0)

    def waits_us(self, alarm_type: AlarmType) -> list[int]:
        """Return how long the calls about a type have waited that wait now, the longest first."""
        return [self._site.now_us - each.since_us for each in self._waiting.values() if each.alarm_type is alarm_type]

    def offer(self, case: Case, *, again: bool) -> Call:
        """Enter a call that begins to wait; `again` by somebody who gave up before."""
        call = Call(case, Purpose.ALARM, case.priority, self._site.now_us)
        self.offered += 1
        self._waiting[id(call)] = call
        for deadline in self._deadlines:
            deadline.add(call)
        self._row(call, CallOutcome.REDIALLED if again else CallOutcome.OFFERED)
        return call

    def answer(self, call: Call, operator: int) -> None:
        """Enter that an operator answers."""
        call.done_us, call.operator = self._site.now_us, operator
        wait_s = (call.done_us - call.since_us) / SECOND_US
        if call.purpose is Purpose.ALARM:
            self.answered += 1
            del self._waiting[id(call)]
            self._site.sample(ANSWER_WAIT, wait_s, call.label)
            if call.case and call.case.is_voice:
                self._site.sample(ABANDONED, 0.0, call.label)
        self._row(call, CallOutcome.ANSWERED, wait_s=wait_s)

    def give_up(self, call: Call, *, dials_again: bool) -> None:
        """Enter that the caller hangs up before anybody answers."""
        self.abandoned += 1
        del self._waiting[id(call)]
        self._site.sample(ABANDONED, 1.0, call.label)
        self._site.sample(REDIALS, float(dials_again), call.label)
        self._row(call, CallOutcome.ABANDONED, wait_s=(self._site.now_us - call.since_us) / SECOND_US)

    def end(self, call: Call) -> None:
        """Enter that the operator has done with it."""
        handling_s = (self._site.now_us - (call.done_us or call.since_us)) / SECOND_US
        if call.purpose is not Purpose.CARE:
            self._site.sample(HANDLING, handling_s, call.label)
        self._row(call, CallOutcome.ENDED, handling_s=handling_s)

    def ring(self, about: Call, purpose: Purpose, *, reached: bool) -> None:
        """Enter a call that an operator makes in the course of another one."""
        made = Call(about.case, purpose, about.priority, self._site.now_us, operator=about.operator)
        self._row(made, CallOutcome.ANSWERED if reached else CallOutcome.NO_ANSWER)

    def _watch(self, span: Span) -> None:
        longest_us = next((span.end_us - each.since_us for each in self._waiting.values()), 0)
        self._site.sample(LONGEST_WAIT, longest_us / SECOND_US)

    def _row(self, call: Call, outcome: CallOutcome, wait_s: float = NOT_YET, handling_s: float = NOT_YET) -> None:
        self._site.record(
            CALL,
            self._device,
            alarm_type=call.alarm_type,
            purpose=call.purpose,
            outcome=outcome,
            priority=call.priority,
            wait_s=wait_s,
            handling_s=handling_s,
            operator=call.operator,
            alarm_id=call.case.alarm_id if call.case else NO_NAME,
            real=bool(call.case and call.case.real),
            aggregated=not (call.case and call.case.home),
        )
