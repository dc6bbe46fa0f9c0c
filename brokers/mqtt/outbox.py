"""The outbox: messages handed over but not yet sent, and sent but not yet acknowledged.

Owns the bounded queue, the window and the acknowledgement latencies. Bytes and sockets are the transport's.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

OUTGOING_MESSAGES = 2_000  # messages encoded at once: about 300 kB, so that acknowledgements are read in between


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Messages handed over together: columns of equal length; `handed_us` is the monotonic clock, `tag` whose account they are on."""

    topics: Sequence[str]
    payloads: Sequence[bytes]
    qos: NDArray[np.uint8]
    retain: bool
    handed_us: int
    tag: str = ""

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.topics)

    def part(self, first: int, last: int) -> "Outgoing":
        """Return messages first..last."""
        return replace(self, topics=self.topics[first:last], payloads=self.payloads[first:last], qos=self.qos[first:last])

    def only(self, keep: NDArray[np.bool_]) -> "Outgoing":
        """Return the messages marked in `keep`."""
        rows = np.flatnonzero(keep).tolist()
        return replace(self, topics=[self.topics[row] for row in rows], payloads=[self.payloads[row] for row in rows], qos=self.qos[keep])

    def packet_bytes(self) -> NDArray[np.int64]:
        """Return the size of each message as an MQTT 5 PUBLISH without properties: fixed header, topic, packet id, payload."""
        texts = [len(topic.encode()) + len(payload) for topic, payload in zip(self.topics, self.payloads, strict=True)]
        body = np.array(texts, dtype=np.int64) + 3 + 2 * self.qos
        return body + 2 + (body >= 1 << 7) + (body >= 1 << 14) + (body >= 1 << 21)  # the length takes a byte per 7 bits


class Outbox:
    """Holds at most `limit` waiting messages, in the order they were handed over."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self.limit = limit
        self.waiting = 0
        self._queue: deque[Outgoing] = deque()
        self._start = 0  # of what still waits in the first of them: cutting it would copy the rest each time
        self._handed: dict[int, tuple[int, str]] = {}  # one tuple for what was handed over together, shared by its messages
        self._latencies: list[int] = []

    @property
    def in_flight(self) -> int:
        """Return how many QoS 1 messages are sent and not acknowledged."""
        return len(self._handed)

    def offer(self, outgoing: Outgoing) -> int:
        """Take as many messages as there is room for, first ones first; return how many."""
        taken = min(len(outgoing), self.limit - self.waiting)
        if taken > 0:
            self._queue.append(outgoing if taken == len(outgoing) else outgoing.part(0, taken))
            self.waiting += taken
        return max(taken, 0)

    def next(self, room: int) -> Outgoing | None:
        """Return the next messages, of which at most `room` are QoS 1; None when nothing may go now. Order is kept."""
        if not self._queue:
            return None
        head, first = self._queue[0], self._start
        ahead = np.cumsum(head.qos[first : first + OUTGOING_MESSAGES], dtype=np.int64)
        last = first + int(np.searchsorted(ahead, max(room, 0), side="right"))
        self.waiting -= last - first
        self._start = last
        if last == len(head):
            self._queue.popleft()
            self._start = 0
        return head.part(first, last) if last > first else None

    def sent(self, ids: Sequence[int], handed_us: int, tag: str = "") -> None:
        """Note QoS 1 messages as under way."""
        self._handed.update(zip(ids, repeat((handed_us, tag))))

    def settle(self, ids: Sequence[int], now_us: int) -> Counter[str]:
        """Note acknowledgements; return how many of them were awaited (a repeated one is not), by tag."""
        handed = [self._handed.pop(each) for each in ids if each in self._handed]
        self._latencies.extend([now_us - handed_us for handed_us, _ in handed])
        return Counter(map(itemgetter(1), handed))

    def drop(self, packet_id: int) -> str | None:
        """Note that the broker refused a message; return its tag, None for one that was not awaited."""
        handed = self._handed.pop(packet_id, None)
        return handed[1] if handed else None

    def take_latencies(self) -> NDArray[np.int64]:
        """Return µs from handing over to acknowledgement of each message acknowledged since the last call."""
        latencies, self._latencies = self._latencies, []
        return np.array(latencies, dtype=np.int64)
