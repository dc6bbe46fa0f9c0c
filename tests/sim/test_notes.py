"""Notes: what was repaired or left out in the input, in words and in the summary's form."""

import pytest

from sim.notes import Note


@pytest.mark.parametrize(
    ("note", "text"),
    [
        (Note("all is well"), "all is well"),
        (Note("trips were left out", 1_200), "1,200 trips were left out"),
        (Note("trips were left out", 3, "trips.txt", 7), "3 trips were left out (first: trips.txt line 7)"),
        (Note("is not UTF-8", 0, "stops.txt"), "is not UTF-8 (stops.txt)"),
    ],
)
def test_a_note_says_how_often_what_and_where_first(note: Note, text: str) -> None:
    assert note.text() == text
    assert note.as_dict() == {"file": note.file, "line": note.line, "what": note.what, "count": note.count, "text": text}
