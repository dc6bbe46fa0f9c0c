"""A service manager plays with staffing on the command line: what may be, and what may not, with one message each."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from citybeat.__main__ import main
from sim.errors import Exit
from sim.summary import read

SHORT = ("run", "home_alarms", "--for", "1h", "--warm-up", "0s", "--scale", "0.1%", "--speed", "max", "--broker", "none", "-q")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("alarms.centre.operators=-1", "alarms.centre.operators: Input should be greater than or equal to 0 (given '-1')"),
        ("alarms.centre.operators=5000", "alarms.centre.operators: Input should be less than or equal to 1000 (given '5000')"),
        ("alarms.centre.operaters=3", "alarms.centre.operaters: no such parameter (did you mean 'operators'?)"),
        ("alarms.centre.shifts=06:00-14:00, 25:00-06:00", "alarms.centre.shifts: '25:00' is not a time of day"),
        ("alarms.centre.shifts=all day", "alarms.centre.shifts: 'all day' is no shift: write its hours and how many, such as 06:00-14:00"),
        ("alarms.centre.shifts=06:00-14:00=2000%", "less than or equal to 10"),
        ("alarms.centre.policy.false_calls=0", "alarms.centre.policy.false_calls: Input should be greater than or equal to 1 (given '0')"),
        ("alarms.centre.policy.false_calls=none", "alarms.centre.policy.false_calls: Input should be a valid integer"),
        ("alarms.centre.policy.within=0s", "alarms.centre.policy.within: Input should be greater than 0"),
        ("alarms.centre.policy.within=none", "alarms.centre.policy.within: 'none' is not a duration"),
        ("alarms.centre.talk.distribution=normal", "alarms.centre.talk.distribution: 'normal' is no distribution: write lognormal"),
        ("alarms.centre.responders.police_units=-3", "alarms.centre.responders.police_units: Input should be greater than or equal to 0"),
        ("alarms.burglar.per_year=1e9", "alarms.burglar.per_year: Input should be less than or equal to 10"),
        ("alarms.personal.per_year=-1", "alarms.personal.per_year: Input should be greater than or equal to 0 (given '-1')"),
        ("alarms.personal.real=130%", "alarms.personal.real:"),
        ("alarms.installed.milestone=2030", "alarms.installed.milestone: Input should be less than or equal to 2017 (given '2030')"),
        ("alarms.installed.milestone=2013", "alarms.installed.milestone: Input should be greater than or equal to 2014 (given '2013')"),
    ],
)
def test_what_cannot_be_is_refused_with_one_message_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], given: str, said: str
) -> None:
    assert main([*SHORT, "--set", given]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert said in found.err
    assert found.err.startswith("citybeat: alarms.")
    assert found.err.count("citybeat: ") == 1
    assert not Path("runs").exists()


def played(folder: str, *settings: str) -> tuple[int, list[str], dict[str, float]]:
    """Run an hour of the evening with settings; return its exit code, its notes, and the values of promises by measure."""
    code = main([*SHORT, "--out", folder, *(word for each in settings for word in ("--set", each))])
    summary = read(Path(folder))
    return code, [each.what for each in summary.notes], {each.measure: each.value for each in summary.objectives if not each.where}


def test_fewer_operators_answer_fewer_calls_in_time() -> None:
    round_the_clock = "alarms.centre.shifts=00:00-00:00"
    many_code, _, many = played("many", "alarms.centre.operators=90", round_the_clock)
    few_code, _, few = played("few", "alarms.centre.operators=10", round_the_clock)
    assert many_code == Exit.PASS
    assert few_code == Exit.FAILED
    assert few["alarms.answered_in_60_s"] < 0.6
    assert many["alarms.answered_in_60_s"] > 0.975


def test_a_centre_without_operators_or_help_says_so_before_it_fails() -> None:
    code, notes, values = played("nobody", "alarms.centre.operators=0", "alarms.centre.responders.fire_units=0")
    assert code == Exit.FAILED
    assert notes[:2] == [
        "the alarm centre has no operators: no call is answered",
        "no fire unit is on duty in the whole city: whoever needs one waits for ever",
    ]
    assert values["alarms.answered_in_60_s"] == 0


PAGE = Path(__file__).parents[3] / "docs" / "alarms.md"
SHOWN = re.findall(r"^(citybeat run home_alarms .*?--set.*?)(?: +#.*)?$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("shown", SHOWN)
def test_what_the_page_sets_can_be_set(shown: str) -> None:
    assert len(SHOWN) > 5
    settings = [word for pair in pairwise(shlex.split(shown)) if pair[0] == "--set" for word in pair]
    assert main([*SHORT, "--plan", "--for", "1m", *settings]) == 0
