"""The scenario: declared once, refused when wrong, digested by what decides its events."""

import enum
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sim.canonical import canonical
from sim.city.declared import Declared
from sim.city.incidents import Incident
from sim.city.links import Link
from sim.city.profile import ProfileStage
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.judge.measures import Measure, Objective, Statistic
from sim.play.faults import Faults
from sim.scenario import Scenario
from sim.system import System
from sim.units import HOUR_US, MINUTE_US
from tests.lamps import LAMP_POWER, LAMP_STATE, Lamps


class MappedLamps(Lamps):
    """Lamps that stand where a file says."""

    plan: Path = Path("nowhere")


class Rushed(Lamps):
    """Lamps that promise something of a stage."""

    declared = Declared(
        "rushed",
        measures=(Measure("power_w", unit="W", doc=""),),
        objectives=(Objective("power_w", Statistic.MAX, at_most=1, stage="rush"),),
    )


def scenario(**changes: Any) -> Scenario:  # noqa: ANN401 - fields of many types
    return Scenario.model_validate({"name": "lit", "systems": [Lamps()]} | changes)


def test_values_are_read_in_their_units() -> None:
    made = scenario(start="06:30", duration="2h", warm_up="5m", speed="max", districts="Pudong, Putuo")
    assert (made.start, made.duration, made.warm_up, made.speed) == (6.5 * HOUR_US, 2 * HOUR_US, 5 * MINUTE_US, math.inf)
    assert made.districts == ("Pudong", "Putuo")


def test_a_class_stands_for_a_system_with_its_defaults() -> None:
    assert scenario(systems=[Lamps]).systems == (Lamps(),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"duraton": "1h"}, "Extra inputs are not permitted"),
        ({"duration": "1 fortnight"}, "unknown unit 'fortnight'"),
        ({"duration": "0s"}, "greater than 0"),
        ({"speed": 0}, "greater than 0"),
        ({"speed": "quick"}, "'quick' is not a speed"),
        ({"scale": 1.5}, "less than or equal to 1"),
        ({"scale": 0}, "greater than 0"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"start": -5}, "greater than or equal to 0"),
        ({"name": "Two Words"}, "should match pattern"),
        ({"districts": ["Pudng"]}, r"unknown district 'Pudng' \(did you mean 'Pudong'\?\); known are Huangpu"),
        ({"systems": []}, "at least 1 item"),
        ({"systems": Lamps()}, "write the systems as a list"),
        ({"systems": [Lamps(), Lamps(count=2)]}, "two systems have the same name"),
        ({"systems": [object()]}, "not a system: object \\(derive its class from System\\)"),
        ({"profile": [{"lasting": "1m", "multiplier": -1}]}, "greater than or equal to 0"),
        ({"profile": [{"lasting": "1m", "factor": 1}]}, "Extra inputs are not permitted"),
        ({"faults": {"lots": 1}}, "Extra inputs are not permitted"),
        ({"objectives": [{"measure": "lamps.power_w", "statistic": "max", "at_most": 1, "were": "x"}]}, "Unexpected keyword"),
        (
            {"incidents": [Incident(what="outage", after="0s", lasting="1m", systems=("lmaps",))]},
            r"incident on the unknown system 'lmaps' \(did you mean 'lamps'\?\)",
        ),
        (
            {"incidents": [Incident(what="outage", after="0s", lasting="1m", building="Putuo-building-00012")]},
            "incident 'outage' happens in whole districts: leave out the building 'Putuo-building-00012'",
        ),
        (
            {"objectives": [Objective("lamps.power", Statistic.MAX, at_most=1)]},
            r"objective on the unknown measure 'lamps.power' \(did you mean 'lamps.power_w'\?\)",
        ),
        (
            {
                "profile": [ProfileStage(lasting="1m", name="rush")],
                "objectives": [Objective("lamps.power_w", Statistic.MAX, at_most=1, stage="rsh")],
            },
            r"objective on the unknown stage 'rsh' \(did you mean 'rush'\?\); the profile has rush",
        ),
        ({"systems": [Rushed()]}, r"objective of rushed on the unknown stage 'rush'; the scenario has no stages"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        scenario(**changes)


def test_promises_may_name_the_pipeline_and_unnamed_stages() -> None:
    promise = Objective("pipeline.stored_from_due", Statistic.P95, at_most=1.0, stage="stage-2")
    made = scenario(profile=[ProfileStage(lasting="1m"), ProfileStage(lasting="1m")], objectives=[promise])
    assert made.objectives == (promise,)


def test_a_stage_after_the_end_is_said() -> None:
    made = scenario(duration="2m", profile=[ProfileStage(lasting="2m"), ProfileStage(lasting="1m", name="late")])
    assert list(made.late_stages()) == ["stage 'late' begins 2m after the start, outside the run of 2m: nothing is judged in it"]
    assert [note.text() for note in Engine(made).notes()] == list(made.late_stages())


def test_the_digest_is_the_same_for_the_same_declaration() -> None:
    assert scenario().digest() == scenario().digest()
    assert scenario(duration="60m").digest() == scenario(duration="1h").digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 9},
        {"speed": "max"},
        {"title": "Lamps", "doc": "at night"},
        {"name": "dark"},
        {"objectives": [Objective("lamps.power_w", Statistic.MAX, at_most=1)]},
        {"only_these_objectives": True},
    ],
)
def test_what_decides_no_event_leaves_the_digest(changes: dict[str, Any]) -> None:
    assert scenario(**changes).digest() == scenario().digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"systems": [Lamps(count=6)]},
        {"systems": [Lamps(link=Link(loss=0.1))]},
        {"start": "08:00"},
        {"duration": "2h"},
        {"warm_up": "1m"},
        {"day": "2015-03-03"},
        {"zone": "Europe/Berlin"},
        {"scale": 0.02},
        {"districts": ["Putuo"]},
        {"profile": [ProfileStage(lasting="1m", multiplier=2)]},
        {"incidents": [Incident(what="storm", after="0s", lasting="1m")]},
        {"faults": Faults(lost=0.1)},
    ],
)
def test_what_decides_events_changes_the_digest(changes: dict[str, Any]) -> None:
    assert scenario(**changes).digest() != scenario().digest()


def test_parameters_of_a_system_count() -> None:
    assert scenario(systems=[Lamps(count=5)]).digest() == scenario(systems=[Lamps()]).digest()
    assert scenario(systems=[Lamps(count=6)]).digest() != scenario(systems=[Lamps()]).digest()


def test_a_file_counts_by_its_content_not_by_its_path(tmp_path: Path) -> None:
    def digest(path: Path) -> str:
        return scenario(systems=[MappedLamps(plan=path)]).digest()

    for name, text in (("a", "poles"), ("b", "poles"), ("c", "other poles")):
        (tmp_path / name).write_text(text)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_a_folder_counts_by_its_files(tmp_path: Path) -> None:
    for name, text in (("a", "poles"), ("b", "poles"), ("c", "other poles")):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below" / "plan.txt").write_text(text)
    assert canonical(tmp_path / "a") == canonical(tmp_path / "b") != canonical(tmp_path / "c")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = tmp_path / "plan"
    plan.write_text("poles")

    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UsageError, match=r"cannot read .*plan: Permission denied"):
        scenario(systems=[MappedLamps(plan=plan)]).digest()


class Colour(enum.Enum):
    """A value that is not a text."""

    RED = 1


class Plain:
    """A class without a text of its own."""

    def __init__(self, *words: str) -> None:
        self.words = set(words)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(5_000), np.arange(5_000) + (np.arange(5_000) == 2_500)),
        (Plain("a", "b"), Plain("a", "c")),
        (frozenset({"a"}), frozenset({"b"})),
        (b"a", b"b"),
        (np.float64(0.1), np.float64(0.2)),
        (1 << 70, 1 << 71),
        (Colour.RED, 2),
        (len, max),
        ({1: 2}, {1: 3}),
        (math.inf, math.nan),
        (1 + 2j, 2 + 1j),
    ],
)
def test_contents_tell_values_apart(one: object, other: object) -> None:
    assert canonical(one) == canonical(one) != canonical(other)


def test_contents_are_the_same_in_every_process() -> None:
    code = (
        "from sim.canonical import canonical\n"
        "class Plain:\n    def __init__(self): self.words, self.step = set('abcdefgh'), len\n"
        "print(canonical(Plain()), canonical(lambda: 1))"
    )
    root = Path(__file__).parents[2]
    shown = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=root, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1
    assert b"0x" not in shown.pop()


class OtherLamps(Lamps):
    """Lamps of another name with kinds of the same."""

    declared = Declared("others", kinds=(replace(LAMP_STATE, system=""), replace(LAMP_POWER, system="")))


def test_two_systems_with_a_kind_of_one_name_are_refused() -> None:
    with pytest.raises(
        ValidationError, match="two systems declare a kind 'lamp_state': lamps and others; two systems declare a kind 'lamp_power'"
    ):
        scenario(systems=[Lamps(), OtherLamps()])


@pytest.mark.parametrize(
    ("field", "one"),
    [("incidents", Incident(what="storm", after="1m", lasting="1m")), ("profile", ProfileStage(lasting="1m"))],
)
def test_one_thing_where_a_list_is_wanted_is_one_message(field: str, one: object) -> None:
    with pytest.raises(ValidationError, match=rf"write a list, such as {field}=\[{type(one).__name__}\(...\)\]") as caught:
        Scenario.model_validate({"name": "one", "systems": [Lamps()], field: one})
    assert caught.value.error_count() == 1


@pytest.mark.parametrize("name", ["name", "build", "copy"])
def test_a_parameter_that_hides_what_every_system_has_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"Mine: no parameter can be called '{name}'"):
        type("Mine", (System,), {"__annotations__": {name: str}, "__module__": __name__})
