"""The hold: after a reconnect messages are kept back until whoever reads them is known to be there again.

Owns its limit and its counts. Who reads and how that is known is the business of whoever calls `MqttClient.release`.
"""

from dataclasses import dataclass

from brokers.mqtt.client_values import Counters


@dataclass(slots=True)
class Hold:
    """Begun at each reconnect, ended by word of the reader or by `limit_s` (0: never held). `now_s` is the monotonic clock."""

    limit_s: float
    counters: Counters
    _since_s: float | None = None

    @property
    def on(self) -> bool:
        """Return whether messages are kept back."""
        return self._since_s is not None

    def begin(self, now_s: float) -> None:
        """Keep back from now on; a reconnect that fails begins anew."""
        if self.limit_s:
            self._since_s = now_s

    def end(self, now_s: float) -> None:
        """Let go, and count for how long it was held."""
        if self._since_s is not None:
            self.counters.holds += 1
            self.counters.held_s += now_s - self._since_s
            self._since_s = None

    def check(self, now_s: float) -> None:
        """Let go when nobody was heard within the limit."""
        if self._since_s is not None and now_s - self._since_s > self.limit_s:
            self.counters.unheard += 1
            self.end(now_s)
