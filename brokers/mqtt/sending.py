"""Sending: from the queue through the window to the transport, and the accounts of what became of it.

Owns when a message may leave and what is counted. The queue is `brokers.mqtt.outbox`'s; connections and time are the client's.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from brokers.mqtt.client_values import ClientOptions, Counters
from brokers.mqtt.outbox import Outbox, Outgoing
from brokers.mqtt.packets import ReadResult, Session
from brokers.mqtt.transport import Transport


class Sending:
    """One client's messages on their way out."""

    def __init__(self, options: ClientOptions, counters: Counters, told: Callable[[str], None]) -> None:
        """Start empty; `told` hears each refusal of a message, in words that follow on the broker's name."""
        self._options = options
        self._counters = counters
        self._told = told
        self._outbox = Outbox(options.backlog_limit)

    @property
    def done(self) -> bool:
        """Return whether nothing waits to be sent or acknowledged."""
        return not (self._outbox.waiting or self._outbox.in_flight)

    def offer(self, outgoing: Outgoing) -> int:
        """Take as many messages as the backlog has room for; return how many."""
        taken = self._outbox.offer(outgoing)
        self._counters.backlog = self._outbox.waiting  # also while the broker is away and nothing advances
        return taken

    def advance(self, transport: Transport, session: Session) -> None:
        """Give the transport what the window and the socket allow."""
        counters, outbox = self._counters, self._outbox
        transport.repeat()
        if not outbox.waiting:
            return
        window = min(self._options.window or transport.window, session.receive_max)
        while not transport.congested and (waiting := outbox.next(window - outbox.in_flight)) is not None:
            outgoing = self._fitting(waiting, session.max_packet)
            ids = transport.send(outgoing)
            outbox.sent(ids, outgoing.handed_us, outgoing.tag)
            counters.published_by[outgoing.tag] += len(outgoing)
            counters.published_qos1 += len(ids)
            counters.published_qos0 += len(outgoing) - len(ids)

    def count(self) -> None:
        """Bring the counters of what waits and what is under way up to date."""
        self._counters.in_flight, self._counters.backlog = self._outbox.in_flight, self._outbox.waiting

    def settle(self, result: ReadResult, now_us: int) -> None:
        """Note acknowledgements and refusals, and take them out of the result."""
        settled = self._outbox.settle(result.acks, now_us)
        self._counters.acked += settled.total()
        self._counters.acked_by.update(settled)
        for packet_id, reason in result.refusals:
            tag = self._outbox.drop(packet_id)
            if tag is not None:
                self._refused(tag, 1, f"refused a message: {reason.replace('_', ' ').lower()}")
        result.acks.clear()
        result.refusals.clear()

    def _fitting(self, outgoing: Outgoing, limit: int) -> Outgoing:
        """Return the messages that the broker's packet limit allows; the others are refused here, as the protocol demands."""
        if not limit:
            return outgoing
        sizes = outgoing.packet_bytes()
        fits = sizes <= limit
        if fits.all():
            return outgoing
        worst = int(np.argmax(sizes))
        self._refused(
            outgoing.tag,
            int((~fits).sum()),
            f"takes packets of at most {limit} bytes: {sizes[worst]} bytes for {outgoing.topics[worst]} were not sent; "
            "raise its max_packet_size",
        )
        return outgoing.only(fits)

    def _refused(self, tag: str, count: int, words: str) -> None:
        self._counters.refused += count
        self._counters.refused_by[tag] += count
        self._told(words)

    def take_latencies(self) -> NDArray[np.int64]:
        """Return µs from handing over to PUBACK, of messages acknowledged since the last call; waiting for the window included."""
        return self._outbox.take_latencies()
