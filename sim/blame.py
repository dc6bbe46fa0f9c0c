"""Blame: what the code of somebody's system raises, as one message with its file, its line and the system.

Owns finding the line that a person can mend. What is a fault of the house's own passes through as it is.
"""

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import TypeVar

from sim.errors import CitybeatError, UsageError

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ("citybeat", "sim", "devices", "scenarios", "brokers", "dashboards")
STANDARD = Path(traceback.__file__).resolve().parent
LONGEST = 600  # characters of a message of others
_YIELDED = re.compile(r'Invalid yield value "(.*)"', re.DOTALL)  # SimPy's words, which repeat file and line

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code of somebody else's, `self` of the method that it stands in, and the name of the site at hand."""

    file: str
    line: int
    owner: object = None
    site: str = ""

    def __str__(self) -> str:
        """Return the place as messages name it."""
        return f"{self.file}, line {self.line}"


@contextmanager
def blamed(*systems: tuple[object, object]) -> Iterator[None]:
    """Turn what the code of a system raises into a UsageError; `systems` are pairs of a system and what it built, if it did.

    Of a single system that is not the house's own everything is its own: without a line of it, the line of its class is named.
    """
    try:
        yield
    except AnswerError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, CitybeatError) and not isinstance(error, UsageError):
            raise
        raised, place = culprit(error)
        if place is None and len(systems) == 1:
            place = _of_class(type(systems[0][0]))
        if place is None:
            raise
        raise UsageError(_words(raised, place, systems)) from raised


class AnswerError(UsageError):
    """An answer of a system that cannot be used: it names its system and place already."""


def refuse(system: object, what: str) -> AnswerError:
    """Return the error of a system whose answer cannot be used, at the line of its class."""
    place = _of_class(type(system))
    return AnswerError(f"{_called(system)}{'' if place is None else f' ({place})'}: {what}")


def expect(system: object, act: str, answer: object, wanted: type[Found]) -> Found:
    """Return a system's answer to an act when it is what was wanted. Raises UsageError when not."""
    if not isinstance(answer, wanted):
        raise refuse(system, f"{act} returned {answer!r:.80}, not a {wanted.__name__}")
    return answer


def culprit(error: BaseException) -> tuple[BaseException, Place | None]:
    """Return the error that names its reason best, and the deepest line in its way that is neither the house's nor a library's."""
    seen: list[BaseException] = []
    while error not in seen:
        seen.append(error)
        places = [place for place in _places(error.__traceback__) if is_theirs(place.file)]
        if places:
            return error, places[-1]
        error = _reason(error) or error
    return seen[0], None


def says(error: BaseException) -> str:
    """Return an exception's type and text in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{f': {text[:LONGEST]}' if text else ''}"


def is_theirs(file: str) -> bool:
    """Return whether a file is neither the house's own nor a library's."""
    return not (is_ours(file) or "site-packages" in file or file.startswith("<") or Path(file).resolve().is_relative_to(STANDARD))


def is_ours(file: str) -> bool:
    """Return whether a file belongs to one of the house's packages."""
    path = Path(file).resolve()
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in HOUSE


def _words(error: BaseException, place: Place, systems: Sequence[tuple[object, object]]) -> str:
    system = _owner(place, systems)
    who = f"{_called(system)} went wrong (--traceback shows the way there): " if system is not None else ""
    if isinstance(error, UsageError):
        return f"{who}{place}: {error}"
    if isinstance(error, RuntimeError) and (odd := _YIELDED.search(str(error))):
        return f"{who}{place}: a process yields what it waits for, such as `yield site.wait(us)`, not {odd.group(1)}"
    return f"{who}{place}, raised {says(error)}; correct it and run again"


def _called(system: object) -> str:
    return f"system {getattr(system, 'name', type(system).__name__)!r}"


def _owner(place: Place, systems: Sequence[tuple[object, object]]) -> object | None:
    """Return the system whose object or file a place belongs to; of several in one file none, unless it is the only one."""
    for pair in systems:
        if place.owner is not None and any(place.owner is each for each in pair):
            return pair[0]
    for system, _ in systems:
        if place.site and getattr(system, "name", None) == place.site:
            return system
    inside = [system for system, installation in systems if place.file in (_file(type(system)), _file(type(installation)))]
    if len(inside) == 1 or len(systems) == 1:
        return [*inside, systems[0][0]][0]
    return None


def _of_class(built: type) -> Place | None:
    file = _file(built)
    if not file or is_ours(file):
        return None
    build = getattr(getattr(built, "build", None), "__code__", None)
    return Place(file, build.co_firstlineno if build else 1)


def _file(built: type) -> str:
    return getattr(sys.modules.get(built.__module__), "__file__", None) or ""


def _reason(error: BaseException) -> BaseException | None:
    """Return what an error came from; SimPy copies what a process raised, which not every exception allows."""
    if error.__cause__ is not None:
        return error.__cause__
    for frame in _frames(error.__traceback__):
        failed = getattr(frame.f_locals.get("event"), "_value", None) if frame.f_globals.get("__name__") == "simpy.core" else None
        if isinstance(failed, BaseException):
            return failed
    return error.__context__


def _places(trace: TracebackType | None) -> Iterator[Place]:
    for frame, line in traceback.walk_tb(trace):
        yield _place(frame, line)
        process = frame.f_locals.get("self") if frame.f_globals.get("__name__") == "simpy.events" else None
        waiting = getattr(getattr(process, "_generator", None), "gi_frame", None)
        if waiting is not None:  # SimPy itself refuses what a process has yielded
            yield _place(waiting, waiting.f_lineno)


def _place(frame: FrameType, line: int) -> Place:
    site = getattr(frame.f_locals.get("site"), "name", "")
    return Place(frame.f_code.co_filename, line, frame.f_locals.get("self"), site if isinstance(site, str) else "")


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    for frame, _ in traceback.walk_tb(trace):
        yield frame
