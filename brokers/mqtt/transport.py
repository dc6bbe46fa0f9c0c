"""The port behind which two MQTT libraries stand: one client id's connection to one broker, no policy.

Owns the contract. Queues, windows, reconnects and accounts are `brokers.mqtt.client`'s, errors `brokers.mqtt.refusals`'.
"""

from collections.abc import Sequence
from typing import Protocol

from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import ReadResult, Session


class Transport(Protocol):
    """One client id's connection to one broker, reopened after each loss.

    Only `open`, `close` and `discard_session` wait for the broker, each within a limit. QoS 1 messages are kept until their PUBACK.
    """

    window: int  # how many unacknowledged publishes serve this library best

    def open(self) -> Session:
        """Connect and wait for CONNACK. Raises ServiceError, Refused or ProtocolRefused, within the settings' time-out."""
        ...

    def subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Queue SUBSCRIBE; a later read brings the answer."""
        ...

    def send(self, outgoing: Outgoing) -> list[int]:
        """Queue messages for writing; return the packet ids of the QoS 1 ones, in order. A loss shows at the next `read`."""
        ...

    def repeat(self) -> None:
        """Queue what an earlier connection left unacknowledged, with DUP and as the window allows; paho has sent it in `open`."""
        ...

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Queue PUBACKs, in this order."""
        ...

    def flush(self) -> None:
        """Write what the socket takes. Raises ConnectionLost."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Return when there may be something to read, or to write if something waits, or after the time."""
        ...

    def read(self, result: ReadResult) -> None:
        """Read what is there into `result` and keep the connection alive. Raises ConnectionLost, and Refused when another took our id."""
        ...

    @property
    def congested(self) -> bool:
        """Return whether more is queued than the socket takes."""
        ...

    @property
    def unwritten(self) -> bool:
        """Return whether anything is queued or to be repeated."""
        ...

    def close(self) -> None:
        """Take leave of the broker if it is there, and free the socket."""
        ...

    def discard_session(self) -> None:
        """Delete the broker's session by a clean connect. Raises what `open` raises."""
        ...
