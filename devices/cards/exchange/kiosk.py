"""The kiosk of a cross-bank load (C3): debit at the customer's bank, script to the card, confirm.

Owns one load as its kiosk sees it. A kiosk that does not hear from its card does not guess: it asks, now or when the card is shown again,
until the card says whether it took the load. If it did, the debit is confirmed; if not, it is reversed. So a lost confirmation never leaves
a debit without a load, nor a load without a debit, nor two of either. The bank is an `issuer`; the card is the business of `card`.
"""

from dataclasses import dataclass, replace
from enum import auto

from devices.cards.choices import Mti, Outcome, ProcessingCode, ResponseCode, ReversalReason
from devices.cards.exchange.messages import (
    ADVICE_RESPONSES,
    RESPONSES,
    REVERSAL_RESPONSES,
    CardWord,
    Command,
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
    """How far a load has come."""

    REQUESTED = auto()
    WRITING = auto()  # the script is on its way to the card
    ASKING = auto()  # the card did not answer in time
    CONFIRMING = auto()  # the card has it; the bank is told until it acknowledges
    LOADED = auto()
    DECLINED = auto()
    REVERSING = auto()
    REVERSED = auto()


@dataclass(frozen=True, slots=True)
class CardLoad:
    """A load at its kiosk; `asked` is the request as it was sent."""

    asked: Message
    stage: Stage = Stage.REQUESTED
    reason: ReversalReason | None = None


def begin(key: Key, cents: int, terms: Terms) -> tuple[CardLoad, Outputs]:
    """Ask the customer's bank for the amount of a load."""
    asked = Message(Mti.FINANCIAL_REQUEST, key, cents, Party.TERMINAL, Party.ISSUER, ProcessingCode.LOAD)
    return CardLoad(asked), (Send(asked), Start(Timer.RESPONSE, terms.response_us))


def step(load: CardLoad, event: Event, terms: Terms) -> tuple[CardLoad, Outputs]:
    """Hear the bank, the card or a timer; what no longer matters changes nothing."""
    if isinstance(event, Timer):
        return _expired(load, event, terms)
    if isinstance(event, Command):
        return _card_answered(load, event, terms)
    if event.mti in RESPONSES and load.stage is Stage.REQUESTED:
        return _bank_answered(load, event, terms)
    if event.mti in ADVICE_RESPONSES and load.stage is Stage.CONFIRMING:
        return replace(load, stage=Stage.LOADED), (Stop(Timer.ADVICE), Done(Outcome.APPROVED))
    if event.mti in REVERSAL_RESPONSES and load.stage is Stage.REVERSING:
        return replace(load, stage=Stage.REVERSED), (Stop(Timer.REVERSAL), Done(Outcome.REVERSED))
    return load, ()


def _bank_answered(load: CardLoad, response: Message, terms: Terms) -> tuple[CardLoad, Outputs]:
    if response.response_code is not ResponseCode.APPROVED:
        return replace(load, stage=Stage.DECLINED), (Stop(Timer.RESPONSE), Done(Outcome.DECLINED))
    return replace(load, stage=Stage.WRITING), (Stop(Timer.RESPONSE), *_tell_card(load, CardWord.SCRIPT, terms))


def _card_answered(load: CardLoad, answer: Command, terms: Terms) -> tuple[CardLoad, Outputs]:
    if load.stage not in {Stage.WRITING, Stage.ASKING}:
        return load, ()
    if answer.word is CardWord.LOADED:
        return replace(load, stage=Stage.CONFIRMING), (Stop(Timer.CARD), *_confirm(load, terms))
    reversing = replace(load, stage=Stage.REVERSING, reason=ReversalReason.NO_CONFIRM)
    return reversing, (Stop(Timer.CARD), *_take_back(load, Mti.REVERSAL_REQUEST, terms))


def _expired(load: CardLoad, timer: Timer, terms: Terms) -> tuple[CardLoad, Outputs]:
    match timer, load.stage:
        case Timer.RESPONSE, Stage.REQUESTED:
            reversing = replace(load, stage=Stage.REVERSING, reason=ReversalReason.TIMEOUT)
            return reversing, _take_back(load, Mti.REVERSAL_REQUEST, terms)
        case Timer.CARD, Stage.WRITING | Stage.ASKING:
            return replace(load, stage=Stage.ASKING), _tell_card(load, CardWord.ASK, terms)
        case Timer.ADVICE, Stage.CONFIRMING:
            return load, _confirm(load, terms)
        case Timer.REVERSAL, Stage.REVERSING:
            return load, _take_back(load, Mti.REVERSAL_ADVICE, terms)
        case _:
            return load, ()


def _tell_card(load: CardLoad, word: CardWord, terms: Terms) -> Outputs:
    return Send(Command(word, load.asked.key, load.asked.cents, Party.CARD)), Start(Timer.CARD, terms.card_us)


def _confirm(load: CardLoad, terms: Terms) -> Outputs:
    return Send(load.asked.turned_into(Mti.FINANCIAL_ADVICE)), Start(Timer.ADVICE, terms.advice_us)


def _take_back(load: CardLoad, mti: Mti, terms: Terms) -> Outputs:
    return Send(load.asked.turned_into(mti)), Start(Timer.REVERSAL, terms.reversal_us)
