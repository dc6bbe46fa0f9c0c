"""Digests: one hash for everything that happened, the same at any pace, tick and starting moment.

Owns what is hashed and in which order. Files are never hashed.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np

from sim.events.batches import Batch, Column, Slice
from sim.events.kinds import FieldType
from sim.names import Names

SIZE = 16
# Rows from which a column's bytes are the cost, not its calls: BLAKE2b takes a nanosecond a byte. Below, columns are hashed as they are.
MANY = 4096
STRETCH = 1 << 16  # rows that stay in the processor's cache while they are made smaller
EXACT = 2.0**53  # below, every whole number is a float64


class Digester:
    """Chains BLAKE2b over schema-ordered little-endian columns, slice by slice and kind by kind.

    `log_digest` leaves the fault column out, `wire_digest` covers all.
    """

    def __init__(self) -> None:
        """Start with no events."""
        self._log: dict[str, bytes] = {}
        self._wire: dict[str, bytes] = {}

    def add(self, piece: Slice) -> None:
        """Take a finished slice; slices come in order."""
        for batch in (*piece.batches, *piece.labels):
            if len(batch):
                name = batch.kind.name
                columns = _hashed(batch, piece.span.index)
                self._log[name] = blake2b(self._log.get(name, b"") + columns, digest_size=SIZE).digest()
                wire = self._wire.get(name, b"") + columns + batch.fault.tobytes()
                self._wire[name] = blake2b(wire, digest_size=SIZE).digest()

    @property
    def log_digest(self) -> str:
        """Return the digest of what was meant, as 32 hexadecimal digits."""
        return _together(self._log)

    @property
    def wire_digest(self) -> str:
        """Return the digest of what was meant and what the wire did to it, as 32 hexadecimal digits."""
        return _together(self._wire)


def _hashed(batch: Batch, index: int) -> bytes:
    """Return the digest of one batch without its faults. Raises IndexError for a code that its table does not hold."""
    state = blake2b(f"{batch.kind.name} {index} {len(batch)}".encode(), digest_size=SIZE)
    _feed(state, batch.time_us)
    _feed(state, batch.release_us)
    _feed_words(state, batch.roster.districts, batch.district)
    _feed_words(state, batch.roster.names, batch.device)
    _feed(state, batch.seq)
    for field in batch.kind.fields:
        column = batch.columns[field.name]
        if field.type is FieldType.TEXT:
            _feed_words(state, batch.names[field.name], column)
        elif field.type is FieldType.REAL:
            _feed_reals(state, column, field.decimals)
        else:
            _feed(state, column)
    return state.digest()


def _feed(state: blake2b, column: Column) -> None:
    """Hash whole numbers or flags; many of them as what they exceed the least by."""
    if len(column) < MANY or column.dtype == np.bool_:
        _update(state, column)
        return
    for part in _stretches(column):
        numbers = np.asarray(part, dtype=np.int64)
        least, most = int(numbers.min()), int(numbers.max())
        state.update(f"{least} {most}".encode())
        _update(state, (numbers.view(np.uint64) - np.uint64(least % (1 << 64))).astype(np.min_scalar_type(most - least)))


def _feed_words(state: blake2b, names: Names, codes: Column) -> None:
    """Hash the words that codes stand for; many of them as the words that occur and each row's place among them."""
    hashes, codes = names.hashes(), codes.astype(np.int64)
    if len(codes) < MANY:
        _update(state, hashes[codes])  # the absent one, -1, is the last
        return
    met = np.zeros(len(hashes), dtype=np.bool_)
    met[codes] = True
    occurring = np.flatnonzero(met)
    occurring = occurring[np.argsort(hashes[occurring])]  # not in order of codes, which depends on what was met before
    places = np.zeros(len(hashes), dtype=np.min_scalar_type(len(occurring)))
    places[occurring] = np.arange(len(occurring))
    state.update(f"{len(occurring)}".encode())
    _update(state, hashes[occurring])
    _update(state, places[codes])


def _feed_reals(state: blake2b, column: Column, decimals: int) -> None:
    """Hash reals; many of them as whole multiples of their resolution, where they are exactly that."""
    scale = 10.0**decimals
    for part in _stretches(column):
        reals = np.asarray(part, dtype=np.float64)
        if len(column) >= MANY:
            multiples = np.rint(reals * scale)
            # A NaN is neither below the bound nor equal.
            if np.abs(multiples).max() < EXACT and bool((multiples / scale == reals).all()):
                state.update(b"multiples")
                _feed(state, multiples.astype(np.int64))
                continue
        reals = reals + 0.0  # one zero: -0.0 and 0.0 are the same number
        reals[np.isnan(reals)] = np.nan  # one mark of absence: a tape gives back no other
        _update(state, reals)


def _stretches(column: Column) -> Iterator[Column]:
    for first in range(0, len(column), STRETCH):
        yield column[first : first + STRETCH]


def _update(state: blake2b, column: Column) -> None:
    state.update(np.ascontiguousarray(column).astype(column.dtype.newbyteorder("<"), copy=False).data)


def _together(chains: dict[str, bytes]) -> str:
    state = blake2b(digest_size=SIZE)
    for name in sorted(chains):
        state.update(name.encode() + chains[name])
    return state.hexdigest()


def digest_of(pieces: Sequence[Slice]) -> str:
    """Return the log digest of whole slices."""
    digester = Digester()
    for piece in pieces:
        digester.add(piece)
    return digester.log_digest
