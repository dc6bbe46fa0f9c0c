"""When to try a lost broker again, and when to stop.

Owns the back-off and its two limits. The clock is an argument; connecting is the client's.
"""

import random
from dataclasses import dataclass, field

from brokers.mqtt.client_values import ClientOptions

FLAPPING_CONNECTIONS = 8  # in a row that broke before anything passed: trying on would go on for ever
BRIEF_CONNECTIONS = 20  # in a row, of use or not: some brokers take a message that they forbid, and hang up each time
LASTING_S = 5.0  # a connection that held so long did not break for what we sent or who we are


@dataclass(slots=True)
class Reconnects:
    """The history of one client's connections; every `now_s` is the monotonic clock."""

    options: ClientOptions
    jitter: random.Random = field(default_factory=random.Random)
    useful: bool = True
    _opened_s: float = 0.0
    _lost_s: float = 0.0
    _next_s: float = 0.0
    _delay_s: float = 0.0
    _flapping: int = 0
    _brief: int = 0

    def opened(self, now_s: float) -> None:
        """Note that a connection stands again; the client sets `useful` when something passes."""
        self._opened_s = now_s
        self.useful = False

    def lost(self, now_s: float) -> None:
        """Note a loss: the next try is soon if the connection was of use, later and later if not."""
        self._lost_s = now_s
        lasting = now_s - self._opened_s > LASTING_S
        self._brief = 0 if lasting else self._brief + 1
        if self.useful or lasting:
            self._flapping = 0
            self._delay_s = self.options.first_delay_s
            self._plan(now_s)
        else:
            self._flapping += 1
            self.failed(now_s)

    def failed(self, now_s: float) -> None:
        """Note a try that did not connect: the next comes after twice the time."""
        self._delay_s = min(self._delay_s * 2, self.options.longest_delay_s)
        self._plan(now_s)

    def _plan(self, now_s: float) -> None:
        # Half to all of the delay: clients that lost one broker at one moment shall not return at one moment.
        self._next_s = now_s + self._delay_s * self.jitter.uniform(0.5, 1.0)

    def wait_s(self, now_s: float) -> float:
        """Return how long to wait before the next try (0: now)."""
        return max(self._next_s - now_s, 0.0)

    def flapping(self) -> bool:
        """Return whether connections break as soon as they stand, again and again."""
        return self._flapping >= FLAPPING_CONNECTIONS or self._brief >= BRIEF_CONNECTIONS

    def exhausted(self, now_s: float) -> bool:
        """Return whether the broker has been away longer than the options allow."""
        return now_s - self._lost_s > self.options.give_up_after_s
