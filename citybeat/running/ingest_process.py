"""The ingest that a run starts for itself: a process of its own, with secrets in its environment.

Owns starting, watching and stopping it by its process id. The pipe at its stdin tells it when we are no more (`WITH_PARENT`):
the system closes that for a killed process too.
"""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from brokers.scratch import scratch_file
from sim.errors import Exit, ServiceError, UsageError

CHILD = "child"  # its name in its statuses
WITH_PARENT = "--with-parent"
STOP_S = 20.0
LAST_BYTES = 2_000


@dataclass(slots=True)
class IngestChild:
    """A running `citybeat ingest`. Its messages are kept for the case that it fails, `beside` the run where nothing else can be written."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    beside: Path | None = None
    _process: "subprocess.Popen[bytes]" = field(init=False)
    _words: IO[bytes] = field(init=False)
    _stopping: bool = False

    def __post_init__(self) -> None:
        """Start it; -P keeps a folder named like one of our packages from being imported instead."""
        self._words = scratch_file(self.beside)
        self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            [sys.executable, "-P", "-m", "citybeat", "ingest", WITH_PARENT, *self.arguments],
            env=dict(self.environment),
            stdin=subprocess.PIPE,
            stdout=self._words,
            stderr=self._words,
            start_new_session=True,  # a Ctrl-C at the terminal is the run's to handle
        )

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise its last words when it ended by itself: UsageError when it was asked for something wrong, else ServiceError."""
        code = self._process.poll()
        if code is None or self._stopping:
            return
        msg = f"the ingest process ended with code {code}: {self.last_output() or 'it said nothing'}"
        raise UsageError(msg) if code == Exit.USAGE else ServiceError(msg)

    def last_output(self) -> str:
        """Return the end of what it printed."""
        self._words.seek(0)
        return self._words.read()[-LAST_BYTES:].decode(errors="replace").strip().removeprefix("citybeat: ")

    def stop(self) -> None:
        """Ask it to finish what it holds and leave; after a while, end it."""
        self._stopping = True
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._words.close()
