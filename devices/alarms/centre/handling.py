"""Handling: what happens between the moment a case is raised and its end.

Owns calls and redials, what an operator finds out and decides. Who is free is `operators.py`'s, how help travels
`responders.py`'s business.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import simpy

from devices.alarms.centre.casebook import Casebook
from devices.alarms.centre.cases import AFTERWARDS, Case, Closed
from devices.alarms.centre.choices import CaseOutcome, Distribution, Purpose, Service
from devices.alarms.centre.ledger import Call, Ledger
from devices.alarms.centre.operators import CARE, Operators, skill_for
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.centre.responders import Responders
from devices.alarms.choices import AlarmType
from sim.city.site import Site, Steps
from sim.toolkit.draws import lognormal_mean
from sim.toolkit.teams import Answer

# Who is sent when nobody at home can be asked. To the smoke of one detector somebody goes to look: one in 5,000 is a fire.
UNREACHED = {
    AlarmType.SMOKE: (Service.COMMUNITY, Service.KEYHOLDER),
    AlarmType.GAS: (Service.UTILITY, Service.KEYHOLDER),
    AlarmType.BURGLAR: (Service.POLICE, Service.KEYHOLDER),
    AlarmType.PERSONAL: (Service.COMMUNITY,),
}
DURESS = (Service.POLICE,)  # nobody rings and no keyholder walks in
CONFIRMED_FIRE = (Service.FIRE, Service.KEYHOLDER)  # two detectors, or a detector and a press

Reaching = Generator[simpy.Event, Any, "Held | None"]
Deciding = Generator[simpy.Event, Any, "Decision"]


class Held(NamedTuple):
    """A call that an operator has answered."""

    call: Call
    answer: Answer


class Decision(NamedTuple):
    """What an operator decides: who is sent; `lasting_us` is the rest of the call.

    `may_be_confirmed`: nobody at home was asked, and a second activation is still to come.
    """

    outcome: CaseOutcome
    services: tuple[Service, ...] = ()
    lasting_us: int = 0
    may_be_confirmed: bool = False


@dataclass(slots=True)
class Handling:
    """The centre's way with a case."""

    site: Site
    parameters: CentreParameters
    operators: Operators
    responders: Responders
    ledger: Ledger
    casebook: Casebook

    def case(self, case: Case) -> Generator[simpy.Event, Any, Closed]:
        """Take a case and return when it is closed: nobody is on the phone, and everybody who was sent has been there."""
        self.responders.refuse_unknown(case.district)
        raised_us, closed = self.site.now_us, Closed(CaseOutcome.UNANSWERED)
        held = yield from self._reach(case)
        if held is not None:
            sent = yield from self._talk(case, held, raised_us, closed)
            yield self.site.env.all_of(sent)
        if closed.outcome is CaseOutcome.ATTENDED:  # whoever was there says so
            closed.frequent = self.casebook.is_frequent(case, closed.outcome, raised_us)
        self.casebook.close(case, closed, raised_us)
        return closed

    def _talk(self, case: Case, held: Held, raised_us: int, closed: Closed) -> Generator[simpy.Event, Any, list[simpy.Process]]:
        """Deal with an answered call to its end and return who is on the way; fill in what was decided."""
        rng = self.site.stream("centre", "case", case.alarm_id, raised_us)
        decision = yield from self._decide(case, held.call, raised_us, rng)
        self.casebook.decide(case, decision.outcome, raised_us)
        closed.outcome, closed.answered_us = decision.outcome, held.call.done_us
        sent = [self._send(case, service, closed) for service in decision.services if service is not Service.KEYHOLDER]
        if Service.KEYHOLDER in decision.services:  # called last: others are on their way meanwhile
            if (yield from self._keyholder(held.call, rng)):
                sent.append(self._send(case, Service.KEYHOLDER, closed))
            elif not sent:
                sent.append(self._send(case, Service.COMMUNITY, closed))
        if not decision.services:
            self._advise(case, held.call, closed, raised_us)
        if decision.may_be_confirmed:
            sent.append(self.site.process(self._confirmed_later(case, closed, raised_us, rng)))
        yield self.site.env.timeout(decision.lasting_us)
        self.ledger.end(held.call)
        self.operators.stand_up(held.answer, held.call.operator)
        return sent

    def _advise(self, case: Case, call: Call, closed: Closed, raised_us: int) -> None:
        """Have it seen to when a home has one more false alarm in a day than a site may."""
        closed.frequent = self.casebook.is_frequent(case, closed.outcome, raised_us)
        if closed.frequent:
            self.ledger.ring(call, Purpose.ADVICE, reached=case.conduct.answers)

    def _confirmed_later(self, case: Case, closed: Closed, raised_us: int, rng: np.random.Generator) -> Steps:
        """Send who comes to a confirmed alarm when the second activation follows the decision, unless it was cancelled before."""
        after_us = case.confirmed_after_us or 0
        yield self.site.wait(max(raised_us + after_us - self.site.now_us, 0))
        if case.is_cancelled(after_us):
            return
        wanted = self._wanted(case, rng, confirmed=True, reached=False)
        yield self.site.env.all_of([self._send(case, each, closed) for each in wanted if each not in closed.requested_us])

    def _send(self, case: Case, service: Service, closed: Closed) -> simpy.Process:
        """Ask a service for help."""
        closed.requested_us[service] = self.site.now_us
        if case.on_request:
            case.on_request(service)
        return self.site.process(self._help(case, service, closed))

    def _help(self, case: Case, service: Service, closed: Closed) -> Steps:
        """Let a service come and go; whoever finds an emergency calls those who are needed and were not asked for."""
        there = yield from self.responders.go(case, service)
        closed.arrived_us[service] = self.site.now_us
        further = [self._send(case, each, closed) for each in case.needed if each not in closed.requested_us]
        yield from self.responders.stay(there)
        yield self.site.env.all_of(further)

    # --- Reaching an operator ---------------------------------------------------------------------------------------------

    def _reach(self, case: Case) -> Reaching:
        """Wait for an operator; a signal for ever, while a caller who gives up may dial again, and is called back otherwise."""
        if not case.is_voice:  # nothing is drawn for it: a long queue of signals is a small one in memory
            call = self.ledger.offer(case, again=False)
            return self._answered(call, (yield from self.operators.team.take(skill_for(case), case.priority)))
        return (yield from self._dial(case, self.site.stream("centre", "caller", case.alarm_id, self.site.now_us)))

    def _dial(self, case: Case, rng: np.random.Generator) -> Reaching:
        again = False
        while True:
            call = self.ledger.offer(case, again=again)
            answer = yield from self.operators.team.take(skill_for(case), case.priority, self._patience_us(case, rng))
            if answer.served:
                return self._answered(call, answer)
            again = bool(rng.random() < self.parameters.callers.redial)
            self.ledger.give_up(call, dials_again=again)
            if not again:
                return (yield from self._call_back(case)) if self.parameters.callers.call_back else None
            yield self.site.wait(rng.exponential(self.parameters.callers.redial_pause))

    def _call_back(self, case: Case) -> Reaching:
        call = Call(case, Purpose.CALL_BACK, AFTERWARDS, self.site.now_us)
        answer = yield from self.operators.team.take(skill_for(case), AFTERWARDS)
        return self._answered(call, answer)

    def _answered(self, call: Call, answer: Answer) -> Held:
        self.ledger.answer(call, self.operators.sit_down())
        return Held(call, answer)

    def _patience_us(self, case: Case, rng: np.random.Generator) -> int:
        given = case.conduct.patience_us
        return round(rng.exponential(self.parameters.callers.patience)) if given is None else given

    # --- Talking ----------------------------------------------------------------------------------------------------------

    def _decide(self, case: Case, call: Call, raised_us: int, rng: np.random.Generator) -> Deciding:
        """Find out what there is to find out, as long as that takes."""
        talk = self.parameters.talk
        if case.is_cancelled(self.site.now_us - raised_us):
            yield self.site.env.timeout(talk.cancelled)
            return Decision(CaseOutcome.CANCELLED)
        lasting_us = self._talking_us(rng)
        assessment_us = round(lasting_us * talk.assessment)
        reached = yield from self._ask(case, call, raised_us)
        yield self.site.env.timeout(assessment_us)
        if case.is_cancelled(self.site.now_us - raised_us):
            return Decision(CaseOutcome.CANCELLED, lasting_us=talk.cancelled)
        confirmed = case.is_confirmed(self.site.now_us - raised_us)
        services = self._wanted(case, rng, confirmed=confirmed, reached=reached)
        outcome = CaseOutcome.ATTENDED if services else CaseOutcome.TALKED_OVER
        may_be = not reached and not confirmed and case.confirmed_after_us is not None
        return Decision(outcome, services, lasting_us - assessment_us, may_be)

    def _ask(self, case: Case, call: Call, raised_us: int) -> Generator[simpy.Event, Any, bool]:
        """Return whether somebody at home says what is the matter; a confirmed fire is forwarded unasked, duress never rung back."""
        if case.is_voice and case.conduct.speaks:
            return True
        if case.conduct.silent:
            return False
        if case.alarm_type is AlarmType.SMOKE and case.is_confirmed(self.site.now_us - raised_us):
            return False
        purpose = Purpose.CALL_BACK if case.is_voice else Purpose.VERIFICATION
        if not case.conduct.answers:
            yield self.site.env.timeout(self.parameters.talk.ringing)
        self.ledger.ring(call, purpose, reached=case.conduct.answers)
        return case.conduct.answers

    def _wanted(self, case: Case, rng: np.random.Generator, *, confirmed: bool, reached: bool) -> tuple[Service, ...]:
        """Return who is sent: whom those at home ask for, or what the rules say when nobody can be asked."""
        if case.alarm_type is AlarmType.SMOKE and confirmed:
            return CONFIRMED_FIRE
        if case.conduct.silent:
            return DURESS
        wanted = case.needed if reached else UNREACHED[case.alarm_type]
        wants_police = case.alarm_type is AlarmType.BURGLAR and Service.POLICE in wanted
        if wants_police and not self.responders.police_come(case, rng, confirmed=confirmed, vouched=reached):
            return tuple(each for each in wanted if each is not Service.POLICE)
        return wanted

    def _keyholder(self, call: Call, rng: np.random.Generator) -> Generator[simpy.Event, Any, bool]:
        reached = bool(rng.random() < self.parameters.callers.keyholder_reached)
        if not reached:
            yield self.site.env.timeout(self.parameters.talk.ringing)
        self.ledger.ring(call, Purpose.KEYHOLDER, reached=reached)
        return reached

    def _talking_us(self, rng: np.random.Generator) -> int:
        talk = self.parameters.talk
        if talk.distribution is Distribution.EXPONENTIAL:
            return round(rng.exponential(talk.mean))
        return round(float(lognormal_mean(rng, talk.mean, talk.cv)))

    # --- Care calls -------------------------------------------------------------------------------------------------------

    def care_call(self, number: int) -> Steps:
        """Call somebody and ask how they are; ends at once when no operator is free."""
        rng = self.site.stream("centre", "care", number)
        answer = yield from self.operators.team.take(CARE, AFTERWARDS, 0)
        if not answer.served:
            return
        call = Call(None, Purpose.CARE, AFTERWARDS, self.site.now_us)
        self.ledger.answer(call, self.operators.sit_down())
        yield self.site.wait(rng.exponential(self.parameters.care.talk))
        self.ledger.end(call)
        self.operators.stand_up(answer, call.operator)
