"""What the verbs make of a folder that a run left unfinished, or that was damaged since: words, and no run hides another."""

import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from citybeat.__main__ import main
from citybeat.kept.listing import listed_runs
from tests.citybeat.commands import clean_environment, street, tape_counts, until

VERBS: dict[str, tuple[str, ...]] = {
    "report": ("report",),
    "tail": ("tail",),
    "replay": ("replay", "--speed", "max", "--broker", "none"),
}


@pytest.fixture(autouse=True)
def _quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of our own, without settings of citybeat's; the signals are given back."""
    for name in ("CITYBEAT_BROKER", "CITYBEAT_STORE", "INFLUXDB_URL", "INFLUXDB_ORG", "INFLUXDB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished dry run."""
    place = tmp_path_factory.mktemp("recorded")
    street(place)
    command = [sys.executable, "-m", "citybeat", "run", "street.py", "--broker", "none", "--speed", "max", "--out", "run"]
    subprocess.run(command, cwd=place, env=clean_environment(), capture_output=True, check=True)
    return place / "run"


@pytest.fixture
def run(recorded: Path, tmp_path: Path) -> Path:
    """The same in a folder of runs, to spoil."""
    run = json.loads((recorded / "summary.json").read_bytes())["run"]
    shutil.copytree(recorded, tmp_path / "runs" / run)
    return tmp_path / "runs" / run


def rewrite(path: Path, **changes: object) -> None:
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | changes))


def leave_unfinished(run: Path) -> None:
    """Make of a finished run what a killed one leaves."""
    for name in ("summary.json", "meters.json", "report.html"):
        (run / name).unlink()
    rewrite(run / "tape" / "schema.json", closed=False, slices=0, rows={})


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a verb in this process; return its code and what it said. A traceback would be an exception here."""
    capsys.readouterr()
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert "fault of citybeat" not in err
    return code, out, err


def test_every_verb_takes_an_unfinished_folder_and_says_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = json.loads((run / "summary.json").read_bytes())["log_digest"]
    planned = tape_counts(run)
    leave_unfinished(run)
    code, out, err = said(capsys, "runs", "list")
    assert code == 0
    assert all(word in out for word in (run.name, "street", "unfinished"))
    assert "it was killed" in err
    code, out, err = said(capsys, "report", run.name)
    assert (code, out.strip()) == (0, str(run / "report.html").removeprefix(f"{Path.cwd()}/"))
    assert "unfinished: the run left no summary: it was killed" in err
    page = (run / "report.html").read_text()
    assert "Unfinished" in page
    assert "A street of lamps" in page
    code, out, err = said(capsys, "tail", run.name)
    assert (code, len(out.splitlines())) == (0, sum(planned.values()))
    assert "is unfinished: it was killed before its tape was whole up to any slice, so kinds may end early on it or be missing" in err
    code, out, err = said(capsys, "replay", "last", "--speed", "max", "--broker", "none", "--json")
    assert (code, json.loads(out)["log_digest"]) == (0, digest)
    assert json.loads(out)["why"] == "nothing was promised, so nothing was judged"  # the promises stood in the summary
    assert "lamps.power_w" in [row["measure"] for row in json.loads(out)["measures"]]  # the samples are on its tape
    assert "is unfinished: it was killed" in err
    assert said(capsys, "runs", "delete", run.name)[0] == 0
    assert not run.exists()


KILLED = """
import brokers.tape.shelves, sys
brokers.tape.shelves.LONGEST_WAIT_S = 0.2
from citybeat.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_what_a_killed_run_has_stored_is_on_its_tape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = street(tmp_path, duration='"30m"')
    command = [sys.executable, "-c", KILLED, "run", script, "--out", "runs/mine"]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: any(Path("runs/mine/store/lamp_power").glob("*.parquet")), "something stored")
        process.kill()
    stored = tape_and_store(Path("runs/mine"))
    assert stored["store"] > 0
    assert stored["store"] - stored["both"] == 0
    assert listed_runs(Path("runs"))[0].verdict == "unfinished"
    code, out, _ = said(capsys, "tail", "runs/mine", "-n", "3", "--json")
    assert (code, len(out.splitlines())) == (0, 3)


def tape_and_store(run: Path) -> dict[str, int]:
    """Count events in the store, and of them those that are on the tape too, without our own code."""
    keys = ["device", "seq"]
    tape = pl.read_parquet(run / "tape" / "lamp_power" / "*.parquet").select(pl.col("device").cast(pl.String), "seq")
    store = pl.read_parquet(run / "store" / "lamp_power" / "*.parquet").select(keys)
    return {"store": store.height, "both": store.join(tape, on=keys, how="semi").height}


Spoil = Callable[[Path], object]

SUMMARIES: dict[str, Spoil] = {
    "cut": lambda run: (run / "summary.json").write_bytes((run / "summary.json").read_bytes()[:200]),
    "empty": lambda run: (run / "summary.json").write_bytes(b""),
    "no UTF-8": lambda run: (run / "summary.json").write_bytes(b"\xff\xfe{\x00}\x00"),
    "a list": lambda run: (run / "summary.json").write_bytes(b"[]"),
    "no run": lambda run: rewrite(run / "summary.json", run=3),
    "a folder": lambda run: ((run / "summary.json").unlink(), (run / "summary.json").mkdir()),
    "a dangling link": lambda run: ((run / "summary.json").unlink(), (run / "summary.json").symlink_to("nowhere")),
    "no books": lambda run: rewrite(run / "summary.json", books=3),
    "a seed of letters": lambda run: rewrite(run / "summary.json", seed="x"),
    "a promise of nothing": lambda run: rewrite(run / "summary.json", objectives=[{"measure": 3}]),
    "a promise that cannot be": lambda run: rewrite(run / "summary.json", objectives=[PROMISE | {"sense": "about"}]),
    "a statistic of tomorrow": lambda run: rewrite(run / "summary.json", objectives=[PROMISE | {"statistic": "p99_9"}]),
    "figures that are none": lambda run: rewrite(run / "summary.json", figures=[{"name": 3}]),
    "a speed that is none": lambda run: rewrite(run / "summary.json", speed="fast"),
    "a later citybeat's": lambda run: rewrite(run / "summary.json", schema=99, verdict="splendid"),
    "a span of another age": lambda run: rewrite(run / "summary.json", start_us=10**18),
}
PROMISE: dict[str, Any] = {"measure": "lamps.on", "statistic": "p99", "bound": 1.0, "sense": "at most", "unit": "s", "verdict": "pass"}
TAPES: dict[str, Spoil] = {
    "missing": lambda run: shutil.rmtree(run / "tape"),
    "a file": lambda run: (shutil.rmtree(run / "tape"), (run / "tape").write_text("x")),
    "a cut header": lambda run: (run / "tape" / "schema.json").write_bytes(b'{"kinds": ['),
    "an empty part": lambda run: next((run / "tape" / "lamp_power").glob("*.parquet")).write_bytes(b""),
    "a cut part": lambda run: shorten(next((run / "tape" / "lamp_power").glob("*.parquet"))),
    "no parts": lambda run: shutil.rmtree(run / "tape" / "lamp_power"),
}


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-99])


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("spoilt", SUMMARIES)
def test_a_damaged_summary_is_named_with_its_place(run: Path, verb: str, spoilt: str, capsys: pytest.CaptureFixture[str]) -> None:
    SUMMARIES[spoilt](run)
    name, *options = VERBS[verb]
    code, out, err = said(capsys, name, str(run), *options)
    if verb == "tail":  # reads the tape alone
        assert (code, len(out.splitlines())) == (0, sum(tape_counts(run).values()))
    else:
        assert (code, out) == (2, "")
        assert "summary.json" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("spoilt", TAPES)
def test_a_damaged_tape_is_named_with_its_place(run: Path, verb: str, spoilt: str, capsys: pytest.CaptureFixture[str]) -> None:
    TAPES[spoilt](run)
    name, *options = VERBS[verb]
    code, out, err = said(capsys, name, str(run), *options)
    assert (code, out) == (2, "")
    assert "tape" in err
    assert list(run.parent.iterdir()) == [run]  # a replay that is refused leaves no folder


@pytest.mark.parametrize("spoilt", SUMMARIES)
def test_one_bad_folder_hides_no_other_in_the_list(run: Path, spoilt: str, capsys: pytest.CaptureFixture[str]) -> None:
    good = run.parent / "0a1b2c3d"
    shutil.copytree(run, good)
    rewrite(good / "summary.json", run="0a1b2c3d")
    SUMMARIES[spoilt](run)
    for name, content in (("deadbeef", None), ("a file", "x"), ("notes", None)):
        path = run.parent / name
        path.mkdir() if content is None else path.write_text(content)
    code, out, err = said(capsys, "runs", "list")
    assert code == 0
    assert "0a1b2c3d" in out
    assert "deadbeef" in out
    assert "holds neither summary.json nor tape/schema.json" in err
    assert "notes" not in out + err
    verdicts = {row.path.name: row.verdict for row in listed_runs(run.parent)}
    assert verdicts["0a1b2c3d"] == "pass"
    assert said(capsys, "tail", "0a1b2c3d", "-n", "1")[0] == 0


def test_a_folder_of_runs_that_is_a_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "runs").write_text("x")
    code, _, err = said(capsys, "runs", "list")
    assert code == 2
    assert "cannot read the folder of runs" in err


def test_a_replay_that_ends_with_another_digest_fails_and_says_where_to_look(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(run / "summary.json", log_digest="0" * 32)
    code, out, err = said(capsys, "replay", str(run), "--speed", "max", "--broker", "none", "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told["verdict"]) == (3, 3, "fail")
    assert f"this replay is not run {run.name}: its log digest is {told['log_digest']}" in err
    assert "summary.json" in told["why"]


@pytest.mark.parametrize("count", [None, 1, 7, 10_000])
def test_tail_shows_the_last_events_or_all_of_them(run: Path, count: int | None, capsys: pytest.CaptureFixture[str]) -> None:
    total = sum(tape_counts(run).values())
    code, out, _ = said(capsys, "tail", str(run), *(() if count is None else ("-n", str(count))))
    lines = out.splitlines()
    assert (code, len(lines)) == (0, min(count or total, total))
    everything = said(capsys, "tail", str(run))[1].splitlines()
    assert lines == everything[-len(lines) :]
    assert [line.split()[0] for line in everything] == sorted(line.split()[0] for line in everything)


def test_tail_keeps_to_a_kind_and_a_device(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everything = [json.loads(line) for line in said(capsys, "tail", str(run), "--json")[1].splitlines()]
    device = everything[0]["device"]
    some = [
        json.loads(line) for line in said(capsys, "tail", str(run), "--json", "--kind", "lamp_power", "--device", device)[1].splitlines()
    ]
    assert some == [each for each in everything if each["kind"] == "lamp_power" and each["device"] == device]
    assert some
    code, out, err = said(capsys, "tail", str(run), "--device", "nobody")
    assert (code, out) == (2, "")
    assert "has no events of the device 'nobody'; it has Xuhui/lamp 0" in err


AGAIN = [
    (("street.py",), "citybeat run street.py --seed 1"),
    (("street.py", "--seed", "7", "--for", "90s"), "citybeat run street.py --seed 7 --for 90s"),
    (
        ("--for=1m30s", "my scripts/it's.py", "--set", "lamps.interval=4s", "--scale", "100%", "--set=lamps.interval=3s"),
        "citybeat run 'my scripts/it'\"'\"'s.py' --for 1m30s --set lamps.interval=4s --set lamps.interval=3s --scale 100% --seed 1",
    ),
]


@pytest.mark.parametrize(("given", "line"), AGAIN)
def test_the_line_that_repeats_a_run_is_the_one_that_was_given_without_where_it_went(
    tmp_path: Path, given: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    street(tmp_path)
    (tmp_path / "my scripts").mkdir()
    for name in ("it's.py", "lamps.py"):
        shutil.copy("street.py" if name == "it's.py" else name, tmp_path / "my scripts" / name)
    code, out, err = said(capsys, "run", *given, "--broker", "none", "--speed", "max", "--json")
    assert code in (0, 4), err
    told = json.loads(out)
    assert told["again"] == line
    repeated = said(capsys, *shlex.split(line)[1:], "--broker", "none", "--speed", "max", "--json")[1]
    assert json.loads(repeated)["log_digest"] == told["log_digest"]


def test_a_script_that_runs_itself_is_repeated_as_it_was_started(tmp_path: Path) -> None:
    street(tmp_path)
    with (tmp_path / "street.py").open("a") as script:
        script.write('\nfrom citybeat import run\nrun(scenario, broker="none", speed="max", out="out", quiet=True)\n')
    subprocess.run([sys.executable, "street.py", "two words"], env=clean_environment(), capture_output=True, check=True)
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["again"] == "python street.py 'two words'"
