"""The contents of a declaration as plain values: equal contents give equal texts in every process.

Owns what counts: values, names of classes, bytes of files. Never an address in memory, a path or the order of a set.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel

from sim.errors import UsageError


@runtime_checkable
class Decisive(Protocol):
    """What says itself which of its values decide the events: one that names a folder and reads a few of its files."""

    def decisive(self) -> Mapping[str, object]:
        """Return the values that count, by name."""
        ...


def canonical(value: object) -> object:
    """Return a value as dictionaries, lists, texts and numbers, ready for JSON.

    A file counts by its bytes, a folder by its files, an object by its class and its state, or what of it is `Decisive`.
    Raises UsageError for a file that cannot be read.
    """
    if isinstance(value, Enum | np.generic):
        return canonical(value.value if isinstance(value, Enum) else value.item())
    if value is None or isinstance(value, str | bool | int | float):
        return value if value is None or isinstance(value, str | bool) else repr(value)  # exact, whatever its size
    if isinstance(value, Mapping):
        return {str(canonical(key)): canonical(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(str(canonical(each)) for each in value)
    return _of_object(value)


def _of_object(value: object) -> object:
    if isinstance(value, Path):
        return _of_path(value)
    if isinstance(value, np.ndarray):
        return [str(value.dtype), canonical(value.shape), canonical(value.tolist())]
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "__qualname__"):  # a function or a class is its name
        return f"{value.__module__}.{value.__qualname__}"
    return {"class": type(value).__qualname__, "state": canonical(_state(value))}


def _state(value: object) -> Mapping[str, object]:
    if isinstance(value, Decisive):
        return value.decisive()
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    slots = {name: getattr(value, name) for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)}
    state: dict[str, object] = slots | getattr(value, "__dict__", {})
    says_more = type(value).__repr__ is not object.__repr__  # such as a complex number or a time zone
    return {"text": repr(value)} if says_more and not state else state


def _of_path(path: Path) -> object:
    try:
        if path.is_dir():
            return [[str(below.relative_to(path)), _of_path(below)] for below in sorted(path.rglob("*")) if below.is_file()]
        return blake2b(path.read_bytes(), digest_size=16).hexdigest() if path.is_file() else path.name
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from error
