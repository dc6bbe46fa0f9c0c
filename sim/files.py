"""Paths as people write them, and files that are written whole or not at all.

Owns `~` in settings, parameters and options, where no shell has replaced it, and the way a file takes its place. What a failing
disk is called is the caller's.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def expanded(path: str | Path) -> Path:
    """Return a path with `~` and `~name` replaced; as it is for a name that nobody here has."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


@contextmanager
def written_aside(path: Path, *, flushed: bool = False) -> Iterator[Path]:
    """Yield a hidden path beside `path` to write to, and rename it when it is complete; after any error nothing of it is left.

    `flushed` puts the content on the disk itself first (fsync): the file is whole after a power cut too.
    """
    aside = path.with_name(f".{path.name}.tmp")
    try:
        yield aside
        if flushed:
            with aside.open("rb+") as file:
                os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
