"""Which boards there are: one for each system, and the pipeline's.

Owns the choice: what was made by hand for a system is found by the system's name, and every other system has a generated board.
"""

from collections.abc import Callable, Sequence

from dashboards.boards import pipeline
from dashboards.boards.generated import generated_board
from dashboards.by_name import made_by_hand
from dashboards.grafana.board import Board
from devices import SYSTEMS
from sim.city.declared import Declared


def boards_of(systems: Sequence[Declared]) -> tuple[Board, ...]:
    """Return the boards of systems, in their order, and the pipeline's."""
    return (*(_board(each) for each in systems), pipeline.board())


def shipped_boards() -> tuple[Board, ...]:
    """Return the boards of the systems that come with citybeat, which are committed."""
    return boards_of([system.declared for system in SYSTEMS])


def _board(system: Declared) -> Board:
    found = made_by_hand("dashboards.boards.systems", system.name)
    by_hand: Callable[[], Board] | None = found.board if found else None
    return by_hand() if by_hand else generated_board(system)
