"""Ctrl-C, SIGTERM and SIGHUP as a wish: a run is asked to close its books, and nothing breaks that off.

Owns the signals while a run lives. An exception in the middle of a send would leave counts that do not agree, and one in the
middle of closing no books at all.
"""

import signal
import threading
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heard() -> tuple[signal.Signals, ...]:
    """Return the signals that end a run: not SIGHUP where `nohup` wants it ignored."""
    return tuple(number for number in SIGNALS if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN)


@dataclass(slots=True)
class Interruption:
    """A context manager that counts signals in `asked`; outside the main thread, where Python has no signals, it hears none.

    Until `hold` the first one raises KeyboardInterrupt: nothing was sent yet, and opening may wait long for a server.
    """

    asked: int = 0
    _held: bool = False
    _before: dict[signal.Signals, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Listen to the signals."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in heard()}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def hold(self) -> None:
        """From now on only count."""
        self._held = True

    @property
    def pressing(self) -> bool:
        """Return whether somebody asked again: waits are cut short, the books are closed all the same."""
        return self.asked > 1

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked == 1 and not self._held:
            raise KeyboardInterrupt
