"""How a session ended: what broke it, whether it was interrupted, and what its promises came to.

Owns the rule that closing goes on: each step is tried, whatever the one before it met.
"""

from collections.abc import Callable
from dataclasses import dataclass

from citybeat.running.crashes import crash_of, show_traceback
from sim.errors import CitybeatError
from sim.judge.verdict import Judged


@dataclass(slots=True)
class Ended:
    """`failure` is what broke a session first, `interrupted` a Ctrl-C, SIGTERM or SIGHUP; `judged` is empty before the books are closed."""

    interrupted: bool = False
    failure: CitybeatError | None = None
    judged: tuple[Judged, ...] = ()

    def fail(self, error: CitybeatError) -> None:
        """Note a failure; the first one stays."""
        if self.failure is None:
            self.failure = error
            show_traceback(error)

    def attempt(self, step: Callable[[], object]) -> None:
        """Take a step; what it raises is noted here and goes no further."""
        try:
            step()
        except KeyboardInterrupt:
            self.interrupted = True
        except BaseException as error:  # noqa: BLE001 - also a system that calls sys.exit: the books are closed
            self.fail(error if isinstance(error, CitybeatError) else crash_of(error))
