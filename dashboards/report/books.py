"""The books: what was planned, what left, what arrived, what the store holds, kind by kind, and whether they balance.

Owns the table and its sentence. The counts are summary.json's.
"""

from collections.abc import Mapping, Sequence

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import section, table
from dashboards.report.words import grouped
from sim.judge.books import Counts, KindBooks
from sim.summary import ClosedBooks, RunSummary

COLUMNS = ("planned", "withheld", "sent", "acked", "refused", "received", "duplicated", "spooled", "stored", "lost", "late", "unsent")
RARE = {"refused", "spooled", "late", "unsent", "foreign"}  # shown by a run that has any
REASONS = ("rejected", "injected", "foreign")
WAY = ("planned", "sent", "received", "stored")


def books(facts: RunSummary) -> Markup:
    """Return the section."""
    kept = facts.books
    header = tag(
        "tr",
        tag("th", "Kind", scope="col"),
        join(tag("th", name, scope="col", class_="n") for name in ("QoS", *_shown(COLUMNS, kept), *_shown(REASONS, kept), "balance")),
    )
    rows = [_row(name, counts, kept) for name, counts in kept.kinds.items()]
    foot = _row("all kinds", kept.total, kept)
    return section("books", "Books", _sentence(facts), _way(kept), table(header, rows, foot, class_="counts"))


def _shown(names: Sequence[str], kept: ClosedBooks) -> list[str]:
    return [name for name in names if name not in RARE or getattr(kept.total, name)]


def qos_of(counts: Counts) -> int | None:
    """Return the QoS of a kind; all kinds together have none."""
    return counts.qos if isinstance(counts, KindBooks) else None


def balances(counts: Counts) -> bool:
    """Return whether just what was planned is in the store, beyond what injected faults took, and QoS 1 was acknowledged."""
    acknowledged = qos_of(counts) != 1 or counts.acked >= counts.sent
    return counts.unexplained == 0 and counts.unsent == 0 and acknowledged


def _sentence(facts: RunSummary) -> str:
    kept = facts.books
    if facts.unfinished:
        return "The run did not close its books. What its tape holds is planned here; what arrived and what is stored, nobody counted."
    if not kept.published:
        return "Nothing was published in this run: the books hold only what was planned."
    out = [name for name, counts in kept.kinds.items() if not balances(counts)]
    if kept.total.unsent:
        return f"{grouped(kept.total.unsent)} events were received or stored that this run never sent ({', '.join(out)})."
    if out:
        return f"The books do not balance for {', '.join(out)}: planned and stored differ by more than the faults that were injected."
    excuse = " beyond the faults that were injected" if kept.total.injected else ""
    stored, planned = grouped(kept.total.stored), grouped(kept.total.planned)
    return f"The books balance for every kind: {stored} of {planned} events planned are in the store, and nothing was lost{excuse}."


def _way(kept: ClosedBooks) -> Markup:
    if not kept.published:
        return Markup()
    steps = [tag("li", tag("b", grouped(getattr(kept.total, name))), tag("span", name)) for name in WAY]
    lost = tag("li", tag("b", grouped(kept.total.lost)), tag("span", "lost"), class_="lost" if kept.total.unexplained else None)
    return tag("ol", join(steps), lost, class_="way")


def _row(name: str, counts: Counts, kept: ClosedBooks) -> Markup:
    cells = [tag("td", "" if qos_of(counts) is None else str(qos_of(counts)), class_="n")]
    cells += [tag("td", _cell(column, counts, kept), class_="n") for column in _shown(COLUMNS, kept)]
    cells += [tag("td", _reasons(getattr(counts, name)) if kept.published else "—", class_="n") for name in _shown(REASONS, kept)]
    return tag("tr", tag("th", name, scope="row"), join(cells), tag("td", _balance(counts, kept), class_="n"))


def _cell(column: str, counts: Counts, kept: ClosedBooks) -> str:
    if column == "acked" and qos_of(counts) == 0:
        return "—"
    if not kept.published and column not in {"planned", "withheld"}:
        return "—"
    return grouped(getattr(counts, column))


def _balance(counts: Counts, kept: ClosedBooks) -> Markup | str:
    if not kept.published:
        return "—"
    good = all(balances(each) for each in kept.kinds.values()) if qos_of(counts) is None else balances(counts)
    return tag(
        "span",
        "✓" if good else f"✕ {grouped(abs(counts.unexplained) or counts.unsent)}",
        class_="badge is-pass" if good else "badge is-fail",
    )


def _reasons(reasons: Mapping[str, int]) -> Markup | str:
    if not any(reasons.values()):
        return "0"
    return join(tag("div", f"{grouped(number)}\u00a0{reason}") for reason, number in reasons.items() if number)
