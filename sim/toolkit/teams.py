"""Teams: service points whose servers do not all have the same skills (operators trained for some calls, units for some jobs).

Owns who is called next, and the team's integrals over time. With one group of servers who have every skill it is a desk.
"""

from collections import OrderedDict
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

from simpy import Environment, Event

from sim.toolkit.desks import Tally

NOBODY = -1  # the group of a customer who gave up


class Answer(NamedTuple):
    """What became of one customer: the `group` of the server who answered (NOBODY: gave up) after `waited_us`."""

    waited_us: int
    group: int

    @property
    def served(self) -> bool:
        """Return whether a server answered."""
        return self.group != NOBODY


Waiting = OrderedDict[Event, int]  # who waits, with the number of arrival

Steps = Generator[Event, Any, Answer]


class Team:
    """Groups of servers by skill: lower priority numbers first, first come first served among those whom a free server can serve.

    >>> env = Environment()
    >>> team = Team(env, [{"alarm"}, {"alarm", "care"}])
    >>> team.staff([1, 1])
    >>> customers = [env.process(team.take(skill)) for skill in ("alarm", "care")]
    >>> env.run()
    >>> [customer.value.group for customer in customers]
    [0, 1]

    A customer goes to the idle group with the fewest skills, so that those with more stay free for what only they can do.
    """

    def __init__(self, env: Environment, skills: Sequence[set[str]]) -> None:
        """Open with nobody at work. `skills` of each group."""
        self.env = env
        self.skills = tuple(frozenset(each) for each in skills)
        self.servers = [0] * len(skills)
        self.busy = [0] * len(skills)
        self.waiting = 0
        self._narrow_first = sorted(range(len(skills)), key=lambda group: len(self.skills[group]))
        self._queues: dict[tuple[int, str], Waiting] = {}
        self._since_us = int(env.now)
        self._arrived = self._finished = self._abandoned = 0
        self._waiting_us = self._busy_us = self._staffed_us = self._idle_while_waiting_us = 0

    @property
    def idle(self) -> int:
        """Return how many servers are at work and free."""
        return sum(max(servers - busy, 0) for servers, busy in zip(self.servers, self.busy, strict=True))

    def idle_for(self, skill: str) -> int:
        """Return how many servers with a skill are at work and free."""
        able = (group for group, skills in enumerate(self.skills) if skill in skills)
        return sum(max(self.servers[group] - self.busy[group], 0) for group in able)

    def staff(self, servers: Sequence[int]) -> None:
        """Set the servers of each group; those sent off finish the customer in hand. Raises ValueError below 0."""
        if min(servers, default=0) < 0 or len(servers) != len(self.skills):
            msg = f"a team of {len(self.skills)} groups cannot have {list(servers)} servers"
            raise ValueError(msg)
        self._advance()
        self.servers = list(servers)
        for group in self._narrow_first:
            while self._free(group) and self._call_next(group):
                pass

    def take(self, skill: str, priority: int = 0, patience_us: int | None = None) -> Steps:
        """Wait for a server with a skill and return when answered, or when giving up; who is served calls `leave` when done.

        A customer gives up after `patience_us` of waiting (None: never; 0: at once unless a server is idle).
        """
        self._advance()
        self._arrived += 1
        free = next((group for group in self._narrow_first if skill in self.skills[group] and self._free(group)), NOBODY)
        if free != NOBODY:
            self.busy[free] += 1
            return Answer(0, free)
        if patience_us is not None and patience_us <= 0:
            self._abandoned += 1
            return Answer(0, NOBODY)
        arrived_us = int(self.env.now)
        group = yield from self._wait(skill, priority, patience_us)
        return Answer(int(self.env.now) - arrived_us, group)

    def leave(self, group: int) -> None:
        """End a service that `take` began; the next in line is called. Raises RuntimeError when nobody is being served."""
        if not self.busy[group]:
            msg = f"leave() without a customer in service at group {group}"
            raise RuntimeError(msg)
        self._advance()
        self._finished += 1
        self._release(group)

    def tally(self) -> Tally:
        """Return the counters up to now; `idle_while_waiting_us` counts servers only while somebody waits whom they could serve."""
        self._advance()
        return Tally(
            self._arrived,
            self._finished,
            self._abandoned,
            self.waiting,
            sum(self.busy),
            self._waiting_us,
            self._busy_us,
            self._staffed_us,
            self._idle_while_waiting_us,
        )

    def _free(self, group: int) -> bool:
        return self.busy[group] < self.servers[group]

    def _wait(self, skill: str, priority: int, patience_us: int | None) -> Generator[Event, Any, int]:
        """Queue up; return the group that called, or NOBODY when patience ran out."""
        called, place = self.env.event(), (priority, skill)
        self._queues.setdefault(place, OrderedDict())[called] = self._arrived
        self.waiting += 1
        if patience_us is not None:
            self.env.timeout(patience_us).callbacks.append(lambda _: self._give_up(called, place))
        try:
            group: int = yield called
        except BaseException:  # interrupted or closed while waiting: neither a place in the queue nor a server may leak
            if not called.triggered:
                self._give_up(called, place)
            elif isinstance(called.value, int) and called.value != NOBODY:
                self._advance()
                self._abandoned += 1
                self._release(called.value)
            raise
        return group

    def _give_up(self, called: Event, place: tuple[int, str]) -> None:
        if called.triggered:
            return
        self._advance()
        del self._queues[place][called]
        self.waiting -= 1
        self._abandoned += 1
        called.succeed(value=NOBODY)

    def _release(self, group: int) -> None:
        self.busy[group] -= 1
        if self._free(group):
            self._call_next(group)

    def _call_next(self, group: int) -> bool:
        """Hand a free server over at once; false when nobody waits whom the group can serve."""
        place = self._next_for(group)
        if place is None:
            return False
        called, _ = self._queues[place].popitem(last=False)
        self.waiting -= 1
        self.busy[group] += 1
        called.succeed(value=group)
        return True

    def _next_for(self, group: int) -> tuple[int, str] | None:
        """Return the queue whose first customer a group serves next: the most urgent, of those the one who came first."""
        able = (place for place, queue in self._queues.items() if queue and place[1] in self.skills[group])
        return min(able, key=lambda place: (place[0], next(iter(self._queues[place].values()))), default=None)

    def _advance(self) -> None:
        passed_us = int(self.env.now) - self._since_us
        if passed_us:
            self._since_us = int(self.env.now)
            self._waiting_us += passed_us * self.waiting
            self._busy_us += passed_us * sum(self.busy)
            self._staffed_us += passed_us * sum(map(max, self.servers, self.busy))
            if self.waiting:
                able = sum(self.servers[g] - self.busy[g] for g in self._narrow_first if self._free(g) and self._next_for(g))
                self._idle_while_waiting_us += passed_us * bool(able)
