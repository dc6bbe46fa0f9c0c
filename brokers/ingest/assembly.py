"""The parts of an ingest behind its connection, joined.

Owns nothing but the joints.
"""

from collections.abc import Callable, Sequence

from brokers.codec import Decoder
from brokers.codec.fingerprints import Fingerprints
from brokers.ingest.accounts import IngestBooks
from brokers.ingest.blocks import Tokens
from brokers.ingest.dead_letters import DeadLetters
from brokers.ingest.keeper import Keeper
from brokers.ingest.reception import Reception
from brokers.ingest.settings import IngestSettings
from brokers.ingest.spool import Spool
from brokers.ingest.writers import Writer
from sim.events.kinds import Kind


def assemble(
    kinds: Sequence[Kind], writer: Writer, settings: IngestSettings, books: IngestBooks, acknowledge: Callable[[Tokens], None]
) -> tuple[Keeper, DeadLetters]:
    """Return a keeper with its spool and dead letters. Raises DiskError when they cannot be used, UsageError for a root that cannot be."""
    spool = Spool(settings.spool, settings.spool_bytes)
    decoder = Decoder(kinds, settings.run, root=settings.root)
    letters = DeadLetters(settings.letters)
    reception = Reception(decoder, kinds, letters, books, run=settings.run, fingerprints=Fingerprints(settings.key))
    return Keeper(reception, writer, spool, books, acknowledge), letters
