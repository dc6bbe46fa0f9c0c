"""Loading scenarios: found by name or path, and every mistake told with its place and the nearest name."""

import re
import sys
from pathlib import Path

import pytest

from scenarios.loader import load, override, path_of, shipped_names
from sim.city.links import Link
from sim.errors import UsageError
from sim.scenario import Scenario
from sim.units import SECOND_US
from tests.lamps import Lamps

GOOD = """
from sim.scenario import Scenario
from tests.lamps import Lamps
scenario = Scenario(name="lit", systems=[Lamps()], duration="5m")
"""


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def script(text: str, name: str = "mine.py") -> str:
    Path(name).write_text(text)
    return f"./{name}"


def told(name: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(name)
    return str(caught.value)


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_loads_under_its_own_name(name: str) -> None:
    assert load(name).name == name


def test_a_script_is_found_by_any_path() -> None:
    script(GOOD)
    for name in ("mine.py", "./mine.py", str(Path("mine.py").resolve())):
        assert load(name).duration == 300 * SECOND_US


def test_a_function_may_declare_the_scenario() -> None:
    text = GOOD.replace("scenario = Scenario(", "def scenario():\n    return Scenario(")
    assert load(script(text)).name == "lit"


def test_an_unknown_scenario_is_met_with_the_nearest() -> None:
    assert re.search(r"unknown scenario 'shangai' \(did you mean 'shanghai'\?\): shipped are bus_arrivals, ", told("shangai"))


@pytest.mark.parametrize(
    ("name", "new"),
    [("none.py", "none.py"), ("./none", "none.py"), ("folder/none.py", "folder/none.py"), ("my folder/none.py", "'my folder/none.py'")],
)
def test_a_script_that_is_not_there_is_met_with_the_way_to_one(name: str, new: str) -> None:
    assert told(name) == f"there is no scenario script {name}: write one with `citybeat scenarios new {new}`"


def test_a_script_that_lies_nearby_is_named() -> None:
    script(GOOD, "street.py")
    assert "(did you mean './street.py'?)" in told("street")
    assert "(did you mean 'street.py'?)" in told("stret.py")
    Path("city.py").mkdir()
    assert "city.py is a folder" in told("city.py")


def test_a_home_is_found_without_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    script(GOOD, "street.py")
    monkeypatch.setenv("HOME", str(Path.cwd()))
    assert load("~/street.py").name == "lit"
    assert MappedLamps(plan="~/plan").plan == Path.cwd() / "plan"  # type: ignore[arg-type]
    assert override(Scenario(name="lit", systems=(MappedLamps(),)), ["lamps.plan=~/plan"]).systems[0].plan == Path.cwd() / "plan"


def test_a_file_that_is_no_script_is_refused() -> None:
    assert "is not a Python script" in told(script(GOOD, "mine.txt"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = 1 / 0\n", "mine.py, line 2 raised ZeroDivisionError: division by zero"),
        ("def f():\n    raise OSError('no map')\n\nf()\n", "mine.py, line 2 raised OSError: no map"),
        ("import sys\nsys.exit(3)\n", "mine.py, line 2 raised SystemExit: 3; what ends the process stands below `if __name__"),
        ("def f():\n    f()\n\nf()\n", "mine.py, line 2 raised RecursionError: maximum recursion depth"),
        ("x = '\\0'\ny = \0\n", "mine.py is not valid Python: source code string cannot contain null bytes"),
        ("import nothing_of_this_name\n", "mine.py, line 1 raised ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("x = 1\nx = (\n", "mine.py, line 2, is not valid Python: '(' was never closed"),
        ("x = 1\n", "mine.py declares no scenario: end it with `scenario = Scenario(name=..., systems=[...])`"),
        ("scenario = 5\n", "mine.py declares no scenario"),
        ("def scenario():\n    return 1 / 0\n", "mine.py, line 2 raised ZeroDivisionError"),
        ("def scenario():\n    return None\n", "mine.py declares no scenario"),
        ("from sim.units import duration_us\nx = duration_us('5')\n", "mine.py, line 2: '5' is not a duration"),
    ],
)
def test_a_script_that_fails_is_told_with_file_and_line(text: str, message: str) -> None:
    assert message in told(script(text))


UNTYPED = """
from sim.city.declared import Declared
from sim.system import System
class Lamps(System):
    {}
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("declard = Declared('lamps')", "line 4: a system declares itself by the name `declared`, not 'declard'"),
        ("share = 0.5", "line 4: 'share' has no type: a parameter is written `share: float = 0.5`, what is none `share: ClassVar = 0.5`"),
    ],
)
def test_an_attribute_without_a_type_is_told_with_the_remedy(line: str, message: str) -> None:
    said = told(script(UNTYPED.format(line)))
    assert message in said
    assert len(said) < 200


def test_a_helper_that_raises_is_told_with_its_own_line() -> None:
    script("x = 1\ny = 1 / 0\n", "broken_helper.py")
    assert re.search(
        r"broken_helper\.py, line 2 \(from mine\.py, line 1\) raised ZeroDivisionError", told(script("import broken_helper\n" + GOOD))
    )


def test_a_helper_that_is_not_valid_is_told_with_its_own_name() -> None:
    script("x = (\n", "helper_of_mine.py")
    assert re.search(r"helper_of_mine\.py, line 1, is not valid Python", told(script("import helper_of_mine\n" + GOOD)))


def test_all_mistakes_of_a_declaration_are_told_at_once() -> None:
    text = GOOD.replace('duration="5m"', 'duraton="5m", speed="quick", districts=["Pudng"]')
    message = told(script(text))
    assert "mine.py, line 4: Scenario: 3 settings are wrong:" in message
    assert "duraton: no such parameter (did you mean 'duration'?)" in message
    assert "speed: 'quick' is not a speed" in message
    assert "unknown district 'Pudng' (did you mean 'Pudong'?)" in message


def test_a_mistake_in_a_system_names_the_system_and_the_line() -> None:
    message = told(script(GOOD.replace("Lamps()", 'Lamps(cuont=3, interval="5 parsecs")')))
    assert "line 4: Lamps: 2 settings are wrong:" in message
    assert "cuont: no such parameter (did you mean 'count'?); there are count, interval, link" in message
    assert "interval: '5 parsecs' has the unknown unit 'parsecs'" in message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("{'operator': 3}", "centre.operator: no such parameter (did you mean 'operators'?); there are operators, "),
        ("{'policy': {'witin': 3}}", "centre.policy.witin: no such parameter (did you mean 'within'?); there are false_calls, within, "),
        (
            "{'shifts': [{'begin': 3, 'begins': '06:00'}]}",
            "centre.shifts.0.begin: no such parameter (did you mean 'begins'?); there are begins, ",
        ),
        ("{'shifts': [3]}", "centre.shifts.0: it takes no value; set a parameter of it: begins, lasting, "),
        ("{'talk': {'mean': 0}}", "centre.talk.mean: Input should be greater than 0s"),
    ],
)
def test_a_mistake_inside_a_parameter_is_held_against_its_own_names(wrong: str, message: str) -> None:
    imports = "from citybeat import Scenario\nfrom devices.alarms.system import Alarms\n"
    text = f"{imports}scenario = Scenario(name='x', systems=[Alarms(centre={wrong})])\n"
    assert f"line 3: Alarms: {message}" in told(script(text))


def test_a_script_may_import_what_lies_beside_it_and_leaves_the_path_as_it_was() -> None:
    script("NAME = 'beside'\n", "beside_mine.py")
    before = list(sys.path)
    assert load(script(GOOD.replace('"lit"', "NAME").replace("from tests", "from beside_mine import NAME\nfrom tests"))).name == "beside"
    assert sys.path == before
    sys.path.insert(0, str(Path.cwd()))
    try:
        load("./mine.py")
        assert sys.path[0] == str(Path.cwd())
    finally:
        sys.path.remove(str(Path.cwd()))


def test_folders_called_as_ours_beside_a_script_do_no_harm() -> None:
    for name in ("scenarios", "devices", "sim"):
        Path(name).mkdir()
        Path(name, "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    assert load(script(GOOD)).name == "lit"


def test_a_shipped_name_wins_over_a_folder_of_that_name() -> None:
    Path("shanghai").mkdir()
    assert path_of("shanghai").parent.name == "shipped"


class MappedLamps(Lamps):
    """Lamps with a parameter that is a path."""

    plan: Path = Path("plan")


def lit() -> Scenario:
    return Scenario(name="lit", systems=(Lamps(count=3, link=Link(sigma=0.5)),), districts=("Putuo",))


def refused(*settings: str) -> str:
    with pytest.raises(UsageError) as caught:
        override(lit(), settings)
    return str(caught.value)


def test_settings_change_what_they_name_and_nothing_else() -> None:
    changed = override(lit(), ["lamps.interval=5s", "faults.lost=1%", "scale=0.5", "districts=Pudong,Xuhui"], {"seed": 7})
    system = changed.systems[0]
    assert (system.interval, system.count, system.link) == (5 * SECOND_US, 3, Link(sigma=0.5))
    assert (changed.faults.lost, changed.faults.late, changed.scale, changed.seed) == (0.01, 0.0, 0.5, 7)
    assert changed.districts == ("Pudong", "Xuhui")


def test_a_setting_inside_a_parameter_keeps_the_rest_of_it() -> None:
    assert override(lit(), ["lamps.link.latency_us=60"]).systems[0].link == Link(latency_us=60, sigma=0.5)


def test_the_whole_is_written_with_its_sign() -> None:
    changed = override(lit(), ["faults.lost=100%", "scale=100%", "lamps.link.loss=100%"])
    assert (changed.faults.lost, changed.scale, changed.systems[0].link.loss) == (1.0, 1.0, 1.0)


def test_of_two_settings_of_one_place_the_later_holds() -> None:
    assert override(lit(), ["lamps.count=4", "lamps.count=5"]).systems[0].count == 5


def test_no_settings_change_nothing() -> None:
    assert override(lit(), []) == lit()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("lamps.cuont=3", "lamps.cuont: no such parameter (did you mean 'count'?); there are count, interval, link"),
        ("lamps.link.latncy=3", "lamps.link.latncy: no such parameter (did you mean 'latency_us'?)"),
        ("lamps.interval=5 parsecs", "lamps.interval: '5 parsecs' has the unknown unit 'parsecs'"),
        ("lamps.count=many", "lamps.count: Input should be a valid integer, unable to parse string as an integer (given 'many')"),
        ("lamps=4", "lamps: a system takes no value; set a parameter of it, such as lamps.count"),
        ("lamps.link=4", "lamps.link: it takes no value; set a parameter of it: latency_us, "),
        ("lamps.interval=999999999d", "lamps.interval: longer than the 365,250 days to which city time is counted (given '999999999d')"),
        ("duration=0s", "duration: Input should be greater than 0s"),
        ("lmaps.count=4", "--set lmaps: nothing is called 'lmaps' (did you mean 'lamps'?); there are lamps, name"),
        ("duraton=1h", "--set duraton: nothing is called 'duraton' (did you mean 'duration'?)"),
        ("faults.lsot=1%", "faults.lsot: no such parameter (did you mean 'lost'?)"),
        ("faults.lost=150%", "faults.lost: Input should be less than or equal to 1 (given '150%')"),
        ("faults.lost=1", "faults.lost: '1' may mean the whole or one in a hundred: write 100% or 1%"),
        ("scale=1", "scale: '1' may mean the whole or one in a hundred: write 100% or 1%"),
        ("lamps.link.loss=1.0", "lamps.link.loss: '1.0' may mean the whole or one in a hundred: write 100% or 1%"),
        ("scale=2", "scale: Input should be less than or equal to 1 (given "),
        ("districts=Pudng", "districts: unknown district 'Pudng' (did you mean 'Pudong'?)"),
        ("speed", "--set speed: write it as place=value"),
        ("=5", "--set =5: write it as place=value"),
        ("lamps..count=5", "--set lamps..count=5: write it as place=value"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place_and_the_nearest_name(setting: str, message: str) -> None:
    assert refused(setting).startswith(message)


def test_settings_that_contradict_each_other_are_refused() -> None:
    assert "another setting gives 'lamps.link.loss', or a part of it" in refused("lamps.link=4", "lamps.link.loss=0.1")
    assert "another setting gives 'lamps.link', or a part of it" in refused("lamps.link.loss=0.1", "lamps.link=4")


def test_all_wrong_settings_are_told_at_once() -> None:
    message = refused("lamps.cuont=3", "duraton=1h", "faults.lost=150%", "speed=quick", "lamps.count=x", "nonsense")
    lines = message.splitlines()
    assert lines[0] == "6 settings are wrong:"
    assert sorted(line.split(":")[0].strip() for line in lines[1:]) == [
        "--set duraton", "--set nonsense", "faults.lost", "lamps.count", "lamps.cuont", "speed",
    ]  # fmt: skip
