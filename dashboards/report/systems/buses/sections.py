"""The sections of the buses: what riders got, and the line that bunched most.

Owns their order.
"""

from dashboards.report.drawing.markup import Markup, join
from dashboards.report.drawing.parts import section
from dashboards.report.levels import LEAD, cards
from dashboards.report.record import RunRecord
from dashboards.report.systems.buses.line_diagram import line_diagram
from sim.city.declared import Declared
from sim.summary import RunSummary


def sections(system: Declared, facts: RunSummary, record: RunRecord) -> Markup:
    """Return both sections; each is left out where there is nothing to show."""
    levels = cards(facts, system.name)
    return join((section(f"system-{system.name}", "Buses", LEAD, levels) if levels else None, line_diagram(facts, record)))
