"""An incident: one case as a picture of lanes over city time, and its waits one after the other.

Owns the drawing, for the case that is shown first and for those of the list.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from dashboards.cases.milestones import waits_of
from dashboards.cases.steps import ID
from dashboards.report.drawing.charts import WIDE, Frame, clock_axis, dot, drawing, line, text
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import scroll, section
from dashboards.report.drawing.scales import Linear
from dashboards.report.systems.alarms.choosing import Case
from dashboards.report.systems.alarms.lanes import LOOKS, Lane, Stretch, lanes_of, title_of_case, truth_of_case
from dashboards.titles import capital
from sim.city.calendar import Calendar
from sim.summary import RunSummary
from sim.units import MS_US, SECOND_US, duration_text

ROW = 30
BAR = 13
THINNEST = 2.0  # px: what lasts a second is seen in a picture of an hour
LETTER = 6.4  # px
MOST_WORDS = 60
WHY = (
    "Of all cases of this run it has most to tell: a real emergency first, then help that came, the more services the better, then the "
    "longest. Numbers are waits, one after the other; below, who did what and when. Others stand under Cases."
)


def incident(facts: RunSummary, chosen: Sequence[Case], steps: pl.DataFrame) -> Markup | None:
    """Return the section of the most telling case."""
    if not chosen:
        return None
    case = chosen[0]
    told = ", ".join(filter(None, (title_of_case(case), truth_of_case(case))))
    lead = join((f"{told} (", tag("code", case[ID]), "). ", WHY))
    return section("alarms-incident", "One incident, from cause to closure", lead, waits(case), picture(facts, case, steps))


def waits(case: Case) -> Markup:
    """Return the waits of a case side by side and what they add up to."""
    found = waits_of(case)
    if not found:
        return Markup()
    total_us = found[-1].to_us - found[0].from_us
    parts = [tag("li", tag("b", span(each.lasting_us)), tag("span", each.what)) for each in found]
    return tag("ol", join(parts), tag("li", tag("b", span(total_us)), tag("span", "in all"), class_="sum"), class_="way waits")


def span(lasting_us: float) -> str:
    """Return a span in words, as fine as a reader needs: milliseconds below a second, whole seconds from ten on."""
    fine = MS_US if lasting_us < SECOND_US else SECOND_US / 10 if lasting_us < 10 * SECOND_US else SECOND_US
    rounded_us = round(lasting_us / fine) * fine
    return duration_text(rounded_us) if rounded_us else "0s"


def picture(facts: RunSummary, case: Case, steps: pl.DataFrame) -> Markup:
    """Return the lanes of a case over city time, and what their looks mean. A stretch that has no end goes to that of the run."""
    own = steps.filter((pl.col(ID) == case[ID]) & (pl.col("number") == case["number"]))
    lanes = lanes_of(case, own)
    first_us = min(each for each in (case["first_us"], case["began_us"]) if each is not None)
    unended = any(stretch.to_us is None for lane in lanes for stretch in lane.stretches)
    last_us = max(facts.played_to_us if unended else 0, case["last_us"], first_us + SECOND_US)
    frame = Frame(WIDE, 44 + ROW * len(lanes), 120, 24, 8, 32)
    across = frame.across(first_us, last_us)
    rows = [
        part for place, lane in enumerate(lanes) for part in _lane(lane, frame.top + ROW * (place + 0.5), frame, across, facts.calendar)
    ]
    drawn = drawing(frame, f"the steps of {case[ID]}", *rows, clock_axis(frame, first_us, last_us, facts.calendar), class_="chart lanes")
    return join((scroll(drawn), _legend(lanes)))


def _legend(lanes: Sequence[Lane]) -> Markup:
    used = {stretch.look for lane in lanes for stretch in lane.stretches}
    shown = [(look, class_) for look, class_ in LOOKS.items() if look in used]
    return tag("ul", join(tag("li", tag("span", "", class_=f"swatch {class_}"), look) for look, class_ in shown), class_="looks")


def _lane(lane: Lane, y: float, frame: Frame, across: Linear, calendar: Calendar) -> Iterator[Markup]:
    yield text(frame.left - 12, y + 4, capital(lane.name), "name", "end")
    yield line((frame.left, y), (frame.x_last, y), "rule")
    for stretch in lane.stretches:
        yield _bar(stretch, y, across, calendar)
    for at_us, words in lane.instants:
        yield dot(across(at_us), y, 4, "instant", f"{calendar.clock(at_us)} {words}")
    yield _note(lane, y, frame, across)


def _bar(stretch: Stretch, y: float, across: Linear, calendar: Calendar) -> Markup:
    start, end = across(stretch.from_us), across(stretch.to_us if stretch.to_us is not None else across.high)
    until = "not ended" if stretch.to_us is None else f"{calendar.clock(stretch.to_us)}, {span(stretch.to_us - stretch.from_us)}"
    hint = tag("title", f"{stretch.look} from {calendar.clock(stretch.from_us)} to {until}")
    return tag("rect", hint, x=start, y=y - BAR / 2, width=max(end - start, THINNEST), height=BAR, class_=LOOKS[stretch.look], rx=2)


def _note(lane: Lane, y: float, frame: Frame, across: Linear) -> Markup:
    """Return how long each stretch lasted and what happened: right of the last mark, left of the first where that is full, or above."""
    words = [_lasting(stretch) for stretch in lane.stretches] + [what for _, what in lane.instants]
    told = ", ".join(words)
    told = f"{told[: MOST_WORDS - 2]} …" if len(told) > MOST_WORDS else told
    ends = [across(each) for each, _ in lane.instants]
    ends += [across(at) for each in lane.stretches for at in (each.from_us, across.high if each.to_us is None else each.to_us)]
    x = max(ends) + 9
    if x + len(told) * LETTER < frame.x_last:
        return text(x, y + 4, told, "figure")
    if min(ends) - 9 - len(told) * LETTER > frame.left:
        return text(min(ends) - 9, y + 4, told, "figure", "end")
    return text(frame.x_last, y - BAR / 2 - 4, told, "note", "end")


def _lasting(stretch: Stretch) -> str:
    if stretch.to_us is None:
        return f"{stretch.look}, not ended"
    return " ".join(filter(None, (stretch.look, span(stretch.to_us - stretch.from_us), stretch.ending)))
