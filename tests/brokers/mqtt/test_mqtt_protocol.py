"""MQTT without a socket: the same events however the bytes are cut, ids that are never used twice, repeats, and a kept promise of pings."""

import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import mqtt5
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.mqtt.broker_settings import BrokerSettings, parse_broker
from brokers.mqtt.embedded import EmbeddedBroker
from brokers.mqtt.mqtt_protocol import MqttProtocol
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import ReadResult
from brokers.mqtt.packets5 import Codec5
from brokers.mqtt.packets311 import Codec311
from brokers.mqtt.refusals import ConnectionLost, ProtocolRefused, Refused
from sim.errors import ServiceError

SETTINGS = parse_broker("mqtt://broker.example?keepalive_s=60")
LEVELS = ("5", "311")
EITHER = pytest.mark.parametrize("level", LEVELS)
DUP, CLEAN = 0x08, 0x02


@dataclass(frozen=True)
class Broker:
    """What a broker of one level says, as bytes."""

    level: str

    def protocol(self, persistent_s: int = 60) -> MqttProtocol:
        return MqttProtocol(SETTINGS, "tester", persistent_s, Codec5() if self.level == "5" else Codec311())

    def connack(self, window: int = 65_535) -> bytes:
        return mqtt5.ConnAckPacket(receive_max=window).write() if self.level == "5" else b"\x20\x02\x00\x00"

    def puback(self, packet_id: int) -> bytes:
        return b"\x40\x02" + packet_id.to_bytes(2)

    def refusal(self, packet_id: int) -> bytes:
        return mqtt5.PubAckPacket(packet_id, reason_code=mqtt5.PubAckReasonCode.NOT_AUTHORIZED).write() if self.level == "5" else b""

    def suback(self, packet_id: int) -> bytes:
        codes = [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE, mqtt5.SubAckReasonCode.NOT_AUTHORIZED]
        return mqtt5.SubAckPacket(packet_id, codes).write() if self.level == "5" else b"\x90\x04" + packet_id.to_bytes(2) + b"\x01\x80"

    def publish(self, packet_id: int, payload: bytes = b"x") -> bytes:
        codec = Codec5() if self.level == "5" else Codec311()
        return codec.publish("city/ü", payload, retain=False, packet_id=packet_id)

    def pong(self, _packet_id: int = 0) -> bytes:
        return b"\xd0\x00"

    def connected(self, protocol: MqttProtocol, now_s: float = 0.0, window: int = 65_535) -> MqttProtocol:
        protocol.connect(now_s)
        protocol.sent(len(protocol.unsent), now_s)
        protocol.receive(self.connack(window), ReadResult(), now_s)
        return protocol


def messages(count: int, qos: int = 1) -> Outgoing:
    payloads = [b"%d" % number for number in range(count)]
    return Outgoing(["a/b"] * count, payloads, np.full(count, qos, dtype=np.uint8), retain=False, handed_us=0)


SAYINGS: tuple[Callable[..., bytes], ...] = (Broker.puback, Broker.refusal, Broker.suback, Broker.publish, Broker.pong)
SCRIPTS = st.lists(st.tuples(st.sampled_from(SAYINGS), st.integers(1, 65_535)), max_size=30)


def heard(broker: Broker, pieces: Sequence[bytes]) -> ReadResult:
    """Return the events of a connection on which the broker's bytes come in these pieces."""
    protocol, result = broker.protocol(), ReadResult()
    protocol.connect(0.0)
    for piece in (*pieces, b""):
        protocol.receive(piece, result, 0.0)
    assert protocol.session is not None
    assert not protocol.unread
    return result


@EITHER
@given(script=SCRIPTS, cuts=st.lists(st.integers(0, 2_000), max_size=12))
def test_bytes_cut_anywhere_give_the_same_events(level: str, script: list[tuple[Callable[..., bytes], int]], cuts: list[int]) -> None:
    broker = Broker(level)
    stream = broker.connack() + b"".join(say(broker, number) for say, number in script)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    result = heard(broker, [stream[first:last] for first, last in pairwise(places)])
    assert result == heard(broker, [bytes([each]) for each in stream])
    assert result.acks == [number for say, number in script if say is Broker.puback]
    assert result.ids == [number for say, number in script if say is Broker.publish]
    assert len(result.refusals) == (sum(say is Broker.refusal for say, _ in script) if level == "5" else 0)
    assert bool(result.granted) == any(say is Broker.suback for say, _ in script)


@EITHER
@given(heard=st.binary(max_size=60), connected=st.booleans())
def test_rubbish_ends_the_connection_in_words_or_is_waited_for(level: str, heard: bytes, *, connected: bool) -> None:
    broker = Broker(level)
    protocol, complaints = broker.protocol(), list[str]()
    protocol.connect(0.0)
    try:
        if connected:
            protocol.receive(broker.connack(), ReadResult(), 0.0)
        protocol.receive(heard, ReadResult(), 0.0)
    except (ConnectionLost, ServiceError) as error:
        complaints.append(str(error))
    assert all(complaints)


@EITHER
@given(steps=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=20))
def test_no_packet_id_is_given_twice_while_it_is_unacknowledged(level: str, steps: list[tuple[int, int, bool]]) -> None:
    broker = Broker(level)
    protocol, under_way = broker.connected(broker.protocol()), []
    protocol._last_id = 65_500  # so that ids begin anew on the way
    for sent, acknowledged, around in steps:
        if around and under_way:
            protocol._last_id = under_way[0] - 1  # as if all others had been given and acknowledged meanwhile
        ids = protocol.send(messages(sent))
        assert all(0 < each < 65_536 for each in ids)
        under_way += ids
        assert len(set(under_way)) == len(under_way)
        done, under_way = under_way[:acknowledged:2], under_way[1:acknowledged:2] + under_way[acknowledged:]
        protocol.receive(b"".join(map(broker.puback, done)), ReadResult(), 0.0)


def packets_of(sent: bytes | bytearray) -> list[tuple[int, int]]:
    """Return first byte and packet id of QoS 1 PUBLISH packets for the topic `a/b`, read by hand: lengths here are one byte."""
    found, at = [], 0
    while at < len(sent):
        found.append((sent[at], int.from_bytes(sent[at + 7 : at + 9])))  # header, length, topic of 2 + 3 bytes, id
        at += 2 + sent[at + 1]
    return found


@EITHER
@given(count=st.integers(0, 60), acknowledged=st.sets(st.integers(0, 59)), window=st.integers(1, 60))
def test_what_is_unacknowledged_is_repeated_in_order_marked_and_within_the_new_window(
    level: str, count: int, acknowledged: set[int], window: int
) -> None:
    broker = Broker(level)
    protocol = broker.connected(broker.protocol())
    ids = protocol.send(messages(count))
    done = [ids[place] for place in sorted(acknowledged) if place < count]
    protocol.receive(b"".join(map(broker.puback, done)), ReadResult(), 0.0)
    left = [each for each in ids if each not in done]
    broker.connected(protocol, window=window)
    assert protocol.unsent == b""  # nothing is repeated before it is asked for
    repeated: list[int] = []
    while len(repeated) < len(left):
        protocol.repeat()
        packets = packets_of(protocol.unsent)
        assert 0 < len(packets) <= (window if level == "5" else count)  # 3.1.1 states no window
        assert all(first == 0x32 | DUP for first, _ in packets)
        protocol.sent(len(protocol.unsent), 0.0)
        batch = [packet_id for _, packet_id in packets]
        repeated += batch
        protocol.receive(b"".join(map(broker.puback, batch)), ReadResult(), 0.0)
    assert repeated == left
    assert not protocol.repeating


def test_only_the_first_connection_of_a_client_without_a_session_starts_clean() -> None:
    protocol, flags = Broker("5").protocol(persistent_s=0), []
    for _ in range(3):
        protocol.connect(0.0)
        flags.append(protocol.unsent[9] & CLEAN)  # after a header of two bytes, the name MQTT and the level
    assert flags == [CLEAN, 0, 0]


@EITHER
def test_a_session_that_is_discarded_takes_its_messages_along(level: str) -> None:
    broker = Broker(level)
    protocol = broker.connected(broker.protocol())
    protocol.send(messages(3))
    protocol.connect(0.0, discard=True)
    protocol.sent(len(protocol.unsent), 0.0)
    protocol.receive(broker.connack(), ReadResult(), 0.0)
    protocol.repeat()
    assert protocol.unsent == b""


@EITHER
@given(pauses=st.lists(st.floats(0.01, 29.0), max_size=30))
def test_a_client_that_ticks_when_due_is_never_silent_for_as_long_as_it_promised(level: str, pauses: list[float]) -> None:
    broker = Broker(level)
    protocol = broker.connected(broker.protocol())
    now_s, written_s = 0.0, [0.0]
    for pause_s in (*pauses, 200.0):
        until_s = now_s + pause_s
        while protocol.deadline_s <= until_s:
            now_s = protocol.deadline_s
            protocol.tick(now_s)
            assert protocol.unsent == b"\xc0\x00"
            protocol.sent(2, now_s)
            written_s.append(now_s)
            protocol.receive(broker.pong(), ReadResult(), now_s)
        now_s = until_s
        protocol.send(messages(1, qos=0))
        protocol.sent(len(protocol.unsent), now_s)
        written_s.append(now_s)
    assert max(after - before for before, after in pairwise(written_s)) <= SETTINGS.keepalive_s


@EITHER
def test_a_broker_that_leaves_a_ping_unanswered_is_lost(level: str) -> None:
    broker = Broker(level)
    protocol = broker.connected(broker.protocol(), now_s=100.0)
    protocol.tick(129.9)
    assert protocol.unsent == b""
    protocol.tick(130.0)
    protocol.receive(broker.publish(0), ReadResult(), 140.0)  # it lives, though it does not answer
    protocol.tick(199.9)
    with pytest.raises(ConnectionLost, match="no answer to a ping"):
        protocol.tick(200.0)


@EITHER
def test_what_comes_in_one_piece_with_connack_is_held_for_the_next_call(level: str) -> None:
    broker = Broker(level)
    protocol, result = broker.protocol(), ReadResult()
    protocol.connect(0.0)
    protocol.receive(broker.connack() + broker.publish(7), result, 0.0)
    assert (protocol.unread, len(result)) == (True, 0)
    protocol.receive(b"", result, 0.0)
    assert (protocol.unread, result.ids) == (False, [7])


def test_another_who_takes_our_id_is_told_as_such() -> None:
    broker = Broker("5")
    protocol = broker.connected(broker.protocol())
    taken = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER).write()
    with pytest.raises(Refused, match="another client uses the id 'tester'"):
        protocol.receive(taken, ReadResult(), 0.0)


@pytest.mark.parametrize(
    ("level", "answer", "kind", "words"),
    [
        ("5", b"\x20\x02\x00\x00", ProtocolRefused, "protocol=311"),
        ("5", mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED).write(), Refused, "user name"),
        ("311", b"\x20\x02\x00\x05", Refused, "user name"),
        ("311", b"\x15\x03\x03\x00", ServiceError, "mqtts://"),
        ("5", b"\xd0\x00", ServiceError, "instead of CONNACK"),
        ("311", b"HTTP/1.1 400", ServiceError, "not MQTT 3.1.1"),
    ],
)
def test_an_answer_that_is_none_or_no_is_told_in_words(level: str, answer: bytes, kind: type[ServiceError], words: str) -> None:
    protocol = Broker(level).protocol()
    protocol.connect(0.0)
    with pytest.raises(kind, match=words):
        protocol.receive(answer, ReadResult(), 0.0)
    assert protocol.session is None


def dialled(settings: BrokerSettings, number: int) -> tuple[socket.socket, MqttProtocol]:
    connection = socket.create_connection((settings.host, settings.port))
    connection.settimeout(0.0)
    protocol = MqttProtocol(settings, f"many-{number}", 0, Codec311())
    protocol.connect(time.monotonic())
    return connection, protocol


def test_many_connections_are_moved_under_one_selector(nats: EmbeddedBroker) -> None:
    settings, acknowledged, deadline_s = parse_broker(nats.url), set[str](), time.monotonic() + 20
    with selectors.DefaultSelector() as selector:
        for number in range(50):
            connection, protocol = dialled(settings, number)
            selector.register(connection, selectors.EVENT_READ, protocol)
        while len(acknowledged) < 50 and time.monotonic() < deadline_s:
            for key in tuple(selector.get_map().values()):
                key.fileobj.send(key.data.unsent)
                key.data.sent(len(key.data.unsent), time.monotonic())
            for key, _ in selector.select(0.1):
                result, fresh = ReadResult(), key.data.session is None
                key.data.receive(key.fileobj.recv(1 << 16), result, time.monotonic())
                if fresh and key.data.session is not None:
                    key.data.send(messages(1))
                acknowledged.update([key.data._client_id] * len(result.acks))
        for key in tuple(selector.get_map().values()):
            key.fileobj.close()
    assert len(acknowledged) == 50
