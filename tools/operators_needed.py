"""Operators needed: how many at work answer 97.5 % of calls within 60 s, measured beside what Erlang A says.

Owns the occasions that docs/alarms.md has in its table. `python tools/operators_needed.py --seeds 10` takes some minutes.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np

from devices.alarms.centre.choices import CallOutcome, Purpose
from devices.alarms.centre.figures import BREAK, PATIENCE
from devices.alarms.centre.parameters import CareParameters, CentreParameters, Shift
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.system import Alarms
from sim.city.demand_figures import DAY_CV, SLOT_CV
from sim.engine.engine import Engine
from sim.scenario import Scenario
from sim.units import DAY_US, HOUR_US

WANTED, WITHIN_S = 0.975, 60.0
PLENTY = 200  # nobody waits: what is called and how long it takes
SHIFT_H = 8.0
CLASSES = 20  # of days and slots
STATES, WAITING = 400, 200  # beyond the servers: of the chain, and of those whose wait is looked at


@dataclass(frozen=True)
class Occasion:
    """Hours of a day that want staff, at so many presses a user and year."""

    name: str
    day: str
    start: str
    duration: str
    presses: float = PersonalParameters().per_year
    care: float = CareParameters().per_day


OCCASIONS = (
    Occasion("weekday evening, 17 to 19 h", "2015-01-14", "17:00", "2h"),
    Occasion("weekday night, 0 to 5 h", "2015-01-14", "00:00", "5h"),
    Occasion("weekday morning, 7 to 9 h", "2015-01-14", "07:00", "2h"),
    Occasion("Sunday noon, 11 to 13 h", "2015-01-18", "11:00", "2h"),
    Occasion("Sunday noon, no care calls", "2015-01-18", "11:00", "2h", care=0.0),
    Occasion("Sunday noon, care calls doubled", "2015-01-18", "11:00", "2h", care=6_000.0),
    Occasion("weekday evening, 25 presses a user and year", "2015-01-14", "17:00", "2h", presses=25.0),
)


@dataclass(frozen=True)
class Seen:
    """Runs of an occasion with one staff: calls offered in each hour, mean time of an operator for one, share answered in time by seed."""

    by_hour: tuple[float, ...]
    handling_s: float
    in_time: tuple[float, ...]


def stationary(per_s: float, service_s: float, patience_s: float, servers: int) -> np.ndarray:
    """Return the probabilities of so many in M/M/c+M, waiting or served."""
    states = np.arange(1, servers + STATES)
    deaths = np.minimum(states, servers) / service_s + np.maximum(states - servers, 0) / patience_s
    logs = np.concatenate([[0.0], np.cumsum(np.log(per_s / deaths))])
    weights: np.ndarray = np.exp(logs - logs.max())
    weights /= weights.sum()
    return weights


def below(x: float, first: float, places: int) -> float:
    """Return the distribution function of Beta(first, places) for a whole number of places."""
    terms = (exp(lgamma(first + i) - lgamma(first) - lgamma(i + 1) + i * log(1 - x)) for i in range(places))
    return exp(first * log(x)) * sum(terms)


def answered_within(limit_s: float, per_s: float, service_s: float, patience_s: float, servers: int) -> float:
    """Return the share of those offered who are answered within a limit, in M/M/c+M.

    Whoever finds k - 1 waiting waits for k departures of rates c/service + j/patience, j < k; exp(-wait/patience), which is also the
    chance of being patient so long, is then Beta(c patience/service, k) distributed (Rényi's representation of order statistics).
    """
    chances, first = stationary(per_s, service_s, patience_s, servers), servers * patience_s / service_s
    share = float(chances[:servers].sum())
    for waiting, chance in enumerate(chances[servers : servers + WAITING], start=1):
        share += chance * first / (first + waiting) * (1 - below(exp(-limit_s / patience_s), first + 1, waiting))
    return share


def factors() -> np.ndarray:
    """Return quantiles of what days and slots of five minutes differ by from the mean: shape (CLASSES,)."""
    cv = np.hypot(float(DAY_CV), float(SLOT_CV))
    drawn = np.sort(np.random.default_rng(1).gamma(cv**-2, cv**2, 1_000 * CLASSES))
    means: np.ndarray = drawn.reshape(CLASSES, -1).mean(axis=1)
    return means


def erlang_a(by_hour: Sequence[float], handling_s: float) -> int:
    """Return the operators at work that Erlang A asks for, over all hours and over the factors of days and slots."""
    per_s = np.outer(by_hour, factors()).ravel() / 3600
    servers = 1
    while _answered(per_s, handling_s, servers) < WANTED:
        servers += 1
    return servers


def _answered(per_s: np.ndarray, handling_s: float, servers: int) -> float:
    shares = [answered_within(WITHIN_S, float(each), handling_s, float(PATIENCE), servers) for each in per_s]
    return float(np.average(shares, weights=per_s))


def seen(occasion: Occasion, at_work: int, seeds: int) -> Seen:
    """Run an occasion with so many at work all the time, on some seeds."""
    runs = [_run(occasion, at_work, seed) for seed in range(1, seeds + 1)]
    offered = np.sum([each[0] for each in runs], axis=0)
    busy_s = sum(each[1] for each in runs)
    return Seen(tuple((offered / seeds).tolist()), busy_s / max(int(offered.sum()), 1), tuple(each[2] for each in runs))


def _run(occasion: Occasion, at_work: int, seed: int) -> tuple[np.ndarray, float, float]:
    """Return the calls offered in each hour of a run, the time that operators had for them, and the share answered in time."""
    scenario = _scenario(occasion, at_work, seed)
    engine = Engine(scenario)
    offered, handled_s, samples = np.zeros(scenario.duration // HOUR_US, dtype=np.int64), 0.0, [np.zeros(0)]
    for piece in engine.slices():
        if piece.span.warm:
            continue
        for batch in piece.batches:
            if batch.kind.name == "call":
                alarm = np.isin(batch.columns["purpose"], [Purpose.ALARM, Purpose.CALL_BACK])
                begun_us = batch.time_us[alarm & (batch.columns["outcome"] == CallOutcome.OFFERED)]
                offered += np.bincount((begun_us - engine.hours.start_us) // HOUR_US, minlength=len(offered))[: len(offered)]
                handled_s += float(np.nansum(batch.columns["handling_s"][alarm & (batch.columns["outcome"] == CallOutcome.ENDED)]))
        samples += [np.ravel(each.values) for each in piece.samples if each.measure == "alarms.answered_in_60_s"]
    return offered, handled_s, float(np.concatenate(samples).mean())


def _scenario(occasion: Occasion, at_work: int, seed: int) -> Scenario:
    always = (Shift(begins=0, lasting=DAY_US),)
    centre = CentreParameters(operators=at_work, shifts=always, break_lasting=0, care=CareParameters(per_day=occasion.care))
    system = Alarms(centre=centre, personal=PersonalParameters(per_year=occasion.presses))
    return Scenario(
        name="needed",
        systems=(system,),
        day=occasion.day,
        start=occasion.start,
        duration=occasion.duration,
        scale=1e-4,
        districts=("Xuhui",),
        seed=seed,
    )


def enough(occasion: Occasion, seeds: int, guess: int) -> tuple[int, Seen]:
    """Return the fewest at work who keep the promise over all seeds together, from a guess, and what was seen with them."""
    at_work, found = guess, seen(occasion, guess, seeds)
    step = -1 if np.mean(found.in_time) >= WANTED else 1
    while True:
        following = seen(occasion, at_work + step, seeds)
        kept = np.mean(following.in_time) >= WANTED
        if step < 0 and not kept:
            return at_work, found
        at_work, found = at_work + step, following
        if step > 0 and kept:
            return at_work, found


def on_duty(at_work: int) -> int:
    """Return the strength of a shift whose breaks are spread over its middle half."""
    share_on_break = float(BREAK) / 60 / (SHIFT_H / 2)
    return -int(-at_work // (1 - share_on_break))


def rows(occasions: Sequence[Occasion], seeds: int) -> Iterator[str]:
    """Yield the rows of the table of docs/alarms.md."""
    for occasion in occasions:
        free = seen(occasion, PLENTY, seeds)
        theory = erlang_a(free.by_hour, free.handling_s)
        needed, found = enough(occasion, seeds, theory)
        alone = sum(each >= WANTED for each in found.in_time)
        calls = " and ".join(f"{each:,.0f}" for each in free.by_hour) if len(free.by_hour) == 2 else f"{np.mean(free.by_hour):,.0f}"
        numbers = f"{calls} | {free.handling_s:.0f} s | {theory} | {needed} | {on_duty(needed)} | {alone} of {seeds}"
        yield f"| {occasion.name} | {numbers} |"


def main(words: Sequence[str]) -> int:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--only", default="", help="occasions whose name has this word")
    given = options.parse_args(words)
    print("| when | calls an hour | handling | Erlang A | at work | a shift | alone |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows([each for each in OCCASIONS if given.only in each.name], given.seeds):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
