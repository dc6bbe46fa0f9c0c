"""Desks against queueing theory: closed formulas lie within confidence intervals over independent replications.

Every interval is a 99.9 % one (so a right desk fails one seed in a thousand; the seeds are fixed) and must be narrow enough to
tell the neighbouring case apart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import factorial, inf, log, sqrt

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from sim.toolkit.desks import Desk, Outcome, Tally
from sim.units import HOUR_US, SECOND_US

CALLS_PER_S = 250 / 3600
HANDLING_S = 330.0
ERLANGS = CALLS_PER_S * HANDLING_S
REPLICATIONS = 10
T_999 = 4.781  # two-sided 99.9 % quantile of Student's t with 9 degrees of freedom


def erlang_c(erlangs: float, servers: int) -> float:
    """Probability of waiting in M/M/c (Erlang 1917; Gross & Harris, Fundamentals of Queueing Theory, 2.3)."""
    top = erlangs**servers / factorial(servers) / (1 - erlangs / servers)
    return top / (sum(erlangs**n / factorial(n) for n in range(servers)) + top)


def answered_within(limit_s: float, erlangs: float, servers: int, service_s: float) -> float:
    """Share of customers of M/M/c who wait at most so long."""
    return 1 - erlang_c(erlangs, servers) * float(np.exp(-(servers - erlangs) * limit_s / service_s))


def erlang_a(arrivals_per_s: float, service_s: float, patience_s: float, servers: int) -> tuple[float, float]:
    """Abandonment share and mean wait in s of all customers of M/M/c+M (Palm 1957; Garnett, Mandelbaum, Reiman 2002).

    From the stationary birth-death chain: the share is (rate of abandoning) x (mean queue) / (rate of arrival), the wait
    follows by Little's law.
    """
    states = np.arange(1, servers + 400)
    deaths = np.minimum(states, servers) / service_s + np.maximum(states - servers, 0) / patience_s
    weights = np.concatenate([[1.0], np.cumprod(arrivals_per_s / deaths)])
    queue = float(weights @ np.maximum(np.arange(len(weights)) - servers, 0) / weights.sum())
    return queue / patience_s / arrivals_per_s, queue / arrivals_per_s


def cobham(arrivals_per_s: Sequence[float], service_s: Sequence[float], second_moments_s2: Sequence[float]) -> list[float]:
    """Mean waits in s of the classes of a non-preemptive M/G/1, the most urgent first (Cobham 1954); one class: Pollaczek-Khinchine."""
    residual_s = sum(rate * moment for rate, moment in zip(arrivals_per_s, second_moments_s2, strict=True)) / 2
    waits = []
    above = 0.0
    for rate, mean_s in zip(arrivals_per_s, service_s, strict=True):
        load = above + rate * mean_s
        waits.append(residual_s / (1 - above) / (1 - load))
        above = load
    return waits


@dataclass(frozen=True, slots=True)
class Crowd:
    """Customers in order of arrival: instants, service times and patience (µs), priorities; shapes (n,)."""

    at_us: NDArray[np.int64]
    service_us: NDArray[np.int64]
    priority: NDArray[np.int64]
    patience_us: NDArray[np.int64] | None = None


def poisson_us(rng: np.random.Generator, per_s: float, count: int) -> NDArray[np.int64]:
    return np.cumsum(rng.exponential(SECOND_US / per_s, count)).astype(np.int64)


def whole_us(values_s: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(values_s * SECOND_US).astype(np.int64)


def calls(rng: np.random.Generator, count: int, patience_s: float = inf) -> Crowd:
    patience_us = None if patience_s == inf else whole_us(rng.exponential(patience_s, count))
    at_us = poisson_us(rng, CALLS_PER_S, count)
    return Crowd(at_us, whole_us(rng.exponential(HANDLING_S, count)), np.zeros(count, dtype=np.int64), patience_us)


def play(servers: int, crowd: Crowd) -> tuple[list[Outcome], Tally]:
    """Return the outcomes in order of arrival and the tally at the end."""
    env = simpy.Environment()
    desk = Desk(env, servers)
    outcomes: list[Outcome | None] = [None] * len(crowd.at_us)
    patience: list[int | None] = [None] * len(outcomes) if crowd.patience_us is None else list(crowd.patience_us.tolist())

    def visit(number: int, service_us: int, priority: int) -> Iterator[simpy.Event]:
        outcomes[number] = yield from desk.serve(service_us, priority, patience[number])

    def door() -> Iterator[simpy.Event]:
        columns = (crowd.at_us.tolist(), crowd.service_us.tolist(), crowd.priority.tolist())
        for number, (at_us, service_us, priority) in enumerate(zip(*columns, strict=True)):
            yield env.timeout(at_us - env.now)
            env.process(visit(number, service_us, priority))

    env.process(door())
    env.run()
    return [outcome for outcome in outcomes if outcome is not None], desk.tally()


def replicate(statistic: Callable[[np.random.Generator], float]) -> tuple[float, float]:
    """Return mean and half width of the 99.9 % interval over the replications."""
    values = [statistic(np.random.default_rng([2015, number])) for number in range(REPLICATIONS)]
    return float(np.mean(values)), T_999 * float(np.std(values, ddof=1)) / sqrt(REPLICATIONS)


def settled_waits_s(crowd: Crowd, outcomes: Sequence[Outcome], warm_up_us: int) -> NDArray[np.float64]:
    waits = np.array([outcome.waited_us for outcome in outcomes]) / SECOND_US
    return waits[crowd.at_us >= warm_up_us]


@pytest.mark.parametrize(("agents", "share"), [(26, 0.675), (27, 0.782), (28, 0.857), (29, 0.908)])
def test_erlang_c_gives_the_published_shares_answered_in_30_s(agents: int, share: float) -> None:
    assert pytest.approx(22.92, abs=0.005) == ERLANGS
    assert answered_within(30, ERLANGS, agents, HANDLING_S) == pytest.approx(share, abs=0.0005)


@pytest.mark.parametrize("agents", [27, 28])
def test_a_desk_of_agents_answers_the_share_of_erlang_c_in_30_s(agents: int) -> None:
    def share(rng: np.random.Generator) -> float:
        crowd = calls(rng, 25_000)
        outcomes, _ = play(agents, crowd)
        return float(np.mean(settled_waits_s(crowd, outcomes, 5 * HOUR_US) <= 30))

    mean, half_width = replicate(share)
    assert half_width < 0.035
    assert abs(mean - answered_within(30, ERLANGS, agents, HANDLING_S)) < half_width


def test_callers_with_patience_abandon_and_wait_as_erlang_a_says() -> None:
    patience_s = 120.0
    share, wait_s = erlang_a(CALLS_PER_S, HANDLING_S, patience_s, 22)
    assert share == pytest.approx(wait_s / patience_s)

    def play_once(rng: np.random.Generator) -> tuple[float, float]:
        crowd = calls(rng, 12_000, patience_s)
        outcomes, _ = play(22, crowd)
        late = crowd.at_us >= 3 * HOUR_US
        gave_up = np.array([not outcome.served for outcome in outcomes])[late]
        return float(gave_up.mean()), float(settled_waits_s(crowd, outcomes, 3 * HOUR_US).mean())

    pairs = np.array([play_once(np.random.default_rng([22, number])) for number in range(REPLICATIONS)])
    half_widths = T_999 * pairs.std(axis=0, ddof=1) / sqrt(REPLICATIONS)
    assert (half_widths / pairs.mean(axis=0) < 0.12).all()
    assert (np.abs(pairs.mean(axis=0) - [share, wait_s]) < half_widths).all()


@pytest.mark.parametrize("urgent", [True, False])
def test_two_priorities_wait_as_cobham_says(urgent: bool) -> None:  # noqa: FBT001 - a parameter of the test
    rates, means = (0.3, 0.5), (1.0, 1.0)
    expected = cobham(rates, means, [2 * mean**2 for mean in means])[0 if urgent else 1]

    def mean_wait(rng: np.random.Generator) -> float:
        count = 30_000
        at_us = poisson_us(rng, sum(rates), count)
        priority = (rng.random(count) >= rates[0] / sum(rates)).astype(np.int64)
        crowd = Crowd(at_us, whole_us(rng.exponential(1.0, count)), priority)
        outcomes, _ = play(1, crowd)
        waits = np.array([outcome.waited_us for outcome in outcomes]) / SECOND_US
        return float(waits[(priority == (0 if urgent else 1)) & (at_us > 500 * SECOND_US)].mean())

    mean, half_width = replicate(mean_wait)
    assert half_width < 0.12 * expected
    assert abs(mean - expected) < half_width


def test_lognormal_service_waits_as_pollaczek_and_khinchine_say_and_less_than_exponential() -> None:
    rate, mean_s, cv = 0.7, 1.0, 0.8
    expected = cobham([rate], [mean_s], [mean_s**2 * (1 + cv**2)])[0]
    sigma = sqrt(log(1 + cv**2))

    def mean_wait(rng: np.random.Generator) -> float:
        count = 30_000
        service = rng.lognormal(log(mean_s) - sigma**2 / 2, sigma, count)
        crowd = Crowd(poisson_us(rng, rate, count), whole_us(service), np.zeros(count, dtype=np.int64))
        outcomes, _ = play(1, crowd)
        return float(settled_waits_s(crowd, outcomes, 500 * SECOND_US).mean())

    mean, half_width = replicate(mean_wait)
    assert abs(mean - expected) < half_width
    assert mean + half_width < cobham([rate], [mean_s], [2 * mean_s**2])[0]


def test_littles_law_holds_exactly_and_no_server_idles_while_someone_waits() -> None:
    crowd = calls(np.random.default_rng(1961), 10_000, patience_s=300.0)
    outcomes, tally = play(24, crowd)
    served = np.array([outcome.served for outcome in outcomes])
    assert tally.waiting_us == sum(outcome.waited_us for outcome in outcomes)
    assert tally.busy_us == int(crowd.service_us[served].sum())
    assert tally.idle_while_waiting_us == 0
    assert 0 < tally.abandoned < tally.arrived == len(outcomes)
