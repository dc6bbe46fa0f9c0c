"""What the report says of buses: service levels, and a line in time and space."""

from dashboards.report.systems.buses.sections import sections

__all__ = ["sections"]
