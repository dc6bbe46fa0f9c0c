"""Blocks of payloads read at once by polars, with the proof for each row that nothing was overlooked.

Owns the proof. polars refuses most wrong types, but it skips unknown fields and empty lines, takes a number for a text
and null for absent. What it hides shows in the number of colons and quotes, so rows are counted, not parsed twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

SMALL_BLOCK = 128  # a failing block is halved down to this; below, one by one costs less than trying again

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Census:
    """How many colons and quotes each payload has, and whether it is plain: a candidate for the fast path.

    A plain payload begins with { and ends with }, and has no newline (rows would shift), no backslash and no [ (a quote
    would not delimit a text of ours).
    """

    colons: Counts
    quotes: Counts
    plain: Mask


def take_census(payloads: Sequence[bytes], limit_bytes: int) -> Census:
    """Count what the proof needs: arrays of shape (len(payloads),)."""
    lengths = np.fromiter(map(len, payloads), dtype=np.int64, count=len(payloads))
    joined = b"\n".join(payloads)
    letters = np.frombuffer(joined + b"\n", dtype=np.uint8)
    ends = np.cumsum(lengths + 1) - 1
    starts = ends - lengths
    plain = (lengths > 1) & (lengths <= limit_bytes) & (letters[starts] == ord("{")) & (letters[ends - 1] == ord("}"))
    for mark in (b"\\", b"["):
        if mark in joined:
            plain &= _count(letters, mark, ends) == 0
    plain &= _count(letters, b"\n", ends + 1) == 1
    return Census(_count(letters, b":", ends), _count(letters, b'"', ends), plain)


def _count(letters: NDArray[np.uint8], mark: bytes, ends: Counts) -> Counts:
    """Return how often a byte occurs in each piece that ends before `ends`."""
    before = np.searchsorted(np.flatnonzero(letters == ord(mark)), ends)
    return np.diff(before, prepend=0)


def read_block(schema: Mapping[str, pl.DataType], payloads: Sequence[bytes], limit_bytes: int) -> tuple[pl.DataFrame, Mask]:
    """Return the rows that were surely read as they stand, and which payloads those are: shape (len(payloads),)."""
    census = take_census(payloads, limit_bytes)
    candidates = payloads if census.plain.all() else [payloads[at] for at in np.flatnonzero(census.plain)]
    frames, parsed = _parse(schema, candidates)
    sure = census.plain.copy()
    sure[census.plain] = parsed
    frame = pl.concat([pl.DataFrame(schema=schema), *frames])
    exact = _exact(frame, census.colons[sure], census.quotes[sure])
    sure[sure] = exact
    return (frame if exact.all() else frame.filter(pl.Series(exact))), sure


def _parse(schema: Mapping[str, pl.DataType], payloads: Sequence[bytes]) -> tuple[list[pl.DataFrame], Mask]:
    """Read lines as one frame; where polars refuses, halve until what it refuses stands in a small block."""
    if not payloads:
        return [], np.zeros(0, dtype=np.bool_)
    try:
        frame = pl.read_ndjson(BytesIO(b"\n".join(payloads)), schema=schema)
    except pl.exceptions.ComputeError:
        frame = None
    if frame is not None and frame.height == len(payloads):
        return [frame], np.ones(len(payloads), dtype=np.bool_)
    if len(payloads) <= SMALL_BLOCK:
        return [], np.zeros(len(payloads), dtype=np.bool_)
    half = len(payloads) // 2
    first, second = _parse(schema, payloads[:half]), _parse(schema, payloads[half:])
    return first[0] + second[0], np.concatenate([first[1], second[1]])


def _exact(frame: pl.DataFrame, colons: Counts, quotes: Counts) -> Mask:
    """Return which rows were read without a loss, from the number of colons and quotes in their payloads.

    Each key brings a colon and two quotes, each text two quotes. As many colons as values read: no unknown, doubled or
    null field, nothing nested. Then as many quotes as two a key and two a text: every text was one. Texts with colons of
    their own are looked at again, where a quote in a text betrays a nested object.
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    values, words = _present(frame, frame.columns), _present(frame, texts)
    exact = (quotes == 2 * (values + words)) & (colons == values)
    again = np.flatnonzero((quotes == 2 * (values + words)) & (colons > values))
    if len(again):
        own = frame.select(texts)[again]
        inside = own.select(pl.sum_horizontal(pl.all().str.count_matches(":", literal=True))).to_series().to_numpy()
        nested = own.select(pl.any_horizontal(pl.all().str.contains('"', literal=True).fill_null(value=False))).to_series().to_numpy()
        exact[again] = (colons[again] == values[again] + inside) & ~nested
    return exact


def _present(frame: pl.DataFrame, names: Sequence[str]) -> Counts:
    """Return how many of the columns have a value in each row: shape (height,)."""
    count = np.full(frame.height, len(names), dtype=np.int64)
    for name in names:
        column = frame.get_column(name)
        if column.null_count() == frame.height:
            count -= 1
        elif column.null_count():
            count -= column.is_null().to_numpy()
    return count
