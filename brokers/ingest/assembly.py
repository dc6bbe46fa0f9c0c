"""The parts of an ingest behind its connection, joined.

Owns nothing but the joints.
"""

from collections.abc import Callable, Sequence

from brokers.codec import Decoder
from brokers.codec.fingerprints import Fingerprints
from brokers.ingest.accounts import IngestBooks
from brokers.ingest.blocks import Tokens
from brokers.ingest.dead_letters import DeadLetters
from brokers.ingest.intake import Intake
from brokers.ingest.persister import Persister
from brokers.ingest.settings import IngestSettings
from brokers.ingest.spool import Spool
from brokers.ingest.writers import Writer
from sim.events.kinds import Kind


def assemble(
    kinds: Sequence[Kind], writer: Writer, settings: IngestSettings, books: IngestBooks, acknowledge: Callable[[Tokens], None]
) -> tuple[Persister, DeadLetters]:
    """Return a persister, with its spool, and its dead letters. Raises DiskError when they cannot be used, UsageError for an unfit root."""
    spool = Spool(settings.spool, settings.spool_bytes)
    decoder = Decoder(kinds, settings.run, root=settings.root)
    letters = DeadLetters(settings.letters)
    intake = Intake(decoder, kinds, letters, books, run=settings.run, fingerprints=Fingerprints(settings.key))
    return Persister(intake, writer, spool, books, acknowledge), letters
