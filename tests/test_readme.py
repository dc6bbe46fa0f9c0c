"""The README and the pages beside it hold: every command they show is run, and every link leads somewhere.

A block of commands carries a comment that says how it is tested: `run`, `run with SERVERS`, `targets` of make, or `elsewhere PATH`.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from citybeat import Scenario, run
from sim.errors import Exit
from tests.lamps import Lamps
from tests.named_modules import exists, is_of_the_code

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

BLOCK = re.compile(r"(?:<!-- test: ([^>]*) -->\n)?```(sh|python)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")

# A verdict of a busy machine is none of the page's business (3, 4); any other failure is.
SHELL = """
set -e
told() { "$@" || { code=$?; case "$code" in 3|4) ;; *) echo "exit $code: $*" >&2; exit "$code";; esac; }; }
citybeat() { told "$PYTHON" -m citybeat "$@"; }
python() { told "$PYTHON" "$@"; }
"""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page and how it says it is tested."""

    page: str
    number: int
    mark: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def blocks() -> list[Block]:
    return [
        Block(page.name, number, found[1] or "", found[2], found[3])
        for page in PAGES
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")), start=1)
    ]


COMMANDS = [block for block in blocks() if block.language == "sh"]
SCRIPTS = [block for block in blocks() if block.language == "python"]


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_every_block_of_commands_says_how_it_is_tested(block: Block) -> None:
    assert block.mark.split(" ")[0] in ("run", "targets", "elsewhere"), f"mark it with <!-- test: ... -->:\n{block.text}"


@pytest.mark.slow
@pytest.mark.parametrize("block", [block for block in COMMANDS if block.mark.startswith("run")], ids=str)
def test_the_commands_run_as_shown(block: Block, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = served(block, tmp_path, request)
    done = shell(text, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("block", [block for block in COMMANDS if block.mark == "targets"], ids=str)
def test_the_targets_of_make_exist(block: Block) -> None:
    for line in block.text.splitlines():
        words = line.split()
        assert words[0] == "make"
        done = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", [block for block in COMMANDS if block.mark.startswith("elsewhere")], ids=str)
def test_what_is_tested_elsewhere_is_mentioned_there(block: Block) -> None:
    place = ROOT / block.mark.split(" ")[1]
    files = [place] if place.is_file() else place.rglob("*.py")
    words = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert ("docker-compose.yml" if "docker compose" in block.text else "--ingest") in words or block.page in words


@pytest.mark.slow
@pytest.mark.parametrize("block", SCRIPTS, ids=str)
def test_the_python_examples_run(block: Block, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(block.text, encoding="utf-8")
    declares = re.search(r"^scenario = ", block.text, re.MULTILINE)
    done = shell("citybeat run example.py --for 2m --speed max" if declares else "python example.py", tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in links if not (page.parent / link.split("#")[0]).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_module_of_the_code_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`([^`\s]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if is_of_the_code(name) and not exists(name, ROOT)] == []


def test_the_readme_names_every_exit_code() -> None:
    codes = re.findall(r"^\| (\d+) \|", PAGES[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in codes] == sorted(Exit)


def test_the_readme_names_every_variable_of_the_environment() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "citybeat").rglob("*.py"))
    used = set(re.findall(r"\b(?:CITYBEAT|INFLUXDB|GRAFANA)_[A-Z_]*[A-Z]\b", sources))
    assert used <= set(re.findall(r"\b[A-Z_]+\b", PAGES[0].read_text(encoding="utf-8")))


def test_the_testers_page_names_every_key_of_a_summary(tmp_path: Path) -> None:
    scenario = Scenario(name="street", systems=(Lamps(),), districts=("Xuhui",), duration="2m", warm_up="0s")
    summary = run(scenario, broker="none", out=tmp_path / "run", quiet=True).summary
    rows = [summary, summary["objectives"][0], summary["measures"][0], summary["books"]]
    named = (ROOT / "docs" / "testers.md").read_text(encoding="utf-8")
    assert [key for row in rows for key in row if f"`{key}`" not in named] == []
    assert [count for count in summary["books"]["total"] if f"| {count} |" not in named] == []


def served(block: Block, folder: Path, request: pytest.FixtureRequest) -> str:
    """Return the block's commands with the addresses of real servers; write the files of their secrets."""
    text = block.text
    needed = block.mark.partition(" with ")[2].split()
    if "mosquitto" in needed:
        text = text.replace("mqtt://127.0.0.1:1883", request.getfixturevalue("mosquitto").url)
    if "grafana" in needed:
        text = text.replace("http://127.0.0.1:3000", request.getfixturevalue("grafana"))
        (folder / "grafana.password").write_text("admin")
    if "influxdb" in needed:
        server = request.getfixturevalue("influxdb")
        text = text.replace("http://127.0.0.1:8086", server.url).replace("INFLUXDB_ORG=city", f"INFLUXDB_ORG={server.org}")
        (folder / "influxdb.token").write_text(server.token)
    return text


def shell(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run commands in a folder with our own settings and no others."""
    foreign = ("CITYBEAT_", "INFLUXDB_", "GRAFANA_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {"PYTHON": sys.executable, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"}
    return subprocess.run(
        ["bash", "-c", SHELL + text], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
