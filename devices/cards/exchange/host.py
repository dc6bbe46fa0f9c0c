"""Hosts: a machine for each exchange, found again by its key.

Owns which state belongs to which key, and when it is forgotten. What a state does is the business of its machine.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from devices.cards.exchange.messages import Event, Key, Outputs

State = TypeVar("State")


class Host(Generic[State]):
    """One party, in all exchanges it remembers: a terminal number, a trace number and a day name one, whatever comes twice."""

    def __init__(self, fresh: State, step: Callable[[State, Event], tuple[State, Outputs]]) -> None:
        """Begin with no exchange; one that is first heard of is `fresh`."""
        self._fresh, self._step = fresh, step
        self._states: dict[Key, State] = {}

    def __len__(self) -> int:
        """Return how many exchanges are remembered."""
        return len(self._states)

    def __getitem__(self, key: Key) -> State:
        """Return where an exchange stands; fresh when it was not heard of."""
        return self._states.get(key, self._fresh)

    def __setitem__(self, key: Key, state: State) -> None:
        """Begin an exchange."""
        self._states[key] = state

    def hear(self, key: Key, event: Event) -> Outputs:
        """Let a message come or a timer expire; return what is to be done."""
        self._states[key], outputs = self._step(self[key], event)
        return outputs

    def forget_before(self, day: int) -> int:
        """Forget exchanges of days before; trace numbers may then return. Return how many."""
        old = [key for key in self._states if key.day < day]
        for key in old:
            del self._states[key]
        return len(old)
