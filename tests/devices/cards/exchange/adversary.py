"""The adversary: lets every fate befall the messages of one exchange, in every order, and looks at each state that comes of it.

Owns the search. A world is what all parties hold, what is under way, which timers run, what was booked, and how many more messages may be
disturbed. A message at the head of the queue is delivered, or for one disturbance lost, delayed (it then comes at any later moment, so
messages overtake each other and time-outs) or repeated (delivered, and once more at any later moment). A timer expires when nothing is on
time, in any order. Worlds are kept in numbers, and machines are pure, so that each meets each event once.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from devices.cards.choices import Entry
from devices.cards.exchange.messages import Book, Event, Outputs, Party, Send, Start, Stop, Timer

Machine = Callable[[Any, Event], tuple[Any, Outputs]]
Booked = tuple[Entry, ...]
Parts = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int, Booked, int]  # of a world; a plain tuple is made faster


class World(NamedTuple):
    """One state of an exchange: places in the search's table, timers as bits, and the entries booked so far."""

    states: tuple[int, ...]
    queue: tuple[int, ...]
    late: tuple[int, ...]
    timers: int
    booked: Booked
    left: int  # disturbances


class Effect(NamedTuple):
    """What comes of an event at a party: its next state, and its outputs in the words of a world."""

    state: int
    sent: tuple[int, ...]
    started: int
    kept: int  # a mask: timers that were not stopped
    booked: Booked


@dataclass
class Case:
    """Who takes part, how it begins, and what is wrong with a world: a sentence, or nothing."""

    machines: dict[Party, Machine]
    states: dict[Party, object]
    begun: Outputs
    always: Callable[[Booked], str]
    at_the_end: Callable[[dict[Party, Any], Booked], str]
    begun_by: Party = Party.TERMINAL
    wishes: Callable[[Any], tuple[Any, Outputs] | None] = lambda _: None  # what whoever began may do by itself


@dataclass
class Search:
    """Every world that may come of a case with at most `disturbances` disturbed messages."""

    case: Case
    disturbances: int = 5
    worlds: int = 0
    ends: set[tuple[int, Booked]] = field(default_factory=set)  # state of who began, what was booked
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._things: list[Any] = []
        self._numbers: dict[Hashable, int] = {}
        self._effects: dict[tuple[int, int, int], Effect] = {}
        self._parties = list(self.case.machines)
        self._begun_by = self._parties.index(self.case.begun_by)
        self._timers = {self._bit(place, timer): (place, self._number(timer)) for place in range(len(self._parties)) for timer in Timer}

    def run(self) -> "Search":
        """Look at all worlds; stop at the first that is wrong."""
        states = tuple(self._number(self.case.states[party]) for party in self._parties)
        begun = self._effect_of(self._begun_by, states[self._begun_by], self.case.begun)
        start = _after((states, (), (), 0, (), self.disturbances), self._begun_by, begun)
        seen, open_worlds = {start}, [start]
        while open_worlds and not self.wrong:
            world = open_worlds.pop()
            self._judge(world)
            for follower in self._followers(world):
                if follower not in seen:
                    seen.add(follower)
                    open_worlds.append(follower)
        self.worlds = len(seen)
        return self

    def stages(self) -> set[str]:
        """Return in which stages whoever began may end."""
        return {self._things[state].stage.word for state, _ in self.ends}

    def _judge(self, world: World) -> None:
        said = self.case.always(world.booked)
        if not (said or world.queue or world.late or world.timers):
            states = {party: self._things[state] for party, state in zip(self._parties, world.states, strict=True)}
            said = self.case.at_the_end(states, world.booked)
            self.ends.add((world.states[self._begun_by], world.booked))
        self.wrong += [said] if said else []

    def _followers(self, world: World) -> Iterator[World]:
        states, queue, late, timers, booked, left = world
        for place, message in enumerate(late):
            if message not in late[:place]:
                yield self._delivered((states, queue, late[:place] + late[place + 1 :], timers, booked, left), message)
        if queue:
            yield from self._fates(world)
            return
        for bit, (place, timer) in self._timers.items():
            if timers & bit:
                yield self._told((states, queue, late, timers & ~bit, booked, left), place, timer)
        wished = self.case.wishes(self._things[states[self._begun_by]])
        if wished is not None:
            yield _after(world, self._begun_by, self._effect_of(self._begun_by, self._number(wished[0]), wished[1]))

    def _fates(self, world: World) -> Iterator[World]:
        states, (message, *others), late, timers, booked, left = world
        queue = tuple(others)
        yield self._delivered((states, queue, late, timers, booked, left), message)
        if left:
            delayed = World(states, queue, tuple(sorted((*late, message))), timers, booked, left - 1)
            yield World(states, queue, late, timers, booked, left - 1)
            yield delayed
            yield self._delivered(delayed, message)

    def _delivered(self, world: Parts, message: int) -> World:
        return self._told(world, self._parties.index(self._things[message].to), message)

    def _told(self, world: Parts, place: int, event: int) -> World:
        state = world[0][place]
        effect = self._effects.get((place, state, event))
        if effect is None:
            after, outputs = self.case.machines[self._parties[place]](self._things[state], self._things[event])
            effect = self._effects[place, state, event] = self._effect_of(place, self._number(after), outputs)
        return _after(world, place, effect)

    def _effect_of(self, place: int, state: int, outputs: Outputs) -> Effect:
        sent, booked, started, kept = [], [], 0, -1
        for output in outputs:
            match output:
                case Send(message):
                    sent.append(self._number(message))
                case Start(timer):
                    started |= self._bit(place, timer)
                case Stop(timer):
                    kept &= ~self._bit(place, timer)
                case Book(entry):
                    booked.append(entry)
        return Effect(state, tuple(sent), started, kept, tuple(booked))

    def _bit(self, place: int, timer: Timer) -> int:
        return 1 << (place * len(Timer) + timer)

    def _number(self, thing: Hashable) -> int:
        known = (type(thing), thing)  # words of two choices are equal as numbers
        if known not in self._numbers:
            self._numbers[known] = len(self._things)
            self._things.append(thing)
        return self._numbers[known]


def _after(world: Parts, place: int, effect: Effect) -> World:
    states, queue, late, timers, booked, left = world
    states = (*states[:place], effect.state, *states[place + 1 :])
    return World(states, queue + effect.sent, late, timers & effect.kept | effect.started, booked + effect.booked, left)
