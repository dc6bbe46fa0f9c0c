"""The switch: passes payments on, stands in for an issuer that is silent, and owes it an advice or a reversal until it has it.

Owns one payment as the switch sees it. It answers a reversal by itself and forwards it until it is acknowledged, so a terminal need not
wait for an issuer that is away. Loads pass through it unseen: nobody stands in for them.
"""

from dataclasses import dataclass, replace
from enum import auto

from devices.cards.choices import Mti, ResponseCode
from devices.cards.exchange.messages import (
    ADVICE_FOR,
    ADVICE_RESPONSES,
    REQUESTS,
    RESPONSES,
    REVERSAL_RESPONSES,
    REVERSALS,
    Event,
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


class Owed(Choice):
    """Whether the issuer is still to be told something."""

    NOTHING = auto()
    OPEN = auto()
    ACKNOWLEDGED = auto()


@dataclass(frozen=True, slots=True)
class Route:
    """A payment at the switch; `asked` is the request as it came, `answer` what the terminal was told."""

    asked: Message | None = None
    answer: ResponseCode | None = None
    stood_in: bool = False
    taken_back: bool = False  # by the terminal
    advice: Owed = Owed.NOTHING
    reversal: Owed = Owed.NOTHING


def step(route: Route, event: Event, terms: Terms) -> tuple[Route, Outputs]:  # noqa: PLR0911  (one line for each thing that is heard)
    """Hear a message from the terminal or the issuer, or a timer."""
    if isinstance(event, Timer):
        return _expired(route, event, terms)
    if not isinstance(event, Message):
        return route, ()
    if event.mti in REQUESTS:
        return _requested(route, event, terms)
    if event.mti in RESPONSES:
        return _answered(route, event)
    if event.mti in REVERSALS:
        return _taken_back(route, event, terms)
    if event.mti in ADVICE_RESPONSES and route.advice is Owed.OPEN:
        return replace(route, advice=Owed.ACKNOWLEDGED), (Stop(Timer.ADVICE),)
    if event.mti in REVERSAL_RESPONSES and route.reversal is Owed.OPEN:
        return replace(route, reversal=Owed.ACKNOWLEDGED), (Stop(Timer.REVERSAL),)
    return route, ()


def _requested(route: Route, request: Message, terms: Terms) -> tuple[Route, Outputs]:
    if route.taken_back:
        return route, (Send(request.reply(ResponseCode.RECEIVED_TOO_LATE)),)
    if route.answer is not None:
        return route, (Send(request.reply(route.answer)),)
    if route.asked is not None:  # came twice while the issuer thinks
        return route, ()
    forwarded = request.on(Party.SWITCH, Party.ISSUER)
    return replace(route, asked=request), (Send(forwarded), Start(Timer.ISSUER, terms.issuer_us))


def _answered(route: Route, response: Message) -> tuple[Route, Outputs]:
    """Pass the issuer's answer on, unless it comes late: then the advice or the reversal that is owed sets it right."""
    if route.asked is None or response.response_code is None or route.answer is not None or route.taken_back:
        return route, ()
    return replace(route, answer=response.response_code), (Stop(Timer.ISSUER), Send(route.asked.reply(response.response_code)))


def _taken_back(route: Route, reversal: Message, terms: Terms) -> tuple[Route, Outputs]:
    acknowledged = Send(reversal.reply(ResponseCode.APPROVED))
    if route.taken_back:
        return route, (acknowledged,)
    route = replace(route, taken_back=True, advice=Owed.NOTHING)
    stopped = (Stop(Timer.ISSUER), Stop(Timer.ADVICE))
    if route.asked is None or route.reversal is not Owed.NOTHING:
        return route, (acknowledged, *stopped)
    route, owed = _owe_reversal(route, route.asked, terms)
    return route, (acknowledged, *stopped, *owed)


def _expired(route: Route, timer: Timer, terms: Terms) -> tuple[Route, Outputs]:
    if route.asked is None:
        return route, ()
    if timer is Timer.ISSUER and route.answer is None and not route.taken_back:
        return _stand_in(route, route.asked, terms)
    if timer is Timer.ADVICE and route.advice is Owed.OPEN:
        return _owe_advice(route, route.asked, terms)
    if timer is Timer.REVERSAL and route.reversal is Owed.OPEN:
        return _owe_reversal(route, route.asked, terms)
    return route, ()


def _stand_in(route: Route, asked: Message, terms: Terms) -> tuple[Route, Outputs]:
    """Approve what is small, with an advice; decline the rest, with a reversal, for the issuer may have charged it."""
    approves = asked.cents <= terms.stand_in_cents
    answer = ResponseCode.APPROVED if approves else ResponseCode.ISSUER_UNAVAILABLE
    route, owed = (_owe_advice if approves else _owe_reversal)(replace(route, answer=answer, stood_in=approves), asked, terms)
    return route, (Send(asked.reply(answer)), *owed)


def _owe_advice(route: Route, asked: Message, terms: Terms) -> tuple[Route, Outputs]:
    advice = asked.turned_into(ADVICE_FOR[asked.mti]).on(Party.SWITCH, Party.ISSUER)
    return replace(route, advice=Owed.OPEN), (Send(advice), Start(Timer.ADVICE, terms.advice_us))


def _owe_reversal(route: Route, asked: Message, terms: Terms) -> tuple[Route, Outputs]:
    reversal = asked.turned_into(Mti.REVERSAL_ADVICE).on(Party.SWITCH, Party.ISSUER)
    return replace(route, reversal=Owed.OPEN), (Send(reversal), Start(Timer.REVERSAL, terms.reversal_us))
