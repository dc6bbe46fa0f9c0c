"""Rows of a feed's file: read as RFC 4180 has them, in any encoding, never fewer than the file has, or refused with the line."""

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.buses.network.gtfs import text as gtfs_text
from devices.buses.network.gtfs.rows import SEPARATOR, NotRowsError, Rows, rewrite

TEXTS = st.text(st.sampled_from('ab ,"\n\tä人\\'), max_size=6)
TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), max_size=6))


def read(folder: Path, content: bytes) -> tuple[Rows, list[list[str]]]:
    """Rewrite a file and split what was written, with no care for quotes."""
    rows = rewrite(io.BytesIO(content), folder / "rows", lambda _rows, _bytes: None)
    text = (folder / "rows").read_text(encoding="utf-8", errors="strict")
    return rows, [line.split(SEPARATOR) for line in text.split("\n")[1:-1]]


def said(text: str) -> str:
    """Return a text as it should be read: line ends and tabs are spaces, a backslash at the end has company."""
    plain = text.replace("\r\n", " ").replace("\r", " ").replace("\n", " ").replace("\t", " ").strip()
    return plain + "_" if plain.endswith("\\") else plain


@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example([["a", '"'], ["\n", ","]], "\n", csv.QUOTE_ALL)
def test_what_another_writer_wrote_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], line_end: str, quoting: int
) -> None:
    width = len(table[0]) if table else 2
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type] - a constant of the module
    writer.writerow([f"c{place}" for place in range(width)])
    writer.writerows(table)
    try:
        rows, found = read(tmp_path_factory.mktemp("rows"), out.getvalue().encode())
    except NotRowsError as refused:
        # Line ends within quotes may look like rows run together: then saying so is right.
        assert "could each be a row" in str(refused)  # noqa: PT017 - either outcome is right
        assert any("\n" in text or "\r" in text for row in table for text in row)
        return
    assert rows.count == len(table)
    assert [[text.strip() for text in row] for row in found] == [[said(text) for text in row] for row in table]


@given(TABLES, st.integers(1, 40))
def test_the_size_of_a_block_changes_nothing(tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], block: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["x", "y", "z", "w"][: len(table[0]) if table else 2], *table])
    content = out.getvalue().encode()
    folder = tmp_path_factory.mktemp("rows")

    def outcome() -> object:
        try:
            rows, found = read(folder, content)
        except NotRowsError as refused:
            return str(refused)
        return found, rows.header, rows.lines(np.arange(rows.count)).tolist(), rows.repairs.found

    whole = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gtfs_text, "BLOCK", block)
        patch.setattr(gtfs_text, "PEEK", block)
        assert outcome() == whole


HEAD = b"id,name,x\n"


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'1,5" gate,a\n2,b,c\n', [["1", '5" gate', "a"], ["2", "b", "c"]]),
        (b'1,5" gate,a\n2,5" gate,c\n', [["1", '5" gate', "a"], ["2", '5" gate', "c"]]),
        (b'1,say ""hi"",a\n', [["1", 'say ""hi""', "a"]]),
        (b'1, "spaced, out" ,a\n', [["1", "spaced, out", "a"]]),
        (b'1,"two\nlines",a\n2,b,c\n', [["1", "two lines", "a"], ["2", "b", "c"]]),
        (b'1,"say ""hi""",a\n', [["1", 'say "hi"', "a"]]),
        (b'1,"",a\n', [["1", "", "a"]]),
        (b"1,b,a,,,\n2,b,c\n", [["1", "b", "a", "", "", ""], ["2", "b", "c"]]),
        (b'1,b,a, ,""\n', [["1", "b", "a", "", ""]]),
        (b"1,b\n\n2,b,c", [["1", "b"], [""], ["2", "b", "c"]]),
        (b"1,a\0b,c\n", [["1", "a b", "c"]]),
        (b"1,back\\,c\\\n", [["1", "back\\_", "c\\_"]]),
    ],
)
def test_rows_are_read_field_by_field(tmp_path: Path, body: bytes, rows: list[list[str]]) -> None:
    found, texts = read(tmp_path, HEAD + body)
    assert found.header == ["id", "name", "x"]
    assert [[text.strip() for text in row] for row in texts] == rows


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"1,a,b\n2,north, south,c\n", "line 3: more fields than the 3 of the header"),
        (b"1,a,b,c\n" * 7, "line 2, 3, 4, 5, 6 and 2 more: more fields"),
        (b'1,"a,b\n2,c,d\n', "line 2: a quote opens a field and is never closed"),
        (b'1,a,b\n2,"a" street,c\n', "line 3: a field in quotes goes on after its end on line 3"),
        (b'1,"a,b\n2,"c,d\n', "line 2: a field in quotes goes on after its end on line 3"),
        (b'1,a,"\n2,b,c\n3,c,"\n', "line 2: quotes join 3 lines that could each be a row"),
        (b'1,",a\n2,",b\n', "line 2: quotes join 2 lines that could each be a row"),
    ],
)
def test_what_cannot_be_rows_is_refused_with_its_line(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(NotRowsError) as refused:
        read(tmp_path, HEAD + body)
    assert message in str(refused.value)


def test_lines_are_counted_past_blank_ones_and_line_ends_within_quotes(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, b'\n\nid,name\n1,"a\nb\nc"\n2,d\n\n3,"e\nf"\n4,g\n')
    assert rows.lines(np.arange(rows.count)).tolist() == [4, 7, 8, 9, 11]
    assert rows.repairs.found["line ends within quotes are read as spaces"] == (3, 4)


NAMES = "id,name\n1,Fährhaus\n2,Élysée\n"


@pytest.mark.parametrize(
    "content",
    [
        NAMES.encode(),
        NAMES.encode("utf-8-sig"),
        NAMES.encode("utf-16"),
        NAMES.encode("utf-16-le"),
        NAMES.encode("utf-16-be"),
        NAMES.encode("utf-32"),
        NAMES.encode("cp1252"),
        NAMES.encode().replace("Élysée".encode(), "Élysée".encode("latin-1")),
        NAMES.replace("\n", "\r").encode(),
        NAMES.replace("\n", "\r\n").encode("utf-16"),
        NAMES.replace("\n", "\r\n", 1).encode() + b"\r",
        NAMES.rstrip().encode("latin-1"),
    ],
)
def test_every_encoding_and_line_end_gives_the_same_rows(tmp_path: Path, content: bytes) -> None:
    rows, found = read(tmp_path, content)
    assert (rows.header, [row for row in found if row != [""]]) == (["id", "name"], [["1", "Fährhaus"], ["2", "Élysée"]])


def test_lines_that_are_not_utf_8_are_counted(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, NAMES.encode("latin-1"))
    assert rows.repairs.found == {"lines are not UTF-8 and are read as Windows-1252: save the file as UTF-8": (2, 2)}


def test_a_file_without_line_ends_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    with pytest.raises(NotRowsError, match="line 2 is longer than 1,048,576 bytes"):
        read(tmp_path, b"id,name\n" + b"x" * (3 << 20))


def test_a_quote_that_is_not_closed_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    with pytest.raises(NotRowsError, match="line 2: a quote opens a field and is never closed"):
        read(tmp_path, b'id,name\n1,"' + b"x\n" * (2 << 20))


def test_polars_reads_as_many_rows_as_are_counted(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, HEAD + b'1,"a\nb",c\n\n2,b\n,,\n3,d" e,f,\n')
    frame = pl.read_csv(rows.path, infer_schema=False, separator=SEPARATOR, quote_char=None, truncate_ragged_lines=True)
    assert (rows.count, frame.rows()[0], frame.rows()[-1]) == (len(frame), ("1", "a b", "c"), ("3", 'd" e', "f"))
