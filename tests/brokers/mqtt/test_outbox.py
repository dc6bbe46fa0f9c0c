"""The outbox: bounded, in order, and exact in its accounts."""

import mqtt5
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brokers.mqtt.outbox import OUTGOING_MESSAGES, Outbox, Outgoing


def outgoing(levels: list[int], handed_us: int = 0, first: int = 0) -> Outgoing:
    names = [f"{number}" for number in range(first, first + len(levels))]
    return Outgoing(names, [name.encode() for name in names], np.array(levels, dtype=np.uint8), retain=False, handed_us=handed_us)


def test_no_more_than_the_limit_is_taken_and_the_first_ones_first() -> None:
    outbox = Outbox(5)
    assert outbox.offer(outgoing([0] * 3)) == 3
    assert outbox.offer(outgoing([0] * 4, first=3)) == 2
    assert outbox.offer(outgoing([0])) == 0
    taken = [outbox.next(0), outbox.next(0)]
    assert [topic for each in taken if each for topic in each.topics] == ["0", "1", "2", "3", "4"]
    assert outbox.waiting == 0


@given(st.lists(st.integers(0, 1), max_size=50), st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_a_closed_window_stops_what_follows_too_so_order_is_kept(levels: list[int], rooms: list[int]) -> None:
    outbox = Outbox(100)
    outbox.offer(outgoing(levels))
    left: list[str] = []
    for room in rooms:
        piece = outbox.next(room)
        if piece is None:
            waiting = levels[len(left) :]
            assert not waiting or (room == 0 and waiting[0] == 1)
        else:
            assert int(piece.qos.sum()) <= room
            left += piece.topics
    assert left == [f"{number}" for number in range(len(left))]
    assert outbox.waiting == len(levels) - len(left)


def test_a_long_parcel_leaves_in_pieces() -> None:
    outbox = Outbox(10_000)
    outbox.offer(outgoing([1] * (OUTGOING_MESSAGES + 1)))
    pieces = [outbox.next(65_535), outbox.next(65_535), outbox.next(65_535)]
    assert [len(each) if each else 0 for each in pieces] == [OUTGOING_MESSAGES, 1, 0]


def test_acknowledgements_count_once_and_latencies_run_from_handing_over() -> None:
    outbox = Outbox(10)
    outbox.sent([1, 2], handed_us=1_000, tag="tap")
    outbox.sent([3], handed_us=1_000, tag="alarm")
    assert outbox.settle([2, 2, 9], now_us=1_500) == {"tap": 1}
    assert outbox.in_flight == 2
    assert outbox.drop(3)
    assert not outbox.drop(3)
    assert outbox.settle([1], now_us=4_000) == {"tap": 1}
    assert outbox.take_latencies().tolist() == [500, 3_000]
    assert outbox.take_latencies().tolist() == []


def test_packet_bytes_agree_with_the_codec() -> None:
    for size in (0, 100, 125, 130, 16_370, 16_390, 2_097_140, 2_097_160):
        for level in (0, 1):
            one = Outgoing(["stadt/ü"], [b"x" * size], np.array([level], dtype=np.uint8), retain=False, handed_us=0)
            qos = (mqtt5.QoS.AT_MOST_ONCE, mqtt5.QoS.AT_LEAST_ONCE)[level]
            packet = mqtt5.PublishPacket("stadt/ü", b"x" * size, qos=qos, packet_id=1 if level else None).write()
            assert one.packet_bytes().tolist() == [len(packet)]
