"""When to try a lost broker again, and when to stop.

Owns what a loss means and the two limits. Delays are `brokers.backoff`'s; the clock is an argument, connecting is the client's.
"""

import random

from brokers.backoff import Backoff
from brokers.mqtt.client_values import ClientOptions

FLAPPING_CONNECTIONS = 8  # in a row that broke before anything passed: trying on would go on for ever
BRIEF_CONNECTIONS = 20  # in a row, of use or not: some brokers take a message that they forbid, and hang up each time
LASTING_S = 5.0  # a connection that held so long did not break for what we sent or who we are


class Reconnects:
    """The history of one client's connections; every `now_s` is the monotonic clock."""

    def __init__(self, options: ClientOptions, rng: random.Random | None = None) -> None:
        """Start before the first connection."""
        self.useful = True  # whether anything has passed over the connection that stands
        self._give_up_after_s = options.give_up_after_s
        self._backoff = Backoff(options.first_delay_s, options.longest_delay_s, rng or random.Random())
        self._opened_s = 0.0
        self._lost_s = 0.0
        self._flapping = 0
        self._brief = 0

    def opened(self, now_s: float) -> None:
        """Note that a connection stands again; the client sets `useful` when something passes."""
        self._opened_s = now_s
        self.useful = False

    def lost(self, now_s: float) -> None:
        """Note a loss: the next try is soon if the connection was of use, later and later if not."""
        self._lost_s = now_s
        lasting = now_s - self._opened_s > LASTING_S
        self._brief = 0 if lasting else self._brief + 1
        self._flapping += 1
        if self.useful or lasting:
            self._flapping = 0
            self._backoff.reset()
        self._backoff.failed(now_s)

    def failed(self, now_s: float) -> None:
        """Note a try that did not connect: the next comes after twice the time."""
        self._backoff.failed(now_s)

    def wait_s(self, now_s: float) -> float:
        """Return how long to wait before the next try (0: now)."""
        return self._backoff.wait_s(now_s)

    def flapping(self) -> bool:
        """Return whether connections break as soon as they stand, again and again."""
        return self._flapping >= FLAPPING_CONNECTIONS or self._brief >= BRIEF_CONNECTIONS

    def exhausted(self, now_s: float) -> bool:
        """Return whether the broker has been away longer than the options allow."""
        return now_s - self._lost_s > self._give_up_after_s
