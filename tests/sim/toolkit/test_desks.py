"""Desks: exact agreement with recursions for queues, and conservation whatever happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim.toolkit.desks import Desk, Outcome


@dataclass(frozen=True, slots=True)
class Customer:
    at_us: int
    service_us: int
    priority: int = 0
    patience_us: int | None = None


def run_desk(desk: Desk, customers: Sequence[Customer]) -> list[Outcome]:
    """Let the customers come and return their outcomes in the order of the list, once all have left."""
    outcomes: dict[int, Outcome] = {}

    def visit(number: int, customer: Customer) -> Iterator[simpy.Event]:
        yield desk.env.timeout(customer.at_us)
        outcomes[number] = yield from desk.serve(customer.service_us, customer.priority, customer.patience_us)

    for number, customer in enumerate(customers):
        desk.env.process(visit(number, customer))
    desk.env.run()
    return [outcomes[number] for number in range(len(customers))]


def open_desk(servers: int) -> Desk:
    return Desk(simpy.Environment(), servers)


CUSTOMERS = st.lists(
    st.builds(
        Customer,
        at_us=st.integers(0, 60),
        service_us=st.integers(0, 20),
        priority=st.integers(0, 2),
        patience_us=st.none() | st.integers(0, 15),
    ),
    max_size=40,
)


@pytest.mark.parametrize("servers", [1, 2, 5])
def test_waits_equal_the_recursion_of_kiefer_and_wolfowitz_exactly(servers: int) -> None:
    rng = np.random.default_rng(5)
    arrivals = np.cumsum(rng.integers(1, 200 // servers, 3_000))
    services = rng.integers(1, 190, 3_000)
    free_at = [0] * servers
    expected = []
    for arrival, service in zip(arrivals.tolist(), services.tolist(), strict=True):
        start = max(arrival, free_at[0])
        expected.append(start - arrival)
        free_at = sorted([start + service, *free_at[1:]])
    customers = [Customer(*pair) for pair in zip(arrivals.tolist(), services.tolist(), strict=True)]
    outcomes = run_desk(open_desk(servers), customers)
    assert [outcome.waited_us for outcome in outcomes] == expected
    assert max(expected) > 0


@given(customers=CUSTOMERS, servers=st.integers(1, 4))
def test_time_spent_waiting_is_the_integral_of_the_queue_to_the_microsecond(customers: list[Customer], servers: int) -> None:
    desk = open_desk(servers)
    outcomes = run_desk(desk, customers)
    tally = desk.tally()
    served = [customer for customer, outcome in zip(customers, outcomes, strict=True) if outcome.served]
    assert tally.waiting_us == sum(outcome.waited_us for outcome in outcomes)
    assert tally.busy_us == sum(customer.service_us for customer in served)
    assert (tally.arrived, tally.finished, tally.abandoned) == (len(customers), len(served), len(customers) - len(served))
    assert (tally.waiting, tally.busy, tally.idle_while_waiting_us) == (0, 0, 0)


@given(customers=CUSTOMERS, servers=st.integers(1, 4))
def test_nobody_waits_while_a_server_is_idle(customers: list[Customer], servers: int) -> None:
    outcomes = run_desk(open_desk(servers), customers)
    for at_us in range(200):
        instant = at_us + 0.5
        pairs = list(zip(customers, outcomes, strict=True))
        waiting = [outcome for customer, outcome in pairs if customer.at_us < instant < customer.at_us + outcome.waited_us]
        busy = [
            outcome
            for customer, outcome in pairs
            if outcome.started_us is not None and outcome.started_us < instant < outcome.started_us + customer.service_us
        ]
        assert len(busy) <= servers
        assert not waiting or len(busy) == servers


@given(customers=CUSTOMERS, servers=st.integers(1, 3))
def test_nobody_is_overtaken_within_a_priority_or_by_a_lower_one(customers: list[Customer], servers: int) -> None:
    outcomes = run_desk(open_desk(servers), customers)
    pairs = list(zip(customers, outcomes, strict=True))
    for first, before in pairs:
        for second, after in pairs:
            if before.started_us is None or after.started_us is None or first.priority > second.priority:
                continue
            if first.at_us < second.at_us:
                assert before.started_us <= after.started_us


@given(customers=CUSTOMERS, servers=st.integers(0, 3))
def test_patience_bounds_the_wait_and_who_gives_up_has_waited_that_long(customers: list[Customer], servers: int) -> None:
    patient = [Customer(each.at_us, each.service_us, each.priority, each.patience_us or 0) for each in customers]
    for customer, outcome in zip(patient, run_desk(open_desk(servers), patient), strict=True):
        assert customer.patience_us is not None
        assert outcome.waited_us <= customer.patience_us
        assert outcome.served or outcome.waited_us == customer.patience_us
        assert (outcome.started_us is None) != outcome.served


def test_who_has_no_patience_leaves_at_once_even_when_a_server_is_about_to_be_free() -> None:
    outcomes = run_desk(open_desk(1), [Customer(0, 100), Customer(100, 5, patience_us=0), Customer(105, 5, patience_us=0)])
    assert outcomes[1:] == [Outcome(0, served=False, started_us=None), Outcome(0, served=True, started_us=105)]


def test_an_urgent_customer_goes_first_but_does_not_interrupt() -> None:
    outcomes = run_desk(open_desk(1), [Customer(0, 100), Customer(10, 100, priority=1), Customer(20, 100, priority=0)])
    assert [outcome.started_us for outcome in outcomes] == [0, 200, 100]


def test_more_staff_serve_the_queue_at_once_and_fewer_finish_the_customer_in_hand() -> None:
    desk = open_desk(1)

    def shifts() -> Iterator[simpy.Event]:
        yield desk.env.timeout(50)
        desk.staff(3)
        yield desk.env.timeout(10)
        desk.staff(0)
        yield desk.env.timeout(340)
        desk.staff(1)

    desk.env.process(shifts())
    outcomes = run_desk(desk, [Customer(0, 100), Customer(0, 100), Customer(0, 100), Customer(70, 100)])
    assert [outcome.started_us for outcome in outcomes] == [0, 50, 50, 400]
    tally = desk.tally()
    assert tally.busy_us == 400
    assert tally.staffed_us == 50 + 10 * 3 + (40 + 2 * 90) + 100
    assert tally.idle_while_waiting_us == 0


def test_busy_and_staffed_time_are_those_of_the_servers() -> None:
    desk = open_desk(2)
    run_desk(desk, [Customer(0, 100), Customer(50, 50)])
    assert (desk.tally().busy_us, desk.tally().staffed_us) == (150, 200)


def test_a_desk_without_servers_is_never_staffed() -> None:
    desk = open_desk(0)
    run_desk(desk, [Customer(0, 100, patience_us=30)])
    assert (desk.tally().busy_us, desk.tally().staffed_us) == (0, 0)


def test_a_customer_interrupted_in_the_queue_leaves_no_trace() -> None:
    desk = open_desk(1)

    def hesitant() -> Iterator[simpy.Event]:
        yield desk.env.timeout(1)
        with pytest.raises(simpy.Interrupt):
            yield from desk.serve(100)

    def interrupter(victim: simpy.Process, at_us: int) -> Iterator[simpy.Event]:
        yield desk.env.timeout(2)
        yield desk.env.timeout(at_us - 2)
        victim.interrupt()

    def visit(customer: Customer) -> Iterator[simpy.Event]:
        yield desk.env.timeout(customer.at_us)
        yield from desk.serve(customer.service_us)

    desk.env.process(visit(Customer(0, 100)))
    for at_us in (40, 100):  # while queueing; between being called and being served
        desk.env.process(interrupter(desk.env.process(hesitant()), at_us))
    desk.env.process(visit(Customer(90, 10)))
    desk.env.run()
    tally = desk.tally()
    assert (tally.arrived, tally.finished, tally.abandoned, tally.waiting, tally.busy) == (4, 2, 2, 0, 0)


def test_a_service_that_is_interrupted_frees_the_server() -> None:
    desk = open_desk(1)

    def cut_short() -> Iterator[simpy.Event]:
        with pytest.raises(simpy.Interrupt):
            yield from desk.serve(1_000)

    victim = desk.env.process(cut_short())

    def interrupter() -> Iterator[simpy.Event]:
        yield desk.env.timeout(30)
        victim.interrupt()

    desk.env.process(interrupter())
    outcomes = run_desk(desk, [Customer(10, 5)])
    assert outcomes[0].started_us == 30
    assert desk.tally().busy_us == 35


def test_a_caller_that_takes_a_server_speaks_at_the_moment_of_answering() -> None:
    desk = open_desk(1)
    answered_us: list[int] = []

    def call() -> Iterator[simpy.Event]:
        outcome = yield from desk.take(patience_us=500)
        if outcome.served:
            answered_us.append(desk.now_us)
            yield desk.env.timeout(100)
            desk.leave()

    for _ in range(3):
        desk.env.process(call())
    desk.env.run()
    assert answered_us == [0, 100, 200]


def test_impossible_staff_and_leaving_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 servers"):
        open_desk(-1)
    with pytest.raises(RuntimeError, match="without a customer"):
        open_desk(1).leave()
