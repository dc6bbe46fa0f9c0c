"""The files of a feed: a zip or a folder, its tables at the top or in one folder within, whatever their names look like.

Owns finding and opening them. What is in them is the business of the modules beside it.
"""

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeVar, cast

from sim.errors import CitybeatError, UsageError

DEPTH = 3  # folders below the one that is named: further down lies somebody else's work
MOST_LOOKED_AT = 100_000  # entries of a folder, a feed has a dozen

# What the library raises for a zip that is damaged, or packed or locked in a way it does not know.
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError, OverflowError, OSError)

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file of a feed: how it is called there, its size in bytes as it claims, and how to open it."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class FeedFiles:
    """The files of a feed by table name; `others` are folders beside that look like feeds too."""

    source: str
    files: dict[str, FeedFile]
    others: tuple[str, ...] = ()


@contextmanager
def feed_files(path: Path, tables: Iterable[str]) -> Iterator[FeedFiles]:
    """Open a feed and find the files of some tables.

    Raises UsageError when the feed is missing, not a zip, encrypted, damaged (also while its files are read) or ambiguous.
    """
    source = path.resolve().name
    if path.is_dir():
        listed = [(_posix(file, path), file) for file in _listed(path)]
        found, others = _best(listed, set(tables), source)
        if not found:
            _refuse_inner([name for name, _ in listed], source)
        yield FeedFiles(source, {name: _of_folder(file) for name, file in found.items()}, others)
        return
    if not path.is_file():
        what = "is neither a file nor a folder" if path.exists() else "no such GTFS feed"
        msg = f"{path}: {what}; name a .zip file or a folder with its .txt files"
        raise UsageError(msg)
    try:
        with zipfile.ZipFile(path) as archive:
            yield _of_zip(archive, set(tables), source)
    except CitybeatError:
        raise  # what was found in the zip
    except BROKEN as error:
        msg = f"{path} is not a readable zip file ({error}): fetch the feed again, or name a folder with its .txt files"
        raise UsageError(msg) from error


def files_read(path: Path, tables: Iterable[str]) -> list[Path]:
    """Return the files of some tables that are read of a folder. Raises UsageError when one is there twice."""
    return sorted(_best(((_posix(file, path), file) for file in _listed(path)), set(tables), path.resolve().name)[0].values())


def _posix(file: Path, folder: Path) -> PurePosixPath:
    return PurePosixPath(file.relative_to(folder).as_posix())


def _listed(folder: Path) -> Iterator[Path]:
    """Yield the regular files of a folder and of those not far below it, hidden ones aside."""
    for parent, folders, files in islice(os.walk(folder), MOST_LOOKED_AT):
        here = Path(parent)
        depth = len(here.relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if depth < DEPTH and not name.startswith((".", "__")))
        yield from (here / name for name in sorted(files)[:MOST_LOOKED_AT] if os.path.isfile(here / name))  # noqa: PTH113 - one that nobody may look at is none, and no error


def _of_folder(file: Path) -> FeedFile:
    def opened() -> BinaryIO:
        try:
            return file.open("rb")
        except OSError as error:
            msg = f"cannot read {file}: {error.strerror}"
            raise UsageError(msg) from error

    return FeedFile(file.name, file.stat().st_size, opened)


def _of_zip(archive: zipfile.ZipFile, tables: set[str], source: str) -> FeedFiles:
    """Return the files of a zip, whose names may be written with backslashes, `./`, capitals or doubled slashes."""
    members = [(_member_path(member.filename), member) for member in archive.infolist() if not member.filename.endswith("/")]
    found, others = _best(members, tables, source)
    if not found:
        _refuse_inner([name for name, _ in members], source)
    locked = [member.filename for member in found.values() if member.flag_bits & 1]
    if locked:
        msg = f"{source} is encrypted ({', '.join(locked)}): unpack it with its password and name the folder"
        raise UsageError(msg)

    def opener(member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
        return lambda: cast("BinaryIO", archive.open(member))

    return FeedFiles(source, {name: FeedFile(each.filename, each.file_size, opener(each)) for name, each in found.items()}, others)


def _member_path(name: str) -> PurePosixPath:
    parts = name.replace("\\", "/").split("/")
    return PurePosixPath(*(part for part in parts if part not in ("", ".")))


def _refuse_inner(names: list[PurePosixPath], source: str) -> None:
    inner = [str(name) for name in names if name.suffix.lower() == ".zip" and "__MACOSX" not in name.parts]
    if inner:
        msg = f"{source} holds no GTFS files but other zips ({', '.join(inner[:5])}): unpack it and name one of them"
        raise UsageError(msg)


def _best(names: Iterable[tuple[PurePosixPath, Thing]], tables: set[str], source: str) -> tuple[dict[str, Thing], tuple[str, ...]]:
    """Return the files of the folder that holds most tables, of equals the one nearest to the top; and the other folders of equal rank.

    Raises UsageError when a table is there twice.
    """
    folders: dict[PurePosixPath, dict[str, list[tuple[PurePosixPath, Thing]]]] = {}
    for name, thing in names:
        table = name.stem.lower()
        if name.suffix.lower() == ".txt" and table in tables and "__MACOSX" not in name.parts:
            folders.setdefault(name.parent, {}).setdefault(table, []).append((name, thing))
    if not folders:
        return {}, ()
    ranked = sorted(folders, key=lambda folder: (-len(folders[folder]), len(folder.parts), str(folder)))
    best = folders[ranked[0]]
    twice = [str(name) for found in best.values() if len(found) > 1 for name, _ in found]
    if twice:
        msg = f"{source} holds a table more than once ({', '.join(twice)}): remove all but one"
        raise UsageError(msg)
    equals = tuple(str(folder) for folder in ranked[1:] if len(folders[folder]) == len(best))
    return {table: found[0][1] for table, found in best.items()}, equals
