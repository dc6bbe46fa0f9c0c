"""The catalogue: which boards there are.

Owns the list; a new board is a module and a line here.
"""

from dashboards.boards import pipeline
from dashboards.boards.buses import board as buses
from dashboards.grafana.board import Board


def all_boards() -> tuple[Board, ...]:
    """Return every board."""
    return (buses.board(), pipeline.board())
