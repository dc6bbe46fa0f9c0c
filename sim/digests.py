"""Digests: one hash for everything that happened, the same at any pace, tick and starting moment.

Owns what is hashed and in which order. Files are never hashed.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sim.batches import Batch, Column, Slice
from sim.kinds import FieldType
from sim.names import Names

SIZE = 16


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
        for batch in piece.batches:
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
    _feed(state, _hashes(batch.roster.districts, batch.district))
    _feed(state, _hashes(batch.roster.names, batch.device))
    _feed(state, batch.seq)
    for field in batch.kind.fields:
        column = batch.columns[field.name]
        if field.type is FieldType.TEXT:
            column = _hashes(batch.names[field.name], column)
        elif field.type is FieldType.REAL:
            column = np.asarray(column, dtype=np.float64) + 0.0  # one zero: -0.0 and 0.0 are the same number
            column[np.isnan(column)] = np.nan  # one mark of absence: a tape gives back no other
        _feed(state, column)
    return state.digest()


def _feed(state: blake2b, column: Column) -> None:
    state.update(np.ascontiguousarray(column).astype(column.dtype.newbyteorder("<"), copy=False).data)


def _hashes(names: Names, codes: Column) -> NDArray[np.uint64]:
    return np.take(names.hashes(), np.asarray(codes, dtype=np.int64))  # the absent one, -1, is the last


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
