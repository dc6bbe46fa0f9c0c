"""The committed reference page says what the code declares."""

from pathlib import Path

from citybeat.reference import page
from devices import SYSTEMS

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "kinds.md"


def test_the_committed_page_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == page(tuple(system() for system in SYSTEMS)), "run `make docs` and commit docs/kinds.md"


def test_every_table_row_has_as_many_cells_as_its_header() -> None:
    width = 0
    for line in page(tuple(system() for system in SYSTEMS)).splitlines():
        cells = line.replace("\\|", "").count("|")
        if cells and not width:
            width = cells
        assert cells in (0, width), line
        width = width if cells else 0


def test_truth_labels_are_marked_as_tape_only() -> None:
    rows = [line for line in page((SYSTEMS[0](),)).splitlines() if line.startswith("| `true_")]
    assert rows
    assert all("| tape only |" in row for row in rows)
