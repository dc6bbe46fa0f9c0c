"""Joining: many small parts of a folder become a few, and the folder is exchanged as a whole.

Owns the exchange. Whoever lists the folder sees the small parts or the joined ones, each row once; never both and never some. A
crash at any moment leaves one of the two whole.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from brokers.parquet.parts import disk_guard, part_name, part_number, parts_of, rows_of, write_part
from sim.errors import CitybeatError

PART_ROWS = 50_000
# A joined part holds about so many rows: what is in memory while it is made.
JOINED_ROWS = 5 * PART_ROWS


def readable(folder: Path) -> Path:
    """Return where a folder's parts are now: between the two renames of an exchange, or after a crash there, in the new one."""
    new = _new(folder)
    return new if new.is_dir() and not folder.is_dir() else folder


def recover(folder: Path) -> None:
    """Finish or undo an exchange that a crash cut off. Only for the one process that writes the folder. Raises DiskError."""
    with disk_guard(folder):
        if _new(folder).is_dir() and not folder.is_dir():
            _new(folder).rename(folder)
        for left in (_new(folder), _old(folder)):
            shutil.rmtree(left, ignore_errors=True)


def put_rows_together(parts: Sequence[Path], path: Path) -> None:
    """Write the rows of parts as one."""
    write_part(pl.concat([pl.read_parquet(part, glob=False) for part in parts], how="diagonal_relaxed"), path)


def join_parts(folder: Path, put_together: Callable[[Sequence[Path], Path], None] = put_rows_together) -> None:
    """Put joined parts in the place of small neighbours; large parts stay as they are. Only for the process that writes the folder.

    Nothing needs it: where it cannot be done, for want of room or because a part was damaged, the folder stays as it is.
    """
    new, old = _new(folder), _old(folder)
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir()
        parts = parts_of(folder)
        # A name is never used for other rows: a reader that opens a part twice must not meet another one under its name.
        for number, group in enumerate(_groups(parts), start=part_number(parts[-1]) + 1):
            if len(group) > 1:
                put_together(group, new / part_name(number))
            else:
                _link(group[0], new / part_name(number))
        folder.rename(old)
        new.rename(folder)
    except (OSError, CitybeatError, pl.exceptions.PolarsError):
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _groups(parts: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield neighbours that become one part; a large part stands alone."""
    group: list[Path] = []
    held = 0
    for part in parts:
        rows = rows_of(part)
        if group and (rows >= PART_ROWS or held >= JOINED_ROWS):
            yield group
            group, held = [], 0
        if rows >= PART_ROWS:
            yield [part]
        else:
            group.append(part)
            held += rows
    if group:
        yield group


def _link(part: Path, path: Path) -> None:
    try:
        os.link(part, path)
    except OSError:  # a file system without links
        shutil.copyfile(part, path)


def _new(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.new")


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")
