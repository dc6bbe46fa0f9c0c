"""The casebook: what is decided about each case, how it ends, and whose alarms are false too often.

Owns the rows of `case` and the false alarms of each home within a day. The calls about a case are the ledger's business.
"""

from collections import deque

from devices.alarms.centre import figures
from devices.alarms.centre.cases import Case, Closed
from devices.alarms.centre.choices import CaseOutcome, CaseStep
from devices.alarms.centre.kinds import CASE
from devices.alarms.centre.measures import DECISION, FALSE_IN_A_DAY
from devices.alarms.choices import AlarmType
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import ABSENT_INT
from sim.units import DAY_US, HOUR_US, SECOND_US

ALLOWED = round(float(figures.FALSE_A_DAY))


class Casebook:
    """The cases of one centre."""

    def __init__(self, site: Site, device: int) -> None:
        """Open an empty book."""
        self._site, self._device = site, device
        self._false_us: dict[str, deque[int]] = {}
        site.each_slice(self._forget)

    def decide(self, case: Case, outcome: CaseOutcome, raised_us: int) -> None:
        """Enter that an operator has decided what to do about a case raised at an instant."""
        self._site.sample(DECISION, (self._site.now_us - raised_us) / SECOND_US, case.alarm_type.word)
        self._row(case, CaseStep.DECIDED, outcome, raised_us)

    def close(self, case: Case, closed: Closed, raised_us: int) -> None:
        """Enter that a case is over: nobody is on the phone, and everybody who was sent has been there."""
        closed.closed_us = self._site.now_us
        self._row(case, CaseStep.CLOSED, closed.outcome, raised_us)

    def is_frequent(self, case: Case, outcome: CaseOutcome, raised_us: int) -> bool:
        """Count a case whose alarm turned out to be false; return whether its home just had one more in a day than a site may."""
        if case.real or not case.home or case.alarm_type is AlarmType.PERSONAL:  # a press is a wish, if nothing else
            return False
        recent = self._recent(case.home)
        recent.append(self._site.now_us)
        self._site.sample(FALSE_IN_A_DAY, len(recent), case.alarm_type.word)
        if len(recent) != ALLOWED + 1:
            return False
        self._row(case, CaseStep.FREQUENT, outcome, raised_us, len(recent))
        return True

    def _recent(self, home: str) -> deque[int]:
        recent = self._false_us.setdefault(home, deque(maxlen=100))  # of a home that never stops, enough to know
        while recent and recent[0] <= self._site.now_us - DAY_US:
            recent.popleft()
        return recent

    def _forget(self, span: Span) -> None:
        """Once an hour forget the homes without a false alarm within a day, so that a long run does not grow."""
        if span.start_us // HOUR_US != span.end_us // HOUR_US:
            self._false_us = {home: recent for home, recent in self._false_us.items() if recent[-1] > span.end_us - DAY_US}

    def _row(self, case: Case, step: CaseStep, outcome: CaseOutcome, raised_us: int, false_alarms: int = ABSENT_INT) -> None:
        self._site.record(
            CASE,
            self._device,
            alarm_type=case.alarm_type,
            case_step=step,
            case_outcome=outcome,
            after_display_s=(self._site.now_us - raised_us) / SECOND_US,
            false_alarms=false_alarms,
            alarm_id=case.alarm_id,
            real=case.real,
            aggregated=not case.home,
        )
