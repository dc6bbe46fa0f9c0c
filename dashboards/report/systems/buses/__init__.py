"""What the report says of buses alone: a line in time and space."""

from dashboards.report.systems.buses.line_diagram import line_diagram as section

__all__ = ["section"]
