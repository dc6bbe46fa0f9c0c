"""The status message of an ingest reads back as it was sent, and nothing else reads as one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.status import IngestBooks, Status, StoreState, is_status_topic, status_topic


@given(st.lists(st.integers(-(10**9), 10**12), max_size=50), st.dictionaries(st.text(max_size=5), st.integers(1, 10**9), max_size=3))
def test_books_and_histograms_read_back_exactly(latencies: list[int], rejected: dict[str, int]) -> None:
    books = IngestBooks("abcd1234", "main")
    books.of("tap").received = 3
    books.of("tap").rejected.update(rejected)
    books.of("tap").from_due.record(np.array(latencies, dtype=np.int64))
    books.turn(StoreState.AWAY, "refused")
    status = Status.decode(books.message(held_rows=1, spool_rows=2, spool_bytes=3, reconnects=4, letters_unwritten=5))
    tap = status.kinds["tap"]
    assert (status.run, status.name, status.sequence, status.store, status.trouble) == ("abcd1234", "main", 1, StoreState.AWAY, "refused")
    assert (status.held_rows, status.spool_rows, status.spool_bytes, status.reconnects, status.letters_unwritten) == (1, 2, 3, 4, 5)
    assert (tap.received, dict(tap.rejected)) == (3, rejected)
    assert tap.from_due.freeze() == books.of("tap").from_due.freeze()
    assert tap.from_sent.count == 0


def test_the_sequence_rises_so_that_the_last_one_wins() -> None:
    books = IngestBooks("r", "n")
    messages = [books.message(held_rows=0, spool_rows=0, spool_bytes=0, reconnects=0, letters_unwritten=0) for _ in range(3)]
    assert [Status.decode(message).sequence for message in messages] == [1, 2, 3]


def test_ten_thousand_filled_buckets_fit_a_message_of_any_broker() -> None:
    books = IngestBooks("r", "n")
    rng = np.random.default_rng(1)
    for kind in range(20):
        spread = np.exp(rng.uniform(np.log(1_000), np.log(1_000_000), 50_000)).astype(np.int64)
        books.of(f"kind{kind}").from_due.record(spread)
        books.of(f"kind{kind}").from_sent.record(spread)
    assert len(books.message(held_rows=0, spool_rows=0, spool_bytes=0, reconnects=0, letters_unwritten=0)) < 1_000_000


@pytest.mark.parametrize("message", [b"", b"{}", b"[1]", b'{"kinds":{"tap":{}}}', b'{"kinds":{},"store":"gone"}', b"\xff"])
def test_anything_else_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="not a status message"):
        Status.decode(message)


def test_status_topics_are_told_from_events() -> None:
    assert status_topic("city", "abcd1234", "main") == "city/abcd1234/ingest/main"
    assert is_status_topic("city", status_topic("city", "abcd1234", "a name"))
    assert not any(is_status_topic("city", topic) for topic in ("city/pudong/cards/tap/x", "other/r/ingest/n", "city/r/ingest/n/x"))
