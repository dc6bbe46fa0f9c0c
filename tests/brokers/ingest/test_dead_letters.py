"""Dead letters: whole lines with reason and payload, bounded, and honest about what found no room."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from brokers.ingest.dead_letters import PAYLOAD_BYTES, DeadLetters, Letter
from sim.errors import DiskError


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def letter(payload: bytes) -> Letter:
    return Letter("city/pudong/cards/tap/x", payload, "malformed", "not JSON")


def test_a_letter_carries_topic_reason_place_time_and_text(tmp_path: Path) -> None:
    DeadLetters(tmp_path / "letters").write([letter('{"t":1,"né'.encode())])
    [row] = rows_of(tmp_path / "letters")
    assert datetime.fromisoformat(row.pop("at")).tzinfo is not None
    assert row == {"reason": "malformed", "detail": "not JSON", "topic": "city/pudong/cards/tap/x", "payload": '{"t":1,"né'}


def test_bytes_that_are_no_text_are_kept_in_base64(tmp_path: Path) -> None:
    DeadLetters(tmp_path / "letters").write([letter(b"\xff\x00")])
    [row] = rows_of(tmp_path / "letters")
    assert base64.b64decode(row["payload_base64"]) == b"\xff\x00"


def test_a_long_payload_is_cut_and_its_length_stays(tmp_path: Path) -> None:
    DeadLetters(tmp_path / "letters").write([letter(b"a" * 100_000)])
    [row] = rows_of(tmp_path / "letters")
    assert (row["payload"], row["payload_bytes"]) == ("a" * PAYLOAD_BYTES, 100_000)


def test_letters_are_appended_over_restarts(tmp_path: Path) -> None:
    for text in (b"one", b"two"):
        DeadLetters(tmp_path / "letters").write([letter(text)])
    assert [row["payload"] for row in rows_of(tmp_path / "letters")] == ["one", "two"]


def test_beyond_the_bound_letters_are_counted_only(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "letters", limit_bytes=500)
    letters.write([letter(b"x")] * 10)
    kept = len(rows_of(tmp_path / "letters"))
    assert 0 < kept < 10
    assert (letters.unwritten, (tmp_path / "letters").stat().st_size <= 500) == (10 - kept, True)


def test_without_bad_messages_there_is_no_file(tmp_path: Path) -> None:
    DeadLetters(tmp_path / "letters").write([])
    assert not (tmp_path / "letters").exists()


def test_a_file_that_cannot_be_written_is_named_and_the_letters_count_as_unwritten(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "missing" / "letters")
    with pytest.raises(DiskError, match="missing/letters"):
        letters.write([letter(b"x")])
    assert letters.unwritten == 1
