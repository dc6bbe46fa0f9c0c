"""`citybeat tail --case` and `--cases`: one case from cause to closure with its waits, and the list in which its id stands."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import polars as pl
import pytest

from citybeat.__main__ import main
from citybeat.running.cases import _listed, list_lines
from devices.alarms.choices import AlarmType
from sim.city.calendar import Calendar
from sim.scenario import Scenario
from sim.units import MINUTE_US
from tests.dashboards.finished_runs import finish
from tests.devices.alarms.reporting.scripted import case, scripted
from tests.lamps import Lamps
from tests.mqtt import opened
from tests.servers import Mosquitto

RUN = "0a1b2c3d"


def told(folder: Path, scenario: Scenario) -> Path:
    record = finish(folder, scenario).record
    record.model_copy(update={"run": RUN}).write(folder / "summary.json")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty minutes in which two homes of Putuo raise an alarm, beside the calls of the rest of the city."""
    alarms = scripted(
        lambda site, _units, register, _supervision: [
            site.process(case(site, register, unit, (unit + 1) * MINUTE_US, AlarmType.SMOKE)) for unit in (0, 1)
        ]
    )
    scenario = Scenario(name="homes", systems=(alarms,), districts=("Putuo",), duration=20 * MINUTE_US, scale=0.005, start="18:00")
    return told(tmp_path_factory.mktemp("cases") / "run", scenario)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["tail", *arguments])
    return code, *capsys.readouterr()


def id_of_a_home(run: Path) -> str:
    return str(pl.read_parquet(run / "tape" / "alarm" / "*.parquet").sort("time")["alarm_id"][0])


def test_every_step_of_a_case_is_told_in_order_with_waits_that_add_up(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alarm_id = id_of_a_home(run)
    code, out, err = said(capsys, str(run), "--case", alarm_id, "--json")
    steps = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    tape = [
        row
        for kind in ("alarm", "call", "response", "case")
        if (run / "tape" / kind).is_dir()
        for row in pl.read_parquet(run / "tape" / kind / "*.parquet").filter(pl.col("alarm_id") == alarm_id).iter_rows(named=True)
    ]
    assert len(steps) == len(tape) > 4
    assert [step["city_time"] for step in steps] == sorted(step["city_time"] for step in steps)
    assert steps[0]["kind"] == "alarm"
    assert sum(step["since_last_s"] for step in steps) == pytest.approx(steps[-1]["since_first_s"])
    lasting = max(row["time"] for row in tape) - min(row["time"] for row in tape)
    assert steps[-1]["since_first_s"] == pytest.approx(lasting.total_seconds())


def test_the_truth_is_told_as_such_and_only_there(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alarm_id = id_of_a_home(run)
    first = json.loads(said(capsys, str(run), "--case", alarm_id, "--json")[1].splitlines()[0])
    assert first["truth"]["real"] is True
    assert first["truth"]["alarm_cause"] == "burglary"
    assert not {"real", "alarm_cause", "began_us"} & set(first)
    code, out, _ = said(capsys, str(run), "--case", alarm_id)
    head, truth, columns, *steps = out.splitlines()
    assert code == 0
    assert head.startswith(f"{alarm_id} alarm_type=smoke home=Putuo-home-")
    assert truth.startswith("  truth, which no centre knows: real=True alarm_cause=burglary began=18:01:00")
    assert columns.split() == ["time", "+wait", "since", "kind", "step"]
    assert not any("real=" in step for step in steps)
    assert steps[0].split()[:5] == ["18:01:00.000", "+0s", "0s", "alarm", "raised"]


def test_the_list_has_each_case_once_and_its_ids_are_those_that_case_takes(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = [json.loads(line) for line in said(capsys, str(run), "--cases", "--json")[1].splitlines()]
    calls = pl.read_parquet(run / "tape" / "call" / "*.parquet").filter(pl.col("outcome").cast(pl.String) == "offered")
    assert sum(each["number"] > 0 for each in listed) == calls.height
    home = next(each for each in listed if each["alarm_id"] == id_of_a_home(run))
    assert (home["alarm_type"], home["district"], home["raised"]) == ("smoke", "Putuo", "18:01:00")
    steps = [json.loads(line) for line in said(capsys, str(run), "--case", home["alarm_id"], "--json")[1].splitlines()]
    answered = next(step for step in steps if step.get("outcome") == "answered")
    assert home["answered_after_s"] == pytest.approx(answered["since_first_s"])
    lines = said(capsys, str(run), "--cases")[1].splitlines()
    assert lines[0].split() == ["raised", "answered", "closed", "outcome", "case", "services"]
    assert len(lines) == len(listed) + 1
    longest = len("2 community, keyholder, police")
    assert max(map(len, lines)) <= 80 + longest


def test_of_the_list_the_last_so_many_can_be_asked_for(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = said(capsys, str(run), "--cases", "--json")[1].splitlines()
    assert said(capsys, str(run), "--cases", "--json", "-n", "2")[1].splitlines() == listed[-2:]


def test_a_case_that_began_before_the_run_has_no_spans() -> None:
    at_us = 1_425_286_800_000_000
    case = {"alarm_id": "gas-Jinshan-001", "number": 0, "outcome": "attended", "services": ["utility"], "district": "Jinshan"}
    case |= {"first_us": at_us, "raised_us": None, "shown_us": None, "answered_us": None, "closed_us": at_us + 1_000_000}
    case |= dict.fromkeys(("alarm_type", "real", "alarm_cause", "aggregated"))
    rows = [_listed(case, Calendar("Asia/Shanghai")), _listed(case | {"number": 1}, Calendar("Asia/Shanghai"))]
    _, earlier, later = (line.split() for line in list_lines(rows))
    assert earlier == ["before", "-", "-", "attended", "gas-Jinshan-001", "utility"]
    assert later[:3] == ["17:00:00", "-", "1s"]


def test_an_unknown_case_is_refused_with_the_nearest_and_the_way_to_the_list(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alarm_id = id_of_a_home(run)
    code, out, err = said(capsys, str(run), "--case", f"{alarm_id}0")
    assert (code, out) == (2, "")
    assert f"run {RUN} has no case '{alarm_id}0' (did you mean '{alarm_id}'" in err
    assert f"`citybeat tail {RUN} --cases` lists its " in err


@pytest.mark.parametrize("asked", [("--case", "smoke-1"), ("--cases",)])
def test_a_run_without_cases_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]) -> None:
    lamps = Scenario(name="lamps", systems=(Lamps(),), districts=("Pudong",), duration=MINUTE_US)
    code, out, err = said(capsys, str(told(tmp_path / "run", lamps)), *asked)
    assert (code, out) == (2, "")
    assert f"run {RUN} has no cases: nothing in it has an alarm_id; it has lamp_state, lamp_power" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--case", "a", "--cases"), "leave one of them out"),
        (("--case", "a", "--kind", "call", "-n", "3"), "cases are told whole: leave --kind, -n out"),
    ],
)
def test_what_would_leave_out_steps_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, _, err = said(capsys, str(run), *arguments)
    assert code == 2
    assert words in err


def test_the_list_is_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "--broker", "mqtt://127.0.0.1:1", "--cases")
    assert code == 2
    assert "name one (`citybeat tail last --cases`)" in err


def test_a_run_that_was_killed_tells_its_cases_too(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    killed = tmp_path / RUN
    (killed / "tape").mkdir(parents=True)
    for each in (run / "tape").iterdir():
        if each.is_dir():
            (killed / "tape" / each.name).symlink_to(each)
    header = orjson.loads((run / "tape" / "schema.json").read_bytes())
    (killed / "tape" / "schema.json").write_bytes(orjson.dumps(header | {"run": RUN}))
    code, out, err = said(capsys, str(killed), "--case", id_of_a_home(run))
    assert code == 0
    assert "alarm" in out
    assert f"run {RUN} is unfinished: it was killed" in err


@pytest.fixture
def busy(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A broker that keeps two steps of one case and one of another."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    client = opened(mosquitto.url, "cases-publisher")
    t = round(time.time()) * 1_000_000
    events = {
        "call/a": {"alarm_id": "smoke-1", "outcome": "offered", "t": t},
        "call/b": {"alarm_id": "smoke-1", "outcome": "answered", "t": t + 2_500_000},
        "call/c": {"alarm_id": "smoke-2", "outcome": "offered", "t": t},
        "lamp_power/d": {"watts": 1.0, "t": t},
    }
    topics = [f"cased/city/Putuo/alarms/{topic}" for topic in events]
    client.publish(topics, [orjson.dumps({"run": RUN, "seq": 0} | each) for each in events.values()], 1, retain=True)
    client.drain(10)
    yield mosquitto.url
    client.publish(topics, [b""] * len(topics), 1, retain=True)
    client.drain(10)
    client.close(discard_session=True)


@pytest.mark.mosquitto
def test_a_case_can_be_followed_on_a_broker(busy: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--broker", busy, "--root", "cased/city", "--case", "smoke-1", "--for", "600ms", "--json")
    steps = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(step["outcome"], step["since_first_s"]) for step in steps] == [("offered", 0.0), ("answered", 2.5)]
    line = said(capsys, "--broker", busy, "--root", "cased/city", "--case", "smoke-1", "--for", "600ms")[1].splitlines()[-1]
    assert line.split()[1:] == ["+2.5s", "2.5s", "call", "answered"]
