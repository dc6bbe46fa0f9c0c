"""Mistakes that one could make in the machines, each a machine to put in the place of the right one."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from devices.cards.choices import Entry, Mti, ResponseCode, ReversalReason
from devices.cards.exchange import card, issuer, kiosk, switch, terminal
from devices.cards.exchange.messages import (
    REQUESTS,
    RESPONSES,
    REVERSALS,
    Book,
    CardWord,
    Command,
    Event,
    Message,
    Output,
    Outputs,
    Party,
    Send,
    Start,
    Timer,
)
from tests.devices.cards.exchange.adversary import Case, Machine
from tests.devices.cards.exchange.cases import LARGE, TERMS, approving, load, payment

right_terminal: Machine = partial(terminal.step, terms=TERMS)
right_switch: Machine = partial(switch.step, terms=TERMS)
right_issuer: Machine = partial(issuer.step, decide=approving)
right_kiosk: Machine = partial(kiosk.step, terms=TERMS)


def without(machine: Machine, left_out: Callable[[Output], bool]) -> Machine:
    """Return a machine that forgets some of what it should do."""

    def step(state: object, event: Event) -> tuple[Any, Outputs]:
        after, outputs = machine(state, event)
        return after, tuple(output for output in outputs if not left_out(output))

    return step


def waits_for(timer: Timer) -> Callable[[Output], bool]:
    return lambda output: isinstance(output, Start) and output.timer is timer


def tells(party: Party, *mtis: Mti) -> Callable[[Output], bool]:
    return lambda output: isinstance(output, Send) and output.message.to is party and getattr(output.message, "mti", None) in mtis


def any_of(*tests: Callable[[Output], bool]) -> Callable[[Output], bool]:
    return lambda output: any(test(output) for test in tests)


def issuer_without_memory(charge: issuer.Charge, event: Event) -> tuple[issuer.Charge, Outputs]:
    is_request = isinstance(event, Message) and event.mti in REQUESTS
    return right_issuer(issuer.Charge() if is_request else charge, event)


def issuer_that_charges_after_a_reversal(charge: issuer.Charge, event: Event) -> tuple[issuer.Charge, Outputs]:
    is_request = isinstance(event, Message) and event.mti in REQUESTS
    return right_issuer(issuer.Charge() if is_request and charge.standing is issuer.Standing.REVERSED else charge, event)


def issuer_that_charges_every_advice(charge: issuer.Charge, event: Event) -> tuple[issuer.Charge, Outputs]:
    is_advice = isinstance(event, Message) and event.mti is Mti.FINANCIAL_ADVICE
    return right_issuer(issuer.Charge() if is_advice else charge, event)


def issuer_that_credits_every_reversal(charge: issuer.Charge, event: Event) -> tuple[issuer.Charge, Outputs]:
    after, outputs = right_issuer(charge, event)
    if isinstance(event, Message) and event.mti in REVERSALS and charge.standing is issuer.Standing.REVERSED:
        outputs = (Book(Entry.CREDIT), *outputs)
    return after, outputs


def terminal_that_accepts_late(paid: terminal.Payment, event: Event) -> tuple[terminal.Payment, Outputs]:
    late = isinstance(event, Message) and event.mti in RESPONSES and event.response_code is ResponseCode.APPROVED
    return right_terminal(replace(paid, stage=terminal.Stage.REQUESTED) if late else paid, event)


def terminal_that_only_gives_up(paid: terminal.Payment, event: Event) -> tuple[terminal.Payment, Outputs]:
    if event is Timer.RESPONSE:
        return replace(paid, stage=terminal.Stage.DECLINED), ()
    return right_terminal(paid, event)


def switch_that_asks_after_a_reversal(route: switch.Route, event: Event) -> tuple[switch.Route, Outputs]:
    is_request = isinstance(event, Message) and event.mti in REQUESTS
    return right_switch(switch.Route() if is_request and route.taken_back else route, event)


def kiosk_that_takes_silence_for_no(loading: kiosk.CardLoad, event: Event) -> tuple[kiosk.CardLoad, Outputs]:
    if event is Timer.CARD:
        event = Command(CardWord.NOT_LOADED, loading.asked.key, loading.asked.cents, Party.TERMINAL)
    return right_kiosk(loading, event)


def kiosk_that_takes_silence_for_yes(loading: kiosk.CardLoad, event: Event) -> tuple[kiosk.CardLoad, Outputs]:
    if event is Timer.CARD:
        event = Command(CardWord.LOADED, loading.asked.key, loading.asked.cents, Party.TERMINAL)
    return right_kiosk(loading, event)


def kiosk_that_reverses_a_lost_confirmation(loading: kiosk.CardLoad, event: Event) -> tuple[kiosk.CardLoad, Outputs]:
    if event is Timer.ADVICE:
        reversal = loading.asked.turned_into(Mti.REVERSAL_REQUEST)
        reversing = replace(loading, stage=kiosk.Stage.REVERSING, reason=ReversalReason.NO_CONFIRM)
        return reversing, (Send(reversal), Start(Timer.REVERSAL, TERMS.reversal_us))
    return right_kiosk(loading, event)


def card_that_obeys_twice(slot: card.Slot, event: Event) -> tuple[card.Slot, Outputs]:
    is_script = isinstance(event, Command) and event.word is CardWord.SCRIPT
    return card.step(card.Slot() if is_script and slot.chip is card.Chip.LOADED else slot, event)


def card_that_obeys_after_it_was_asked(slot: card.Slot, event: Event) -> tuple[card.Slot, Outputs]:
    is_script = isinstance(event, Command) and event.word is CardWord.SCRIPT
    return card.step(card.Slot() if is_script and slot.chip is card.Chip.REFUSED else slot, event)


def payment_with(party: Party, machine: Machine, cents: int = 2_500) -> Case:
    return payment(cents=cents, other={party: machine})


def load_with(party: Party, machine: Machine) -> Case:
    return load(other={party: machine})


owes_advice = any_of(waits_for(Timer.ADVICE), tells(Party.ISSUER, Mti.FINANCIAL_ADVICE))
owes_reversal = any_of(waits_for(Timer.REVERSAL), tells(Party.ISSUER, Mti.REVERSAL_ADVICE))

MISTAKES = {
    "an issuer without memory": (payment_with(Party.ISSUER, issuer_without_memory), "debit stands 2 times"),
    "an issuer that charges after a reversal": (payment_with(Party.ISSUER, issuer_that_charges_after_a_reversal), "charged 1 times"),
    "an issuer that charges every advice": (payment_with(Party.ISSUER, issuer_that_charges_every_advice), "debit stands 2 times"),
    "an issuer that credits every reversal": (payment_with(Party.ISSUER, issuer_that_credits_every_reversal), "debit stands -1 times"),
    "a terminal that accepts a late response": (payment_with(Party.TERMINAL, terminal_that_accepts_late), "earn stands 2 times"),
    "a terminal that gives up and reverses nothing": (payment_with(Party.TERMINAL, terminal_that_only_gives_up), "charged 1 times"),
    "a terminal that reverses once": (payment_with(Party.TERMINAL, without(right_terminal, waits_for(Timer.REVERSAL))), "left open"),
    "a switch that repeats no advice": (payment_with(Party.SWITCH, without(right_switch, waits_for(Timer.ADVICE))), "left open"),
    "a switch that stands in and tells nobody": (payment_with(Party.SWITCH, without(right_switch, owes_advice)), "left open"),
    "a switch that keeps a reversal to itself": (payment_with(Party.SWITCH, without(right_switch, owes_reversal)), "left open"),
    "a switch that declines and reverses nothing": (payment_with(Party.SWITCH, without(right_switch, owes_reversal), LARGE), "left open"),
    "a switch that asks after a reversal": (payment_with(Party.SWITCH, switch_that_asks_after_a_reversal), "charged 1 times"),
    "a bank without memory": (load_with(Party.ISSUER, issuer_without_memory), "debit stands 2 times"),
    "a bank that charges after a reversal": (load_with(Party.ISSUER, issuer_that_charges_after_a_reversal), "debited 1 times"),
    "a kiosk that takes silence for no": (load_with(Party.TERMINAL, kiosk_that_takes_silence_for_no), "debited 0 times and loaded 1"),
    "a kiosk that takes silence for yes": (load_with(Party.TERMINAL, kiosk_that_takes_silence_for_yes), "debited 1 times and loaded 0"),
    "a kiosk that reverses a lost confirmation": (load_with(Party.TERMINAL, kiosk_that_reverses_a_lost_confirmation), "loaded 1 times"),
    "a kiosk that confirms once": (load_with(Party.TERMINAL, without(right_kiosk, waits_for(Timer.ADVICE))), "left open"),
    "a kiosk that reverses once": (load_with(Party.TERMINAL, without(right_kiosk, waits_for(Timer.REVERSAL))), "left open"),
    "a card that obeys twice": (load_with(Party.CARD, card_that_obeys_twice), "loaded 2 times"),
    "a card that obeys after it was asked": (load_with(Party.CARD, card_that_obeys_after_it_was_asked), "loaded 1 times"),
}
