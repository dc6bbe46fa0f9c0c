"""The report of a run: one self-contained HTML file, verdict first."""

from dashboards.report.page import write_report

__all__ = ["write_report"]
