"""Alarms measured against expected: one table of the figures of the field that the model carries, from a run of some days.

Owns which figures are looked at and how sure a measurement is. `python tools/alarm_figures.py --days 7 --scale 2%` takes some minutes;
exit code 3 when a figure lies outside the 99 % interval of what was measured.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from devices.alarms.burglar import figures as burglar
from devices.alarms.centre import figures as centre
from devices.alarms.centre.choices import CallOutcome, ResponseStep, Service
from devices.alarms.choices import AlarmCause, AlarmState, AlarmType, Availability, DeviceClass
from devices.alarms.gas import figures as gas
from devices.alarms.homes.installed import shares_of_homes
from devices.alarms.personal import figures as personal
from devices.alarms.smoke import figures as smoke
from devices.alarms.system import Alarms
from sim.city.people_figures import HOMES
from sim.engine.engine import Engine
from sim.events.batches import Batch
from sim.scenario import Scenario
from sim.units import DAY_US, HOUR_US, share

DAY, YEAR = "2015-01-14", 2015
DAYS_A_YEAR = 365.0
SURE = 2.576  # standard errors of a 99 % interval
DIFFERS = 3
KEPT = {
    "alarm": ("alarm_type", "alarm_state", "home", "real", "alarm_cause"),
    "call": ("alarm_type", "purpose", "outcome", "wait_s"),
    "response": ("alarm_type", "service", "response_step", "after_request_s", "real"),
}
DEVICES = {
    AlarmType.BURGLAR: DeviceClass.PANEL,
    AlarmType.SMOKE: DeviceClass.SMOKE_DETECTOR,
    AlarmType.GAS: DeviceClass.GAS_DETECTOR,
    AlarmType.PERSONAL: DeviceClass.CALL_HUB,
}
Column = NDArray[np.generic]


@dataclass
class Table:
    """Rows of one kind as columns; `at_us` is when they happened."""

    parts: dict[str, list[Column]] = field(default_factory=lambda: defaultdict(list))

    def add(self, batch: Batch) -> None:
        """Keep what is looked at."""
        self.parts["at_us"].append(batch.time_us)
        for name in KEPT[batch.kind.name]:
            self.parts[name].append(batch.columns[name])

    def __getitem__(self, name: str) -> Column:
        """Return a column, shape (rows,)."""
        return np.concatenate(self.parts[name]) if self.parts[name] else np.zeros(0)


@dataclass
class Seen:
    """What a run of some days showed."""

    days: float
    scale: float
    tables: dict[str, Table] = field(default_factory=lambda: defaultdict(Table))
    samples: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    offline: list[float] = field(default_factory=list)  # share of the devices, at the end of each slice

    def of(self, measure: str, where: str = "") -> NDArray[np.float64]:
        """Return the samples of a measure, of one label or of all."""
        found = [each for (name, label), each in self.samples.items() if name == f"alarms.{measure}" and where in ("", label)]
        return np.concatenate([np.zeros(0), *map(np.asarray, found)])

    def device_years(self, alarm_type: AlarmType, scale: float) -> float:
        """Return how long homes with a device were watched, of a share of the city."""
        return shares_of_homes(YEAR, 1.0)[DEVICES[alarm_type]] * float(HOMES) * scale * self.days / DAYS_A_YEAR


@dataclass(frozen=True)
class Measured:
    """One figure: what is expected (from, to), what was measured with its 99 % interval, and of how many."""

    name: str
    expected: tuple[float, float]
    value: float
    half: float
    count: int
    digits: int = 3

    @property
    def agrees(self) -> bool:
        """Return whether the expected lies within the interval, as far as anything was measured."""
        return not self.count or (self.expected[0] <= self.value + self.half and self.value - self.half <= self.expected[1])

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        low, high = self.expected
        wanted = f"{low:.{self.digits}g}" if low == high else f"{low:.{self.digits}g} to {high:.{self.digits}g}"
        if not self.count:
            return self.name, wanted, "-", "-", "0", "nothing seen"
        found = f"{self.value:.{self.digits}g}", f"± {self.half:.2g}"
        return self.name, wanted, *found, f"{self.count:,}", "agrees" if self.agrees else "DIFFERS"


def observed(days: float, scale: float, seed: int) -> Seen:
    """Run the default homes and centre and keep what is looked at."""
    seen = Seen(days, scale)
    scenario = Scenario(name="figures", systems=(Alarms(),), day=DAY, start="00:00", duration=round(days * DAY_US), scale=scale, seed=seed)
    for piece in Engine(scenario).slices():
        if piece.span.warm:
            continue
        for batch in piece.batches:
            if batch.kind.name in KEPT:
                seen.tables[batch.kind.name].add(batch)
        by_state = Counter({row.state: 0 for row in piece.census if row.thing == "device"})
        for row in piece.census:
            by_state[row.state] += row.count if row.thing == "device" else 0
        seen.offline.append(by_state[Availability.OFFLINE.word] / by_state.total())
        for sample in piece.samples:
            seen.samples[sample.measure, sample.where].extend(np.ravel(sample.values).tolist())
    return seen


# --- How sure -------------------------------------------------------------------------------------------------------------


def rate(name: str, expected: float, homes: Column, years: float) -> Measured:
    """Return events a device and year. A home's events belong together: the variance of their sum is that of their squares."""
    _, by_home = np.unique(homes, return_counts=True)
    return Measured(name, (expected, expected), len(homes) / years, SURE * sqrt(float((by_home**2).sum())) / years, len(homes))


def counted(name: str, expected: tuple[float, float], hits: NDArray[np.bool_]) -> Measured:
    """Return a share, with the interval of a binomial at what was expected or seen, whichever is wider."""
    count = len(hits)
    value = float(hits.mean()) if count else 0.0
    spread = max(sqrt(p * (1 - p)) for p in (value, *expected))
    return Measured(name, expected, value, SURE * spread / sqrt(max(count, 1)), count)


def mean(name: str, expected: tuple[float, float], values: NDArray[np.float64]) -> Measured:
    """Return a mean."""
    count = len(values)
    half = SURE * float(values.std()) / sqrt(count) if count else 0.0
    return Measured(name, expected, float(values.mean()) if count else 0.0, half, count)


def at_least(name: str, bound: float, hits: NDArray[np.bool_]) -> Measured:
    """Return a share that is promised to be no smaller."""
    return counted(name, (bound, 1.0), hits)


def just(value: float) -> tuple[float, float]:
    """Return an expectation of one number."""
    return value, value


# --- The figures ----------------------------------------------------------------------------------------------------------


def rates(seen: Seen) -> Iterator[Measured]:
    """Yield alarms a home and year, and how many are real."""
    alarms = seen.tables["alarm"]
    raised = alarms["alarm_state"] == AlarmState.RAISED
    wanted = {
        AlarmType.SMOKE: (smoke.RATE, smoke.REAL),
        AlarmType.BURGLAR: (burglar.RATE, burglar.REAL),
        AlarmType.GAS: (gas.RATE, gas.REAL),
        AlarmType.PERSONAL: (personal.RATE, personal.REAL),
    }
    for alarm_type, (expected, real) in wanted.items():
        mine = raised & (alarms["alarm_type"] == alarm_type)
        homes, years = alarms["home"][mine], seen.device_years(alarm_type, seen.scale)
        if alarm_type is AlarmType.PERSONAL:  # fall detectors and rules of inactivity raise alarms beside presses
            yield mean("presses a hub and year", just(float(expected)), seen.of("presses"))
        else:
            yield rate(f"{alarm_type.word} alarms a device home and year", float(expected), homes, years)
        yield counted(f"{alarm_type.word} alarms that are real", just(float(real)), alarms["real"][mine].astype(bool))


def causes(seen: Seen) -> Iterator[Measured]:
    """Yield why alarms are false, and when smoke alarms come."""
    alarms = seen.tables["alarm"]
    raised = (alarms["alarm_state"] == AlarmState.RAISED) & ~alarms["real"].astype(bool)
    burglary = raised & (alarms["alarm_type"] == AlarmType.BURGLAR)
    by_users = np.isin(alarms["alarm_cause"][burglary], [AlarmCause.ENTRY_ERROR, AlarmCause.EXIT_ERROR])
    yield counted("false burglar alarms by errors at entry and exit", just(0.8), by_users)
    evening = np.isin(_hours(alarms["at_us"][raised & (alarms["alarm_type"] == AlarmType.SMOKE)]), range(17, 20))
    weights = np.array(smoke.MEAL_HOURS.numbers)
    yield counted("false smoke alarms between 17 and 20 h", just(float(weights[17:20].sum() / weights.sum())), evening)


def dispatches(seen: Seen) -> Iterator[Measured]:
    """Yield whom the centre of the whole city sends, and how often in vain."""
    responses = seen.tables["response"]
    police = (responses["service"] == Service.POLICE) & (responses["alarm_type"] == AlarmType.BURGLAR)
    in_vain = police & (responses["response_step"] == ResponseStep.ARRIVED) & ~responses["real"].astype(bool)
    years = seen.device_years(AlarmType.BURGLAR, 1.0)
    found = rate("false police dispatches a system and year", float(centre.PAST_FALSE_CALLS), np.flatnonzero(in_vain), years)
    yield replace(found, expected=(float(centre.PAST_FALSE_CALLS.low or 0), float(centre.PAST_FALSE_CALLS.high or 0)))
    calls = seen.tables["call"]
    presses = int(((calls["alarm_type"] == AlarmType.PERSONAL) & (calls["outcome"] == CallOutcome.OFFERED)).sum())
    asked = (responses["service"] == Service.AMBULANCE) & (responses["response_step"] == ResponseStep.REQUESTED)
    ambulances = int((asked & (responses["alarm_type"] == AlarmType.PERSONAL)).sum())
    yield counted("presses that need an ambulance", (0.008, 0.02), np.arange(presses) < ambulances)


def answers(seen: Seen) -> Iterator[Measured]:
    """Yield how soon calls are answered, forwarded and decided."""
    yield at_least("calls offered that are answered in 60 s", 0.975, seen.of("answered_in_60_s").astype(bool))
    yield at_least("calls offered that are answered in 180 s", 0.99, seen.of("answered_in_180_s").astype(bool))
    waits = seen.of("answer_wait_s", AlarmType.SMOKE.word)
    yield at_least("fire: first reaction in 30 s", 0.8, waits <= 30)
    yield at_least("fire: first reaction in 60 s", 0.985, waits <= 60)
    yield mean("mean answer, s: a good provider", (0, 10), seen.of("answer_wait_s"))
    yield at_least("confirmed fires forwarded in 3 s", 0.99, seen.of("forward_s") <= 3)
    yield at_least("fire alarms from panel to centre in 10 s", 0.99, seen.of("panel_to_centre_s", AlarmType.SMOKE.word) <= 10)


def attendance(seen: Seen) -> Iterator[Measured]:
    """Yield how soon help is there."""
    responses = seen.tables["response"]

    def after_s(service: Service, step: ResponseStep) -> NDArray[np.float64]:
        mine = (responses["service"] == service) & (responses["response_step"] == step)
        return responses["after_request_s"][mine].astype(float)

    police = after_s(Service.POLICE, ResponseStep.ARRIVED) / 60
    yield counted("police on the scene within 5 min", (0.62, 0.71), police <= 5)
    yield counted("police on the scene in 5 to 10 min", (0.11, 0.13), (police > 5) & (police <= 10))
    yield counted("police on the scene after 30 min", (0.08, 0.12), police > 30)
    yield counted("police orders signed in 30 s", (0.976, 0.989), after_s(Service.POLICE, ResponseStep.ACCEPTED) <= 30)
    yield mean("ambulance, mean min from request to arrival", just(12.4), after_s(Service.AMBULANCE, ResponseStep.ARRIVED) / 60)
    community = after_s(Service.COMMUNITY, ResponseStep.ARRIVED) / 60
    yield at_least("community workers there within 60 min", 0.95, community <= 60)


def supervision(seen: Seen) -> Iterator[Measured]:
    """Yield how soon the loss of a path is found, by class."""
    yield at_least("heartbeats that come when due", 0.95, seen.of("seen_in_window").astype(bool))
    yield mean("devices offline at any time", (0.005, 0.12), np.array(seen.offline))
    for label, limit_s in (("25h", 25 * 3600), ("30min", 1800), ("3min", 180), ("90s", 90)):
        yield at_least(f"losses of a path found in time, class {label}", 1.0, seen.of("loss_detected_s", label) <= limit_s)


def devices(seen: Seen) -> Iterator[Measured]:
    """Yield what sensors and people do, as far as some days show it."""
    yield at_least("wired burglar detectors at the panel in 2 s", 0.99, seen.of("detector_to_panel_s", "wired") <= 2)
    yield at_least("wireless burglar detectors at the panel in 3 s", 0.99, seen.of("detector_to_panel_s", "wireless") <= 3)
    yield at_least("gas alarms within 30 s of the low level", 1.0, seen.of("gas_response_s") <= 30)
    yield counted("falls that a worn detector reports", just(float(personal.SENSITIVITY)), seen.of("fall_detected").astype(bool))
    yield counted("who lies and presses", just(float(personal.PRESSED)), seen.of("lying_pressed").astype(bool))
    yield mean("real alarms missed", just(0.0), seen.of("missed_real_alarms"))


GROUPS = (rates, causes, dispatches, answers, attendance, devices, supervision)


def _hours(at_us: Column) -> NDArray[np.int64]:
    """Return the hours of the local clock, which is 8 h before UTC all year."""
    hours: NDArray[np.int64] = (at_us.astype(np.int64) // HOUR_US + 8) % 24
    return hours


def text_of(measured: Sequence[Measured]) -> str:
    """Return the table."""
    rows = [("figure", "expected", "measured", "99 %", "of", ""), *(each.cells() for each in measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def main(words: Sequence[str]) -> int:
    """Run, print the table, and return the exit code."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--days", type=float, default=7)
    options.add_argument("--scale", type=share, default=0.02, help="share of the city that is simulated home by home: 2%%")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args(words)
    seen = observed(given.days, given.scale, given.seed)
    measured = [each for group in GROUPS for each in group(seen)]
    print(text_of(measured))
    return 0 if all(each.agrees for each in measured) else DIFFERS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
