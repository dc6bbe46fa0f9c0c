"""The cases of the adversary: payments and loads with everybody who takes part, and what must hold of their money."""

from collections.abc import Callable
from functools import partial
from typing import Any

from devices.cards.choices import Entry, Mti, ResponseCode
from devices.cards.exchange import card, issuer, kiosk, switch, terminal
from devices.cards.exchange.messages import Key, Message, Outputs, Party
from devices.cards.exchange.terms import Terms
from tests.devices.cards.exchange.adversary import Booked, Case, Machine

TERMS = Terms()
KEY = Key(stan=17, terminal=4, day=16_500)
SMALL, LARGE = 2_500, TERMS.stand_in_cents + 1
SETTLED = {terminal.Stage.APPROVED, terminal.Stage.DECLINED, terminal.Stage.REVERSED}
LOAD_SETTLED = {kiosk.Stage.LOADED, kiosk.Stage.DECLINED, kiosk.Stage.REVERSED}

Decide = Callable[[Message], ResponseCode]


def approving(_: Message) -> ResponseCode:
    return ResponseCode.APPROVED


def declining(_: Message) -> ResponseCode:
    return ResponseCode.INSUFFICIENT_FUNDS


def net(booked: Booked, done: Entry, undone: Entry) -> int:
    return booked.count(done) - booked.count(undone)


def booked_once(booked: Booked) -> str:
    """Say what was done twice, or undone without having been done."""
    for done, undone in ((Entry.DEBIT, Entry.CREDIT), (Entry.HOLD, Entry.RELEASE), (Entry.EARN, Entry.GIVE_BACK)):
        if net(booked, done, undone) not in {0, 1}:
            return f"{done.word} stands {net(booked, done, undone)} times"
    return f"the card was loaded {booked.count(Entry.LOAD)} times" if booked.count(Entry.LOAD) > 1 else ""


def payment_is_over(mti: Mti) -> Callable[[dict[Party, Any], Booked], str]:
    def judge(states: dict[Party, Any], booked: Booked) -> str:
        stage, route = states[Party.TERMINAL].stage, states[Party.SWITCH]
        if stage not in SETTLED or switch.Owed.OPEN in {route.advice, route.reversal}:
            return f"left open: {stage.word}, advice {route.advice.word}, reversal {route.reversal.word}"
        charged = net(booked, Entry.DEBIT, Entry.CREDIT) + net(booked, Entry.HOLD, Entry.RELEASE)
        earned = net(booked, Entry.EARN, Entry.GIVE_BACK) if mti is Mti.FINANCIAL_REQUEST else charged
        right = int(stage is terminal.Stage.APPROVED)
        return "" if charged == earned == right else f"a lost cent: {stage.word}, but charged {charged} times and earned {earned} times"

    return judge


def load_is_over(states: dict[Party, Any], booked: Booked) -> str:
    stage = states[Party.TERMINAL].stage
    if stage not in LOAD_SETTLED:
        return f"left open: {stage.word}"
    debited, loaded = net(booked, Entry.DEBIT, Entry.CREDIT), booked.count(Entry.LOAD)
    right = int(stage is kiosk.Stage.LOADED)
    return "" if debited == loaded == right else f"a lost cent: {stage.word}, but debited {debited} times and loaded {loaded} times"


def may_cancel(payment: terminal.Payment) -> tuple[terminal.Payment, Outputs] | None:
    return terminal.cancel(payment, TERMS) if payment.stage is terminal.Stage.APPROVED else None


def payment(
    mti: Mti = Mti.FINANCIAL_REQUEST,
    cents: int = SMALL,
    decide: Decide = approving,
    *,
    cancels: bool = False,
    other: dict[Party, Machine] | None = None,
) -> Case:
    """Return a payment (C1); `other` machines take the place of those of the code."""
    begun, outputs = terminal.begin(KEY, cents, TERMS, mti)
    machines: dict[Party, Machine] = {
        Party.TERMINAL: partial(terminal.step, terms=TERMS),
        Party.SWITCH: partial(switch.step, terms=TERMS),
        Party.ISSUER: partial(issuer.step, decide=decide),
    }
    states = {Party.TERMINAL: begun, Party.SWITCH: switch.Route(), Party.ISSUER: issuer.Charge()}
    case = Case(machines | (other or {}), states, outputs, booked_once, payment_is_over(mti))
    if cancels:
        case.wishes = may_cancel
    return case


def load(decide: Decide = approving, *, has_room: bool = True, other: dict[Party, Machine] | None = None) -> Case:
    """Return a cross-bank load (C3); `other` machines take the place of those of the code."""
    begun, outputs = kiosk.begin(KEY, SMALL, TERMS)
    machines: dict[Party, Machine] = {
        Party.TERMINAL: partial(kiosk.step, terms=TERMS),
        Party.ISSUER: partial(issuer.step, decide=decide),
        Party.CARD: card.step,
    }
    states = {Party.TERMINAL: begun, Party.ISSUER: issuer.Charge(), Party.CARD: card.Slot(has_room=has_room)}
    return Case(machines | (other or {}), states, outputs, booked_once, load_is_over)
