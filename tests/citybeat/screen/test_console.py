"""What is printed can be read on any stream: narrow, without letters or colours, on a pipe, and whatever names contain."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from citybeat.screen.console import FALLBACKS, can_redraw, console, forgive, table
from citybeat.screen.promises import MANY, Promises
from citybeat.screen.terminal import live_panel, verdict_view
from sim.events.batches import LiveStatus
from sim.judge.promises import Promise
from sim.summary import from_content
from tests.citybeat.commands import citybeat, clean_environment, street
from tests.citybeat.screen.test_log_lines import MOMENT

BRACKETS = "[bold]tram[/bold] [/x] :smile:"


def row(measure: str, **more: object) -> Promise:
    known = {
        "measure": measure,
        "statistic": "share_within",
        "limit": 90.0,
        "bound": 0.99,
        "sense": "at least",
        "where": "last_quarter",
        "unit": "s",
        "value": 0.9987,
        "samples": 8143,
        "needed": 500,
        "verdict": "pass",
    }
    return Promise.model_validate(known | more)


ROWS = [row("buses.position_age_s"), row("buses.publication_delay_s", verdict="no data", samples=41, where="")]


def shown(width: int, rows: Sequence[Promise] = ROWS) -> list[str]:
    out = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    out.print(Promises(rows))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_table_of_promises_names_everything_whole_at_any_width(width: int) -> None:
    lines = shown(width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for whole in ("buses.position_age_s", "buses.publication_delay_s", "no data", "99.87 %", "8,143", "41 of 500", "[last_quarter]"):
        assert whole in text, text
    for name, verdict in (("buses.position_age_s", "pass"), ("buses.publication_delay_s", "no data")):
        assert re.search(rf"{name}.*{verdict}", text), "measure and verdict stand in one line"


@pytest.mark.parametrize("width", [40, 120])
def test_promises_without_a_verdict_are_counted_when_they_are_many(width: int) -> None:
    short = [row(f"{system}.m{number}", verdict="no data", samples=0) for system in ("alarms", "buses") for number in range(MANY)]
    said = " ".join(" ".join(shown(width, [*ROWS, *short])).split())
    assert "buses.position_age_s" in said
    assert "alarms.m0" not in said
    assert f"{MANY + 1} promises of buses, {MANY} of alarms with too few samples for a verdict" in said
    assert "alarms.m0" in " ".join(shown(width, [*ROWS, *short[: MANY - 1]]))
    assert "alarms.must" in " ".join(shown(width, [*short, row("alarms.must", verdict="no data", samples=0, required=True)]))


@pytest.mark.parametrize("width", [40, 60, 120])
def test_a_table_never_breaks_a_word_that_somebody_copies(width: int) -> None:
    made = table("run", "scenario", "seed", "events", "verdict", "folder")
    made.add_row("0a1b2c3d", "bus_arrivals", "1", "2,877", Text("no data"), "runs/[of]/0a1b2c3d")
    out = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    out.print(made)
    assert isinstance(out.file, io.StringIO)
    text = out.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for whole in ("0a1b2c3d", "bus_arrivals", "2,877", "runs/[of]/0a1b2c3d"):
        assert whole in text, text


def test_letters_that_an_encoding_lacks_are_spelled_another_way() -> None:
    for encoding in ("ascii", "latin-1", "utf-8"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        forgive(stream)
        stream.write("".join(FALLBACKS) + "东\udcff")
        stream.flush()
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    forgive(ascii_only)
    ascii_only.write("≤ 5 – 东")
    ascii_only.flush()
    assert ascii_only.buffer.getvalue() == b"<= 5 - \\u4e1c"  # type: ignore[attr-defined]


class Screen(io.StringIO):
    """A stream that calls itself a terminal."""

    def isatty(self) -> bool:
        return True


def test_lines_are_drawn_again_on_a_screen_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert can_redraw(Screen())
    assert not can_redraw(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not can_redraw(Screen())


def test_names_in_brackets_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(BRACKETS)
    assert capsys.readouterr().out == BRACKETS + "\n"


def test_no_console_of_rich_is_opened_elsewhere() -> None:
    root = Path(__file__).resolve().parents[3] / "citybeat"
    opened = [
        path.name for path in root.rglob("*.py") if re.search(r"\bConsole\(|\bTable\((?!title=Text)", path.read_text(encoding="utf-8"))
    ]
    assert opened == ["console.py"]


ODD = {"name": '"street", doc="[red]shut[/red] [/b]"', "title": '"A street [of] lamps [/] – [bold]"'}


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii", "FORCE_COLOR": "1", "NO_COLOR": ""},
        {"PYTHONIOENCODING": "latin-1", "TERM": "dumb", "COLUMNS": "40"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda environment: next(iter(environment.values())),
)
def test_every_stream_is_written_to(tmp_path: Path, environment: dict[str, str]) -> None:
    script = street(tmp_path, **ODD)
    (tmp_path / "odd [name]").mkdir()
    for arguments in (("run", script, "--broker", "none", "--speed", "max", "--out", "odd [name]/[run]"), ("scenarios", "show", script)):
        ended = subprocess.run(
            [sys.executable, "-m", "citybeat", *arguments],
            cwd=tmp_path,
            env=clean_environment(**environment),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        assert b"Traceback" not in ended.stderr
        assert b"\x1b[?25l" not in ended.stderr, "the cursor is hidden on a screen only"
    shown = re.sub(rb"\x1b\[[0-9;]*m", b"", ended.stdout)
    assert b"A street [of] lamps [/]" in shown
    assert b"[red]shut[/red] [/b]" in shown


def test_json_stays_json_on_a_stream_without_letters(tmp_path: Path) -> None:
    script = street(tmp_path, **ODD)
    ended = citybeat("run", script, "--broker", "none", "--speed", "max", "--json", cwd=tmp_path, PYTHONIOENCODING="ascii:strict")
    assert json.loads(ended.stdout)["title"] == "A street [of] lamps [/] – [bold]"


def test_a_live_table_keeps_its_heads_on_forty_columns() -> None:
    header, cells = (
        ("line", "buses", "load", "at stop", "next", "headway now"),
        ("33", "4", "33%", "Xizang Road (12)", "2, 12, 21 min", "gap 9/8 min"),
    )
    shown = io.StringIO()
    moment = replace(MOMENT, live_statuses=(LiveStatus("Buses", "4 buses", header, (cells,)),))
    Console(file=shown, width=40).print(live_panel(moment))
    heads = next(line for line in shown.getvalue().splitlines() if "line" in line).split()
    assert heads[:4] == ["│", "line", "buses", "load"]
    assert [head[:2] for head in heads[4:] if head[0].isalpha()] == ["at", "st", "ne", "he"]


def test_messages_of_others_are_told_in_words() -> None:
    total = {"planned": 2, "sent": 2, "stored": 2, "foreign": {"foreign_run": 886, "foreign_topic": 480, "malformed": 3}}
    known = {"run": "0a1b2c3d", "scenario": "lamps", "seed": 1, "zone": "UTC", "start_us": 0, "end_us": 1, "verdict": "pass"}
    shown = io.StringIO()
    Console(file=shown, width=200).print(verdict_view(from_content(known | {"books": {"total": total, "kinds": {}}})))
    assert "886 messages of other runs, 480 messages on topics of no kind, 3 messages of others, malformed" in shown.getvalue()
