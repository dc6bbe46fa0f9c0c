"""A mistake in somebody's own system is one message with file, line and system, wherever it is made and whatever it raises."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.loader import load
from sim.engine.engine import Engine
from sim.errors import UsageError

HEAD = """
from enum import auto
import numpy as np
from citybeat import Measure, Objective, ProfileStage, Scenario, Statistic
from sim.events.batches import LiveStatus
from sim.events.kinds import ABSENT_INT, Choice, Kind, choice, flag, instant, integer, real, text
from sim.city.causes import Cause
from sim.city.declared import Count, Declared
from sim.system import Installation, System, Timing
from sim.toolkit.reports import report


class LampState(Choice):
    ON = auto()
    OFF = auto()


class Weather(Choice):
    ON = auto()
    RAIN = auto()


FIELDS = (choice("lamp_state", LampState), real("power_w", "W", 1), integer("switches"), text("pole"))
LAMP = Kind("lamp", fields=FIELDS, qos=0, doc="")
OTHER = Kind("lmap", fields=(integer("switches"),), qos=0, doc="")
DARK = Cause("dark", fields=(integer("switches"),))
LIGHT = Cause("light")


class Lamps(System):
    declared = Declared(
        "lamps", kinds=(LAMP,), measures=(Measure("burning", unit="share", doc=""),), census=(Count("lamp", LampState),),
        tells=(DARK,), hears=("storm",),
    )

    def timing(self, day):
        {timing}
        return Timing()

    def expected_events(self, site, start_us, end_us):
        {expected}
        return 9e5

    def build(self, site):
        {build}
        return Standing(site)


class Standing(Installation):
    def __init__(self, site):
        self.site = site
        self.device = site.roster.add("lamp-1", "Xuhui")
        site.process(self.process())

    def process(self):
        site = self.site
        yield site.wait(70_000_000)
        {process}

    def emit(self, span):
        site = self.site
        n = 3
        time_us = span.start_us + np.arange(n)
        device = np.full(n, self.device, dtype=np.int32)
        columns = {{
            "lamp_state": np.zeros(n, dtype=np.int32), "power_w": np.full(n, 80.0),
            "switches": np.arange(n), "pole": np.full(n, -1, dtype=np.int32),
        }}
        if span.index == 1:
            {emit}
        site.rows(LAMP, time_us, device, columns)
        site.count("lamp", "on", "Xuhui", 1)

    def notes(self):
        {notes}
        return ()

    def live_status(self, span):
        {live_status}
        return LiveStatus("lamps", "on")


PROFILE = [ProfileStage(lasting="3m", rate="100/s", system="lamps")]
scenario = Scenario(name="lit", systems=[Lamps()], duration="3m", districts=["Xuhui"], profile=PROFILE)
"""
PLACES = ("timing", "build", "process", "emit", "live_status", "expected", "notes")
ROW = "switches=1, pole='pole 5')"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("citybeat_scenario_mine", None)


def play() -> None:
    """Play the script to its end, and ask for its notes."""
    engine = Engine(load("mine.py"))
    engine.notes()
    for _ in engine.slices():
        pass


def told(place: str, code: str) -> str:
    """Return what is said of a system with a line of code in one of its methods; assert that file, line and system are named."""
    text = HEAD.format(**{name: code if name == place else "pass" for name in PLACES})
    Path("mine.py").write_text(text)
    with pytest.raises(UsageError) as caught:
        play()
    said = str(caught.value)
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if code.splitlines()[0] in each)
    assert f"mine.py, line {line}" in said, said
    assert "system 'lamps'" in said
    assert "\n" not in said
    assert caught.value.__cause__ is not None, "for --traceback"
    return said


def test_the_system_itself_is_sound() -> None:
    Path("mine.py").write_text(HEAD.format(**dict.fromkeys(PLACES, "pass")))
    assert sum(len(batch) for piece in Engine(load("mine.py")).slices() for batch in piece.batches) == 9


def test_a_member_of_the_fields_own_choice_is_left_as_its_code() -> None:
    row = "site.record(LAMP, 0, lamp_state=LampState.OFF, power_w=1.0, switches=1, pole=-1)"
    Path("mine.py").write_text(HEAD.format(**(dict.fromkeys(PLACES, "pass") | {"process": row})))
    left = [code for piece in Engine(load("mine.py")).slices() for batch in piece.batches for code in batch.columns["lamp_state"].tolist()]
    assert sorted(left) == [0] * 9 + [1]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", "raised ZeroDivisionError: division by zero; correct it and run again"),
        ("raise SystemExit(0)", "raised SystemExit: 0"),
        ("raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'odd')", "raised UnicodeDecodeError"),
        ("assert not self", "raised AssertionError; correct it"),
    ],
)
def test_whatever_is_raised_names_its_line(place: str, code: str, words: str) -> None:
    assert words in told(place, code)


def test_an_exception_that_cannot_be_copied_is_told_all_the_same() -> None:
    code = "raise type('Odd', (Exception,), {'__init__': lambda self, *, why: None})(why=1)  # odd"
    assert "raised Odd" in told("process", code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("yield 5", "a process yields what it waits for, such as `yield site.wait(us)`, not 5"),
        ("site.record('lamp', 0, switches=1)", "'lamp' is no Kind: name what was declared, `LAMP` without quotes"),
        ("site.tell('dark', 'Xuhui', switches=1)", "'dark' is no Cause: name what was declared, `DARK` without quotes"),
        ("site.tell(Cause('dark'), 'Xuhui')", "declares the cause 'dark' in `tells` with other fields"),
        ("yield site.env.timeout(-1)", "Negative delay -1"),
        ("site.record(OTHER, 0, switches=1)", "system 'lamps' does not declare the kind 'lmap' (did you mean 'lamp'?)"),
        (f"site.record(LAMP, 7, lamp_state=LampState.ON, power_w=1.0, {ROW}", "there is no device 7 in system 'lamps'"),
        (f"site.record(LAMP, 0, lamp_state='on', power_w=1.0, {ROW}", "lamp_state cannot hold 'on'; it is a member of LampState (on"),
        (f"site.record(LAMP, 0, lamp_state=Weather.ON, power_w=1.0, {ROW}", "it is a member of LampState (on"),
        (f"site.record(LAMP, 0, lamp_state=2, power_w=1.0, {ROW}", "lamp_state cannot hold 2"),
        (f"site.record(LAMP, 0, lamp_state=0, power_w=None, {ROW}", "power_w cannot hold None; it is a number, NaN for none"),
        ("site.record(LAMP, 0, lamp_state=0, power_w=1.0, switches=1.5, pole='')", "switches cannot hold 1.5; it is a whole number"),
        ("site.record(LAMP, 0, lamp_state=0, power_w=1.0, switches=1, pole=99)", "pole cannot hold 99; it is a code"),
        ("site.record(LAMP, 0, lamp_state=0, power_w=1.0)", "kind lamp: switches, pole are missing"),
        (f"site.record(LAMP, 0, lamp_stat=0, power_w=1.0, {ROW}", "kind lamp has no field 'lamp_stat' (did you mean 'lamp_state'?)"),
        (f"site.record(LAMP, 0, 5, lamp_state=0, power_w=1.0, {ROW}", "lies in a slice that is closed"),
        ("site.sample('brning', 1.0)", "does not declare the measure 'lamps.brning' (did you mean 'lamps.burning'?)"),
        ("site.sample('burning', float('nan'))", "a sample is not a finite number"),
        ("site.sample('burning', 1.5)", "the sample 1.5 is no share, which is 0 to 1"),
        ("site.sample('burning', [0, -1])", "the sample -1 is no share"),
        ("site.tell(LIGHT, 'Xuhui')", "system 'lamps' does not declare 'light'"),
        ("site.tell(Cause('drk'), 'Xuhui')", "system 'lamps' does not declare 'drk' (did you mean 'dark'?): add it to `tells`"),
        ("site.listen(DARK)", "system 'lamps' does not declare 'dark': add it to `awaits`"),
        ("site.incidents('strom')", "does not declare 'strom' (did you mean 'storm'?): add it to `hears`"),
        ("site.count('lamp', 'of', 'Xuhui', 1)", "lamp has no state 'of' (did you mean 'off'?)"),
        ("site.count('lamp', 'on', 'Xuhi', 1)", "the district 'Xuhi' is not in this city (did you mean 'Xuhui'?); there are Xuhui"),
        ("site.count('lamp', 'on', 'Xuhui', -1)", "the census of 'lamp' takes whole things, at least 0: -1 cannot be"),
        ("site.count('lamp', 'on', 'Xuhui', 1.5)", "takes whole things, at least 0: 1.5"),
        ("site.count('lamp', 'on', 'Xuhui', '3')", "takes whole things, at least 0: '3'"),
        ("site.roster.add('lamp-2', 'Xuhi')", "the district 'Xuhi' is not in this city (did you mean 'Xuhui'?)"),
        ("site.roster.add(5, 'Xuhui')", "5 is no text: write str(5)"),
        ("site.tell(DARK, 'Xuhi', switches=1)", "the district 'Xuhi' is not in this city"),
        ("site.tell(DARK, 'Xuhui', switchs=1)", "no field 'switchs' (did you mean 'switches'?)"),
        ("site.tell(DARK, 'Xuhui', switches='low')", "cause dark: switches cannot hold 'low'; it is a whole number"),
        ("site.tell(DARK, 'Xuhui', switches=1.5)", "cause dark: switches cannot hold 1.5"),
        ("site.tell_rows(DARK, np.array([5]), np.array([0]), {'switchs': [1]})", "no field 'switchs' (did you mean 'switches'?)"),
        ("site.sample('burning', 1.0, 5)", "5 is no text: write str(5)"),
        ("site.mark(5)", "5 is no text: write str(5)"),
        ("site.mark('\\ud800')", "holds half a character (a lone surrogate)"),
        ("site.record(LAMP, 0, lamp_state=0, power_w=1.0, switches=1, pole='\\ud800')", "holds half a character"),
        ("site.record(LAMP, 0, lamp_state=0, power_w=1.0, switches=10**20, pole='')", "switches cannot hold 100000000000000000000"),
        (f"site.record(LAMP, 0, site.now_us + 0.5, lamp_state=0, power_w=1.0, {ROW}", "at_us is city time in whole µs, not"),
        ("yield site.wait('20s')", "site.wait takes a number of µs, at least 0, not '20s'; read a text with a DurationUs parameter"),
        ("yield site.wait(-5)", "site.wait takes a number of µs, at least 0, not -5"),
        ("yield site.wait(float('nan'))", "site.wait takes a number of µs, at least 0, not nan"),
        ("site.process(None)", "a process is a call of a function that yields what it waits for, not None"),
        ("site.install('lamp', each_district=-1)", "install of 'lamp' takes whole things, at least 0: -1 cannot be"),
        ("while True: site.wait(10)", "write `yield site.wait(...)`, else no time passes"),
        ("while True: yield site.wait(0)", "time stands still here"),
        ("while True: yield site.env.timeout(0)", "time stands still: 1,000 steps of SimPy at one instant"),
        ("site.count('lmap', 'on', 'Xuhui', 1)", "does not count 'lmap' (did you mean 'lamp'?): add it to `census`"),
    ],
)
def test_what_a_process_cannot_leave_is_refused_at_its_line(code: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.city.door.MOST_SHORT", 1_000)
    monkeypatch.setattr("sim.city.door.MOST_AT_ONCE", 1_000)
    monkeypatch.setattr("sim.engine.instants.MOST_STEPS", 1_000)
    assert words in told("process", code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("site.rows(LAMP, time_us, device, columns | {'powr_w': columns.pop('power_w')})", "no field 'powr_w' (did you mean 'power_w'?)"),
        ("site.rows(LAMP, time_us, device, {'power_w': columns['power_w']})", "the columns lamp_state, switches, pole are missing"),
        ("site.rows(LAMP, time_us, device, columns | {'power_w': np.zeros(2)})", "power_w has 2 values for 3 rows"),
        ("site.rows(LAMP, time_us, device[:2], columns)", "device has 2 values for 3 rows"),
        ("site.rows(LAMP, time_us, device, columns | {'power_w': np.array(['a', 'b', 'c'])})", "power_w cannot hold <U1 such as"),
        ("site.rows(LAMP, time_us, device, columns | {'power_w': [None] * 3})", "power_w cannot hold object"),
        ("site.rows(LAMP, time_us, device, columns | {'switches': np.array([1.0, np.nan, 2.0])})", "switches cannot hold float64 with nan"),
        ("site.rows(LAMP, time_us, device, columns | {'lamp_state': np.array([0, 1, 2])})", "lamp_state cannot hold 2"),
        ("site.rows(LAMP, time_us, device, columns | {'pole': np.array([0, 0, 0])})", "pole cannot hold 0; it is a code"),
        ("site.rows(LAMP, time_us / 2, device, columns)", "time_us takes one column of whole numbers, got 3 values of float64"),
        ("site.rows(LAMP, time_us, device + 1, columns)", "there is no device 1 in system 'lamps'"),
        ("site.rows(LAMP, time_us - 120_000_000, device, columns)", "lies in a slice that is closed"),
        ("site.rows(OTHER, time_us, device, {'switches': np.arange(3)})", "does not declare the kind 'lmap'"),
        (
            "site.rows(LAMP, time_us, device, None)",
            "the columns are a table by field, such as {'lamp_state': numbers}, not None",
        ),
        ("site.rows(LAMP, time_us, device, np.zeros(3))", "the columns are a table by field"),
        ("site.sample('burning', np.array([1.0, np.inf]))", "a sample is not a finite number"),
        ("site.sample('burning', ['x'])", "could not convert string to float"),
    ],
)
def test_columns_that_cannot_be_are_refused_at_their_line(code: str, words: str) -> None:
    assert words in told("emit", code)


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("timing", "return 3", "timing returned 3, not a Timing"),
        ("timing", "return Timing(warm_up_us=-5)", "warm_up_us is whole µs, at least 0, or a text such as '10m', not -5"),
        ("timing", "return Timing(warm_up_us='10 parsec')", "unknown unit 'parsec'"),
        ("build", "report(site, LAMP, site.install('x', each_district=1), 0, dict)", "every so many whole µs, not 0"),
        ("build", "report(site, LAMP, site.install('x', each_district=1), '5s', dict)", "every so many whole µs, not '5s'"),
        ("build", "report(site, LAMP, site.install('x', each_district=1), 9, dict, missed=2)", "in 0 to 1: 2 cannot be"),
        ("expected", "return 'many'", "expected_events returned 'many': it is a number of events"),
        ("expected", "return float('nan')", "expected_events returned nan"),
        ("live_status", "return LiveStatus('lamps', 5)", "5 is no text: write str(5)"),
        ("live_status", "return LiveStatus('lamps', 'on', ('a',), ((1,),))", "1 is no text: write str(1)"),
        ("notes", "return ['a text']", "notes returned 'a text', not a Note"),
        ("build", "return 7", "build returned 7, which is no Installation"),
        ("emit", "return [1]", "emit returned [1]: leave rows at the site"),
        ("live_status", "return 'on'", "live_status returned 'on', not a LiveStatus"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(place: str, code: str, words: str) -> None:
    text = HEAD.format(**{name: code if name == place else "pass" for name in PLACES})
    Path("mine.py").write_text(text)
    with pytest.raises(UsageError, match=r"system 'lamps' .*mine.py, line") as caught:
        play()
    assert words in str(caught.value)
    assert str(caught.value).count("mine.py") == 1, "the place is said once"


def test_of_two_systems_in_a_file_the_one_is_named_whose_code_it_was() -> None:
    text = HEAD.format(**{name: "1 / (site.name == 'more')" if name == "emit" else "pass" for name in PLACES})
    text = text.replace("systems=[Lamps()]", "systems=[Lamps(), More()]")
    second = "class More(Lamps):\n    declared = Declared('more')\n\n    def build(self, site):\n        return None\n\n\nscenario"
    Path("mine.py").write_text(text.replace("\nscenario", f"\n{second}", 1))
    with pytest.raises(UsageError, match="system 'lamps' went wrong"):
        for _ in Engine(load("mine.py")).slices():
            pass


def test_a_fault_of_the_house_is_not_blamed_on_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.py").write_text(HEAD.format(**dict.fromkeys(PLACES, "pass")))
    engine = Engine(load("mine.py"))

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sim.engine.engine.in_send_order", fail)
    with pytest.raises(ZeroDivisionError):
        next(iter(engine.slices()))


def test_a_process_without_any_yield_is_refused_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.city.door.MOST_AT_ONCE", 1_000)
    assert "write `yield site.wait(...)`, else no time passes" in told("build", "while True: site.wait(10)")


def test_of_two_systems_in_a_file_the_one_is_named_whose_site_was_at_hand() -> None:
    text = HEAD.format(**{name: "missing(site)" if name == "emit" else "pass" for name in PLACES})
    text = text.replace("systems=[Lamps()]", "systems=[Lamps(), More()]")
    more = "def missing(site):\n    return 1 / (site.name == 'more')\n\n\nclass More(Lamps):\n    declared = Declared('more')\n\n"
    more += "    def build(self, site):\n        return None\n\n    def expected_events(self, *_):\n        return None\n\n\nscenario"
    Path("mine.py").write_text(text.replace("\nscenario", f"\n{more}", 1))
    with pytest.raises(UsageError, match="system 'lamps' went wrong"):
        for _ in Engine(load("mine.py")).slices():
            pass


def test_what_is_heard_and_told_by_nobody_is_noted() -> None:
    text = HEAD.format(**dict.fromkeys(PLACES, "pass")).replace('hears=("storm",)', 'hears=("storm", LIGHT)')
    Path("mine.py").write_text(text)
    assert [note.text() for note in Engine(load("mine.py")).notes()] == [
        "system 'lamps' hears 'light', which no system of this scenario tells"
    ]
