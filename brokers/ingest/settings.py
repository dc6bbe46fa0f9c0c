"""Settings of an ingest: whose events are kept, and where its files are.

Owns the values.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from brokers.codec import ROOT

SPOOL_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Whose events are kept, and where the files of an ingest are.

    `run` keeps one run's events and counts others apart (None keeps all). `window` is how many unacknowledged deliveries
    the broker allows where the client cannot know (0: as the client says): blocks are at most half of it. At the end, what
    is held goes to the store or the spool within `settle_s`, or stays with the broker; and the last status is written to the
    file `last_status`, if any: whoever started us reads there what a lost broker cannot tell any more. `key` proves our statuses and
    goes into the sums of rows; `say` tells people what is passed over and what the spool has lost.
    """

    name: str
    run: str | None
    letters: Path
    spool: Path
    spool_bytes: int = SPOOL_BYTES
    root: str = ROOT
    window: int = 0
    settle_s: float = 10.0
    last_status: Path | None = None
    key: bytes = field(default=b"", repr=False)
    say: Callable[[str], None] = lambda _words: None
