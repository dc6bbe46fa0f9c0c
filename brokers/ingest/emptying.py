"""Emptying a spool: rows that wait in it go into their store, without a broker.

Owns the waiting. Keeping is `brokers.ingest.persister`'s.
"""

import threading
import time
from collections.abc import Sequence

from brokers.ingest.accounts import IngestBooks
from brokers.ingest.assembly import assemble
from brokers.ingest.proof import Seal
from brokers.ingest.settings import IngestSettings
from brokers.ingest.writers import Writer
from sim.errors import ServiceError
from sim.events.kinds import Kind

TURN_S = 0.05
SETTLE_S = 10.0  # for what is under way when time is up


def empty(kinds: Sequence[Kind], writer: Writer, settings: IngestSettings, stop: threading.Event, seconds: float) -> int:
    """Write what waits in the spool until it is empty, `stop` is set or the time has passed; return how many rows were brought in.

    Raises ServiceError when rows still wait, with the store's words.
    """
    books = IngestBooks(settings.run or "", settings.name, Seal(settings.key))
    persister, _ = assemble(kinds, writer, settings, books, lambda _tokens: None)
    end = time.monotonic() + seconds
    persister.start()
    while persister.spool.rows and not stop.is_set() and time.monotonic() < end:
        persister.check()
        time.sleep(TURN_S)
    persister.finish(SETTLE_S)
    for words in books.news():
        settings.say(words)
    if persister.spool.rows:
        msg = f"{persister.spool.rows:,} rows still wait in {settings.spool}: {books.last_error or 'there was no time for them'}"
        raise ServiceError(msg)
    return books.stored
