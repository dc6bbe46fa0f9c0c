"""Where a run goes and how fast: flags first, then the environment, then defaults.

Owns reading the environment and secrets' files. Secrets never show in a repr.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sim.errors import UsageError
from sim.units import MINUTE_US

StoreChoice = Literal["parquet", "influx", "none"]
IngestChoice = Literal["child", "external"]

RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a scenario is played; None means "as the scenario or the environment says".

    `broker` is a URL, `embedded` or `none` (nothing is published: a dry run); `out` the run folder; `origin` `now`, `same-hour`
    or an instant in ISO 8601 at which wire time begins.
    """

    broker: str = "embedded"
    store: StoreChoice = "parquet"
    speed: float | None = None
    qos: int | None = None
    origin: str = "now"
    root: str = "city"
    drain_us: int = MINUTE_US
    ingest: IngestChoice = "child"
    out: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def secret(self, name: str) -> str | None:
        """Return a setting of the environment, or the content of the file that NAME_FILE names. Raises UsageError."""
        return secret(self.environment, name)


def secret(environment: Mapping[str, str], name: str) -> str | None:
    """Return NAME, else the stripped content of the file named by NAME_FILE. Raises UsageError for an unreadable file."""
    if environment.get(name):
        return environment[name]
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"{name}_FILE names {path}, which cannot be read: {error.strerror}"
        raise UsageError(msg) from error
