"""What a person's own script does wrong, from the command line and as a script: one message, exit 2, the way there when asked for."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from citybeat.__main__ import main
from tests.citybeat.commands import clean_environment, street
from tests.citybeat.verbs.test_refusals import _in_an_empty_folder  # noqa: F401 - a fixture

Capture = pytest.CaptureFixture[str]
MISTAKES = {
    "__post_init__": ("        self.lamps = {", "        1 / 0\n        self.lamps = {", "raised ZeroDivisionError: division by zero"),
    "process": ("            count += 1", "            count += None", "raised TypeError"),
    "emit": ('{"power_w": true, "true', '{"powr_w": true, "true', "no field 'powr_w' (did you mean 'power_w'?)"),
}


def broken(folder: Path, before: str, after: str) -> tuple[str, int]:
    """Write the street with a mistake in its lamps; return the script and the line of the mistake."""
    script = street(folder)
    lamps = folder / "lamps.py"
    text = lamps.read_text().replace(before, after, 1)
    assert after in text
    lamps.write_text(text)
    return script, text[: text.index(after)].count("\n") + 1


@pytest.fixture(autouse=True)
def _own_lamps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the script find the lamps beside it, not those of the tests, and nobody after it the broken ones."""
    ours = sys.modules.pop("lamps", None)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if not (Path(folder) / "lamps.py").is_file()])
    yield
    sys.modules.pop("lamps", None)
    if ours is not None:
        sys.modules["lamps"] = ours


@pytest.mark.parametrize("place", MISTAKES)
def test_a_mistake_in_a_system_is_one_message_with_its_line(capsys: Capture, tmp_path: Path, place: str) -> None:
    before, after, words = MISTAKES[place]
    script, line = broken(tmp_path, before, after)
    assert main(["run", script, "--broker", "none", "--speed", "max"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert words in said[-1]
    assert f"lamps.py, line {line}" in said[-1]
    assert "system 'lamps' went wrong (--traceback shows the way there)" in said[-1]
    assert not any("Traceback" in each for each in said)


def test_the_way_there_is_shown_when_asked_for(capsys: Capture, tmp_path: Path) -> None:
    before, after, _ = MISTAKES["__post_init__"]
    script, line = broken(tmp_path, before, after)
    assert main(["run", script, "--broker", "none", "--traceback"]) == 2
    said = capsys.readouterr().err
    assert "Traceback (most recent call last)" in said
    assert f'lamps.py", line {line}, in __init__' in said
    assert said.splitlines()[-1].startswith("citybeat: system 'lamps' went wrong")


def test_a_script_that_is_run_by_python_tells_the_same(tmp_path: Path) -> None:
    before, after, words = MISTAKES["emit"]
    script, line = broken(tmp_path, before, after)
    text = (tmp_path / script).read_text().replace("import Scenario", "import Scenario, main").replace("speed=60", 'speed="max"')
    (tmp_path / script).write_text(f"{text}\nraise SystemExit(main(scenario))\n")
    root = str(Path(__file__).resolve().parents[3])
    for more in ([], ["--traceback"]):
        ended = subprocess.run(
            [sys.executable, script, *more],
            cwd=tmp_path,
            env=clean_environment(PYTHONPATH=root),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode == 2, ended.stderr
        assert words in ended.stderr.splitlines()[-1]
        assert f"lamps.py, line {line}" in ended.stderr
        assert ("Traceback" in ended.stderr) == bool(more)
