"""The values an MQTT client takes and gives: options, counters, and what was received.

Owns plain data only.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client behaves. `persistent_s` > 0 keeps the broker's session for so long after a loss (readers).

    `window` bounds our unacknowledged publishes (0: as the library and the broker like it), `backlog_limit` what waits for it.
    `read_pause_s` is the least time between reads: 4 ms make a reader's messages cheaper, 1 ms a publisher's PUBACKs.
    A lost connection is tried again after `first_delay_s`, then twice as long each time up to `longest_delay_s`, with jitter,
    for `give_up_after_s`.
    `hold_s` > 0 keeps messages back after a reconnect until `release`, at most so long: who reads them may not be back yet.
    """

    persistent_s: int = 0
    window: int = 0
    backlog_limit: int = 200_000
    read_pause_s: float = 0.0
    first_delay_s: float = 0.1
    longest_delay_s: float = 5.0
    give_up_after_s: float = 60.0
    hold_s: float = 0.0


@dataclass(slots=True)
class Counters:
    """Plain counts of messages since the client was made; a repeat counts once in `published` and once in `acked`.

    `received` were handed out by `receive`; `refused` the broker did not take, for good; `in_flight` and `backlog` are what they are now.
    `published_by`, `acked_by` and `refused_by` are the same counts by the tag given to `publish`.
    """

    published_qos0: int = 0
    published_qos1: int = 0
    acked: int = 0
    refused: int = 0
    received: int = 0
    reconnects: int = 0
    in_flight: int = 0
    backlog: int = 0
    holds: int = 0
    held_s: float = 0.0
    unheard: int = 0
    published_by: Counter[str] = field(default_factory=Counter)
    acked_by: Counter[str] = field(default_factory=Counter)
    refused_by: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Received:
    """Deliveries as columns of equal length, in order.

    `tokens` (int64) is -1 where there is nothing to acknowledge: QoS 0, and QoS 1 of a connection that is lost (it will be repeated).
    """

    topics: list[str]
    payloads: list[bytes]
    tokens: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.topics)
