"""MQTT 3.1.1: what the embedded broker speaks, and most older ones.

Owns the nine packets that QoS 0 and 1 need (OASIS MQTT 3.1.1, chapter 3). A packet is read in plain Python from a block of bytes:
a library that asks the socket for each packet's first byte, length and rest gives the interpreter away three times a packet,
and beside a busy thread each of these costs up to the interpreter's 5 ms.
"""

import struct
from collections.abc import Sequence

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.packets import ASSUMED_WINDOW, Answer, ReadResult, Session, Signals

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13
CONNECT_FLAG, SUBSCRIBE_FLAG = 0x10, 0x82
CONNACK_BYTES, CONNACK_REST, PUBACK_REST = 4, 2, 2
USER, PASSWORD, CLEAN = 0x80, 0x40, 0x02
AT_LEAST_ONCE, QOS_BITS = 0x02, 0x06
LONGEST = 4  # bytes of a remaining length

# Return codes of CONNACK (table 3.1) as the reason codes that MQTT 5 has for them.
REFUSALS = {
    1: (0x84, "unacceptable protocol version"),
    2: (0x85, "identifier rejected"),
    3: (0x88, "server unavailable"),
    4: (0x86, "bad user name or password"),
    5: (0x87, "not authorized"),
}
UNSPECIFIED = 0x80


class Codec311:
    """MQTT 3.1.1: no properties, no reasons, and a refused message is acknowledged like any other."""

    # A broker cannot say how many it takes unacknowledged; the strictest known hangs up or drops beyond 100.
    window = 100
    ping = b"\xc0\x00"
    goodbye = b"\xe0\x00"

    def connect(self, settings: BrokerSettings, client_id: str, *, clean: bool, expiry_s: int) -> bytes:
        """Return CONNECT. A session that outlives its connection has no expiry here."""
        flags = CLEAN if clean or not expiry_s else 0
        fields = [_text(client_id)]
        if settings.username is not None:
            flags |= USER
            fields.append(_text(settings.username))
            if settings.password is not None:  # section 3.1.2.9: none without a user name
                flags |= PASSWORD
                fields.append(_text(settings.password))
        return _packet(CONNECT_FLAG, _text("MQTT"), struct.pack("!BBH", 4, flags, settings.keepalive_s), *fields)

    def answer(self, heard: bytes) -> Answer | None:
        """Return the CONNACK; None while it is not complete."""
        if heard[:1] not in (b"", b"\x20") or heard[1:2] not in (b"", b"\x02"):
            msg = "its answer is not MQTT 3.1.1"
            raise ValueError(msg)
        if len(heard) < CONNACK_BYTES:
            return None
        code, reason = (0, "") if not heard[3] else REFUSALS.get(heard[3], (UNSPECIFIED, f"return code {heard[3]}"))
        session = Session(present=bool(heard[2] & 1), protocol=311, delivery_window=ASSUMED_WINDOW)
        return Answer(code, reason, session, CONNACK_BYTES)

    def subscribe(self, packet_id: int, filters: Sequence[str], qos: int) -> bytes:
        """Return SUBSCRIBE."""
        return _packet(SUBSCRIBE_FLAG, struct.pack("!H", packet_id), *(_text(each) + bytes([qos]) for each in filters))

    def publish(self, topic: str, payload: bytes, *, retain: bool, packet_id: int) -> bytes:
        """Return PUBLISH."""
        name = topic.encode()
        if packet_id:
            rest = len(name) + len(payload) + 4
            head = (0x33 if retain else 0x32).to_bytes() + _length(rest)
            return b"".join((head, len(name).to_bytes(2), name, packet_id.to_bytes(2), payload))
        rest = len(name) + len(payload) + 2
        head = (0x31 if retain else 0x30).to_bytes() + _length(rest)
        return b"".join((head, len(name).to_bytes(2), name, payload))

    def decode(self, heard: bytes, result: ReadResult, signals: Signals) -> int:
        """Sort complete packets into result and signals; return the bytes they took."""
        topics, payloads, ids, acks = result.topics, result.payloads, result.ids, result.acks
        offset, filled = 0, len(heard)
        while (body := _body(heard, offset)) is not None and body[1] <= filled:
            first, (start, end) = heard[offset], body
            kind = first >> 4
            if kind == PUBLISH:
                topic_end = start + 2 + (heard[start] << 8 | heard[start + 1]) if end - start > 1 else end + 1
                content = topic_end + (first & AT_LEAST_ONCE)  # the packet id, two bytes, if there is one
                if content > end or first & QOS_BITS > AT_LEAST_ONCE:
                    msg = "a PUBLISH whose lengths or QoS contradict each other"
                    raise ValueError(msg)
                topics.append(heard[start + 2 : topic_end].decode(errors="replace"))  # a stranger's: it shall not end our connection
                payloads.append(heard[content:end])
                ids.append(heard[topic_end] << 8 | heard[topic_end + 1] if content > topic_end else 0)
            elif kind == PUBACK and end - start == PUBACK_REST:
                acks.append(heard[start] << 8 | heard[start + 1])
            else:
                _control(kind, heard[start:end], result, signals)
            offset = end
        return offset


def _control(kind: int, body: bytes, result: ReadResult, signals: Signals) -> None:
    if kind == SUBACK and len(body) > 2:  # noqa: PLR2004 - the packet id, then a code for each filter
        result.granted = [(code, "failure" if code & 0x80 else f"QoS {code}") for code in body[2:]]
    elif kind == PINGRESP:
        signals.pong = True
    else:
        msg = f"an unexpected packet of type {kind}"
        raise ValueError(msg)


def _body(heard: bytes, offset: int) -> tuple[int, int] | None:
    """Return where the rest of a packet starts and ends; None while its length is not complete."""
    size, shift, place = 0, 0, offset + 1
    while place < len(heard):
        byte = heard[place]
        size |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:  # noqa: PLR2004 - the flag that another byte follows
            return place, place + size
        shift += 7
        if place - offset > LONGEST:
            msg = "a length of more than four bytes"
            raise ValueError(msg)
    return None


def _packet(first: int, *fields: bytes) -> bytes:
    rest = b"".join(fields)
    return bytes([first]) + _length(len(rest)) + rest


def _length(size: int) -> bytes:
    if size < 0x80:  # noqa: PLR2004 - seven bits a byte
        return bytes([size])
    return bytes([size & 0x7F | 0x80]) + _length(size >> 7)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded
