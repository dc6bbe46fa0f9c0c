"""MQTT 5 by the mqtt5 codec (sans-I/O, in Rust).

Owns the translation between its packets and ours.
"""

from collections.abc import Sequence

import mqtt5

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.packets import FIRST_FAILURE, STATED_WINDOW, Answer, OtherLevel, ReadResult, Session, Signals

QOS = (mqtt5.QoS.AT_MOST_ONCE, mqtt5.QoS.AT_LEAST_ONCE)
CONNACK_311 = b"\x20\x02"  # a CONNACK of two bytes has no properties: the broker answers in MQTT 3.1.1


class Codec5:
    """MQTT 5."""

    window = 4_096  # more brought no throughput on mosquitto and only lengthened the queue there
    ping = mqtt5.PingReqPacket().write()
    goodbye = mqtt5.DisconnectPacket().write()

    def connect(self, settings: BrokerSettings, client_id: str, *, clean: bool, expiry_s: int) -> bytes:
        """Return CONNECT, with our window and the session's expiry."""
        return mqtt5.ConnectPacket(
            client_id,
            username=settings.username,
            password=settings.password.encode() if settings.password is not None else None,
            clean_start=clean,
            keep_alive=settings.keepalive_s,
            session_expiry_interval=expiry_s,
            receive_max=STATED_WINDOW,
        ).write()

    def answer(self, heard: bytes) -> Answer | None:
        """Return the CONNACK with all that the broker limits; None while it is not complete."""
        if heard.startswith(CONNACK_311):
            msg = "it answers in MQTT 3.1.1"
            raise OtherLevel(msg)
        try:
            packet, size = mqtt5.read(memoryview(heard))
        except IndexError:
            return None
        except ValueError as error:
            msg = f"its answer is not MQTT 5 ({error})"
            raise ValueError(msg) from error
        if not isinstance(packet, mqtt5.ConnAckPacket):
            msg = f"it answered with {type(packet).__name__} instead of CONNACK"
            raise ValueError(msg)  # noqa: TRY004 - of the broker's bytes, not of a caller's type
        return Answer(
            code=int(packet.reason_code),
            reason=packet.reason_str or _words(packet.reason_code),
            session=Session(
                present=packet.session_present,
                protocol=5,
                receive_max=packet.receive_max,
                max_packet=packet.max_packet_size or 0,
                delivery_window=STATED_WINDOW,
                max_qos=int(packet.max_qos),
                retains=packet.retain_available,
                wildcards=packet.wildcard_subscription_available,
                expiry_s=packet.session_expiry_interval,
            ),
            size=size,
            keepalive_s=packet.server_keep_alive or 0,
        )

    def subscribe(self, packet_id: int, filters: Sequence[str], qos: int) -> bytes:
        """Return SUBSCRIBE."""
        return mqtt5.SubscribePacket(packet_id, [mqtt5.TopicFilter(each, max_qos=QOS[qos]) for each in filters]).write()

    def publish(self, topic: str, payload: bytes, *, retain: bool, packet_id: int) -> bytes:
        """Return PUBLISH."""
        if packet_id:
            return mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, retain=retain, packet_id=packet_id).write()
        return mqtt5.PublishPacket(topic, payload, retain=retain).write()

    def decode(self, heard: bytes, result: ReadResult, signals: Signals) -> int:
        """Sort complete packets into result and signals; return the bytes they took."""
        offset, filled, view = 0, len(heard), memoryview(heard)
        decoded, publish, acknowledgement = mqtt5.read, mqtt5.PublishPacket, mqtt5.PubAckPacket
        topics, payloads, ids, acks = result.topics, result.payloads, result.ids, result.acks
        while offset < filled:
            try:
                packet, size = decoded(view[offset:])
            except IndexError:
                break  # the last packet is not complete yet
            offset += size
            if type(packet) is publish:
                topics.append(packet.topic)
                payloads.append(packet.payload)
                ids.append(packet.packet_id or 0)
            elif type(packet) is acknowledgement and int(packet.reason_code) < FIRST_FAILURE:
                acks.append(packet.packet_id)
            else:
                _control(packet, result, signals)
        return offset


def _control(packet: mqtt5.Packet, result: ReadResult, signals: Signals) -> None:
    if isinstance(packet, mqtt5.PubAckPacket):
        result.refusals.append((packet.packet_id, packet.reason_str or _words(packet.reason_code)))
    elif isinstance(packet, mqtt5.SubAckPacket):
        result.granted = [(int(code), _words(code)) for code in packet.reason_codes]
    elif isinstance(packet, mqtt5.PingRespPacket):
        signals.pong = True
    elif isinstance(packet, mqtt5.DisconnectPacket):
        signals.parted = (int(packet.reason_code), packet.reason_str or _words(packet.reason_code))
    else:
        msg = f"unexpected {type(packet).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - of the broker's bytes, not of a caller's type


def _words(code: mqtt5.SubAckReasonCode | mqtt5.PubAckReasonCode | mqtt5.ConnAckReasonCode | mqtt5.DisconnectReasonCode) -> str:
    return code.name.replace("_", " ").lower()
