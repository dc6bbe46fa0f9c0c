"""What the report says of each system: one section that is generated, then those made by hand, found by the system's name.

Owns finding them.
"""

from collections.abc import Callable, Iterator

from dashboards.by_name import made_by_hand
from dashboards.report.drawing.markup import Markup
from dashboards.report.generated import generated_section
from dashboards.report.record import RunRecord
from sim.city.declared import Declared
from sim.summary import RunSummary

Sections = Callable[[Declared, RunSummary, RunRecord], Markup | None]


def sections_of_systems(facts: RunSummary, record: RunRecord) -> Iterator[Markup | None]:
    """Yield what there is to say of each system of a run, in the run's order."""
    for system in record.declared:
        found = made_by_hand("dashboards.report.systems", system.name)
        yield generated_section(system, facts, record)
        if found:
            sections: Sections = found.sections
            yield sections(system, facts, record)
