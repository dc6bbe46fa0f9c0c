"""The status message of an ingest reads back as it was sent, and nothing else reads as one."""

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.codec.topics import probe_topic
from brokers.ingest.accounts import MOST_RUNS, IngestBooks
from brokers.ingest.proof import Seal
from brokers.ingest.status import StoreState, is_ours, status_topic
from brokers.ingest.status_reader import read_status

WORD = st.characters(codec="ascii", min_codepoint=33, max_codepoint=126)


def _messages(books: IngestBooks) -> list[tuple[str, bytes]]:
    return books.messages(held_rows=0, spool_rows=0, spool_bytes=0, reconnects=0, letters_unwritten=0)


@given(st.lists(st.integers(-(10**9), 10**12), max_size=50), st.dictionaries(st.text(WORD, max_size=5), st.integers(1, 10**9), max_size=3))
def test_books_and_histograms_read_back_exactly(latencies: list[int], rejected: dict[str, int]) -> None:
    books = IngestBooks("abcd1234", "main")
    received, stored = 3 + sum(rejected.values()), len(latencies)
    books.of("tap").received, books.of("tap").stored = received, stored
    books.of("tap").content = 2**64 - 1
    books.of("tap").rejected.update(rejected)
    books.of("tap").from_due.record(np.array(latencies, dtype=np.int64))
    books.turn(StoreState.AWAY, "refused")
    status = read_status(books.messages(held_rows=1, spool_rows=2, spool_bytes=3, reconnects=4, letters_unwritten=5)[0][1])
    tap = status.kinds["tap"]
    assert (status.run, status.name, status.sequence, status.store, status.trouble) == ("abcd1234", "main", 1, StoreState.AWAY, "refused")
    assert (status.held_rows, status.spool_rows, status.spool_bytes, status.reconnects, status.letters_unwritten) == (1, 2, 3, 4, 5)
    assert (tap.received, tap.stored, tap.content, dict(tap.rejected)) == (received, stored, 2**64 - 1, rejected)
    assert tap.from_due.freeze() == books.of("tap").from_due.freeze()
    assert tap.from_sent.count == 0


def test_the_sequence_rises_so_that_the_last_one_wins() -> None:
    books = IngestBooks("r", "n")
    messages = [_messages(books)[0][1] for _ in range(3)]
    assert [read_status(message).sequence for message in messages] == [1, 2, 3]


def test_ten_thousand_filled_buckets_fit_a_message_of_any_broker() -> None:
    books = IngestBooks("r", "n")
    rng = np.random.default_rng(1)
    for kind in range(20):
        spread = np.exp(rng.uniform(np.log(1_000), np.log(1_000_000), 50_000)).astype(np.int64)
        books.of(f"kind{kind}").received = books.of(f"kind{kind}").stored = len(spread)
        books.of(f"kind{kind}").from_due.record(spread)
        books.of(f"kind{kind}").from_sent.record(spread)
    message = _messages(books)[0][1]
    assert len(message) < 1_000_000
    assert read_status(message).kinds["kind19"].from_sent.count == 50_000


@pytest.mark.parametrize("message", [b"", b"{}", b"[1]", b'{"kinds":{"tap":{}}}', b'{"kinds":{},"store":"gone"}', b"\xff"])
def test_anything_else_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="not a status message"):
        read_status(message)


def test_our_own_topics_are_told_from_events() -> None:
    assert status_topic("abcd1234", "main") == "citybeat/abcd1234/ingest/main"
    assert is_ours(status_topic("abcd1234", "a name"))
    assert is_ours(probe_topic("abcd"))
    assert not any(is_ours(topic) for topic in ("citybeat/pudong/cards/tap/x", "other/r/ingest/n", "citybeat/r/ingest/n/x", "citybeat"))


def test_an_ingest_of_all_runs_keeps_their_books_apart() -> None:
    books = IngestBooks("", "main")
    books.of("tap", "aaaaaaaa").received += 2
    books.reject("tap", ["malformed"], received=True, run="bbbbbbbb")
    books.reject("tap", ["oversize"], received=True)
    spoken = {topic: read_status(message) for topic, message in _messages(books)}
    assert list(spoken) == ["citybeat/all/ingest/main", "citybeat/aaaaaaaa/ingest/main", "citybeat/bbbbbbbb/ingest/main"]
    assert [status.kinds["tap"].received for status in spoken.values()] == [1, 2, 1]
    assert [status.run for status in spoken.values()] == ["", "aaaaaaaa", "bbbbbbbb"]


def test_a_stranger_who_invents_runs_does_not_fill_memory() -> None:
    books = IngestBooks("", "main")
    for number in range(3 * MOST_RUNS):
        books.of("tap", f"{number:08x}").received += 1
    assert len(_messages(books)) == MOST_RUNS + 1
    assert books.knows("")
    assert books.knows(f"{3 * MOST_RUNS - 1:08x}")


def _content() -> dict[str, Any]:
    """Return a good status as the plain values of its JSON."""
    books = IngestBooks("abcd1234", "main")
    tap = books.of("tap")
    tap.received = tap.first = tap.stored = 9
    tap.from_due.record(np.arange(9))
    content: dict[str, Any] = json.loads(_messages(books)[0][1])
    return content


def _buckets(*pairs: int) -> str:
    return base64.b64encode(zlib.compress(np.array(pairs, dtype="<i8").tobytes())).decode()


BAD_ENVELOPES = [
    *({"run": value} for value in (7, None, "x" * 300, "\x1b[2J")),
    *({"sequence": value} for value in (-1, 2**63, 1.0, True, "1", None)),
    *({"started_us": value} for value in (-1, 1e300)),
    *({"cpu_s": value} for value in (-0.1, "0", True)),
    *({"spool_rows": value} for value in (-1, "many")),
    {"store": "gone"},
    {"store": []},
    {"trouble": "y" * 5_000},
    {"trouble": "two\nlines"},
    {"kinds": []},
    {"kinds": {f"k{number}": {} for number in range(1_001)}},
    {"more": 1},
]
BAD_KINDS = [
    *({"received": value} for value in (-1, 2**63, "9", 9.0, True, None)),
    {"content": 2**64},
    {"content": -1},
    {"duplicated": 1},  # 9 received, 9 of them first
    {"waiting": 1},  # none was ever spooled
    {"stored": 8},  # latencies of nine rows
    *({"rejected": value} for value in ([], {"a": -1}, {"a": "1"}, {"a": 10}, {"\x00": 1}, {f"r{number}": 0 for number in range(101)})),
    {"foreign": {"a": 1.5}},
    {"foreign": None},
    {"other": 1},
]
BAD_LATENCIES = [
    {"count": -1},
    {"count": 8},
    {"count": 10},
    {"total": "much"},
    {"total": None},
    {"least": 2**63},
    {"buckets": None},
    {"buckets": "!"},
    {"buckets": base64.b64encode(b"no zlib").decode()},
    {"buckets": _buckets(1, 2, 9)},  # an odd number
    {"buckets": _buckets(1, 0, 4, 5)},  # one bucket twice
    {"buckets": _buckets(-(2**63), 9)},
    {"buckets": _buckets(2**62, 9)},
    {"buckets": _buckets(1, 1, 1, 1, -1, 2**62, 2**62, -(2**63) + 9)},
    {"buckets": base64.b64encode(zlib.compress(bytes(1 << 24))).decode()},  # far more than there are buckets
    {"more": 1},
]


@pytest.mark.parametrize("change", BAD_ENVELOPES, ids=str)
def test_a_status_of_which_one_field_cannot_be_is_refused(change: dict[str, Any]) -> None:
    assert read_status(json.dumps(_content()).encode()).kinds["tap"].stored == 9
    with pytest.raises(ValueError, match="not a status message"):
        read_status(json.dumps(_content() | change).encode())


@pytest.mark.parametrize("change", BAD_KINDS, ids=str)
def test_a_status_with_counts_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    content = _content()
    content["kinds"]["tap"] |= change
    with pytest.raises(ValueError, match="not a status message"):
        read_status(json.dumps(content).encode())


@pytest.mark.parametrize("change", BAD_LATENCIES, ids=lambda change: str(change)[:40])
def test_a_status_with_latencies_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    content = _content()
    content["kinds"]["tap"]["from_due"] |= change
    with pytest.raises(ValueError, match="not a status message"):
        read_status(json.dumps(content).encode())


@given(st.sampled_from([*_content(), "kinds"]), st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=3), st.lists))
def test_whatever_stands_in_a_field_is_read_or_refused(name: str, value: object) -> None:
    try:
        read_status(json.dumps(_content() | {name: value}).encode())
    except ValueError as error:
        assert "not a status message" in str(error)  # noqa: PT017 - either is right


def test_what_a_server_said_never_spoils_our_own_status() -> None:
    books = IngestBooks("abcd1234", "main")
    books.turn(StoreState.AWAY, "<html>\n\x00" + "x" * 10_000)
    trouble = read_status(_messages(books)[0][1]).trouble
    assert (trouble[:9], len(trouble)) == ("<html>  x", 4_000)


def test_a_status_is_proven_by_the_key_and_by_nothing_else() -> None:
    seal = Seal(b"a key of ours")
    books = IngestBooks("abcd1234", "main", seal)
    message = _messages(books)[0][1]
    assert seal.proves(message)
    assert json.loads(message)["run"] == read_status(message).run == "abcd1234"
    assert b"a key of ours" not in message
    assert "a key" not in repr(seal)
    forged = [
        *(message.replace(b'"sequence":1', b'"sequence":2'), message[:-1], message + b" ", b"{" + message[76:], b"", b'{"proof":"'),
        Seal(b"another").sealed(b'{"run":"abcd1234"}'),
        b'{"proof":"' + b"0" * 64 + b'",' + message[76:],
    ]
    assert not any(seal.proves(each) for each in forged)
    assert not Seal().proves(Seal().sealed(b"{}"))
