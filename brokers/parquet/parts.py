"""Parts: Parquet files that are written aside and renamed, so a part that can be seen is whole.

Owns the naming, the writing and the reading of parts. What the columns mean is the tape's and the store's.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from brokers.parquet.seal import BLANK, KEY, check_seal, seal
from sim.errors import DiskError, UsageError
from sim.files import written_aside

# Of zstd: a quarter less time than polars' own choice, 3, for files an eighth larger.
LEVEL = 1
# All rows of a part mostly, so that it has each dictionary once.
GROUP_ROWS = 1 << 20
NOTE = "citybeat"  # the key of our own line in a part's metadata

_PART = re.compile(r"part-(\d+)\.parquet")


def part_name(number: int) -> str:
    """Return the name of a part."""
    return f"part-{number:05d}.parquet"


def part_number(path: Path) -> int:
    """Return the number of a part. Raises ValueError for another file."""
    match = _PART.fullmatch(path.name)
    if match is None:
        msg = f"{path.name} is not a part"
        raise ValueError(msg)
    return int(match[1])


def parts_of(folder: Path) -> list[Path]:
    """Return the parts of a folder in order of their numbers; none without a folder."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if _PART.fullmatch(path.name)), key=part_number)


def write_part(frame: pl.DataFrame, path: Path, note: str = "") -> None:
    """Write a part aside, flush it to the disk and rename it; one with a note is sealed. Raises DiskError; then nothing of it is left."""
    with disk_guard(path), written_aside(path, flushed=True) as aside:
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(
            aside,
            compression="zstd",
            compression_level=LEVEL,
            statistics=False,  # a tenth of the time, and no reader of ours skips by them
            row_group_size=GROUP_ROWS,
            metadata={NOTE: note, KEY: BLANK} if note else None,
        )
        if note:
            seal(aside)


@contextmanager
def disk_guard(path: Path) -> Iterator[None]:
    """Turn a failing disk into a DiskError that names the file."""
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        reason = str(error).splitlines()[0].removeprefix("parquet: File out of specification: ")
        msg = f"cannot write {path}: {reason}; free some space or choose another folder with --out. Earlier parts are whole"
        raise DiskError(msg) from error


@contextmanager
def damage_guard(path: Path) -> Iterator[None]:
    """Turn an unreadable part into a UsageError that names the file."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, ValueError, KeyError) as error:
        msg = f"{path} is damaged or not a part of citybeat's: {str(error).splitlines()[0]}; record the run again"
        raise UsageError(msg) from error


def read_note(path: Path) -> str:
    """Return our own line in a sealed part's metadata. Raises UsageError for a part in which any byte is not as it was written."""
    with damage_guard(path):
        content = path.read_bytes()
        check_seal(content)
        return pl.read_parquet_metadata(content)[NOTE]


def read_part(path: Path, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return a part's rows. Raises UsageError for a damaged part or one with other columns."""
    with damage_guard(path):
        frame = pl.read_parquet(path, glob=False)
        if dict(frame.schema) != dict(schema):
            msg = f"columns {', '.join(frame.columns)}, expected {', '.join(schema)}"
            raise ValueError(msg)
    return frame


def rows_of(path: Path) -> int:
    """Return how many rows a part has, from its footer."""
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
