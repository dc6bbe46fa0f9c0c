# ruff: noqa: INP001 - a script beside its pictures, never imported
"""Draws the README's pictures from a real run: `python docs/pictures/draw.py` (a minute; chromium for the report).

Owns the two files beside it. What they show is the terminal's and the report's own work.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from citybeat import run
from citybeat.running.progress import Phase, Progress
from citybeat.screen.terminal import live_panel, verdict_view
from scenarios.loader import load

HERE = Path(__file__).resolve().parent
WIDTH = 116
MOMENT = 0.6  # of the hour: lines have their buses, the store has caught up
# What of the report its picture shows below the verdict, a section of each system; all of it would be twenty screens tall.
SHOWN = ("alarms-incident", "line")
LEFT_OUT = f"<style>main > section[id]:not({', '.join(f'#{each}' for each in SHOWN)}) {{ display: none }}</style></head>"

# Rich's own frame without its web font: a picture that reaches out would be blank offline.
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-family: ui-sans-serif, system-ui, sans-serif; font-size: 18px }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main() -> None:
    """Run the scenario once and draw what it showed."""
    moments: list[Progress] = []

    def keep(progress: Progress) -> None:
        if progress.phase is Phase.RUNNING and progress.share >= MOMENT and not moments:
            moments.append(progress)

    with tempfile.TemporaryDirectory() as folder:
        result = run(load("shanghai"), out=Path(folder) / "run", watch=keep)
        if result.exit_code:
            sys.exit(f"the run is {result.verdict}: the pictures were left as they are; try again on a machine that is not busy")
        # To a file that nobody reads: only the recording counts.
        console = Console(markup=False, record=True, width=WIDTH, file=(Path(folder) / "unread").open("w", encoding="utf-8"))
        console.print(live_panel(moments[0]))
        console.print(verdict_view(result.record))
        console.save_svg(str(HERE / "live.svg"), title="citybeat run shanghai", code_format=FRAME, unique_id="citybeat")
        shortened = Path(folder) / "report.html"
        shortened.write_text(result.report.read_text(encoding="utf-8").replace("</head>", LEFT_OUT, 1), encoding="utf-8")
        picture_of(shortened, HERE / "report.png", Path(folder) / "profile")


def picture_of(page: Path, picture: Path, profile: Path) -> None:
    """Take a picture of a page with chromium, where there is one."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("no chromium here: the picture of the report was left as it is\n")
        return
    quiet = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ]
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={profile}", "--window-size=1200,1765"]
    subprocess.run([*command, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True, timeout=120)  # noqa: S603 - our own page


if __name__ == "__main__":
    main()
