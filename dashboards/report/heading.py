"""The heading: the verdict, why it is so, and which run it speaks of.

Owns what a reader must know after five seconds.
"""

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import class_of
from dashboards.report.words import VERDICT_MARKS, amount, grouped, promised
from dashboards.titles import label_text, title_of
from sim.judge.promises import Promise
from sim.summary import RunSummary
from sim.units import SECOND_US, duration_text

MOST_NAMED = 3
IN_WORDS = {
    "pass": "Pass",
    "fail": "Fail",
    "no data": "No data",
    "invalid": "Invalid",
    "aborted": "Aborted",
    "interrupted": "Interrupted",
    "unfinished": "Unfinished",
}
MEANING = {
    "pass": "Every promise that could be judged was kept.",
    "fail": "At least one promise was broken.",
    "no data": "There is too little data to judge.",
    "invalid": "The generator itself was late, so this run measured us and not the pipeline.",
    "aborted": "The run did not come to its end.",
    "interrupted": "The run was interrupted; the books are closed up to there.",
    "unfinished": "The run left no summary, so nothing was judged.",
}


def heading(facts: RunSummary) -> Markup:
    """Return title, verdict and identity of the run."""
    return tag(
        "header",
        tag("p", "citybeat run ", tag("code", facts.run), class_="eyebrow"),
        tag("h1", facts.title or facts.scenario),
        tag("p", _when(facts), class_="when"),
        _verdict(facts),
        _identity(facts),
    )


def _when(facts: RunSummary) -> str:
    start, end = facts.calendar.local(facts.start_us), facts.calendar.local(facts.end_us)
    first = f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}"
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%A} {end.day} {end:%B}, {end:%H:%M}"
    return f"{first} – {last}, {facts.zone} ({duration_text(facts.end_us - facts.start_us)} of city time)"


def _verdict(facts: RunSummary) -> Markup:
    counts = {verdict: sum(each.verdict == verdict for each in facts.objectives) for verdict in IN_WORDS}
    tally = " · ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    why = _why(facts)
    return tag(
        "section",
        tag("span", VERDICT_MARKS.get(facts.verdict, "?"), class_="sign", aria_hidden="true"),
        tag(
            "div",
            tag("p", IN_WORDS.get(facts.verdict, facts.verdict), class_="word"),
            tag("p", f"{why[:1].upper()}{why[1:]}{'' if why.endswith('.') else '.'}", class_="why"),
            _came_to(facts),
            tag(
                "p",
                f"{_made(facts)}: {tally}" if tally else _no_tally(facts),
                class_="tally",
            ),
        ),
        class_=f"verdict {class_of(facts.verdict)}",
        aria_label="verdict",
    )


def _made(facts: RunSummary) -> str:
    return "1 promise" if len(facts.objectives) == 1 else f"{len(facts.objectives)} promises"


def _came_to(facts: RunSummary) -> Markup | None:
    """Return how far a run came that was cut short."""
    if not facts.cut_short:
        return None
    played, meant = (duration_text(end_us - facts.start_us) for end_us in (facts.played_to_us, facts.end_us))
    return tag("p", f"It came to {facts.calendar.clock(facts.played_to_us)} of city time: {played} of {meant}.", class_="why")


def _no_tally(facts: RunSummary) -> str:
    return "no promise was judged" if facts.unfinished else "no promises were made"


def _why(facts: RunSummary) -> str:
    """Return why the verdict is what it is; broken promises are named with their values."""
    broken = [each for each in facts.objectives if each.verdict == "fail"]
    if facts.verdict != "fail" or not broken or facts.failure or facts.interrupted:
        return facts.why or MEANING.get(facts.verdict, "")
    told = "; ".join(_broken(each) for each in broken[:MOST_NAMED])
    more = f"; and {len(broken) - MOST_NAMED} more" if len(broken) > MOST_NAMED else ""
    which = "the only promise was" if len(facts.objectives) == 1 else f"{len(broken)} of {len(facts.objectives)} promises were"
    return f"{which} broken: {told}{more}"


def _broken(promise: Promise) -> str:
    name = title_of(promise.measure, promise.unit).lower() + (f" ({label_text(promise.where)})" if promise.where else "")
    return f"{name} is {amount(promise.value, promise.value_unit)}, promised {promised(promise)}"


def _identity(facts: RunSummary) -> Markup:
    speed = facts.speed if isinstance(facts.speed, str) else f"{facts.speed:g} × city time"
    rows = {
        "scenario": facts.scenario,
        "replay of": facts.replay_of,
        "seed": str(facts.seed),
        "scale": amount(facts.scale, "share"),
        "speed": speed,
        "took": "" if facts.elapsed_s is None else duration_text(facts.elapsed_s * SECOND_US),
        "events planned": grouped(facts.books.total.planned),
        "exit code": "" if facts.exit_code is None else str(facts.exit_code),
    }
    digests = {"scenario digest": facts.scenario_digest, "log digest": facts.log_digest, "wire digest": facts.wire_digest}
    machine = [f"{value} {name}" if name == "cores" else str(value) for name, value in facts.machine.items()]
    versions = [f"{name}\u00a0{value}" for name, value in facts.versions.items()]
    return join(
        (
            tag("dl", join(_pair(name, value, "span") for name, value in rows.items())),
            tag("dl", join(_pair(name, value, "code") for name, value in digests.items()), class_="digests"),
            tag("p", " · ".join([*machine, *versions]), class_="versions"),
        )
    )


def _pair(name: str, value: str, element: str) -> Markup | None:
    return tag("div", tag("dt", name), tag("dd", tag(element, value))) if value else None
