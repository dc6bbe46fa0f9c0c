"""Ingest: reads events from the broker and hands them over in blocks; says once a second how it stands.

Owns the reading loop and the size of blocks. Storing, spooling and acknowledging is `brokers.ingest.persister`'s. It is meant to
run in a process of its own.
"""

import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from brokers.ingest.accounts import IngestBooks
from brokers.ingest.assembly import assemble
from brokers.ingest.blocks import Pending, Tokens
from brokers.ingest.proof import Seal
from brokers.ingest.settings import IngestSettings
from brokers.ingest.writers import Writer
from brokers.mqtt.clients import MqttClient, Received
from sim.errors import ServiceError
from sim.events.kinds import Kind
from sim.units import SECOND_US

STATUS_S = 1.0
SAID_S = 10.0  # how often what is passed over is told, so that a flood of it does not flood the terminal
RUN_ID = re.compile(r"[0-9a-z]{8}")
WAIT_S = 0.05  # the longest wait for messages: how soon a flush, a status or the end is noticed


class Ingest:
    """One reader of one broker into one store, over a connected client with a persistent session."""

    def __init__(self, client: MqttClient, kinds: Sequence[Kind], writer: Writer, settings: IngestSettings) -> None:
        """Open spool and dead letters. Raises DiskError when they cannot be used, UsageError for a root that cannot be."""
        self._client = client
        self._settings = settings
        self._kinds = {kind.name for kind in kinds}
        self._books = IngestBooks(settings.run or "", settings.name, Seal(settings.key))
        self.persister, self._letters = assemble(kinds, writer, settings, self._books, self._acknowledge)
        window = settings.window or client.session.delivery_window
        limits = writer.flush_limits
        self._pending = Pending(max(min(limits.rows, window // 2), 1), limits.wait_us / SECOND_US)
        self._status_due = 0.0
        self._say_due = 0.0

    def run(self, stop: threading.Event, seconds: float = float("inf")) -> bool:
        """Read until `stop` is set or so many seconds have passed; return whether all that was read is kept.

        Raises ServiceError when the broker is lost for good, DiskError when the spool is damaged. Everything read before
        is then kept all the same.
        """
        end = time.monotonic() + seconds
        self.persister.start()
        try:
            self._client.subscribe([f"{self._settings.root}/#"], 1)
            while not stop.is_set() and (now := time.monotonic()) < end:
                received = self._client.receive(max(min(WAIT_S, end - now, self._pending.wait_s(now)), 0.0))
                if b"" in received.payloads:
                    self._note_rehearsals(received)
                self._pending.add(received, time.monotonic())
                if self._pending.due(time.monotonic()):
                    self.persister.put(self._pending.take())
                self._report()
        finally:
            kept = self._settle()
        return kept

    def _note_rehearsals(self, received: Received) -> None:
        """Count the empty messages that a run sends before its first event, on topics like its own; acknowledge and report at once.

        There is nothing in them to keep, and a broker with a small window would hold the others back until a block is stored.
        """
        self._acknowledge(
            received.tokens[[not payload and token >= 0 for payload, token in zip(received.payloads, received.tokens, strict=True)]]
        )
        for topic, payload in zip(received.topics, received.payloads, strict=True):
            levels = topic.split("/")
            if payload or len(levels) < 2 or levels[-2] not in self._kinds or not RUN_ID.fullmatch(levels[-1]):  # noqa: PLR2004 - kind, run
                continue
            if self._settings.run in (None, levels[-1]):
                with self._books.lock:
                    self._books.of(levels[-2], levels[-1]).rehearsed += 1
                self._status_due = 0.0

    def _settle(self) -> bool:
        """Keep what was read, say so for the last time, and let the last acknowledgements leave."""
        if len(self._pending):
            self.persister.put(self._pending.take())
        kept = self.persister.finish(self._settings.settle_s)
        self._say()
        statuses = self._statuses()
        if self._settings.last_status is not None:
            with suppress(OSError):  # of a full disk the spool has told
                self._settings.last_status.write_bytes(statuses[0][1])
        with suppress(ServiceError):  # a broker lost for good is what `run` raises already
            self._publish(statuses)
            self._client.drain(STATUS_S)
        return kept

    def _acknowledge(self, tokens: Tokens) -> None:
        """Acknowledge from the persister's thread. A broker lost for good is the reading loop's to raise."""
        with suppress(ServiceError):
            self._client.acknowledge(tokens)

    def _report(self) -> None:
        """Publish the statuses when they are due."""
        now = time.monotonic()
        if now < self._status_due:
            return
        self._status_due = now + STATUS_S
        self.persister.check()
        self._publish(self._statuses())
        if now >= self._say_due:
            self._say_due = now + SAID_S
            self._say()

    def _say(self) -> None:
        """Tell people what came since the last time."""
        for each in self._books.news():
            self._settings.say(each)

    def _statuses(self) -> list[tuple[str, bytes]]:
        """Return topics and messages, our own account first."""
        return self._books.messages(
            held_rows=self.persister.held_rows + len(self._pending),
            spool_rows=self.persister.spool.rows,
            spool_bytes=self.persister.spool.size_bytes,
            reconnects=self._client.counters.reconnects,
            letters_unwritten=self._letters.unwritten,
        )

    def _publish(self, statuses: list[tuple[str, bytes]]) -> None:
        topics, payloads = zip(*statuses, strict=True)
        self._client.publish(topics, payloads, 1)
