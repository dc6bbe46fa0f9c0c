"""The transport for any broker: paho-mqtt, MQTT 3.1.1 and 5, driven by our own loop and without its threads.

Owns nothing that paho owns already: framing, keepalive, re-sending and its window of 20 are paho's.
"""

import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import ASSUMED_WINDOW, RECEIVE_MAXIMUM, SESSION_TAKEN_OVER, STATED_WINDOW, ReadResult, Session
from brokers.mqtt.refusals import ConnectionLost, explained, hung_up, refused, taken_over
from brokers.mqtt.sockets import LINGER_S, confirm_at_once, linger, open_socket, second_handle
from sim.errors import ServiceError

READ_PACKETS = 2_000  # in a row before the caller gets its turn


class PahoTransport:
    """A `Transport` over paho. `protocol` is 5 or 311; `persistent_s` > 0 keeps the broker's session (3.1.1: without limit)."""

    window = 20  # paho's own: raising it to 1,000 made it slower, for it walks through all messages in flight

    def __init__(self, settings: BrokerSettings, client_id: str, persistent_s: int, protocol: int) -> None:
        """Connect nothing yet. Raises UsageError for TLS files that cannot be used."""
        self._settings = settings
        self._client_id = client_id
        self._protocol = protocol
        self._persistent_s = persistent_s
        self._connack: tuple[bool, ReasonCode, Properties] | None = None
        self._parted = ""
        self._taken_over = False
        self._more = False
        self._reading = False
        self._result = ReadResult()
        self._context = settings.tls.context() if settings.tls else None
        self._client = self._made(clean=not persistent_s)
        self._opened = False

    def _made(self, *, clean: bool) -> paho.Client:
        five = self._protocol == 5  # noqa: PLR2004 - the protocol's number
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if five else clean,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,  # else paho would try MQTT 3.1 behind our back
            manual_ack=True,
        )
        client.connect_timeout = self._settings.connect_timeout_s
        client.max_inflight_messages = self.window
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, self._settings.password)
        if self._context:
            client.tls_set_context(self._context)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    @property
    def congested(self) -> bool:
        """Return whether paho has packets that the socket did not take."""
        return self._client.want_write()

    @property
    def unwritten(self) -> bool:
        """Return whether paho has packets that the socket did not take."""
        return self._client.want_write()

    def open(self) -> Session:
        """Connect and do the handshake; paho sends unacknowledged messages again, marked as duplicates."""
        self._handshake(self._client, clean=not self._persistent_s, expiry_s=self._persistent_s, first=not self._opened)
        self._opened = True
        self._more = len(self._result) > 0  # PUBACKs and repeats of a kept session follow CONNACK at once
        assert self._connack is not None  # noqa: S101 - the handshake ends with it
        present, _, properties = self._connack
        return Session(
            present=present,
            protocol=self._protocol,
            receive_max=int(getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM)),
            max_packet=int(getattr(properties, "MaximumPacketSize", 0)),
            max_qos=int(getattr(properties, "MaximumQoS", 2)),
            retains=bool(getattr(properties, "RetainAvailable", 1)),
            wildcards=bool(getattr(properties, "WildcardSubscriptionAvailable", 1)),
            expiry_s=getattr(properties, "SessionExpiryInterval", None),
            delivery_window=STATED_WINDOW if self._protocol == 5 else ASSUMED_WINDOW,  # noqa: PLR2004 - the protocol's number
        )

    def _handshake(self, client: paho.Client, *, clean: bool, expiry_s: int, first: bool) -> None:
        self._connack = None
        self._parted = ""
        self._result = ReadResult(self._result.acks, self._result.refusals)
        if self._context:
            # Paho leaves the socket of a failed TLS handshake unclosed: let it fail here instead.
            open_socket(self._settings, self._context).close()
        try:
            self._connect(client, clean=clean, expiry_s=expiry_s, first=first)
            self._await_connack(client)
        except ServiceError:
            self._leave(client)
            raise
        except OSError as error:
            self._leave(client)
            raise explained(self._settings, error) from error

    def _connect(self, client: paho.Client, *, clean: bool, expiry_s: int, first: bool) -> None:
        settings = self._settings
        if not first:
            client.reconnect()
        elif self._protocol == 5:  # noqa: PLR2004 - the protocol's number
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.ReceiveMaximum = STATED_WINDOW
            properties.SessionExpiryInterval = expiry_s
            start = paho.MQTT_CLEAN_START_FIRST_ONLY if clean else False
            client.connect(settings.host, settings.port, settings.keepalive_s, clean_start=start, properties=properties)
        else:
            client.connect(settings.host, settings.port, settings.keepalive_s)
        if opened := _socket_of(client):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _await_connack(self, client: paho.Client) -> None:
        deadline = time.monotonic() + self._settings.connect_timeout_s
        while self._connack is None:
            code = self._turn(client, max(deadline - time.monotonic(), 0.0))
            if self._connack is None and (code or time.monotonic() > deadline):
                raise hung_up(self._settings, self._parted or "it gave no answer that is MQTT")
        _, reason, _ = self._connack
        if reason.is_failure:
            raise refused(self._settings, reason.value, str(reason))

    def _turn(self, client: paho.Client, timeout_s: float) -> MQTTErrorCode:
        opened = _socket_of(client)
        if opened is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        writers = [opened] if client.want_write() else []
        select.select([opened], writers, [], timeout_s)
        return self._read(client) or client.loop_write()

    def subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Send SUBSCRIBE."""
        self._client.subscribe([(pattern, qos) for pattern in filters])

    def send(self, outgoing: Outgoing) -> list[int]:
        """Hand messages to paho, which writes at once."""
        ids: list[int] = []
        publish = self._client.publish
        for topic, payload, qos in zip(outgoing.topics, outgoing.payloads, outgoing.qos.tolist(), strict=True):
            info = publish(topic, payload, qos, outgoing.retain)
            while info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:  # paho's next packet id is still in flight: it takes another
                info = publish(topic, payload, qos, outgoing.retain)
            if qos:
                ids.append(info.mid)
        return ids

    def repeat(self) -> None:
        """Do nothing: paho has repeated what was not acknowledged as soon as it was connected."""

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Send PUBACKs."""
        for packet_id in ids:
            self._client.ack(packet_id, 1)

    def flush(self) -> None:
        """Write what paho still holds."""
        if self._client.want_write():
            self._check(self._client.loop_write())

    def wait(self, timeout_s: float) -> None:
        """Return when the socket is ready; at once when the last read left something."""
        opened = _socket_of(self._client)
        if opened is None or self._more:
            return
        # A thread that publishes may find the connection broken and close the socket under us: `read` will say so.
        with suppress(OSError, ValueError):
            select.select([opened], [opened] if self._client.want_write() else [], [], timeout_s)

    def read(self, result: ReadResult) -> None:
        """Let paho read packet by packet until nothing new comes, then do its housekeeping."""
        result.absorb(self._result)
        self._result = result
        try:
            before = -1
            first = len(result)
            while before < len(result) < first + READ_PACKETS:
                before = len(result)
                self._check(self._read(self._client))
            self._more = len(result) > before
        finally:
            self._result = ReadResult()
        if opened := _socket_of(self._client):
            confirm_at_once(opened)
        self._check(self._client.loop_misc())

    def _read(self, client: paho.Client) -> MQTTErrorCode:
        self._reading = True
        try:
            return client.loop_read()
        finally:
            self._reading = False

    def _check(self, code: MQTTErrorCode) -> None:
        if self._taken_over:
            raise taken_over(self._settings, self._client_id)
        if code or self._parted:
            raise ConnectionLost(self._parted or paho.error_string(code))

    def close(self) -> None:
        """Say goodbye without waiting, and free the socket."""
        self._client.on_disconnect = None
        self._leave(self._client)

    def discard_session(self) -> None:
        """Connect once with a clean start and no expiry, which ends the session for good."""
        client = self._made(clean=True)
        client.on_disconnect = None
        self._handshake(client, clean=True, expiry_s=0, first=True)
        self._leave(client)

    @staticmethod
    def _leave(client: paho.Client) -> None:
        opened = _socket_of(client)
        if opened is None:
            return
        handle = second_handle(opened)
        client.disconnect()
        deadline = time.monotonic() + LINGER_S
        while client.want_write() and time.monotonic() < deadline:
            select.select([], [opened], [], 0.05)
            client.loop_write()
        opened.close()  # paho has done so when its goodbye was written
        linger(handle)

    def _on_connect(
        self, _client: paho.Client, _data: object, flags: paho.ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._connack = (flags.session_present, reason, properties or Properties(PacketTypes.CONNACK))  # type: ignore[no-untyped-call]

    def _on_disconnect(
        self,
        _client: paho.Client,
        _data: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        asked = flags.is_disconnect_packet_from_server
        self._taken_over = asked and reason.value == SESSION_TAKEN_OVER
        self._parted = f"closed by the broker: {str(reason).lower()}" if asked else f"connection closed ({str(reason).lower()})"

    def _on_subscribe(
        self, _client: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._result.granted = [(reason.value, str(reason).lower()) for reason in reasons]

    def _on_publish(self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _properties: Properties | None) -> None:
        # Paho calls this when a QoS 0 message is written as well, with an id that may be in flight: only reads bring PUBACKs.
        if not self._reading:
            return
        if reason.is_failure:
            self._result.refusals.append((mid, str(reason)))
        else:
            self._result.acks.append(mid)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        result = self._result
        result.topics.append(message.topic)
        result.payloads.append(bytes(message.payload))
        result.ids.append(message.mid if message.qos else 0)


def _socket_of(client: paho.Client) -> socket.socket | None:
    """Return the open socket, which paho promises as one of several types."""
    opened = client.socket()
    return opened if isinstance(opened, socket.socket) else None
