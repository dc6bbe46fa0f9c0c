"""The wait at the end of a run: until the store holds what was sent, or nothing more is to be expected.

Owns when the waiting is over. Who waits, and for how long at most, is the session's.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from brokers.ingest.intake import NO_ROOM, REFUSED_BY_STORE
from citybeat.running.accounts.accounts import Accounts
from sim.errors import ServiceError

QUIET_S = 2.0  # two statuses of an ingest to which nothing comes any more
NEVER_STORED = (REFUSED_BY_STORE, NO_ROOM)


@dataclass(slots=True)
class Patience:
    """Tells when a count has not changed for so many seconds."""

    quiet_s: float
    _count: int = -1
    _since_s: float = 0.0

    def over(self, count: int, now_s: float) -> bool:
        """Return whether the count has been the same for so long, once for each such time."""
        if count != self._count:
            self._count, self._since_s = count, now_s
        ended = now_s - self._since_s > self.quiet_s
        self._since_s = now_s if ended else self._since_s
        return ended


@dataclass(slots=True)
class Draining:
    """Looks at the accounts of a run whose last event has left."""

    accounts: Accounts
    _patience: Patience = field(default_factory=lambda: Patience(QUIET_S))

    def over(self) -> bool:
        """Return whether the store has all that it may still get, by ingest's word or, once nothing comes any more, by its own."""
        self.accounts.count()
        quiet = self._patience.over(self.accounts.books.total().received, time.monotonic())
        held = self._held() if quiet else {}
        return not self.accounts.books.awaited(NEVER_STORED, held) and (quiet or self.accounts.content_arrived())

    def _held(self) -> Mapping[str, int]:
        """Return what the store itself says that it holds: an ingest that was killed cannot say it any more. Nothing while it is away."""
        store, kinds = self.accounts.connections.store, self.accounts.job.kinds
        try:
            return store.count(self.accounts.run, [kind.name for kind in kinds]) if store is not None else {}
        except ServiceError:
            return {}
