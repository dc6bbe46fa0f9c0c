"""What is wrong with a declaration, in words: every problem with its place, its value and the nearest valid name.

Owns the reading of pydantic's errors. Where a declaration came from, `scenarios.loader` knows.
"""

import re
import traceback
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, PydanticUserError, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.parameters import is_duration
from sim.units import duration_text, nearest

_UNTYPED = re.compile(r"non-annotated attribute was detected: `(\w+) = ([^`]{1,40})[^`]*`")
NO_FAMILY = ("model_type", "dataclass_type")  # a plain value where parameters stand
UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")  # of a model, of a dataclass


def problems(error: ValidationError, declared: BaseModel | None = None) -> list[str]:
    """Return one text for each problem. `declared` is the model that was to be changed; without, the error names it itself."""
    texts = []
    for problem in error.errors(include_url=False):
        place = [str(part) for part in problem["loc"]]
        owner, kind = _kinds_at(_raised_by(error) if declared is None else type(declared), place)
        where = f"{'.'.join(place)}: " if place else ""
        if problem["type"] in UNKNOWN and (names := names_of(owner)):
            meant = nearest(place[-1], names) or _below(owner, place[-1])
            texts.append(f"{where}no such parameter{meant}; there are {', '.join(names)}")
        else:
            texts.append(where + (_no_family(kind) if problem["type"] in NO_FAMILY else _unfit(problem, _field(owner, place))))
    return texts


def _no_family(kind: type) -> str:
    """Return what is wrong with one value where a family of parameters stands."""
    return f"it takes no value; set a parameter of it: {', '.join(names_of(kind))}"


def _unfit(problem: ErrorDetails, field: FieldInfo | None) -> str:
    """Return what is wrong with a value, and the value; those of a duration, and its limits, as people write them."""
    cause, given = str(problem["msg"]).removeprefix("Value error, "), problem.get("input")
    shown = repr(given)
    if field is not None and is_duration(field) and isinstance(given, int):
        shown = duration_text(given)
        for limit in problem.get("ctx", {}).values():
            cause = cause.replace(str(limit), duration_text(limit)) if isinstance(limit, int) else cause
    return cause + (f" (given {shown})" if isinstance(given, str | int | float | bool) and shown not in cause else "")


def _field(owner: type, place: Sequence[str]) -> FieldInfo | None:
    return owner.model_fields.get(place[-1]) if place and issubclass(owner, BaseModel) else None


def _kinds_at(model: type, place: Sequence[str]) -> tuple[type, type]:
    """Return the class that owns a place below a model, and what stands there; `object` for what is no class."""
    owner: Any = object
    kind: Any = model
    for part in place:
        owner, kind = kind, _kind_of(kind, part)
    return owner if isinstance(owner, type) else object, kind if isinstance(kind, type) else object


def _kind_of(owner: Any, part: str) -> Any:  # noqa: ANN401 - annotations are of any type
    """Return how a part of a model, a dataclass or a tuple is annotated."""
    if get_origin(owner) is tuple:
        return get_args(owner)[0]
    if is_dataclass(owner):
        return next((each.type for each in fields(owner) if each.name == part), object)
    found = owner.model_fields.get(part) if isinstance(owner, type) and issubclass(owner, BaseModel) else None
    return found.annotation if found else object


def untyped(error: PydanticUserError) -> str:
    """Return what is wrong with a class whose attribute has no type: a misspelt `declared`, or a parameter."""
    found = _UNTYPED.search(str(error))
    if found is None:
        return " ".join(str(error).split())
    name, value = found.groups()
    if value.startswith("Declared("):
        return f"a system declares itself by the name `declared`, not {name!r}: write `declared = Declared(...)`"
    return f"{name!r} has no type: a parameter is written `{name}: float = {value}`, what is none `{name}: ClassVar = {value}`"


def together(texts: Sequence[str], what: str) -> str:
    """Return one problem as it is, several as a list under a heading."""
    return texts[0] if len(texts) == 1 else f"{len(texts)} {what} are wrong:\n  " + "\n  ".join(texts)


def names_of(model: type) -> list[str]:
    """Return the names of the parameters of a model or a dataclass, none for other classes."""
    if is_dataclass(model):
        return [field.name for field in fields(model)]
    return list(model.model_fields) if issubclass(model, BaseModel) else []


def _below(model: type, name: str) -> str:
    """Return where among the parameters of the parameters one is called so, as a hint; nothing where none is."""
    found = _paths(model, name)
    return f" (did you mean '{found[0]}'?)" if found else ""


def _paths(model: type, name: str) -> list[str]:
    """Return the dotted places below a model that end in a name, those of parameters in parameters too."""
    if not issubclass(model, BaseModel):
        return []
    inner = [(field, each.annotation) for field, each in model.model_fields.items() if isinstance(each.annotation, type)]
    return [field for field in model.model_fields if field == name] + [
        f"{field}.{path}" for field, kind in inner for path in _paths(kind, name)
    ]


def _raised_by(error: ValidationError) -> type:
    """Return the class whose making failed; the error itself knows only its name, which two scripts may share."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        made = frame.f_locals.get("self")
        if isinstance(made, BaseModel) and type(made).__name__ == error.title:
            return type(made)
    return object
