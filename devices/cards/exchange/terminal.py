"""The terminal of a payment (C1): asks, gives up, and takes back until it is told that it was taken back.

Owns one payment as its terminal and acquirer see it. What the switch and the issuer make of it is the business of `switch` and `issuer`.
"""

from dataclasses import dataclass, replace
from enum import auto

from devices.cards.choices import Entry, Mti, Outcome, ProcessingCode, ResponseCode, ReversalReason
from devices.cards.exchange.messages import (
    RESPONSES,
    REVERSAL_RESPONSES,
    Book,
    Done,
    Event,
    Key,
    Message,
    Outputs,
    Party,
    Send,
    Start,
    Stop,
    Timer,
)
from devices.cards.exchange.terms import Terms
from sim.events.kinds import Choice


class Stage(Choice):
    """How far a payment has come."""

    REQUESTED = auto()
    APPROVED = auto()
    DECLINED = auto()
    REVERSING = auto()
    REVERSED = auto()


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment at its terminal; `asked` is the request as it was sent."""

    asked: Message
    stage: Stage = Stage.REQUESTED
    reason: ReversalReason | None = None

    @property
    def charged_at_once(self) -> bool:
        """Return whether approval moves money: an authorisation (0100) only holds it."""
        return self.asked.mti is Mti.FINANCIAL_REQUEST


def begin(key: Key, cents: int, terms: Terms, mti: Mti = Mti.FINANCIAL_REQUEST) -> tuple[Payment, Outputs]:
    """Ask for an amount: 0200 to charge it, 0100 to hold it."""
    asked = Message(mti, key, cents, Party.TERMINAL, Party.SWITCH, ProcessingCode.PURCHASE)
    return Payment(asked), (Send(asked), Start(Timer.RESPONSE, terms.response_us))


def step(payment: Payment, event: Event, terms: Terms) -> tuple[Payment, Outputs]:
    """Hear a message or a timer; what no longer matters, such as a response after the reversal, changes nothing."""
    if isinstance(event, Timer):
        return _expired(payment, event, terms)
    if isinstance(event, Message) and event.mti in RESPONSES and payment.stage is Stage.REQUESTED:
        return _answered(payment, event)
    if isinstance(event, Message) and event.mti in REVERSAL_RESPONSES and payment.stage is Stage.REVERSING:
        return replace(payment, stage=Stage.REVERSED), (Stop(Timer.REVERSAL), Done(Outcome.REVERSED))
    return payment, ()


def cancel(payment: Payment, terms: Terms) -> tuple[Payment, Outputs]:
    """Take back what was approved, as the customer wishes. Raises ValueError where nothing was."""
    if payment.stage is not Stage.APPROVED:
        msg = f"a payment that is {payment.stage.word} cannot be cancelled"
        raise ValueError(msg)
    given_back = (Book(Entry.GIVE_BACK),) if payment.charged_at_once else ()
    payment, outputs = _take_back(payment, ReversalReason.CUSTOMER, terms)
    return payment, given_back + outputs


def _answered(payment: Payment, response: Message) -> tuple[Payment, Outputs]:
    if response.response_code is not ResponseCode.APPROVED:
        return replace(payment, stage=Stage.DECLINED), (Stop(Timer.RESPONSE), Done(Outcome.DECLINED))
    earned = (Book(Entry.EARN),) if payment.charged_at_once else ()
    return replace(payment, stage=Stage.APPROVED), (Stop(Timer.RESPONSE), *earned, Done(Outcome.APPROVED))


def _expired(payment: Payment, timer: Timer, terms: Terms) -> tuple[Payment, Outputs]:
    if timer is Timer.RESPONSE and payment.stage is Stage.REQUESTED:
        return _take_back(payment, ReversalReason.TIMEOUT, terms)
    if timer is Timer.REVERSAL and payment.stage is Stage.REVERSING:
        repeated = payment.asked.turned_into(Mti.REVERSAL_ADVICE)
        return payment, (Send(repeated), Start(Timer.REVERSAL, terms.reversal_us))
    return payment, ()


def _take_back(payment: Payment, reason: ReversalReason, terms: Terms) -> tuple[Payment, Outputs]:
    first = payment.asked.turned_into(Mti.REVERSAL_REQUEST)
    return replace(payment, stage=Stage.REVERSING, reason=reason), (Send(first), Start(Timer.REVERSAL, terms.reversal_us))
