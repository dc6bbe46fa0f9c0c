"""The listener believes what is proven and follows from what it knows; a thread that ends ends the run."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from brokers.ingest.accounts import IngestBooks
from brokers.ingest.proof import Seal
from brokers.mqtt.clients import MqttClient, Received
from citybeat.running import status_listener as monitors
from citybeat.running.ingest_process import CHILD, IngestChild
from citybeat.running.status_listener import StatusListener
from sim.errors import CitybeatError, ServiceError
from sim.judge.books import Books

RUN = "abcd1234"
KEY = Seal(b"a key")


@dataclass
class Wire:
    """A client that hands out what a test puts in; `Exception`s are raised."""

    waiting: deque[Any] = field(default_factory=deque)
    settings: Any = field(default_factory=lambda: SimpleNamespace(place="mqtt://here"))

    def subscribe(self, filters: list[str], qos: int) -> None:
        self.filters = filters, qos

    def receive(self, _timeout_s: float) -> Received:
        if not self.waiting:
            time.sleep(0.002)
            return Received([], [], np.zeros(0, dtype=np.int64))
        topic, payload = self.waiting.popleft()
        if isinstance(payload, BaseException):
            raise payload
        return Received([topic], [payload], np.array([-1], dtype=np.int64))

    def acknowledge(self, _tokens: object) -> None:
        pass

    def close(self, *, discard_session: bool) -> None:
        self.forgotten = discard_session


@dataclass
class Child:
    """An ingest that lives."""

    def check(self) -> None:
        pass


@dataclass
class Ears:
    """A status listener, its wire, and what an ingest books."""

    wire: Wire
    listener: StatusListener
    books: IngestBooks

    def status(self, **counts: int) -> bytes:
        for count, value in counts.items():
            setattr(self.books.of("tap"), count, value)
        return self.books.messages(held_rows=0, spool_rows=0, spool_bytes=0, reconnects=0, letters_unwritten=0)[0][1]

    def hear(self, *payloads: object, topic: str = f"citybeat/{RUN}/ingest/{CHILD}") -> None:
        self.wire.waiting.extend((topic, payload) for payload in payloads)
        until(lambda: not self.wire.waiting)
        time.sleep(0.02)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture(params=["child", "external"])
def ears(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a generator of Ears
    wire = Wire()
    child = cast("IngestChild", Child()) if request.param == "child" else None
    listener = StatusListener(cast("MqttClient", wire), RUN, child, seal=KEY)
    yield Ears(wire, listener, IngestBooks(RUN, CHILD, KEY))
    listener.close()


def test_a_proven_status_is_believed_and_whatever_else_comes_is_counted(ears: Ears) -> None:
    true = ears.status(received=5, first=5, stored=5)
    forged = [b"", b"\xff", b"{}", true.replace(b'"stored":5', b'"stored":6'), Seal(b"other").sealed(b"{}"), b'{"proof":"x",']
    ears.hear(*forged)
    with pytest.raises(ServiceError, match="6 messages did not prove that theirs is our CITYBEAT_INGEST_KEY"):
        ears.listener.wait_ready(0.05)
    ears.hear(true)
    ears.listener.wait_ready(1)
    assert (ears.listener.stored, dict(ears.listener.ignored), ears.listener.proven) == (5, {"unproven": 6}, True)


def test_an_old_status_sent_again_changes_nothing(ears: Ears) -> None:
    old = ears.status(received=5, first=5, stored=5)
    ears.hear(old, ears.status(received=9, first=9, stored=9), old)
    assert (ears.listener.stored, dict(ears.listener.ignored)) == (9, {"repeated": 1})


def test_counts_of_an_ingest_that_fall_are_not_believed(ears: Ears) -> None:
    ears.hear(ears.status(received=9, first=9, stored=9))
    ears.hear(ears.status(received=7, first=7, stored=7))
    assert (ears.listener.stored, dict(ears.listener.ignored)) == (9, {"contradicts an earlier one": 1})


def test_a_sealed_message_that_is_no_status_is_counted_as_unreadable(ears: Ears) -> None:
    ears.hear(KEY.sealed(b'{"run":1}'))
    assert dict(ears.listener.ignored) == {"unreadable": 1}


def test_another_ingest_on_the_broker_is_none_of_a_runs_with_a_child(ears: Ears) -> None:
    ears.hear(b"anything", topic=f"citybeat/{RUN}/ingest/main")
    assert sum(ears.listener.ignored.values()) == (0 if ears.listener.child else 1)


@pytest.mark.parametrize("error", [ValueError("what nobody expects"), MemoryError(), CitybeatError("the broker is gone")])
def test_whatever_ends_the_thread_ends_the_run_with_its_reason(ears: Ears, error: Exception) -> None:
    ears.wire.waiting.append(("", error))
    until(lambda: not ears.listener._thread.is_alive())
    with pytest.raises(CitybeatError, match=str(error) or type(error).__name__):
        ears.listener.check()


def test_a_thread_that_is_gone_without_a_word_ends_the_run_too(ears: Ears) -> None:
    ears.listener._stop.set()
    ears.listener._thread.join()
    ears.listener._stop.clear()
    with pytest.raises(ServiceError, match="ended without a reason"):
        ears.listener.check()


def test_without_a_key_strangers_who_invent_ingests_do_not_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitors, "MOST_INGESTS", 3)
    wire = Wire()
    listener = StatusListener(cast("MqttClient", wire), RUN)
    for number in range(6):
        books = IngestBooks(RUN, f"main{number}")
        listener._receive("", books.messages(held_rows=0, spool_rows=0, spool_bytes=0, reconnects=0, letters_unwritten=0)[0][1])
    assert (len(listener.statuses()), dict(listener.ignored), listener.proven) == (3, {"unproven": 3}, False)
    listener.close()


def test_books_take_over_what_waits_and_what_is_foreign(ears: Ears) -> None:
    ears.books.pass_over("", "foreign_topic", "city/x")
    ears.hear(ears.status(received=9, first=9, stored=4, spooled=5, waiting=5))
    books = Books()
    books.of("tap")
    ears.listener.fill(books)
    assert (books.kinds["tap"].spooled, dict(books.kinds["(no kind)"].foreign)) == (5, {"foreign_topic": 1})
