"""Variables: what a viewer chooses at the top of a board, and panels ask about.

Owns their form. `$name` in a query stands for the chosen value.
"""

from dataclasses import dataclass
from enum import IntEnum

from dashboards.grafana.influxql import Select
from dashboards.grafana.panels import SOURCE, Json


class Refresh(IntEnum):
    """When Grafana asks again for what can be chosen."""

    ON_LOAD = 1  # a choice stays, whatever comes in meanwhile
    ON_TIME_RANGE = 2


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice among the answers of a query in their order, by the first column that it selects. The first is chosen at the beginning."""

    name: str
    label: str
    query: Select | str
    refresh: Refresh = Refresh.ON_LOAD

    @property
    def text(self) -> str:
        """Return the query's text."""
        return self.query if isinstance(self.query, str) else self.query.text()

    def as_json(self) -> Json:
        """Return the variable in Grafana's classic JSON."""
        return {
            "name": self.name,
            "label": self.label,
            "type": "query",
            "datasource": SOURCE,
            "query": self.text,
            "definition": self.text,
            "refresh": int(self.refresh),
            "sort": 0,
            "multi": False,
            "includeAll": False,
            "skipUrlSync": False,
            "hide": 0,
        }
