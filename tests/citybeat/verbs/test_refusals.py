"""Bad input is refused with one clear message that names place and remedy, exit 2 or 5, and nothing half-written."""

import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from brokers.influx.store import InfluxStore
from brokers.mqtt.broker_settings import parse_broker
from citybeat.__main__ import cli, main
from citybeat.running.origin import check_origin
from citybeat.running.settings import secret
from citybeat.script import main as script_main
from scenarios.loader import load
from sim.errors import UsageError
from sim.summary import RUN_ID
from tests.citybeat.commands import street

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in an empty folder, without settings of citybeat's, and give the signals back."""
    for name in ("CITYBEAT_BROKER", "CITYBEAT_STORE", "INFLUXDB_URL", "INFLUXDB_ORG", "INFLUXDB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """Return what the command says on stderr while refusing; assert that it does so properly."""
    assert main(list(arguments)) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("citybeat")
    assert said.err.count("citybeat: ") + said.err.count("citybeat run: ") <= 1, said.err
    assert "Traceback" not in said.err
    assert not Path("runs").exists()
    return said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rnu",), ("no verb 'rnu'", "did you mean 'run'?")),
        (("run",), ("Missing argument 'SCENARIO'", "citybeat run -h")),
        (("run", "shangai"), ("unknown scenario 'shangai'", "did you mean 'shanghai'?", "bus_arrivals")),
        (("run", "nowhere/street.py"), ("no scenario script nowhere/street.py", "citybeat scenarios new")),
        (("run", "shanghai", "--sped", "3"), ("--sped", "--speed")),
        (("run", "shanghai", "--seed", "-1"), ("--seed", "-1", "x>=0")),
        (("run", "shanghai", "--for", "3"), ("--for", "'3' is not a duration", "90s")),
        (("run", "shanghai", "--for", "0s"), ("--for", "no time at all")),
        (("run", "shanghai", "--for", "3 parsec"), ("unknown unit 'parsec'",)),
        (("run", "shanghai", "--start", "25:00"), ("--start", "'25:00' is not a time of day", "07:00")),
        (("run", "shanghai", "--store", "influxx"), ("--store", "influxx", "parquet")),
        (("run", "shanghai", "--store", "influx"), ("INFLUXDB_URL, INFLUXDB_ORG, INFLUXDB_TOKEN",)),
        (("run", "shanghai", "--origin", "same-our"), ("'same-our' is no origin", "did you mean 'same-hour'?")),
        (("run", "shanghai", "--origin", "2015-03-02T00:00"), ("no time zone", "2015-03-02T00:00+08:00")),
        (("run", "shanghai", "--origin", "2026-01-01"), ("no time zone", "2026-01-01T00:00+08:00 or 2026-01-01T00:00Z")),
        (("run", "shanghai", "--duration", "5m"), ("no option --duration: here it is --for 5m",)),
        (("run", "shanghai", "--dry-run"), ("no option --dry-run: here it is --plan", "--broker none")),
        (("run", "shanghai", "--district", "Pudong"), ("no option --district: here it is --set districts=Pudong,Xuhui",)),
        (("run", "shanghai", "--scale", "1"), ("--scale", "write 100% or 1%")),
        (("scenarios", "shw", "x"), ("no verb 'shw' (did you mean 'show'?)",)),
        (("show", "shanghai"), ("no verb 'show' (did you mean 'scenarios show'?)",)),
        (("run", "shanghai", "--set", "alarms.operators=40"), ("alarms.operators: no such parameter (did you mean 'centre.operators'?)",)),
        (("tail", "last", "--lines", "3"), ("no option --lines: here it is -n 10",)),
        (("runs", "lst"), ("no verb 'lst' (did you mean 'list'?)", "citybeat runs -h")),
        (("report", "last", "--output", "x"), ("no option --output", "--runs")),
        (("ingest", "--duration", "5s"), ("no option --duration: here it is --for 5m",)),
        (("run", "shanghai", "--for"), ("citybeat run: Option '--for' requires an argument", "`citybeat run -h`")),
        (("run", "shanghai", "--speed", "1e-300"), ("'1e-300' is not a speed",)),
        (("run", "shanghai", "--seed", str(2**63)), ("seed: Input should be less than or equal to",)),
        (("run", "shanghai", "--origin", "0001-01-01T00:00+14:00"), ("lies outside the years 1 to 9999",)),
        (("run", "shanghai", "--set", "profile.0.lasting=5m"), ("--set profile: it is a list, which the script writes",)),
        (("run", "shanghai", "--set", "positions.interval=5s"), ("nothing is called 'positions' (did you mean 'buses.positions'?)",)),
        (("run", "shanghai", "--set", "left_out=x"), ("nothing is called 'left_out'", "only_these_objectives")),
        (("run", "shanghai", "--set", "day=tomorrow"), ("day: 'tomorrow' is not a date: write it as 2015-03-02",)),
        (("run", "shanghai", "--set", "districts=Pudong,Pudong"), ("district Pudong is named twice",)),
        (("run", "shanghai", "--bogus"), ("no option --bogus; there are --broker",)),
        (("replay", "last", "--for", "5m"), ("no option --for: a replay repeats what was recorded; `citybeat run` takes --for",)),
        (("doctor", "--scenario", "absent"), ("unknown scenario 'absent'",)),
        (("scenarios", "new", ".py"), ("call it my_city.py",)),
        (("scenarios", "new", "a/sim.py"), ("would hide one of citybeat's own packages", "a/my_sim.py")),
        (("scenarios", "new", "numpy.py"), ("would hide the module 'numpy'", "my_numpy.py")),
        (("scenarios", "new", "json.py"), ("would hide the module 'json'",)),
        (("--sped", "3"), ("no option --sped: options follow the verb",)),
        (("scenarios", "new", "sub/street"), ("call it sub/street.py",)),
        (("run", "shanghai", "--root", "a+b"), ("topic root 'a+b'", "test/city")),
        (("run", "shanghai", "--ingest", "external"), ("needs a broker", "needs --store influx")),
        (("run", "shanghai", "--broker", "http://x:0x"), ("scheme 'http'", "port", "mqtt://user:password@host:1883")),
        (("replay", "last"), ("no run 'last'", "citybeat runs list")),
        (("tail", "abcd"), ("no run 'abcd'",)),
        (("tail",), ("name a run", "--broker")),
        (("report", "."), ("no run '.'",)),
        (("runs", "delete", "abcd"), ("no run 'abcd'",)),
        (("ingest",), ("--broker",)),
        (("scenarios", "new", "sim.py"), ("sim.py would hide", "my_sim.py")),
        (("scenarios", "new", "street"), ("call it street.py",)),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = refused(capsys, *arguments)
    for each in words:
        assert each in said, said


@pytest.mark.parametrize("group", [(), ("runs",), ("scenarios",), ("boards",)])
def test_a_group_without_a_verb_shows_its_help_and_no_error(capsys: pytest.CaptureFixture[str], group: tuple[str, ...]) -> None:
    assert main(list(group)) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Usage: citybeat")
    assert said.err == ""


@pytest.mark.parametrize("origin", ["2026-01-01", "20260101", "2026-01-01 07:30", "2026-01-01T07:30:15.5"])
def test_an_advice_about_an_origin_is_one_that_is_taken(origin: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_origin(origin)
    offered = str(caught.value).partition("write it as ")[2].split(" or ")
    assert len(offered) == 2
    for each in offered:
        check_origin(each)


def test_a_file_where_a_folder_should_be_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("")
    assert "cannot make the folder file: File exists" in refused(capsys, "scenarios", "new", "file/mine.py", code=5)


def test_a_new_script_makes_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "new", "my city/of lamps.py"]) == 0
    assert "run it with `citybeat run 'my city/of lamps.py'`" in capsys.readouterr().out
    assert main(["run", "my city/of lamps.py", "--for", "1m", "--plan"]) == 0


def test_a_home_is_found_in_every_path(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert main(["run", street(tmp_path), "--broker", "none", "--speed", "max", "--out=~/kept/one"]) == 0
    assert (tmp_path / "home/kept/one/summary.json").is_file()
    for arguments in (("report", "~/kept/one"), ("runs", "list", "--runs=~/kept"), ("tail", "~/kept/one", "-n", "1")):
        assert main(list(arguments)) == 0, capsys.readouterr().err
    (tmp_path / "home/secret").write_text("s3cret\n")
    assert secret({"INFLUXDB_TOKEN_FILE": "~/secret"}, "INFLUXDB_TOKEN") == "s3cret"
    (tmp_path / "home/ca.pem").write_text("")
    assert parse_broker("mqtts://b?ca=~/ca.pem").tls.ca_file == tmp_path / "home/ca.pem"
    assert not list(tmp_path.rglob("~*"))


def test_a_broker_without_a_scheme_is_offered_one(capsys: pytest.CaptureFixture[str]) -> None:
    for url in ("localhost:1883", "127.0.0.1:1883", "broker.example", "localhost"):
        assert f"mqtt://{url}" in refused(capsys, "run", "bus_arrivals", "--for", "1m", "--broker", url)


def test_all_wrong_options_are_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "run", "shanghai", "--speed", "fast", "--scale", "200%", "--date", "tomorrow")
    assert said.startswith("citybeat run: 3 options are wrong:\n")
    for each in ("'fast' is not a speed", "'200%' is not a share", "'tomorrow' is not a date"):
        assert each in said


def test_all_wrong_settings_are_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ("buses.positions.interval=5parsec", "bus.x=3", "buses.positionz=1", "faults.lost=130%", "scale")
    said = refused(capsys, "run", "shanghai", *(word for each in wrong for word in ("--set", each)))
    assert said.startswith("citybeat: 5 settings are wrong:\n")
    for each in (
        "'5parsec' has the unknown unit 'parsec'",
        "did you mean 'buses'?",
        "positionz: no such parameter",
        "faults.lost",
        "scale",
    ):
        assert each in said


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("x = 1\n", ("street.py declares no scenario", "scenario = Scenario(")),
        ("scenario = 3\n", ("street.py declares no scenario",)),
        ("\n\nscenario = (\n", ("street.py, line 3, is not valid Python",)),
        ("\nprint(1 / 0)\n", ("street.py, line 2 raised ZeroDivisionError",)),
        (
            "from citybeat import Scenario\nscenario = Scenario(name='x', systems=[3], sede=1)\n",
            ("street.py, line 2", "not a system: int", "sede"),
        ),
    ],
)
def test_a_script_that_cannot_be_used_is_named_with_its_line(
    capsys: pytest.CaptureFixture[str], script: str, words: tuple[str, ...]
) -> None:
    Path("street.py").write_text(script)
    said = refused(capsys, "run", "street.py", "--broker", "none")
    for each in words:
        assert each in said, said


def test_a_timetable_that_cannot_be_used_is_named_with_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.zip").write_bytes(b"")
    with zipfile.ZipFile("broken.zip", "w") as feed:
        feed.writestr("stops.txt", "stop_id,stop_name\n1,a\n")
    for name in ("absent.zip", "empty.zip", "broken.zip"):
        assert name in refused(capsys, "run", "bus_arrivals", "--set", f"buses.gtfs={name}", "--broker", "none")


def test_a_day_outside_a_timetable_is_refused_with_its_range(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,Agency,http://a,Asia/Shanghai\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\ns,S,31.0,121.0\nt,T,31.01,121.0\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,3\n",
        "trips.txt": "route_id,service_id,trip_id\nr,w,x\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nx,07:00:00,07:00:00,s,1\nx,07:10:00,07:10:00,t,2\n",
        "calendar.txt": "service_id," + ",".join(DAYS) + ",start_date,end_date\nw,1,1,1,1,1,1,1,20150301,20150331\n",
    }
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as feed:
        for name, text in files.items():
            feed.writestr(name, text)
    said = refused(capsys, "run", "bus_arrivals", "--set", "buses.gtfs=feed.zip", "--date", "2016-01-01", "--broker", "none")
    for each in ("2016-01-01", "2015-03-01", "2015-03-31"):
        assert each in said


def test_a_run_folder_in_use_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Path("kept").mkdir()
    Path("kept/notes.txt").write_text("mine")
    said = refused(capsys, "run", street(tmp_path), "--out", "kept", "--broker", "none")
    assert "kept already holds something" in said
    assert [path.name for path in Path("kept").iterdir()] == ["notes.txt"]


def test_a_run_folder_that_cannot_be_made_is_a_fault_of_the_disk(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Path("file").write_text("in the way")
    assert "file/run" in refused(capsys, "run", street(tmp_path), "--out", "file/run", "--broker", "none", code=5)


def test_what_a_run_does_not_have_is_met_with_the_nearest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["run", street(tmp_path), "--broker", "none", "--speed", "max"]) == 0
    for arguments, words in (
        (("--district", "Xuhiu"), "no events of the district 'Xuhiu' (did you mean 'Xuhui'?); it has Xuhui"),
        (("--device", "Xuhui/lamp 44"), "no events of the device 'Xuhui/lamp 44' (did you mean 'Xuhui/lamp 4'?)"),
        (("--kind", "lamp_stat"), "no events of kind 'lamp_stat' (did you mean 'lamp_state'?)"),
    ):
        capsys.readouterr()
        assert main(["tail", "last", *arguments]) == 2
        assert words in capsys.readouterr().err
    assert main(["tail", "last", "--district", "Xuhui", "-n", "1"]) == 0


def test_a_damaged_summary_does_not_hide_the_other_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["run", street(tmp_path), "--broker", "none", "--speed", "max"]) == 0
    Path("runs/damaged").mkdir()
    Path("runs/damaged/summary.json").write_text("{")
    capsys.readouterr()
    assert main(["runs", "list"]) == 0
    said = capsys.readouterr()
    assert "street" in said.out
    assert "runs/damaged/summary.json is damaged" in said.err
    assert main(["tail", "last", "-n", "1"]) == 0


def test_more_series_than_the_store_should_hold_are_refused() -> None:
    class Full(InfluxStore):
        def __init__(self) -> None:
            """Need no server: only the count is asked for."""

        def series(self) -> int:
            return 999_990

    Full().check_series(10)
    with pytest.raises(UsageError, match=r"may make 11 series and the store holds 999,990.*citybeat runs delete.*--scale"):
        Full().check_series(11)


def _verbs(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [path]
    for name, command in group.commands.items():
        found += _verbs(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("verb", _verbs(cli), ids=" ".join)
def test_every_verb_explains_itself_and_every_option(capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]) -> None:
    assert main([*verb, "-h"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: citybeat")
    command: click.Command = cli
    for name in verb:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert max(option.opts, key=len) in shown
            assert option.help, f"{' '.join(verb)} {option.opts} has no help"


def test_a_run_id_is_eight_hexadecimal_digits() -> None:
    assert RUN_ID.fullmatch("0a1b2c3d")
    assert not RUN_ID.fullmatch("0a1b2c3")


def test_the_folder_of_a_run_is_no_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept").mkdir()
    Path("kept/summary.json").write_text("{}")
    assert "kept is a run, not a scenario: play it again with `citybeat replay kept`" in refused(capsys, "run", "kept")


@pytest.mark.parametrize("options", [["--nonsense"], ["--for", "3"], ["--set", "lamps.cuont=3"], ["--seed", "-1", "--scale", "2"]])
def test_a_script_refuses_what_the_command_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str]) -> None:
    script = street(tmp_path)
    by_command = refused(capsys, "run", script, *options)
    assert script_main(load(script), options) == 2
    assert capsys.readouterr().err.replace("main", "citybeat run").replace("citybeat:", "") == by_command.replace("citybeat:", "")


def test_words_for_another_command_are_no_options_of_a_script(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = street(tmp_path, speed='"max"')
    monkeypatch.setattr("sys.argv", ["notebook", "-f", "kernel.json"])
    monkeypatch.setenv("CITYBEAT_BROKER", "none")
    assert script_main(load(script)) in (0, 4)
    assert "nothing was published (dry run)" in capsys.readouterr().out
