"""Deliveries a reader has not acknowledged yet, and the order in which the protocol wants their PUBACKs.

Owns tokens. Sending the PUBACKs is the transport's.
"""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NO_TOKEN = -1  # of a QoS 0 message: nothing to acknowledge


class Deliveries:
    """Numbers QoS 1 deliveries from 0 over the client's life; a number is the message's token.

    PUBACKs leave in the order of delivery (MQTT 5, section 4.6): an acknowledgement given early waits for those before it.
    """

    def __init__(self) -> None:
        """Start with nothing delivered."""
        self._first = 0
        self._ids = array("H")
        self._done = bytearray()

    def __len__(self) -> int:
        """Return how many deliveries await their PUBACK."""
        return len(self._ids)

    def admit(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """Return the tokens of deliveries with these packet ids (0 for QoS 0)."""
        packet_ids = np.array(ids, dtype=np.uint16)
        counted = packet_ids > 0
        tokens = np.where(counted, self._first + len(self._ids) - 1 + np.cumsum(counted), NO_TOKEN)
        self._ids.frombytes(packet_ids[counted].tobytes())
        self._done.extend(bytes(int(counted.sum())))
        return tokens.astype(np.int64)

    def acknowledge(self, tokens: NDArray[np.int64]) -> list[int]:
        """Mark deliveries as done; return the packet ids whose PUBACK may leave now. Tokens of a lost connection are ignored."""
        places = tokens - self._first
        places = places[(places >= 0) & (places < len(self._ids))]
        np.frombuffer(self._done, dtype=np.uint8)[places] = 1
        ready = self._done.find(0)
        ready = len(self._done) if ready < 0 else ready
        ids = self._ids[:ready].tolist()
        del self._ids[:ready], self._done[:ready]
        self._first += ready
        return ids

    def forget(self) -> None:
        """Drop all: the connection is lost, and the broker will deliver them again."""
        self._first += len(self._ids)
        self._ids = array("H")
        self._done = bytearray()
