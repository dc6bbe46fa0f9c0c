"""A system says everything once; words with two meanings are refused when the scenario is made."""

import pytest
from pydantic import ValidationError

from sim.city.causes import Cause
from sim.city.declared import Count, Declared, clashes
from sim.city.links import Link
from sim.errors import UsageError
from sim.events.kinds import Field, Kind, choice, integer, real, text
from sim.judge.measures import Measure
from sim.scenario import Scenario
from sim.system import System
from tests.lamps import Lamps


def kind(name: str, *fields: Field) -> Kind:
    return Kind(name, doc="", qos=0, fields=fields)


def test_the_name_is_said_once_and_stands_on_kinds_measures_and_promises() -> None:
    pause = Measure("pause_s", unit="s", doc="")
    declared = Declared("gates", kinds=(kind("passage"),), measures=(pause,), objectives=(pause.p95(at_most="2m"),))
    assert declared.kinds[0].system == "gates"
    assert declared.measures[0].name == "gates.pause_s"
    assert (declared.objectives[0].measure, declared.objectives[0].at_most) == ("gates.pause_s", 120)


def test_parts_of_a_large_system_add_up() -> None:
    network = Declared(kinds=(kind("version"),), link=Link(latency_us=5))
    whole = Declared("buses") + network + Declared(kinds=(kind("position"),), hears=("storm",))
    assert [each.name for each in whole.kinds] == ["version", "position"]
    assert {each.system for each in whole.kinds} == {"buses"}
    assert (whole.hears, whole.link.latency_us) == (("storm",), 5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Declared("Gates"), "is not snake_case"),
        (lambda: Declared("pipeline"), "system name 'pipeline' is taken"),
        (lambda: Declared("gates", kinds=(kind("a"), kind("a"))), "declares the kind 'a' twice"),
        (lambda: Declared("gates", kinds=(Kind("a", system="lamps", doc="", qos=0, fields=()),)), "kind 'a' of system 'lamps'"),
        (lambda: Declared("gates", census=(Count("gate", "open"), Count("gate", "shut"))), "census word 'gate' twice"),
        (lambda: Declared("gates", tells=(Cause("a"), Cause("a"))), "cause 'a' twice"),
        (lambda: Declared("gates", kinds=kind("a")), r"not one Kind: write kinds=\(Kind\(...\),\) with a comma"),
        (lambda: Declared("gates", hears="storm"), r"not one str: write hears=\('storm',\) with a comma"),
        (lambda: Cause("a", fields=integer("b")), r"not one Field: write fields=\(Field\(...\),\) with a comma"),
        (lambda: Kind("a", doc="", qos=0, fields=integer("b")), r"not one Field: write fields="),
    ],
)
def test_a_word_said_twice_is_refused(wrong: object, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (integer("level"), real("level", "m", 1), "the field 'level' is integer in a and real m in b"),
        (real("level", "m", 1), real("level", "cm", 1), "is real m in a and real cm in b"),
        (integer("level", tag=True), integer("level"), "is a tag in a and none in b"),
        (choice("level", "low", "high"), choice("level", "low", "top"), "has other words in a (low, high) than in b (low, top)"),
    ],
)
def test_a_field_name_has_one_meaning_and_is_a_tag_everywhere_or_nowhere(one: Field, other: Field, words: str) -> None:
    declared = [Declared("one", kinds=(kind("a", one),)), Declared("two", kinds=(kind("b", other),))]
    assert [words in each for each in clashes(declared)] == [True]
    assert "one name has one meaning" in next(clashes(declared))
    assert next(clashes([Declared("one", kinds=(kind("a", one), kind("b", other)))]), "")


def test_a_cause_has_one_meaning() -> None:
    declared = [Declared("one", tells=(Cause("knock"),)), Declared("two", hears=(Cause("knock", fields=(text("door"),)),))]
    assert list(clashes(declared)) == ["the cause 'knock' is declared in two ways (system 'two' and an earlier one)"]


class Nameless(System):
    """A system that forgot its declaration."""

    def build(self, _site: object) -> None:
        """Stand nowhere."""


def test_a_system_without_a_declaration_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"Nameless lacks `declared = Declared\(NAME, ...\)`"):
        Scenario(name="none", systems=[Nameless()])
    assert Scenario(name="lit", systems=[Lamps]).systems[0].name == "lamps"
