"""The guard of the embedded server: a small process that ends it when we are no more, whatever ended us.

Owns the server's life. It is run as a script of its own, needs nothing but Python, and hears of our end by the pipe at its
stdin: the system closes that for a killed process too.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

PATIENCE_S = 10.0  # for the server to leave by itself


def main(folder: str, command: Sequence[str]) -> int:
    """Run a command until it ends, our stdin closes or a signal asks; return its exit code.

    The folder is removed when our parent is no more: while it lives it may want to read there why the server ended.
    """
    alone = threading.Event()
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the command of whoever started us

    def leave(_number: int = 0, _frame: FrameType | None = None) -> None:
        server.terminate()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    threading.Thread(target=_outlive_nobody, args=(server, alone), daemon=True).start()
    code = server.wait()
    if alone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _outlive_nobody(server: "subprocess.Popen[bytes]", alone: threading.Event) -> None:
    """Wait until our parent closes the pipe or is no more, then end the server."""
    while os.read(sys.stdin.fileno(), 1):  # not by Python's own reader, whose lock a thread must not hold at exit
        pass
    alone.set()
    server.terminate()
    try:
        server.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
