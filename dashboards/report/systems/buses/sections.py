"""The section of the buses beside the generated one: the line that bunched most.

Owns which there are.
"""

from dashboards.report.drawing.markup import Markup
from dashboards.report.record import RunRecord
from dashboards.report.systems.buses.line_diagram import line_diagram
from sim.city.declared import Declared
from sim.summary import RunSummary


def sections(_system: Declared, facts: RunSummary, record: RunRecord) -> Markup | None:
    """Return the line in time and space, or nothing where there is none to draw."""
    return line_diagram(facts, record)
