"""The board of the buses."""

from dashboards.boards.systems.buses.board import board

__all__ = ["board"]
