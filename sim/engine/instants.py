"""Instants: letting SimPy's time pass, and noticing when it does not.

Owns the loop over SimPy's steps and the refusal of a process that never lets go. What a process does is its system's business.
"""

import simpy

from sim.errors import UsageError

MOST_STEPS = 5_000_000  # of SimPy at one instant: a few seconds' work, more than the processes that a machine holds begin at once


def run_until(env: simpy.Environment, end_us: int) -> None:
    """Do everything before an instant, as `env.run(until=end_us)` does. Raises UsageError when time stands still.

    The error is thrown into the process whose turn it is, so that it names the line.
    """
    at_us, left = -1.0, MOST_STEPS
    peek, step = env.peek, env.step
    while (next_us := peek()) < end_us:
        if next_us != at_us:
            at_us, left = next_us, MOST_STEPS
        step()
        left -= 1
        if not left:
            _refuse(env)
    env.run(until=end_us)


def _refuse(env: simpy.Environment) -> None:
    """Let the next event fail for whoever waits for it; where nobody does, it fails of itself."""
    _, _, _, event = env._queue[0]  # noqa: SLF001 - SimPy has no other way to say whose turn it is
    msg = f"time stands still: {MOST_STEPS:,} steps of SimPy at one instant; let a process here wait longer than 0"
    event._ok, event._value = False, UsageError(msg)  # noqa: SLF001 - as `Event.fail`, which refuses an event on its way
    env.step()
