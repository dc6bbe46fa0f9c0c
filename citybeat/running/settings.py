"""Where a run goes and how fast: flags first, then the environment, then defaults.

Owns the settings. Reading secrets is `citybeat.running.credentials`'; none shows in a repr.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from brokers.codec.topics import check_root
from citybeat.running.credentials import secret
from citybeat.running.origin import check_origin
from sim.errors import UsageError
from sim.units import MINUTE_US, nearest

StoreChoice = Literal["parquet", "influx"]
IngestChoice = Literal["child", "external"]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a scenario is played; None means "as the scenario or the environment says".

    `broker` is a URL, `embedded` or `none` (nothing is published: a dry run); `out` the run folder; `origin` `now`, `same-hour`
    or an instant in ISO 8601 at which wire time begins.
    """

    broker: str = field(default="embedded", repr=False)  # its URL may hold a password
    store: StoreChoice = "parquet"
    speed: float | None = None
    qos: int | None = None
    origin: str = "now"
    root: str = "city"
    drain_us: int = MINUTE_US
    ingest: IngestChoice = "child"
    out: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def __post_init__(self) -> None:
        """Raise UsageError with everything that is wrong, before anything is opened."""
        wrong = [*_unknown("store", self.store, get_args(StoreChoice)), *_unknown("ingest", self.ingest, get_args(IngestChoice))]
        for check, value in ((check_root, self.root), (check_origin, self.origin)):
            try:
                check(value)
            except UsageError as error:
                wrong.append(str(error))
        if self.ingest == "external" and self.broker == "embedded":
            wrong.append("--ingest external needs a broker that both can reach: give its URL with --broker")
        if self.ingest == "external" and self.store == "parquet":
            wrong.append("--ingest external needs --store influx: the embedded store lies in the folder of the ingest that writes it")
        if wrong:
            raise UsageError("; ".join(wrong))

    def secret(self, name: str) -> str | None:
        """Return a setting of the environment, or the content of the file that NAME_FILE names. Raises UsageError."""
        return secret(self.environment, name)


def _unknown(what: str, given: str, known: Sequence[str]) -> list[str]:
    return [] if given in known else [f"unknown {what} {given!r}{nearest(given, known)}: there are {', '.join(known)}"]
