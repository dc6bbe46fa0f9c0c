"""Exchanges step by step: which message is sent when, and with which words."""

from typing import Any

import pytest

from devices.cards.choices import Entry, Mti, Outcome, ResponseCode, ReversalReason
from devices.cards.exchange import issuer, kiosk, switch, terminal
from devices.cards.exchange.figures import FIGURES
from devices.cards.exchange.host import Host
from devices.cards.exchange.messages import Book, Done, Event, Key, Message, Outputs, Party, Send, Start, Timer
from devices.cards.exchange.terms import Terms
from sim.errors import UsageError
from tests.devices.cards.exchange.adversary import Machine
from tests.devices.cards.exchange.cases import KEY, LARGE, SMALL, TERMS, approving, declining

REQUEST = Message(Mti.FINANCIAL_REQUEST, KEY, SMALL, Party.TERMINAL, Party.SWITCH)


def sent(outputs: Outputs) -> list[tuple[str, str]]:
    return [(output.message.mti.word, output.message.to.word) for output in outputs if isinstance(output, Send)]


def played(machine: Machine, state: object, *events: Event) -> tuple[Any, Outputs]:
    outputs: Outputs = ()
    for event in events:
        state, outputs = machine(state, event)
    return state, outputs


def at_switch(*events: Event, terms: Terms = TERMS) -> tuple[switch.Route, Outputs]:
    return played(lambda route, event: switch.step(route, event, terms), switch.Route(), *events)


def test_a_terminal_waits_three_times_as_long_as_a_switch() -> None:
    _, asked = terminal.begin(KEY, SMALL, TERMS)
    assert asked[1] == Start(Timer.RESPONSE, 30_000_000)
    _, forwarded = at_switch(REQUEST)
    assert forwarded == (Send(REQUEST.on(Party.SWITCH, Party.ISSUER)), Start(Timer.ISSUER, 10_000_000))


def test_a_reversal_is_a_request_first_and_an_advice_when_it_is_repeated() -> None:
    payment, _ = terminal.begin(KEY, SMALL, TERMS)
    payment, first = terminal.step(payment, Timer.RESPONSE, TERMS)
    payment, second = terminal.step(payment, Timer.REVERSAL, TERMS)
    assert (sent(first), sent(second)) == ([("0400", "switch")], [("0420", "switch")])
    assert payment.reason is ReversalReason.TIMEOUT
    payment, done = terminal.step(payment, second[0].message.reply(ResponseCode.APPROVED), TERMS)  # type: ignore[union-attr]
    assert Done(Outcome.REVERSED) in done


def test_a_response_after_the_reversal_earns_nothing() -> None:
    payment, _ = terminal.begin(KEY, SMALL, TERMS)
    reversing, _ = terminal.step(payment, Timer.RESPONSE, TERMS)
    assert terminal.step(reversing, REQUEST.reply(ResponseCode.APPROVED), TERMS) == (reversing, ())


def test_only_what_was_approved_can_be_cancelled() -> None:
    payment, _ = terminal.begin(KEY, SMALL, TERMS)
    with pytest.raises(ValueError, match="a payment that is requested cannot be cancelled"):
        terminal.cancel(payment, TERMS)
    approved, _ = terminal.step(payment, REQUEST.reply(ResponseCode.APPROVED), TERMS)
    cancelled, outputs = terminal.cancel(approved, TERMS)
    assert (outputs[0], cancelled.reason) == (Book(Entry.GIVE_BACK), ReversalReason.CUSTOMER)


def test_a_switch_stands_in_for_small_amounts_and_tells_the_issuer_until_it_has_it() -> None:
    route, outputs = at_switch(REQUEST, Timer.ISSUER)
    assert (route.answer, route.stood_in) == (ResponseCode.APPROVED, True)
    assert sent(outputs) == [("0210", "terminal"), ("0220", "issuer")]
    _, repeated = switch.step(route, Timer.ADVICE, TERMS)
    assert sent(repeated) == [("0220", "issuer")]


def test_a_switch_that_may_not_stand_in_declines_and_reverses_at_the_issuer() -> None:
    large = Message(Mti.FINANCIAL_REQUEST, KEY, LARGE, Party.TERMINAL, Party.SWITCH)
    route, outputs = at_switch(large, Timer.ISSUER)
    assert (route.answer, route.stood_in) == (ResponseCode.ISSUER_UNAVAILABLE, False)
    assert sent(outputs) == [("0210", "terminal"), ("0420", "issuer")]


def test_a_request_that_its_reversal_has_overtaken_is_too_late_and_goes_no_further() -> None:
    _, outputs = at_switch(REQUEST.turned_into(Mti.REVERSAL_REQUEST), REQUEST)
    assert outputs == (Send(REQUEST.reply(ResponseCode.RECEIVED_TOO_LATE)),)


def test_a_reversal_is_acknowledged_by_the_switch_before_the_issuer_has_it() -> None:
    route, outputs = at_switch(REQUEST, REQUEST.turned_into(Mti.REVERSAL_REQUEST))
    assert sent(outputs) == [("0410", "terminal"), ("0420", "issuer")]
    assert route.reversal is switch.Owed.OPEN


def test_an_issuer_gives_a_repetition_the_answer_it_gave_and_books_once() -> None:
    charge, first = issuer.step(issuer.Charge(), REQUEST, approving)
    again, second = issuer.step(charge, REQUEST, declining)
    assert (first[0], first[1:], again) == (Book(Entry.DEBIT), second, charge)


def test_an_advice_is_charged_even_where_the_request_was_declined() -> None:
    charge, _ = issuer.step(issuer.Charge(), REQUEST, declining)
    _, outputs = issuer.step(charge, REQUEST.turned_into(Mti.FINANCIAL_ADVICE), declining)
    assert (outputs[0], sent(outputs)) == (Book(Entry.DEBIT), [("0230", "terminal")])


def test_an_authorisation_is_held_and_released() -> None:
    held = Message(Mti.AUTHORISATION_REQUEST, KEY, SMALL, Party.SWITCH, Party.ISSUER)
    charge, first = issuer.step(issuer.Charge(), held, approving)
    _, last = issuer.step(charge, held.turned_into(Mti.REVERSAL_ADVICE), approving)
    assert (first[0], sent(first)) == (Book(Entry.HOLD), [("0110", "switch")])
    assert (last[0], sent(last)) == (Book(Entry.RELEASE), [("0430", "switch")])


def test_a_kiosk_asks_its_card_until_it_says_what_it_did() -> None:
    load, _ = kiosk.begin(KEY, SMALL, TERMS)
    load, told = kiosk.step(load, load.asked.reply(ResponseCode.APPROVED), TERMS)
    commands = [told[1]]
    for _ in range(2):
        load, asked = kiosk.step(load, Timer.CARD, TERMS)
        commands.append(asked[0])
    assert [command.message.word.word for command in commands] == ["script", "ask", "ask"]  # type: ignore[union-attr]
    assert load.stage is kiosk.Stage.ASKING


def test_a_host_knows_an_exchange_by_trace_number_terminal_and_day() -> None:
    host = Host(issuer.Charge(), lambda charge, event: issuer.step(charge, event, approving))
    other = Key(KEY.stan, KEY.terminal, KEY.day + 1)
    booked = [Book(Entry.DEBIT) in host.hear(key, REQUEST) for key in (KEY, KEY, other)]
    assert (booked, len(host)) == ([True, False, True], 2)
    assert (host.forget_before(other.day), host[KEY], host[other].standing) == (1, issuer.Charge(), issuer.Standing.CHARGED)


def test_references_of_keys_are_all_different() -> None:
    keys = [Key(stan, terminal, day) for stan in (0, 1, 999_999) for terminal in (0, 1, 300_000) for day in (0, 1, 20_000)]
    assert len({key.reference for key in keys}) == len(keys)
    assert max(key.reference for key in keys) < 2**63


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stand_in_cents": -1}, "terms of exchange: stand_in_cents is -1: below 0"),
        ({"response_us": 5, "card_us": -2}, "card_us is -2: below 0; response_us 5 ends before issuer_us 10000000"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused_together(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Terms(**wrong)


def test_figures_have_names_of_their_own() -> None:
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)
