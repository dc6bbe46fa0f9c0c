"""Lanes: the steps of a case as stretches of time, one lane for each that did something about it.

Owns which steps make a stretch. Drawing is `incident`'s business.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from dashboards.cases.steps import WORDS
from dashboards.report.systems.alarms.choosing import Case
from dashboards.titles import capital, label_text
from devices.alarms.centre.choices import CallOutcome, Purpose, ResponseStep
from devices.alarms.centre.kinds import CALL, RESPONSE
from devices.alarms.choices import AlarmState
from devices.alarms.reporting.kinds import ALARM

# What a stretch is, with its style class.
LOOKS = {
    "undetected (truth)": "truth",
    "on its way": "c4",
    "waiting": "c1",
    "talking": "c0",
    "asked for": "c6",
    "travelling": "c3",
    "on the spot": "c2",
    "latched": "latched",
}
STRETCHES = (
    (ResponseStep.REQUESTED, ResponseStep.ACCEPTED, "asked for"),
    (ResponseStep.ACCEPTED, ResponseStep.ARRIVED, "travelling"),
    (ResponseStep.ARRIVED, ResponseStep.CLOSED, "on the spot"),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasts, city time, µs; `to_us` is None for what had not ended."""

    look: str
    from_us: int
    to_us: int | None
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A line of the picture: stretches, and instants with their words."""

    name: str
    stretches: tuple[Stretch, ...] = ()
    instants: tuple[tuple[int, str], ...] = ()


def lanes_of(case: Case, steps: pl.DataFrame) -> list[Lane]:
    """Return the lanes of one case from its steps in order of time, in the order in which they have a part in it."""
    return [*_home(case, steps), *_calls(case, steps), *_services(steps), *_others(steps)]


def _home(case: Case, steps: pl.DataFrame) -> Iterator[Lane]:
    raised_us, began_us, shown_us = case["raised_us"], case["began_us"], case["shown_us"]
    if raised_us is None:
        return
    if began_us is not None and began_us < raised_us:
        yield Lane("cause", (Stretch("undetected (truth)", began_us, raised_us),))
    turns = (AlarmState.CONFIRMED.word, AlarmState.CANCELLED.word)
    told = [(at_us, word) for at_us, word, _ in _of(steps, ALARM.name) if word in turns]
    yield Lane("alarm", (Stretch("latched", raised_us, case["restored_us"]),), tuple(told))
    if shown_us is not None and shown_us >= raised_us:
        yield Lane("transmission", (Stretch("on its way", raised_us, shown_us),))


def _calls(case: Case, steps: pl.DataFrame) -> Iterator[Lane]:
    rows = _of(steps, CALL.name)
    waiting, since_us = [], None
    for at_us, word, about in rows:
        if about == Purpose.ALARM.word and word in (CallOutcome.OFFERED.word, CallOutcome.REDIALLED.word):
            since_us = at_us
        elif since_us is not None and word in (CallOutcome.ANSWERED.word, CallOutcome.ABANDONED.word) and about == Purpose.ALARM.word:
            waiting.append(Stretch("waiting", since_us, at_us, "gave up" if word == CallOutcome.ABANDONED.word else ""))
            since_us = None
    if since_us is not None:
        waiting.append(Stretch("waiting", since_us, None))
    if waiting:
        yield Lane("queue", tuple(waiting))
    ended_us = next((at_us for at_us, word, _ in reversed(rows) if word == CallOutcome.ENDED.word), None)
    if case["answered_us"] is not None:
        within = [(at_us, f"{label_text(about)}: {label_text(word)}") for at_us, word, about in rows if about != Purpose.ALARM.word]
        decided = [] if case["decided_us"] is None else [(case["decided_us"], "decided")]
        yield Lane("operator", (Stretch("talking", case["answered_us"], ended_us),), tuple(sorted(within + decided)))


def _services(steps: pl.DataFrame) -> Iterator[Lane]:
    by_service: dict[str, dict[str, int]] = {}
    for at_us, word, about in _of(steps, RESPONSE.name):
        by_service.setdefault(about, {}).setdefault(word, at_us)
    for service, at in by_service.items():
        known = [each for each in STRETCHES if each[0].word in at]
        told = {step.word for one, other, _ in known for step in (one, other)}
        stretches = tuple(Stretch(look, at[one.word], at.get(other.word)) for one, other, look in known)
        yield Lane(service, stretches, tuple((at_us, label_text(word)) for word, at_us in at.items() if word not in told))


def _others(steps: pl.DataFrame) -> Iterator[Lane]:
    """Yield what families say of it in kinds of their own."""
    for (kind,), rows in steps.filter(~pl.col("kind").is_in(list(WORDS))).group_by("kind", maintain_order=True):
        yield Lane(label_text(str(kind)), (), tuple((at_us, label_text(word or "")) for at_us, word in rows.select("at_us", "word").rows()))


def _of(steps: pl.DataFrame, kind: str) -> list[tuple[int, str, str]]:
    rows = steps.filter(pl.col("kind") == kind).select("at_us", pl.col("word", "about").fill_null(""))
    return [(int(at_us), str(word), str(about)) for at_us, word, about in rows.iter_rows()]


def title_of_case(case: Case) -> str:
    """Return what a case is about: `Smoke alarm in Putuo`."""
    return f"{capital(label_text(case['alarm_type'] or 'unknown'))} alarm in {case['district'] or 'the city'}"


def truth_of_case(case: Case) -> str:
    """Return the truth of a case in words; nothing of one that has none."""
    if case["real"] is None:
        return ""
    cause = f", {label_text(case['alarm_cause'])}" if case["alarm_cause"] else ""
    return f"in truth {'real' if case['real'] else 'false'}{cause}"
