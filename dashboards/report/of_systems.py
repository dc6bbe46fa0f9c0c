"""What the report says of each system: sections made by hand, found by the system's name, or one that is generated.

Owns the choice.
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
        sections: Sections = found.sections if found else generated_section
        yield sections(system, facts, record)
