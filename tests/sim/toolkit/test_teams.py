"""Teams serve by skill and urgency, lose nobody, and are a desk when everybody can do everything."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import simpy

from sim.toolkit.desks import Desk, Outcome
from sim.toolkit.teams import NOBODY, Answer, Team

Steps = Iterator[simpy.Event]


class Day:
    """Customers who come at an instant, want a skill, and are served for so long."""

    def __init__(self, skills: Sequence[set[str]], servers: Sequence[int]) -> None:
        self.env = simpy.Environment()
        self.team = Team(self.env, skills)
        self.team.staff(servers)
        self.answers: dict[str, Answer] = {}
        self.order: list[str] = []

    def visit(self, name: str, at: int, skill: str, service: int, priority: int = 0, patience: int | None = None) -> None:
        def steps() -> Steps:
            yield self.env.timeout(at)
            answer = self.answers[name] = yield from self.team.take(skill, priority, patience)
            if answer.served:
                self.order.append(name)
                yield self.env.timeout(service)
                self.team.leave(answer.group)

        self.env.process(steps())


def test_a_customer_goes_to_the_idle_group_with_the_fewest_skills() -> None:
    day = Day([{"alarm", "care"}, {"alarm"}], [1, 1])
    for name in ("first", "second"):
        day.visit(name, 0, "alarm", 10)
    day.env.run()
    assert (day.answers["first"].group, day.answers["second"].group) == (1, 0)


def test_nobody_is_served_by_a_server_without_the_skill() -> None:
    day = Day([{"alarm"}, {"alarm", "care"}], [1, 1])
    day.visit("care one", 0, "care", 100)
    day.visit("care two", 1, "care", 100)
    day.env.run()
    assert day.answers["care two"] == Answer(99, 1)
    assert day.team.tally().idle_while_waiting_us == 0


def test_the_most_urgent_goes_first_and_of_equals_the_first_whatever_their_skill() -> None:
    day = Day([{"alarm", "care"}], [1])
    day.visit("in hand", 0, "alarm", 10)
    day.visit("first", 1, "care", 10, priority=1)
    day.visit("second", 2, "alarm", 10, priority=1)
    day.visit("fire", 3, "alarm", 10, priority=0)
    day.env.run()
    assert day.order == ["in hand", "fire", "first", "second"]


def test_staff_who_come_take_those_who_wait_and_staff_who_go_finish_the_customer_in_hand() -> None:
    day = Day([{"alarm"}], [0])
    day.visit("one", 0, "alarm", 10)
    day.visit("two", 0, "alarm", 10)
    day.env.run(until=5)
    day.team.staff([1])
    day.env.run(until=6)
    day.team.staff([0])
    day.env.run()
    assert day.order == ["one"]
    assert day.team.tally().waiting == 1


def test_an_interrupted_customer_leaves_neither_a_place_in_the_queue_nor_a_server_behind() -> None:
    day = Day([{"alarm"}], [1])
    day.visit("in hand", 0, "alarm", 10)
    day.visit("last", 2, "alarm", 10)

    def waits() -> Steps:
        yield day.env.timeout(1)
        try:
            yield from day.team.take("alarm")
        except simpy.Interrupt:
            return

    waiting = day.env.process(waits())
    day.env.run(until=5)
    waiting.interrupt()
    day.env.run()
    tally = day.team.tally()
    assert (tally.arrived, tally.finished, tally.abandoned, tally.waiting, tally.busy) == (3, 2, 1, 0, 0)
    assert day.answers["last"].waited_us == 8


def test_what_a_team_cannot_have_is_refused() -> None:
    team = Team(simpy.Environment(), [{"alarm"}])
    with pytest.raises(ValueError, match="cannot have"):
        team.staff([-1])
    with pytest.raises(ValueError, match="cannot have"):
        team.staff([1, 1])
    with pytest.raises(RuntimeError, match="without a customer"):
        team.leave(0)


def test_a_team_of_one_group_serves_exactly_as_a_desk() -> None:
    draw = np.random.default_rng(5)
    count = 3_000
    came = np.cumsum(draw.exponential(10, count)).astype(int).tolist()
    service, patience = draw.exponential(28, count).astype(int).tolist(), draw.exponential(20, count).astype(int).tolist()
    priority = draw.integers(3, size=count).tolist()

    def at_a_desk() -> list[int | None]:
        env, waits = simpy.Environment(), [None] * count
        desk = Desk(env, 3)

        def visit(number: int) -> Steps:
            yield env.timeout(came[number])
            outcome: Outcome = yield from desk.serve(service[number], priority[number], patience[number])
            waits[number] = outcome.waited_us if outcome.served else None

        for number in range(count):
            env.process(visit(number))
        env.run()
        return waits

    day = Day([{"any"}], [3])
    for number in range(count):
        day.visit(str(number), came[number], "any", service[number], priority[number], patience[number])
    day.env.run()
    assert [day.answers[str(number)].waited_us if day.answers[str(number)].served else None for number in range(count)] == at_a_desk()


def test_a_team_of_two_skills_loses_nobody_and_littles_law_holds_exactly() -> None:
    draw = np.random.default_rng(7)
    day = Day([{"alarm"}, {"alarm", "care"}], [2, 3])
    at = 0
    for number in range(4_000):
        at += int(draw.exponential(10))
        skill = "care" if draw.random() < 0.4 else "alarm"
        day.visit(str(number), at, skill, int(draw.exponential(48)), int(draw.integers(2)), int(draw.exponential(60)))
    day.env.run()
    tally = day.team.tally()
    gave_up = sum(answer.group == NOBODY for answer in day.answers.values())
    assert tally.arrived == 4_000 == tally.finished + tally.abandoned
    assert tally.abandoned == gave_up > 0
    assert tally.waiting_us == sum(answer.waited_us for answer in day.answers.values())
    assert tally.idle_while_waiting_us == 0
