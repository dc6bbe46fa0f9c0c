"""The catalogue: which boards there are.

Owns the list; a new board is a module and a line here.
"""

from dashboards import buses, pipeline
from dashboards.boards import Board


def all_boards() -> tuple[Board, ...]:
    """Return every board."""
    return (buses.board(), pipeline.board())
