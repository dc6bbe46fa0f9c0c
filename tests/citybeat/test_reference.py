"""The committed reference pages say what the code declares."""

from pathlib import Path

import pytest

from citybeat.reference import PAGES

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), f"run `make docs` and commit docs/{name}"


@pytest.mark.parametrize("name", PAGES)
def test_every_table_row_has_as_many_cells_as_its_header(name: str) -> None:
    width = 0
    for line in PAGES[name]().splitlines():
        cells = line.replace("\\|", "").count("|")
        if cells and not width:
            width = cells
        assert cells in (0, width), line
        width = width if cells else 0


def test_truth_labels_are_marked_as_tape_only() -> None:
    rows = [line for line in PAGES["kinds.md"]().splitlines() if line.startswith("| `true_")]
    assert rows
    assert all("| tape only |" in row for row in rows)
