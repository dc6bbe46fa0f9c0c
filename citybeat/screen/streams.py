"""The standard streams of a command, whose readers may leave at any time: `| head`, a terminal that is closed, a full disk.

Owns what happens then. Nobody who writes through here is stopped by it, and nothing is left for Python to fail at when it exits.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EBADF, EIO, EPIPE
from typing import TextIO, cast

import click

GONE = frozenset({EPIPE, EIO, EBADF})  # the reader left, its terminal went away, or there never was one


@contextmanager
def going_on(stream: TextIO) -> Iterator[None]:
    """Write to a stream, and go on without it when nobody reads it. Raises OSError for a result that a full disk did not take."""
    try:
        yield
    except OSError as error:
        silence(stream)
        if stream is sys.stdout and error.errno not in GONE:
            raise


class Forgiving:
    """A stream to write to; when nobody reads it any more, what is written goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        """Wrap a stream."""
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        """Write, or pass over."""
        with going_on(self._stream):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or pass over."""
        with going_on(self._stream):
            self._stream.flush()

    def isatty(self) -> bool:
        """Return whether a person looks at it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the number of the file behind it."""
        return self._stream.fileno()


def forgiving(stream: TextIO) -> TextIO:
    """Return a stream that goes on without its reader."""
    return cast("TextIO", Forgiving(stream))


def say(text: str) -> None:
    """Write one message to people, on stderr."""
    click.echo(text, file=forgiving(sys.stderr))


def silence(stream: TextIO) -> None:
    """Let a stream lead nowhere, with what it still holds."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return  # a stream of Python's own, without a file
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def open_missing() -> None:
    """Give a command that was started without stdout or stderr (`>&-`) one that leads nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - lives as long as the process


def let_go() -> str:
    """Write out what Python holds; return why stdout lost some of it, empty when it did not or its reader had left."""
    reason = ""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            silence(stream)
            if stream is sys.stdout and error.errno not in GONE:
                reason = error.strerror or str(error)
    return reason
