"""Desks: service points with servers, priorities and patience (a dispatcher, an alarm centre, a card host).

Owns the queue and its integrals over time. How long service takes, and what is done with a wait, is the caller's.
"""

from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass

from simpy import Environment, Event


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one customer: `started_us` is None for one who gave up after `waited_us`."""

    waited_us: int
    served: bool
    started_us: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters of a desk up to an instant: customers, and integrals over time in µs (times servers or customers).

    arrived = waiting + busy + finished + abandoned. `staffed_us` counts a server who was sent off until the customer in
    hand is done; `idle_while_waiting_us` is 0 for a desk that conserves work.
    """

    arrived: int
    finished: int
    abandoned: int
    waiting: int
    busy: int
    waiting_us: int
    busy_us: int
    staffed_us: int
    idle_while_waiting_us: int


Steps = Generator[Event, object, Outcome]


class Desk:
    """Servers with one queue: lower priority numbers first, first come first served within one, never interrupting a service.

    >>> env = Environment()
    >>> desk = Desk(env, servers=1)
    >>> customers = [env.process(desk.serve(60)) for _ in range(2)]
    >>> env.run()
    >>> [customer.value.waited_us for customer in customers]
    [0, 60]

    Built on SimPy's events rather than its resources: their capacity is fixed, and leaving their queue is a search through
    all of it.
    """

    def __init__(self, env: Environment, servers: int) -> None:
        """Open with so many servers (0: everybody waits). Raises ValueError below 0."""
        self.env = env
        self.servers = 0
        self.busy = 0
        self.waiting = 0
        self._queues: dict[int, OrderedDict[Event, None]] = {}
        self._since_us = self.now_us
        self._arrived = self._finished = self._abandoned = 0
        self._waiting_us = self._busy_us = self._staffed_us = self._idle_while_waiting_us = 0
        self.staff(servers)

    @property
    def now_us(self) -> int:
        """Return the instant; SimPy's own type allows floats, our clock holds none."""
        return int(self.env.now)

    def staff(self, servers: int) -> None:
        """Set the number of servers; those sent off finish the customer in hand. Raises ValueError below 0."""
        if servers < 0:
            msg = f"a desk cannot have {servers} servers"
            raise ValueError(msg)
        self._advance()
        self.servers = servers
        while self.waiting and self.busy < self.servers:
            self._call_next()

    def serve(self, service_us: int, priority: int = 0, patience_us: int | None = None) -> Steps:
        """Wait, be served for `service_us` and return the outcome; use with `yield from` inside a SimPy process."""
        outcome = yield from self.take(priority, patience_us)
        if outcome.served:
            try:
                yield self.env.timeout(service_us)
            finally:
                self.leave()
        return outcome

    def take(self, priority: int = 0, patience_us: int | None = None) -> Steps:
        """Wait for a server and return at the moment of answering, or of giving up; who is served calls `leave` when done.

        A customer gives up after `patience_us` of waiting (None: never; 0: at once unless a server is idle).
        """
        self._advance()
        self._arrived += 1
        if self.busy < self.servers:
            self.busy += 1
            return Outcome(0, served=True, started_us=self.now_us)
        if patience_us is not None and patience_us <= 0:
            self._abandoned += 1
            return Outcome(0, served=False, started_us=None)
        arrived_us = self.now_us
        served = yield from self._wait(priority, patience_us)
        return Outcome(self.now_us - arrived_us, served, self.now_us if served else None)

    def leave(self) -> None:
        """End a service that `take` began; the next in line is called. Raises RuntimeError when nobody is being served."""
        if not self.busy:
            msg = "leave() without a customer in service"
            raise RuntimeError(msg)
        self._advance()
        self._finished += 1
        self._release()

    def tally(self) -> Tally:
        """Return the counters up to now."""
        self._advance()
        return Tally(
            self._arrived,
            self._finished,
            self._abandoned,
            self.waiting,
            self.busy,
            self._waiting_us,
            self._busy_us,
            self._staffed_us,
            self._idle_while_waiting_us,
        )

    def _wait(self, priority: int, patience_us: int | None) -> Generator[Event, object, bool]:
        """Queue up; true when called by a server, false when patience ran out."""
        called = self.env.event()
        self._enqueue(called, priority)
        if patience_us is not None:
            self.env.timeout(patience_us).callbacks.append(lambda _: self._give_up(called, priority))
        try:
            yield called
        except BaseException:  # interrupted or closed while waiting: neither a place in the queue nor a server may leak
            if not called.triggered:
                self._give_up(called, priority)
            elif called.value:
                self._advance()
                self._abandoned += 1
                self._release()
            raise
        return bool(called.value)

    def _enqueue(self, called: Event, priority: int) -> None:
        if priority not in self._queues:
            self._queues[priority] = OrderedDict()
            self._queues = dict(sorted(self._queues.items()))
        self._queues[priority][called] = None
        self.waiting += 1

    def _give_up(self, called: Event, priority: int) -> None:
        if called.triggered:
            return
        self._advance()
        del self._queues[priority][called]
        self.waiting -= 1
        self._abandoned += 1
        called.succeed(value=False)

    def _release(self) -> None:
        self.busy -= 1
        if self.waiting and self.busy < self.servers:
            self._call_next()

    def _call_next(self) -> None:
        """Hand a free server over at once, so that nobody who arrives at this instant can slip in before."""
        queue = next(queue for queue in self._queues.values() if queue)
        called, _ = queue.popitem(last=False)
        self.waiting -= 1
        self.busy += 1
        called.succeed(value=True)

    def _advance(self) -> None:
        passed_us = self.now_us - self._since_us
        if passed_us:
            self._since_us = self.now_us
            self._waiting_us += passed_us * self.waiting
            self._busy_us += passed_us * self.busy
            self._staffed_us += passed_us * max(self.servers, self.busy)
            if self.waiting and self.busy < self.servers:
                self._idle_while_waiting_us += passed_us
