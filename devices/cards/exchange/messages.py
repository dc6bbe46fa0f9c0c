"""Messages, and all else that goes into and comes out of a state machine of an exchange.

Owns the words between parties: ISO 8583 messages, commands to a card, timers, and what is to be booked. Machines are functions from a state
and an event to the next state and its outputs; who carries messages, runs timers and keeps the books is the business of whoever calls them.
"""

from dataclasses import dataclass, replace
from enum import auto
from typing import NamedTuple, Self

from devices.cards.choices import Entry, Mti, Outcome, ProcessingCode, ResponseCode
from sim.events.kinds import Choice

RESPONSE_TO = {
    Mti.AUTHORISATION_REQUEST: Mti.AUTHORISATION_RESPONSE,
    Mti.AUTHORISATION_ADVICE: Mti.AUTHORISATION_ADVICE_RESPONSE,
    Mti.FINANCIAL_REQUEST: Mti.FINANCIAL_RESPONSE,
    Mti.FINANCIAL_ADVICE: Mti.FINANCIAL_ADVICE_RESPONSE,
    Mti.REVERSAL_REQUEST: Mti.REVERSAL_RESPONSE,
    Mti.REVERSAL_ADVICE: Mti.REVERSAL_ADVICE_RESPONSE,
}
ADVICE_FOR = {Mti.AUTHORISATION_REQUEST: Mti.AUTHORISATION_ADVICE, Mti.FINANCIAL_REQUEST: Mti.FINANCIAL_ADVICE}
REQUESTS = frozenset(ADVICE_FOR)
RESPONSES = frozenset(RESPONSE_TO[request] for request in REQUESTS)
ADVICES = frozenset(ADVICE_FOR.values())
ADVICE_RESPONSES = frozenset(RESPONSE_TO[advice] for advice in ADVICES)
REVERSALS = frozenset({Mti.REVERSAL_REQUEST, Mti.REVERSAL_ADVICE})
REVERSAL_RESPONSES = frozenset(RESPONSE_TO[reversal] for reversal in REVERSALS)

STANS = 1 << 20  # a system trace audit number (DE 11) has six digits
TERMINALS = 1 << 24


class Party(Choice):
    """Who sends and receives."""

    TERMINAL = auto()  # with its acquirer; a kiosk too
    SWITCH = auto()
    ISSUER = auto()
    CARD = auto()


class Key(NamedTuple):
    """What every party knows an exchange by: trace number (DE 11), terminal (DE 41), day since 1970; its reversal names them (DE 90)."""

    stan: int
    terminal: int
    day: int

    @property
    def reference(self) -> int:
        """Return the key as one number, as books refer to it."""
        return (self.day * TERMINALS + self.terminal) * STANS + self.stan


@dataclass(frozen=True, slots=True)
class Message:
    """One message of ISO 8583, as far as machines read it; a request has no `response_code`."""

    mti: Mti
    key: Key
    cents: int
    source: Party
    to: Party
    processing_code: ProcessingCode = ProcessingCode.PURCHASE
    response_code: ResponseCode | None = None

    def reply(self, code: ResponseCode) -> Self:
        """Return the response that goes back."""
        return replace(self, mti=RESPONSE_TO[self.mti], source=self.to, to=self.source, response_code=code)

    def on(self, source: Party, to: Party) -> Self:
        """Return the message as a party passes it on."""
        return replace(self, source=source, to=to)

    def turned_into(self, mti: Mti) -> Self:
        """Return an advice or a reversal of what this asked for, on the same way."""
        return replace(self, mti=mti, response_code=None)


class CardWord(Choice):
    """What a kiosk tells a card during a load, and what it answers."""

    SCRIPT = auto()  # take the load; its code is bound to the card's counter, so a card obeys it once
    ASK = auto()  # did you? From now on the card no longer obeys the script
    LOADED = auto()
    NOT_LOADED = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """A command to a card, or its answer."""

    word: CardWord
    key: Key
    cents: int
    to: Party


class Timer(Choice):
    """What a party waits for; a timer that was stopped or started anew does not expire."""

    RESPONSE = auto()  # a terminal for the response
    ISSUER = auto()  # a switch for the issuer, before it stands in
    CARD = auto()  # a kiosk for its card
    ADVICE = auto()  # before an advice is repeated
    REVERSAL = auto()  # before a reversal is repeated


@dataclass(frozen=True, slots=True)
class Send:
    """Hand a message over."""

    message: Message | Command


@dataclass(frozen=True, slots=True)
class Start:
    """Wait from now on."""

    timer: Timer
    after_us: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Wait no longer; a timer that does not run may be stopped."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Book:
    """Move the amount of the exchange."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Done:
    """The exchange is over for who began it."""

    outcome: Outcome


Event = Message | Command | Timer  # a timer as an event has expired
Output = Send | Start | Stop | Book | Done
Outputs = tuple[Output, ...]
