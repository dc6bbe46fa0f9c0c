"""Room for what lives as long as a run: in the folder for temporary files, or beside the run where nothing else can be written.

Owns the message when there is none. A container with a read-only root has no folder for temporary files.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from sim.errors import DiskError

Made = TypeVar("Made")


def scratch_folder(prefix: str, beside: Path | None = None) -> Path:
    """Return a new folder of its own. Raises DiskError naming the remedy."""
    return Path(_made(lambda parent: tempfile.mkdtemp(prefix=prefix, dir=parent), beside))


def scratch_file(beside: Path | None = None) -> IO[bytes]:
    """Return a new file without a name, which is gone when it is closed. Raises DiskError naming the remedy."""
    return _made(lambda parent: tempfile.TemporaryFile(dir=parent), beside)


def _made(make: Callable[[Path | None], Made], beside: Path | None) -> Made:
    reasons = []
    for parent in (None, beside):
        try:
            return make(parent)
        except OSError as error:
            reasons.append(error.strerror or str(error))
    msg = f"no folder for temporary files can be written ({'; '.join(dict.fromkeys(reasons))}): set TMPDIR to one that can"
    raise DiskError(msg)
