"""One client's side of MQTT without I/O: bytes in, events out; requests in, bytes out; and when something is due next.

Owns packet ids, unacknowledged messages and their repeats, and the keepalive, for either level. Packets are a
`brokers.mqtt.packets.Codec`'s. It knows no socket and reads no clock: `brokers.mqtt.socket_driver` moves its bytes for one
connection, and whoever has many can do so under one selector.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import RECEIVE_MAXIMUM, SESSION_TAKEN_OVER, Answer, Codec, OtherLevel, ReadResult, Session, Signals
from brokers.mqtt.refusals import ConnectionLost, explained, refused, taken_over

DUPLICATE = 0x08  # the DUP flag in the first byte of a PUBLISH
TLS_ALERT = b"\x15\x03"
UNSUPPORTED_PROTOCOL_VERSION = 0x84
NO_PONG = "no answer to a ping"


class MqttProtocol:
    """A client id's connections, one after the other. `persistent_s` > 0 keeps the broker's session: for so long, or in 3.1.1 for ever.

    Each begins with `connect` and stands when `session` is there. Unacknowledged messages live on from one to the next.
    Every `now_s` is the monotonic clock. After an error the connection is over; only `connect` may follow.
    """

    def __init__(self, settings: BrokerSettings, client_id: str, persistent_s: int, codec: Codec) -> None:
        """Begin nothing yet."""
        self.session: Session | None = None
        self.unsent = bytearray()  # what is to be written next; `sent` cuts it
        self._settings = settings
        self._client_id = client_id
        self._persistent_s = persistent_s
        self._codec = codec
        self._first = True
        self._keepalive_s = float(settings.keepalive_s)
        self._heard = b""
        self._unacknowledged: dict[int, bytes] = {}
        self._again: deque[int] = deque()  # of them, those that the connection has not repeated yet
        self._window = 0
        self._last_id = 0
        self._signals = Signals()
        self._sent_s = self._heard_s = 0.0
        self._pinged_s: float | None = None

    @property
    def unread(self) -> bool:
        """Return whether bytes are held: of a packet that is not complete, or of those that came in one piece with CONNACK."""
        return bool(self._heard)

    @property
    def repeating(self) -> bool:
        """Return whether messages of an earlier connection wait to be repeated."""
        return bool(self._again)

    @property
    def deadline_s(self) -> float:
        """Return when `tick` has something to do: half the promised time without traffic, so that a late caller still keeps the promise."""
        if self._pinged_s is None:
            return min(self._sent_s, self._heard_s) + self._keepalive_s / 2
        return max(self._pinged_s, self._heard_s) + self._keepalive_s

    def connect(self, now_s: float, *, discard: bool = False) -> None:
        """Begin a connection with CONNECT; `discard` ends the session, the broker's and ours."""
        clean = discard or (self._first and not self._persistent_s)
        if discard:
            self._unacknowledged.clear()
        self._first = False
        self.session = None
        self._heard = b""
        self._again.clear()
        self._pinged_s = None
        self._sent_s = self._heard_s = now_s
        expiry_s = 0 if discard else self._persistent_s
        self.unsent = bytearray(self._codec.connect(self._settings, self._client_id, clean=clean, expiry_s=expiry_s))

    def receive(self, heard: bytes | memoryview, result: ReadResult, now_s: float) -> None:
        """Sort the complete packets of what was heard into `result`; what follows on CONNACK is sorted by the next call.

        Raises ConnectionLost for a goodbye or what is not MQTT, Refused when another took our id or CONNACK says no, and ServiceError
        for an answer that is none.
        """
        self._heard = b"".join((self._heard, heard)) if self._heard else bytes(heard)
        self._heard_s = now_s if len(heard) else self._heard_s
        if self.session is None:
            self._take_answer()
        else:
            self._take_packets(result)

    def _take_answer(self) -> None:
        answer = self._answer()
        if answer is None:
            return
        if answer.code:
            raise refused(self._settings, answer.code, answer.reason)
        self._heard = self._heard[answer.size :]
        self.session = answer.session
        self._keepalive_s = float(answer.keepalive_s or self._settings.keepalive_s)
        self._again = deque(self._unacknowledged)
        self._window = answer.session.receive_max

    def _answer(self) -> Answer | None:
        if self._heard.startswith(TLS_ALERT):
            raise explained(self._settings, "it speaks TLS there: write mqtts://")
        try:
            return self._codec.answer(self._heard)
        except OtherLevel as other:
            raise refused(self._settings, UNSUPPORTED_PROTOCOL_VERSION, str(other)) from other
        except ValueError as error:
            raise explained(self._settings, str(error)) from error

    def _take_packets(self, result: ReadResult) -> None:
        acks, refusals = len(result.acks), len(result.refusals)
        try:
            size = self._codec.decode(self._heard, result, self._signals)
        except ValueError as error:
            msg = f"a packet that is not MQTT ({error})"
            raise ConnectionLost(msg) from error
        self._heard = self._heard[size:]
        for packet_id in result.acks[acks:]:
            self._unacknowledged.pop(packet_id, None)
        for packet_id, _ in result.refusals[refusals:]:
            self._unacknowledged.pop(packet_id, None)
        self._heed_signals()

    def _heed_signals(self) -> None:
        signals, self._signals = self._signals, Signals()
        if signals.pong:
            self._pinged_s = None
        if signals.parted is not None:
            code, reason = signals.parted
            if code == SESSION_TAKEN_OVER:
                raise taken_over(self._settings, self._client_id)
            msg = f"closed by the broker: {reason}"
            raise ConnectionLost(msg)

    def subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Queue SUBSCRIBE; its answer is an event."""
        self.unsent += self._codec.subscribe(self._next_id(), filters, qos)

    def send(self, outgoing: Outgoing) -> list[int]:
        """Queue messages behind what waits already; return the packet ids of the QoS 1 ones, in order."""
        ids: list[int] = []
        packets: list[bytes] = []
        unacknowledged, retain, encoded = self._unacknowledged, outgoing.retain, self._codec.publish
        for topic, payload, qos in zip(outgoing.topics, outgoing.payloads, outgoing.qos.tolist(), strict=True):
            if qos:
                packet_id = self._next_id()
                packet = encoded(topic, payload, retain=retain, packet_id=packet_id)
                unacknowledged[packet_id] = packet
                ids.append(packet_id)
            else:
                packet = encoded(topic, payload, retain=retain, packet_id=0)
            packets.append(packet)
        self.unsent += b"".join(packets)
        return ids

    def _next_id(self) -> int:
        candidate = self._last_id % RECEIVE_MAXIMUM + 1
        while candidate in self._unacknowledged:
            candidate = candidate % RECEIVE_MAXIMUM + 1
        self._last_id = candidate
        return candidate

    def repeat(self) -> None:
        """Queue unacknowledged messages again as far as the broker's window, smaller perhaps than before, allows."""
        while self._again and len(self._unacknowledged) - len(self._again) < self._window:
            packet = self._unacknowledged.get(self._again.popleft())
            if packet is not None:
                self.unsent += bytes((packet[0] | DUPLICATE,)) + packet[1:]

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Queue PUBACKs: four bytes each (type, length, id), written as a table rather than one by one; both levels write them alike."""
        packets = np.empty((len(ids), 4), dtype=np.uint8)
        numbers = np.array(ids, dtype=np.uint16)
        packets[:, 0], packets[:, 1] = 0x40, 0x02
        packets[:, 2], packets[:, 3] = numbers >> 8, numbers & 0xFF
        self.unsent += packets.tobytes()

    def sent(self, size: int, now_s: float) -> None:
        """Note that the first bytes of `unsent` are written."""
        del self.unsent[:size]
        self._sent_s = now_s

    def tick(self, now_s: float) -> None:
        """Do what is due at `deadline_s`: ping, or raise ConnectionLost when the last ping was not answered."""
        if now_s < self.deadline_s:
            return
        if self._pinged_s is not None:
            raise ConnectionLost(NO_PONG)
        self.unsent += self._codec.ping
        self._pinged_s = now_s

    def goodbye(self) -> None:
        """Queue DISCONNECT."""
        self.unsent += self._codec.goodbye
