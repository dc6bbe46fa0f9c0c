"""Progress without a screen: lines with wall time and level, as often as one wants them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from citybeat.running.progress import Phase, Progress
from citybeat.screen.log_lines import LogLines
from tests.citybeat.commands import citybeat, street

MOMENT = Progress(
    phase=Phase.RUNNING,
    run="0a1b2c3d",
    title="A street",
    clock="07:00:00",
    share=0.5,
    elapsed_s=2.0,
    left_s=2.0,
    put=100,
    acked=40,
    stored=90,
    waiting=10,
    lag_s=0.003,
    spooled=0,
    starved=False,
    rejected=0,
    live_statuses=(),
    marks=(),
)
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING) \d\d:\d\d:\d\d .+")


class Page:
    """Lines that were written while a test's time passes."""

    def __init__(self, every_s: float = 5.0, *, verbose: bool = False) -> None:
        self.lines: list[str] = []
        self.now_s = 0.0
        start = datetime(2026, 3, 2, 9, tzinfo=UTC)
        wall, monotonic = (lambda: start + timedelta(seconds=self.now_s)), (lambda: self.now_s)
        self.log = LogLines(self.lines.append, every_s, verbose=verbose, wall=wall, monotonic=monotonic)

    def show(self, progress: Progress, after_s: float = 0.2) -> None:
        self.now_s += after_s
        self.log.show(progress)


def test_a_line_has_wall_time_level_and_city_time() -> None:
    page = Page()
    page.show(MOMENT, after_s=3.0)
    assert page.lines == ["2026-03-02T09:00:03Z INFO 07:00:00 running: 100 sent (50/s), 90 stored, 10 waiting, lag p99 3ms, 2s left"]


def test_a_line_is_due_every_so_often_and_at_each_new_phase() -> None:
    page = Page(every_s=10.0)
    for _ in range(105):
        page.show(MOMENT)
    assert len(page.lines) == 3  # after 0.2, 10.2 and 20.2 s
    page.show(replace(MOMENT, phase=Phase.DRAINING))
    page.show(replace(MOMENT, phase=Phase.DRAINING))
    assert [" waiting for the store: " in line for line in page.lines] == [False, False, False, True]


def test_trouble_is_a_warning_at_once_and_does_not_flood() -> None:
    page = Page(every_s=60.0)
    page.show(MOMENT)
    for number in range(50):
        page.show(replace(MOMENT, trouble=f"the broker is lost, try {number}"))
    levels = [line.split()[1] for line in page.lines]
    assert levels[:2] == ["INFO", "WARNING"]
    assert 9 <= len(levels) <= 12  # ten seconds of it
    for cause in (replace(MOMENT, spooled=7), replace(MOMENT, starved=True)):
        fresh = Page()
        fresh.show(cause)
        assert " WARNING " in fresh.lines[0]


def test_verbose_lines_tell_each_happening_once() -> None:
    page = Page(every_s=60.0, verbose=True)
    page.show(replace(MOMENT, marks=("07:00:00 stage: rush begins",)))
    page.show(replace(MOMENT, marks=("07:00:00 stage: rush begins", "07:00:10 incident: rain")))
    told = [line.split(" ", 2)[2] for line in page.lines]
    assert [line for line in told if " sent " not in line] == ["07:00:00 stage: rush begins", "07:00:10 incident: rain"]
    assert "40 acknowledged, 0 rejected" in told[1]


def test_options_choose_how_much_is_told(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"2m"')
    run = ("run", script, "--broker", "none")
    often = citybeat(*run, "--log-every", "500ms", "--json", cwd=tmp_path)
    lines = often.stderr.splitlines()
    assert len(lines) >= 3
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert often.stdout.startswith("{")
    quiet = citybeat(*run, "-q", "--speed", "max", cwd=tmp_path)
    assert (quiet.stderr, "verdict: pass" in quiet.stdout) == ("", True)
