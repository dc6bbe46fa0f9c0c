"""A report as a browser shows it, where there is one.

Owns the page that watches another in a frame of some width, and what is wanted of that: all charts drawn, nothing wider than the frame.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

WATCHER = """<!doctype html><title>waiting</title><iframe id=f src="report.html" style="width:{width}px;height:900px;border:0"></iframe>
<script>f.onload = () => {{ const page = f.contentDocument; const drawn = [...page.querySelectorAll("svg.chart")];
const shown = drawn.filter(each => !each.closest("details:not([open])"));
const flat = shown.filter(each => each.getBoundingClientRect().height < 20).length;
document.title = `over ${{page.documentElement.scrollWidth - {width}}} charts ${{drawn.length}} flat ${{flat}}` }}</script>"""


def assert_shown(folder: Path, text: str, width: int) -> None:
    """Assert that `report.html` of a folder, whose text is given, shows every chart that is not folded away and never scrolls sideways."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    (folder / "watch.html").write_text(WATCHER.format(width=width))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]
    flags += [
        "--allow-file-access-from-files",
        f"--user-data-dir={folder / 'profile'}",
        "--window-size=1500,1000",
        "--virtual-time-budget=5000",
    ]
    shown = subprocess.run(
        [browser, *flags, "--dump-dom", (folder / "watch.html").as_uri()], capture_output=True, text=True, timeout=90, check=True
    )
    found = re.search(r"<title>over (-?\d+) charts (\d+) flat (\d+)</title>", shown.stdout)
    assert found is not None, shown.stdout[:300]
    assert int(found[1]) <= 0
    assert int(found[2]) == text.count('class="chart')
    assert int(found[3]) == 0
