"""What the report says of buses alone: a line in time and space."""

from dashboards.report.systems.buses.sections import sections

__all__ = ["sections"]
