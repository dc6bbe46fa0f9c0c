"""Ctrl-C and SIGTERM as a wish: the first asks a run to close its books, the second breaks it off at once.

Owns the two signals while a run lives. A KeyboardInterrupt in the middle of a send would leave counts that do not agree.
"""

import signal
import threading
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Interruption:
    """A context manager; `asked` turns true with the first signal. Outside the main thread, where Python has no signals, it never does."""

    asked: bool = False
    _before: dict[signal.Signals, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Listen to the signals."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
