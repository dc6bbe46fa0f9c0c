"""Cases of a run or of a broker, for `citybeat tail --case` and `--cases`: the steps of one, and the list of all.

Owns what is read and how it is written. What a step and a case are is `dashboards.cases`' business.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
import polars as pl

from brokers.tape.event_log import TapeLog
from citybeat.kept import folder as folders
from citybeat.kept.folder import RunFolder
from citybeat.kept.record import what_became_of
from citybeat.running.passing import printable
from dashboards.cases.milestones import cases_of
from dashboards.cases.steps import ID, WORDS, Frames, frames_of_cases, kinds_of_cases, steps_of
from sim.city.calendar import Calendar
from sim.errors import UsageError
from sim.units import MS_US, SECOND_US, duration_text

Row = dict[str, Any]
# Told of a case as a whole, not of each of its steps; the second line is the truth.
WHOLE = ("alarm_type", "home", "community", "user_group", "latitude", "longitude")
OF_A_CASE = ("real", "alarm_cause", "began", "began_us", "aggregated")
HEADER = ("t", "due", "sent", "run", "seq", "fault_delay_us")  # of a message
SAID = ("priority", "after_request_s", "after_display_s")  # by the waits, or not worth a line's room; --json has them
HIDDEN = (*HEADER, *WHOLE, *SAID, ID, "district", "device", "city_time", "kind", "number", "truth", "since_last_s", "since_first_s")
FEW = 3  # near ids that a message lists
STEP = "{city_time:<12} {since_last:>8} {since_first:>8} {kind:<8} {what:<19} {fields}"
STEP_HEAD = STEP.format(city_time="time", since_last="+wait", since_first="since", kind="kind", what="step", fields="").rstrip()


def steps_of_case(name: str, runs: Path, case: str) -> list[Row]:
    """Return the steps of a case in order of time, truth under `truth`; of several cases with that id one after the other.

    `since_first_s` counts from the first step of the case, `since_last_s` from the step before. Raises UsageError for an unknown id.
    """
    folder, log = _opened(name, runs)
    frames = frames_of_cases(log, case)
    if not any(frame.height for frame in frames.values()):
        raise UsageError(_unknown(folder, log, case))
    truths = {kind.name: [each.name for each in kind.fields if each.truth] for kind in log.header.all_kinds}
    steps = steps_of(frames).sort("number", maintain_order=True)
    return list(_timed(_rows(steps, frames, truths, Calendar(log.header.zone))))


def cases_of_run(name: str, runs: Path) -> list[Row]:
    """Return the cases of a run in order of their first step: what they are about, when, and what they came to."""
    folder, log = _opened(name, runs)
    if not kinds_of_cases(log):
        raise UsageError(_without_cases(folder, log))
    calendar = Calendar(log.header.zone)
    return [_listed(row, calendar) for row in cases_of(steps_of(frames_of_cases(log))).iter_rows(named=True)]


def steps_as_they_pass(events: Iterable[Row], case: str) -> Iterator[Row]:
    """Yield those of passing events that are steps of a case, with their waits; no truth is on the wire."""
    yield from _timed(event | {"at_us": event["t"], "number": 1} for event in events if event.get(ID) == case)


def case_lines(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of one case: what it is about, its truth as such, and its steps."""
    told: Row = {}
    truth: Row = {}
    for step in steps:
        told |= {name: step[name] for name in WHOLE if name in step and name not in told}
        truth |= {name: value for name, value in step.get("truth", {}).items() if name in OF_A_CASE and name not in truth}
    before = "" if steps[0]["number"] else "what is left of a case that began before the record"
    yield from _told(str(steps[0][ID]), before, _fields(told))
    yield from _told("  truth, which no centre knows:", _fields(truth))
    yield STEP_HEAD
    yield from map(step_line, steps)


def step_line(step: Mapping[str, Any]) -> str:
    """Return a step as one line: when, how long since the step before and since the first one, and what it says."""
    word, about = WORDS.get(step["kind"], (None, None))
    truth = {name: value for name, value in step.get("truth", {}).items() if name not in OF_A_CASE}
    rest = {name: value for name, value in step.items() if name not in (*HIDDEN, word, about)}
    last, first = (_wait(step[name]) for name in ("since_last_s", "since_first_s"))
    what = " ".join(str(step[name]) for name in (word, about) if name is not None and name in step)
    fields = " ".join(part for part in (_fields(rest), f"truth: {_fields(truth)}" if truth else "") if part)
    when = step.get("city_time", step.get("t", ""))
    line = STEP.format(city_time=when, since_last=f"+{last}", since_first=first, kind=step["kind"], what=what, fields=fields)
    return printable(line.rstrip())


LISTED = "{raised:<8} {answered:>9} {closed:>9} {outcome:<12} {case}  {services}"
LISTED_HEAD = LISTED.format(raised="raised", answered="answered", closed="closed", outcome="outcome", case="{case}", services="services")


def list_lines(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a head and a line for each case; `answered` and `closed` are spans since it was raised, none where that was before."""
    width = max([len(str(each[ID])) for each in cases], default=0)
    yield LISTED_HEAD.replace("{case}", f"{'case':<{width}}")
    for each in cases:
        yield printable(
            LISTED.format(
                raised=each["raised"] or "before",
                answered=_wait(each["answered_after_s"]),
                closed=_wait(each["closed_after_s"]),
                outcome=each["outcome"],
                case=f"{each[ID]:<{width}}",
                services=", ".join(each["services"]),
            ).rstrip()
        )


def _opened(name: str, runs: Path) -> tuple[RunFolder, TapeLog]:
    folder = folders.find(name, runs)
    if not folder.summary.exists():
        click.echo(f"citybeat: run {folder.run} is unfinished: {what_became_of(folder)}; this is what its tape holds", err=True)
    return folder, TapeLog(folder.path)


def _unknown(folder: RunFolder, log: TapeLog, case: str) -> str:
    if not kinds_of_cases(log):
        return _without_cases(folder, log)
    known = sorted({each for frame in frames_of_cases(log).values() for each in frame[ID].unique()})
    near = get_close_matches(case, known, n=FEW, cutoff=0.5)
    meant = f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
    return f"run {folder.run} has no case {case!r}{meant}: `citybeat tail {folder.run} --cases` lists its {len(known):,}"


def _without_cases(folder: RunFolder, log: TapeLog) -> str:
    return f"run {folder.run} has no cases: nothing in it has an {ID}; it has {', '.join(log.kinds()) or 'no events'}"


def _rows(steps: pl.DataFrame, frames: Frames, truths: Mapping[str, Sequence[str]], calendar: Calendar) -> Iterator[Row]:
    for step in steps.iter_rows(named=True):
        kept = {key: value for key, value in frames[step["kind"]].row(step["row"], named=True).items() if value is not None}
        truth = {key: kept.pop(key) for key in truths[step["kind"]] if key in kept}
        clock = calendar.local(step["at_us"]).strftime("%H:%M:%S.%f")[:-3]
        kept = {name: value for name, value in kept.items() if name not in ("time", "release")}
        if "began_us" in truth:
            truth["began"] = calendar.clock(truth["began_us"])
        yield {"city_time": clock, "kind": step["kind"], **kept, "truth": truth, "number": step["number"], "at_us": step["at_us"]}


def _timed(steps: Iterable[Row]) -> Iterator[Row]:
    """Yield steps with their waits, which begin anew with each case."""
    number, first_us, last_us = None, 0, 0
    for step in steps:
        at_us = step.pop("at_us")
        if step["number"] != number:
            number, first_us, last_us = step["number"], at_us, at_us
        yield {**step, "since_last_s": (at_us - last_us) / SECOND_US, "since_first_s": (at_us - first_us) / SECOND_US}
        last_us = at_us


def _told(head: str, *parts: str) -> Iterator[str]:
    if any(parts):
        yield printable(f"{head} {'; '.join(filter(None, parts))}".replace(": ;", ":"))


def _fields(named: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in named.items() if name != "began_us")


def _listed(case: Mapping[str, Any], calendar: Calendar) -> Row:
    raised_us = next(case[name] for name in ("raised_us", "shown_us", "first_us") if case[name] is not None)

    def after_s(name: str) -> float | None:
        return None if case[name] is None or not case["number"] else (case[name] - raised_us) / SECOND_US

    return {
        ID: case[ID],
        "number": case["number"],
        "alarm_type": case["alarm_type"],
        "district": case["district"],
        "raised": calendar.clock(raised_us) if case["number"] else None,
        "answered_after_s": after_s("answered_us"),
        "closed_after_s": after_s("closed_us"),
        "outcome": case["outcome"],
        "services": case["services"],
        "truth": {"real": case["real"], "alarm_cause": case["alarm_cause"], "aggregated": case["aggregated"]},
    }


def _wait(span_s: float | None) -> str:
    """Return a span in words, milliseconds at the finest; a dash for none."""
    if span_s is None:
        return "-"
    span_us = round(span_s * 1_000) * MS_US
    return duration_text(span_us) if span_us else "0s"
