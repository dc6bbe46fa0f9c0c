"""A claim: a run's hold on its folder while it lives. One run writes there, and a run that never began leaves nothing behind.

Owns making, locking and taking away. What lies in the folder is `citybeat.kept.folder`'s.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from citybeat.kept.folder import RunFolder, new_run_id
from sim.errors import DiskError, UsageError

# The system forgets a lock (flock) with the process that holds it, also with one that was killed.
LOCK = "run.lock"
WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})  # some network file systems: runs there are not told apart


@dataclass(slots=True)
class Claim:
    """A folder of ours, and which folders were `made` for it, innermost first. `begun` tells whether anything was put."""

    folder: RunFolder
    made: tuple[Path, ...]
    lock: int
    begun: Callable[[], bool] = field(default=lambda: False)

    def release(self) -> None:
        """Unlock; take away again what was made for a run that never began."""
        path = self.folder.path
        with suppress(OSError):
            (path / LOCK).unlink()
        os.close(self.lock)
        if self.folder.summary.exists() or self.begun():
            return
        with suppress(OSError):  # the reason why the run never began is worth more than what this could say
            for each in path.iterdir():
                shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
            for each in self.made:
                each.rmdir()


@contextmanager
def claimed(out: Path | None, runs: Path) -> Iterator[Claim]:
    """Make and hold a run folder: `out`, or `runs/<id>`.

    Raises UsageError for one that holds something or that another run holds, DiskError when it cannot be made.
    """
    run = new_run_id()
    path = out or runs / run
    try:
        claim = _claim(RunFolder(path, run))
    except OSError as error:
        msg = f"cannot make the run folder {path}: {error.strerror}; choose another --out"
        raise DiskError(msg) from error
    try:
        yield claim
    finally:
        claim.release()


def _claim(folder: RunFolder) -> Claim:
    path = folder.path
    _check_empty(path)
    made: list[Path] = []
    lock = None
    while lock is None:  # again when another run, which never began, took the folder away under our hands
        made += [each for each in (path, *path.parents) if not each.exists()]
        path.mkdir(parents=True, exist_ok=True)
        lock = _lock(path)
    claim = Claim(folder, tuple(made), lock)
    try:
        _check_empty(path)  # a run may have begun and ended here since we looked
    except UsageError:
        claim.begun = lambda: True
        claim.release()
        raise
    return claim


def _check_empty(path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(each.name != LOCK for each in path.iterdir())):
        msg = f"{path} already holds something: choose another --out, or remove it (`citybeat runs delete` removes runs)"
        raise UsageError(msg)


def _lock(path: Path) -> int | None:
    """Return a held lock, None when the folder was taken away under our hands. Raises UsageError when another run holds it."""
    try:
        descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:
        return None
    try:
        _hold(descriptor, fcntl.LOCK_EX)
    except BlockingIOError as error:
        os.close(descriptor)
        msg = f"another run writes into {path} just now: choose another --out"
        raise UsageError(msg) from error
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), (path / LOCK).stat()):
            return descriptor
    os.close(descriptor)
    return None


def _hold(descriptor: int, how: int) -> None:
    """Lock a file, where its file system knows locks. Raises BlockingIOError when another process holds it."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise


def lives(path: Path) -> bool:
    """Return whether a run holds the folder now."""
    try:
        descriptor = os.open(path / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        _hold(descriptor, fcntl.LOCK_SH)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
