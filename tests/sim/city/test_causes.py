"""Systems hear each other by causes: as columns of a slice, one by one in a process, in the order that the causes ask for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sim.city.causes import Cause, Told, in_order
from sim.city.declared import Declared
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.events.batches import Span
from sim.events.kinds import integer, text
from sim.scenario import Scenario
from sim.system import System
from sim.units import MINUTE_US, SECOND_US

KNOCK = Cause("knock", doc="somebody knocks", fields=(text("door"), integer("times")))
ANSWER = Cause("answer")
Found = list[Any]


def system(name: str, build: Callable[[Site], None], **declared: Any) -> System:  # noqa: ANN401 - what a declaration takes
    made = type(name.title(), (System,), {"declared": Declared(name, **declared), "build": lambda _self, site: build(site)})
    found: System = made()
    return found


def run(*systems: System, minutes: int = 3, **scenario: Any) -> None:  # noqa: ANN401 - fields of many types
    made = Scenario(name="told", systems=systems, districts=("Xuhui", "Putuo"), duration=minutes * MINUTE_US, **scenario)
    for _ in Engine(made).slices():
        pass


def knocking(site: Site) -> None:
    """Knock every 40 s, told at the end of each slice."""

    def tell(span: Span) -> None:
        at_us = np.arange(span.start_us, span.end_us, 40 * SECOND_US)
        doors = site.names("door").codes(f"door {number}" for number in range(len(at_us)))
        columns = {"door": doors, "times": np.arange(len(at_us))}
        site.tell_rows(KNOCK, at_us, np.full(len(at_us), site.districts.code("Xuhui"), dtype=np.int16), columns)

    site.each_slice(tell)


def hearing(found: Found) -> Callable[[Site], None]:
    def build(site: Site) -> None:
        site.each_slice(lambda span: found.append((span.index, site.heard(KNOCK, span))))

    return build


def test_what_is_told_in_a_slice_is_heard_in_the_same_slice_whatever_the_scripts_order() -> None:
    for turn in (1, -1):
        found: Found = []
        systems = (system("attic", hearing(found), hears=(KNOCK,)), system("zoo", knocking, tells=(KNOCK,)))[::turn]
        run(*systems)
        assert [len(heard) for _, heard in found] == [2, 2, 2]
        assert found[0][1]["times"].tolist() == [0, 1]
        assert (np.diff(found[0][1].at_us) > 0).all()


def test_nobody_is_told_what_nobody_hears() -> None:
    asked: Found = []

    def build(site: Site) -> None:
        knocking(site)
        asked.append(site)

    run(system("zoo", build, tells=(KNOCK,)))
    assert not asked[0].is_heard(KNOCK)
    assert not asked[0].city.causes._told


def test_a_process_waits_for_what_is_told_and_misses_none_of_an_instant() -> None:
    found: list[tuple[int, Told]] = []

    def teller(site: Site) -> None:
        def steps() -> Any:  # noqa: ANN401 - a generator
            yield site.wait(10 * SECOND_US)
            for times in range(3):
                site.tell(KNOCK, "Putuo", door="blue", times=times)
            site.tell(KNOCK, "Putuo", site.now_us + 5 * SECOND_US, door="red", times=9)

        site.process(steps())

    def listener(site: Site) -> None:
        def steps() -> Any:  # noqa: ANN401 - a generator
            ear = site.listen(KNOCK)
            while True:
                told = yield ear.get()
                found.append((site.now_us, told))

        site.process(steps())

    run(system("teller", teller, tells=(KNOCK,)), system("listener", listener, awaits=(KNOCK,)))
    assert [told["times"] for _, told in found] == [0, 1, 2, 9]
    assert [told["door"] for _, told in found] == ["blue"] * 3 + ["red"]
    assert {told.district for _, told in found} == {"Putuo"}
    assert [at_us - found[0][0] for at_us, _ in found] == [0, 0, 0, 5 * SECOND_US]
    assert all(at_us == told.at_us for at_us, told in found)


def test_two_systems_may_answer_each_other_in_processes() -> None:
    rounds: Found = []

    def first(site: Site) -> None:
        def steps() -> Any:  # noqa: ANN401 - a generator
            ear = site.listen(ANSWER)
            for _ in range(3):
                yield site.wait(SECOND_US)
                site.tell(KNOCK, "Xuhui", door="d", times=1)
                rounds.append((yield ear.get()))

        site.process(steps())

    def second(site: Site) -> None:
        def steps() -> Any:  # noqa: ANN401 - a generator
            ear = site.listen(KNOCK)
            while True:
                yield ear.get()
                yield site.wait(SECOND_US)
                site.tell(ANSWER, "Xuhui")

        site.process(steps())

    run(system("first", first, tells=(KNOCK,), awaits=(ANSWER,)), system("second", second, tells=(ANSWER,), awaits=(KNOCK,)))
    assert len(rounds) == 3


def test_a_circle_within_a_slice_is_refused_by_name() -> None:
    one = system("one", lambda _: None, tells=(KNOCK,), hears=(ANSWER,))
    two = system("two", lambda _: None, tells=(ANSWER,), hears=(KNOCK,))
    with pytest.raises(UsageError, match=r"in a circle within a slice: one hears answer of two; two hears knock of one\. Let one"):
        run(one, two)


def test_the_order_is_by_causes_then_by_name() -> None:
    tells = {"c": ["x"], "a": [], "b": ["y"]}
    assert in_order(tells, {"c": [], "a": ["x"], "b": []}) == ("b", "c", "a")
    assert in_order(tells, {"c": ["y"], "a": ["x", "y"], "b": []}) == ("b", "c", "a")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"door": "d"}, "the field times is missing"),
        ({"door": "d", "time": 1}, r"no field 'time' \(did you mean 'times'\?\)"),
        ({"door": "d", "times": 1.5}, "cause knock: times cannot hold"),
    ],
)
def test_what_a_cause_cannot_say_is_refused(values: dict[str, object], words: str) -> None:
    def build(site: Site) -> None:
        site.each_slice(lambda _: site.tell(KNOCK, "Xuhui", **values))

    with pytest.raises(UsageError, match=words):
        run(system("zoo", build, tells=(KNOCK,)), system("attic", hearing([]), hears=(KNOCK,)))


def test_nothing_is_told_of_a_slice_that_is_closed() -> None:
    def build(site: Site) -> None:
        site.each_slice(lambda span: site.tell(KNOCK, "Xuhui", span.start_us - 1, door="d", times=1))

    with pytest.raises(UsageError, match="lies in a slice that is closed"):
        run(system("zoo", build, tells=(KNOCK,)), system("attic", hearing([]), hears=(KNOCK,)))


def listening(site: Site) -> None:
    site.incidents("storm", "Xuhui")


@pytest.mark.parametrize(
    ("incident", "words"),
    [
        (
            Incident(what="strom", after=0, lasting=1),
            r"incident 'strom': no system hears it \(did you mean 'storm'\?\); heard are outage, storm",
        ),
        (Incident(what="storm", after="3m", lasting="1m"), "begins 3m after the start, outside the run of 3m"),
        (Incident(what="storm", after="2m", within="90s", lasting="1m"), "begins as late as 3m30s after the start, outside"),
        (Incident(what="storm", after=0, lasting=1, systems=("attc",)), r"unknown system 'attc' \(did you mean 'attic'\?\)"),
        (Incident(what="storm", after=0, lasting=1, systems=("zoo",)), "no system hears it"),
    ],
)
def test_an_incident_that_cannot_be_heard_is_refused_with_the_scenario(incident: Incident, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        run(system("attic", listening, hears=("storm",)), system("zoo", lambda _: None), incidents=(incident,))


def test_an_incident_in_a_district_that_is_not_in_the_city_is_refused() -> None:
    for name, words in (
        ("Xuhuy", r"'Xuhuy' is not in this city \(did you mean 'Xuhui'\?\); there are Putuo, Xuhui"),
        ("Pudong", "is not in this"),
    ):
        with pytest.raises(UsageError, match=words):
            run(system("attic", listening, hears=("storm",)), incidents=(Incident(what="storm", after=0, lasting=1, districts=(name,)),))


def test_incidents_are_known_to_those_who_hear_their_word() -> None:
    found: Found = []
    storm = Incident(what="storm", after="1m", lasting="1m", severity=0.5, districts=("Xuhui",))

    def build(site: Site) -> None:
        found.append((site.incidents("storm", "Xuhui"), site.incidents("storm", "Putuo"), site.incidents("storm")))

    run(system("attic", build, hears=("storm",)), incidents=(storm,))
    here, there, anywhere = found[0]
    assert (len(here), len(there), len(anywhere)) == (1, 0, 1)
    assert here[0].severity == 0.5
