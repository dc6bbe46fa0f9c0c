"""The issuer: charges a customer once for each exchange, whatever comes twice, late or in another order.

Owns what an issuer remembers of one exchange. Whether the customer has the money is decided by whoever is asked for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import auto

from devices.cards.choices import Entry, Mti, ResponseCode
from devices.cards.exchange.messages import ADVICES, REQUESTS, REVERSALS, Book, Event, Message, Outputs, Send
from sim.events.kinds import Choice

TAKEN_BACK = {Entry.HOLD: Entry.RELEASE, Entry.DEBIT: Entry.CREDIT}
HOLDING = frozenset({Mti.AUTHORISATION_REQUEST, Mti.AUTHORISATION_ADVICE})

Decide = Callable[[Message], ResponseCode]  # asked once for each exchange


class Standing(Choice):
    """Where an exchange stands with its issuer."""

    UNKNOWN = auto()
    CHARGED = auto()
    DECLINED = auto()
    REVERSED = auto()  # for good: a request that comes after its reversal finds it so


@dataclass(frozen=True, slots=True)
class Charge:
    """What is remembered of an exchange: what was booked, and the answer, which is given again to a repetition."""

    standing: Standing = Standing.UNKNOWN
    booked: Entry | None = None
    answer: ResponseCode = ResponseCode.RECEIVED_TOO_LATE


def step(charge: Charge, event: Event, decide: Decide) -> tuple[Charge, Outputs]:
    """Hear a request, an advice or a reversal, and answer each."""
    if not isinstance(event, Message):
        return charge, ()
    if event.mti in REQUESTS:
        return _requested(charge, event, decide)
    if event.mti in ADVICES:
        return _advised(charge, event)
    if event.mti in REVERSALS:
        return _reversed(charge, event)
    return charge, ()


def _requested(charge: Charge, request: Message, decide: Decide) -> tuple[Charge, Outputs]:
    booked: Outputs = ()
    if charge.standing is Standing.UNKNOWN:
        answer = decide(request)
        if answer is ResponseCode.APPROVED:
            charge, booked = _charged(request)
        else:
            charge = Charge(Standing.DECLINED, answer=answer)
    return charge, (*booked, Send(request.reply(charge.answer)))


def _advised(charge: Charge, advice: Message) -> tuple[Charge, Outputs]:
    """Charge what was approved in the issuer's stead, even where the issuer declined it: it answers for who stands in."""
    booked: Outputs = ()
    if charge.standing in {Standing.UNKNOWN, Standing.DECLINED}:
        charge, booked = _charged(advice)
    return charge, (*booked, Send(advice.reply(ResponseCode.APPROVED)))


def _reversed(charge: Charge, reversal: Message) -> tuple[Charge, Outputs]:
    booked: Outputs = ()
    if charge.standing is Standing.CHARGED and charge.booked is not None:
        booked = (Book(TAKEN_BACK[charge.booked]),)
    charge = replace(charge, standing=Standing.REVERSED, booked=None, answer=ResponseCode.RECEIVED_TOO_LATE)
    return charge, (*booked, Send(reversal.reply(ResponseCode.APPROVED)))


def _charged(message: Message) -> tuple[Charge, Outputs]:
    entry = Entry.HOLD if message.mti in HOLDING else Entry.DEBIT
    return Charge(Standing.CHARGED, entry, ResponseCode.APPROVED), (Book(entry),)
