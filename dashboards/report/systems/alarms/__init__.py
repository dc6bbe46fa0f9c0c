"""What the report says of alarms alone: one incident from cause to closure, answers, the centre's day, help, supervision, cases."""

from dashboards.report.systems.alarms.sections import sections

__all__ = ["sections"]
