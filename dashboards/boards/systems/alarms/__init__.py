"""The board of the alarms."""

from dashboards.boards.systems.alarms.board import board

__all__ = ["board"]
