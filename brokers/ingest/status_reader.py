"""Reading a status message, whoever wrote it: every field, its type and its range, or ValueError.

Owns the judgement of one message. Whether it comes from the ingest we mean is `brokers.ingest.proof`'s, whether it follows from the
one before it citybeat's.
"""

import base64
import math
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np
import orjson

from brokers.ingest.proof import unsealed
from brokers.ingest.status import (
    COUNTS,
    LATENCIES,
    LONGEST_NAME,
    LONGEST_TROUBLE,
    MOMENTS,
    PLAIN,
    REASONS,
    KindStatus,
    Status,
    StoreState,
)
from sim.histogram import LAST, Histogram

MOST = 2**63 - 1
MOST_CONTENT = 2**64 - 1
MOST_KINDS = 1_000
MOST_REASONS = 100
MOST_BUCKET_BYTES = 2 * 8 * (2 * LAST + 1)  # a step and a count of each bucket there is

Content = dict[str, Any]


def read_status(message: bytes) -> Status:
    """Read a message, with or without a proof in front. Raises ValueError when it is none, or its numbers cannot be."""
    try:
        content = _object(orjson.loads(unsealed(message)), (*PLAIN, "kinds"))
        kinds = _object(content.pop("kinds"), None)
        if len(kinds) > MOST_KINDS:
            _refuse("kinds", f"{len(kinds)} of them")
        checked: dict[str, Any] = {name: _plain(name, content[name]) for name in PLAIN}
        return Status(**checked, kinds={_text("kind", name, LONGEST_NAME): _kind(kind) for name, kind in kinds.items()})
    except ValueError as error:
        msg = f"not a status message of an ingest: {message[:80]!r} ({error})"
        raise ValueError(msg) from error


def _refuse(name: str, why: object) -> NoReturn:
    msg = f"{name}: {str(why)[:80]}"
    raise ValueError(msg)


def _object(value: object, names: Iterable[str] | None) -> Content:
    """Return a JSON object of exactly these keys (None: any)."""
    if not isinstance(value, dict):
        _refuse("an object", f"{value!r}")
    if names is not None and value.keys() != set(names):
        _refuse("keys", ", ".join(sorted(value.keys() ^ set(names))))
    return value


def _plain(name: str, value: object) -> object:
    if name in ("run", "name"):
        return _text(name, value, LONGEST_NAME)
    if name == "trouble":
        return _text(name, value, LONGEST_TROUBLE)
    if name == "store":
        return StoreState(_text(name, value, LONGEST_NAME))
    return _number(name, value, least=0) if name == "cpu_s" else _whole(name, value)


def _text(name: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        _refuse(name, f"{value!r}")
    return value


def _whole(name: str, value: object, least: int = 0, most: int = MOST) -> int:
    if type(value) is not int or not least <= value <= most:
        _refuse(name, f"{value!r}")
    return value


def _number(name: str, value: object, least: float = -math.inf) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or value < least:  # type: ignore[arg-type, operator] # both are numbers
        _refuse(name, f"{value!r}")
    return value  # type: ignore[return-value]


def _kind(value: object) -> KindStatus:
    content = _object(value, (*COUNTS, *REASONS, *LATENCIES))
    counts = {name: _whole(name, content[name], most=MOST_CONTENT if name == "content" else MOST) for name in COUNTS}
    reasons = {name: _reasons(name, content[name]) for name in REASONS}
    latencies = {name: _histogram(name, content[name]) for name in LATENCIES}
    kind = KindStatus(**counts, **reasons, **latencies)  # type: ignore[arg-type] # each by its name
    if kind.duplicated + kind.first > kind.received or kind.rejected.total() > kind.received or kind.waiting > kind.spooled:
        _refuse("counts", counts)
    if max(kind.from_due.count, kind.from_sent.count) > kind.stored:
        _refuse("latencies", f"of more rows than the {kind.stored} stored")
    return kind


def _reasons(name: str, value: object) -> Counter[str]:
    content = _object(value, None)
    if len(content) > MOST_REASONS:
        _refuse(name, f"{len(content)} reasons")
    return Counter({_text(name, reason, LONGEST_NAME): _whole(name, count) for reason, count in content.items()})


def _histogram(name: str, value: object) -> Histogram:
    content = _object(value, (*MOMENTS, "buckets"))
    for moment in ("total", "squares"):
        _number(f"{name}.{moment}", content[moment])
    for moment in ("count", "least", "greatest"):
        _whole(f"{name}.{moment}", content[moment], least=0 if moment == "count" else -MOST - 1)
    return Histogram.thaw(content | {"buckets": _buckets(name, content["buckets"])})


def _buckets(name: str, value: object) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return pairs of bucket and count: shape (n, 2). A small message may not become a large array."""
    if not isinstance(value, str):
        _refuse(f"{name}.buckets", f"{value!r}")
    inflater = zlib.decompressobj()
    try:
        pairs = inflater.decompress(base64.b64decode(value, validate=True), MOST_BUCKET_BYTES)
    except zlib.error as error:
        _refuse(f"{name}.buckets", error)
    if not inflater.eof or len(pairs) % 16:
        _refuse(f"{name}.buckets", "torn, or more than there are")
    steps, counts = np.frombuffer(pairs, dtype="<i8").reshape(2, -1)
    if len(steps) and (steps[1:].min(initial=1) < 1 or np.abs(np.clip(steps, -2 * LAST, 2 * LAST)).sum() > 4 * LAST):
        _refuse(f"{name}.buckets", "not in rising order")
    return np.column_stack([np.cumsum(steps), counts])
