"""MQTT 3.1.1 as bytes: what is written is read again however the network cuts it, and rubbish is refused in words."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.packets import ReadResult, Signals
from brokers.mqtt.packets311 import Codec311

CODEC = Codec311()
TOPICS = st.text(st.characters(codec="utf-8", exclude_characters="\0#+"), min_size=1, max_size=40)
MESSAGES = st.lists(st.tuples(TOPICS, st.binary(max_size=300), st.integers(0, 65_535)), max_size=20)


def decoded(pieces: list[bytes]) -> ReadResult:
    """Feed pieces one after the other, keeping the rest as a transport does."""
    result, rest = ReadResult(), b""
    for piece in pieces:
        rest += piece
        rest = rest[CODEC.decode(rest, result, Signals()) :]
    assert rest == b""
    return result


@given(messages=MESSAGES, cuts=st.lists(st.integers(0, 5_000), max_size=10), retain=st.booleans())
def test_messages_are_read_as_written_wherever_the_network_cuts(
    messages: list[tuple[str, bytes, int]], cuts: list[int], *, retain: bool
) -> None:
    stream = b"".join(CODEC.publish(topic, payload, retain=retain, packet_id=number) for topic, payload, number in messages)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    result = decoded([stream[first:last] for first, last in pairwise(places)])
    assert list(zip(result.topics, result.payloads, result.ids, strict=True)) == messages


@pytest.mark.parametrize("size", [0, 120, 128, 16_370, 16_384, 2_097_152])
def test_lengths_around_each_byte_of_the_length_are_right(size: int) -> None:
    result = decoded([CODEC.publish("a", b"x" * size, retain=False, packet_id=7)])
    assert ([len(each) for each in result.payloads], result.ids) == ([size], [7])


@given(st.binary(max_size=60))
def test_rubbish_is_refused_in_words_or_waited_for(heard: bytes) -> None:
    with suppress(ValueError):
        assert 0 <= CODEC.decode(heard, ReadResult(), Signals()) <= len(heard)
    with suppress(ValueError):
        CODEC.answer(heard)


def test_a_topic_that_is_not_text_does_not_end_the_connection() -> None:
    assert decoded([b"\x30\x06\x00\x02\xff\xfe{}"]).payloads == [b"{}"]


def test_a_greeting_without_a_user_holds_no_password() -> None:
    packet = CODEC.connect(parse_broker("mqtt://host", password="b"), "id", clean=True, expiry_s=0)  # noqa: S106 - no secret
    assert packet == b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id"


@pytest.mark.parametrize(("code", "reason"), [(1, 0x84), (2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87), (77, 0x80)])
def test_return_codes_are_told_in_the_words_of_mqtt_5(code: int, reason: int) -> None:
    answer = CODEC.answer(bytes([0x20, 2, 0, code]))
    assert answer is not None
    assert (answer.code, bool(answer.reason)) == (reason, True)
