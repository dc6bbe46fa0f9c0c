"""The status message of an ingest reads back as it was sent, and nothing else reads as one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.ingest.status import MOST_RUNS, IngestBooks, Status, StoreState, is_ours, probe_topic, status_topic


def _messages(books: IngestBooks) -> list[tuple[str, bytes]]:
    return books.messages(held_rows=0, spool_rows=0, spool_bytes=0, reconnects=0, letters_unwritten=0)


@given(st.lists(st.integers(-(10**9), 10**12), max_size=50), st.dictionaries(st.text(max_size=5), st.integers(1, 10**9), max_size=3))
def test_books_and_histograms_read_back_exactly(latencies: list[int], rejected: dict[str, int]) -> None:
    books = IngestBooks("abcd1234", "main")
    books.of("tap").received = 3
    books.of("tap").rejected.update(rejected)
    books.of("tap").from_due.record(np.array(latencies, dtype=np.int64))
    books.turn(StoreState.AWAY, "refused")
    status = Status.decode(books.messages(held_rows=1, spool_rows=2, spool_bytes=3, reconnects=4, letters_unwritten=5)[0][1])
    tap = status.kinds["tap"]
    assert (status.run, status.name, status.sequence, status.store, status.trouble) == ("abcd1234", "main", 1, StoreState.AWAY, "refused")
    assert (status.held_rows, status.spool_rows, status.spool_bytes, status.reconnects, status.letters_unwritten) == (1, 2, 3, 4, 5)
    assert (tap.received, dict(tap.rejected)) == (3, rejected)
    assert tap.from_due.freeze() == books.of("tap").from_due.freeze()
    assert tap.from_sent.count == 0


def test_the_sequence_rises_so_that_the_last_one_wins() -> None:
    books = IngestBooks("r", "n")
    messages = [_messages(books)[0][1] for _ in range(3)]
    assert [Status.decode(message).sequence for message in messages] == [1, 2, 3]


def test_ten_thousand_filled_buckets_fit_a_message_of_any_broker() -> None:
    books = IngestBooks("r", "n")
    rng = np.random.default_rng(1)
    for kind in range(20):
        spread = np.exp(rng.uniform(np.log(1_000), np.log(1_000_000), 50_000)).astype(np.int64)
        books.of(f"kind{kind}").from_due.record(spread)
        books.of(f"kind{kind}").from_sent.record(spread)
    assert len(_messages(books)[0][1]) < 1_000_000


@pytest.mark.parametrize("message", [b"", b"{}", b"[1]", b'{"kinds":{"tap":{}}}', b'{"kinds":{},"store":"gone"}', b"\xff"])
def test_anything_else_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="not a status message"):
        Status.decode(message)


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
    spoken = {topic: Status.decode(message) for topic, message in _messages(books)}
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
