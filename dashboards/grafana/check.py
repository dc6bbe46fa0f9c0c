"""Checking boards against a store: every panel's query is asked, and errors and empty panels are told.

Owns the asking. The store is any `Query`; a panel that is `quiet_is_good` may be empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.grafana.board import RUNS, Board, marks_query
from dashboards.grafana.influxql import ops, quoted
from sim.errors import ServiceError, UsageError
from sim.judge.ops import RUN_EVENT
from sim.ports import Query
from sim.units import MINUTE_US

FROM = "$timeFilter"
RUN = "$run"


@dataclass(frozen=True, slots=True)
class Problem:
    """A panel that cannot be trusted, and why."""

    board: str
    panel: str
    why: str

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.board} / {self.panel}: {self.why}"


def check(query: Query, run: str, boards: Sequence[Board]) -> list[Problem]:
    """Ask every query of the boards about a run; return errors and empty panels. Raises UsageError when the store has no such run."""
    span = span_of(query, run)
    problems = list(_frame_problems(query, run, span))
    for board in boards:
        chosen, refused = _chosen(query, run, span, board)
        problems += refused
        for panel in board.panels:
            asked = [_ask(query, _filled(line.text, run, span, chosen)) for line in panel.lines]
            errors = [answer for answer in asked if isinstance(answer, str)]
            problems += [Problem(board.title, panel.title, error) for error in errors]
            if not errors and not panel.quiet_is_good and not any(_has_values(answer) for answer in asked):
                problems.append(Problem(board.title, panel.title, "empty"))
    return problems


def span_of(query: Query, run: str) -> tuple[int, int]:
    """Return the wire time of a run's first and last rows, µs, a minute wider on both sides. Raises UsageError for an unknown run."""
    text = _filled(ops(RUN_EVENT, '"city_us"').text().replace(f" AND {FROM}", ""), run, (0, 0))
    found = query.frame(text)
    if found.is_empty():
        msg = f"the store has no run {run!r}: `citybeat runs list` shows the runs, and only those with --store influx are in it"
        raise UsageError(msg)
    at_us = found["time"].cast(pl.Int64).sort()
    return int(at_us[0]) - MINUTE_US, int(at_us[-1]) + MINUTE_US


def _frame_problems(query: Query, run: str, span: tuple[int, int]) -> Iterator[Problem]:
    """Yield what is wrong with the choice of runs and with the marks."""
    for name, text in (("choice of runs", RUNS), ("marks", marks_query())):
        answer = _ask(query, _filled(text, run, span))
        if isinstance(answer, str):
            yield Problem("every board", name, answer)
        elif answer.is_empty():
            yield Problem("every board", name, "empty")


def _chosen(query: Query, run: str, span: tuple[int, int], board: Board) -> tuple[dict[str, str], list[Problem]]:
    """Return what Grafana would choose of a board's own choices, nothing where there is nothing to choose; and what the store refuses."""
    chosen, problems = {}, []
    for each in board.choices:
        answer = _ask(query, _filled(each.text, run, span))
        if isinstance(answer, str):
            problems.append(Problem(board.title, f"choice of {each.name}", answer))
        first = [] if isinstance(answer, str) else answer.drop("time", strict=False).rows()[:1]
        chosen[each.name] = str(first[0][0]) if first else ""
    return chosen, problems


def _filled(text: str, run: str, span: tuple[int, int], chosen: Mapping[str, str] | None = None) -> str:
    """Put a run, a stretch of wire time and what is chosen beside it where Grafana would put the board's."""
    filled = text.replace(RUN, quoted(run)[1:-1]).replace(FROM, f"time >= {span[0]}u AND time <= {span[1]}u")
    for name, value in (chosen or {}).items():
        filled = filled.replace(f"${name}", quoted(value)[1:-1])
    return filled


def _ask(query: Query, text: str) -> pl.DataFrame | str:
    """Return the answer, or the store's words when it refuses the text."""
    try:
        return query.frame(text)
    except ServiceError as error:
        return str(error)


def _has_values(answer: pl.DataFrame | str) -> bool:
    """Return whether an answer holds anything beside its time and the tags it is grouped by."""
    if isinstance(answer, str) or answer.is_empty():
        return False
    values = answer.drop("time", strict=False)
    return bool(values.width) and any(values[name].null_count() < answer.height for name in values.columns)
