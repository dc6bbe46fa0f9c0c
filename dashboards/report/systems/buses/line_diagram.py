"""The time-space diagram of a line: every bus a line from stop to stop, bunches where two lines meet.

Owns the drawing. Which line is shown, and what counts as a bunch, is `bunching`'s.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dashboards.report.drawing.charts import WIDE, Frame, clock_axis, dot, drawing, line, path, text
from dashboards.report.drawing.markup import Markup
from dashboards.report.drawing.parts import scroll, section
from dashboards.report.drawing.scales import Linear
from dashboards.report.systems.buses.bunching import Diagram, most_bunched
from dashboards.report.words import rounded
from sim.city.calendar import Calendar
from sim.ports import EventLog
from sim.summary import RunSummary
from sim.units import MINUTE_US, SECOND_US

MOST_STOP_LABELS = 12
Passage = tuple[int, int, int | None, bool]  # stop, at_us, behind_us, bunched


def line_diagram(facts: RunSummary, log: EventLog) -> Markup | None:
    """Return the section, or nothing for a run without buses."""
    diagram = most_bunched(log, facts.start_us, facts.played_to_us)
    if diagram is None:
        return None
    trips = list(trips_of(diagram))
    picture = scroll(_picture(diagram, trips, facts.calendar))
    return section("line", "A line in time and space", _lead(diagram, len(trips)), picture)


def trips_of(diagram: Diagram) -> Iterator[list[Passage]]:
    """Yield the passages of each trip, in order of stop."""
    for _, rows in diagram.passages.group_by("trip", "start_date", maintain_order=True):
        yield list(rows.select("stop_sequence", "at_us", "behind_us", "bunched").iter_rows())


def _lead(diagram: Diagram, trips: int) -> str:
    told = f"Line {diagram.route}, direction {diagram.direction}: {trips} trips{_planned(diagram.usual_us)}. "
    how = "Each line is a bus as the sensors saw it; the steeper, the faster. "
    if diagram.usual_us is None:
        return f"{told}{how}"
    if not diagram.bunched:
        return f"{told}{how}No line of this run had buses closer than a quarter of the planned headway."
    passages = "1 passage" if diagram.bunched == 1 else f"{diagram.bunched} passages"
    return (
        f"{told}{how}No line bunched more: at {passages}, marked, a bus followed closer than a quarter of the "
        "planned headway. Once two buses are close, they stay close."
    )


def _planned(usual_us: int | None) -> str:
    if usual_us is None:
        return " and no planned headway, for no two of them had a plan at one stop"
    return f", planned {rounded(usual_us / MINUTE_US)} min apart as a rule"


def _picture(diagram: Diagram, trips: Sequence[Sequence[Passage]], calendar: Calendar) -> Markup:
    last = max([1, *(stop for trip in trips for stop, *_ in trip)])
    frame = Frame(WIDE, min(max(340, 16 * last + 80), 560), 60, 24, 14, 32)
    across, upwards = frame.across(diagram.start_us, diagram.end_us), frame.upwards(0, last)
    step = -(-(last + 1) // MOST_STOP_LABELS)
    rules = [
        line((frame.left, upwards(stop)), (frame.x_last, upwards(stop)), "rule" if stop % step == 0 else "rule thin")
        for stop in range(last + 1)
    ]
    labels = [
        text(frame.left - 8, upwards(stop) + 4, f"stop {stop + 1}" if stop == 0 else str(stop + 1), anchor="end")
        for stop in range(0, last + 1, step)
    ]
    ways = [_trip(trip, across, upwards, calendar) for trip in trips]
    bunches = [part for trip in trips for part in _bunches(trip, across, upwards, calendar)]
    axis = clock_axis(frame, diagram.start_us, diagram.end_us, calendar)
    return drawing(frame, f"line {diagram.route} in time and space", *rules, *labels, *ways, *bunches, axis)


def _trip(trip: Sequence[Passage], across: Linear, upwards: Linear, calendar: Calendar) -> Markup:
    points = [(across(at_us), upwards(stop)) for stop, at_us, _, _ in trip]
    hint = f"at stop {trip[0][0] + 1} {calendar.clock(trip[0][1])}, at stop {trip[-1][0] + 1} {calendar.clock(trip[-1][1])}"
    return path(points, "bus", hint=hint)


def _bunches(trip: Sequence[Passage], across: Linear, upwards: Linear, calendar: Calendar) -> Iterator[Markup]:
    """Yield the follower's way where it was bunched, and a rung to the bus ahead at every such stop."""
    for (stop, at_us, _, one), (next_stop, next_us, _, other) in pairwise(trip):
        if one and other:
            yield path([(across(at_us), upwards(stop)), (across(next_us), upwards(next_stop))], "bunch")
    for stop, at_us, behind_us, bunched in trip:
        if bunched and behind_us is not None:
            y = upwards(stop)
            yield line((across(at_us - behind_us), y), (across(at_us), y), "rung")
            yield dot(
                across(at_us),
                y,
                2.6,
                "bunched",
                f"{calendar.clock(at_us)}, stop {stop + 1}: {behind_us / SECOND_US:.0f} s behind the bus ahead",
            )
