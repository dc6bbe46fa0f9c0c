"""Variables of the environment: what nothing reads is said, with the nearest name, and goes to no child."""

import re
from pathlib import Path

import pytest

from citybeat.__main__ import main
from citybeat.kept.folder import RunFolder
from citybeat.running.connections import ingest_arguments, ingest_environment, ingest_key
from citybeat.running.settings import RunSettings
from citybeat.running.variables import AROUND, SETTINGS, unknown_variables

ROOT = Path(__file__).resolve().parents[3]


def test_a_variable_that_nothing_reads_is_said_with_the_nearest() -> None:
    found = {"CITYBEAT_BROKR": "x", "CITYBEAT_STORE": "parquet", "citybeat_broker": "x", "PATH": "/bin", "CITYBEAT_FEEDS": "x"}
    texts = list(unknown_variables(found))
    assert [text.split(",")[0] for text in texts] == ["CITYBEAT_BROKR is set", "citybeat_broker is set"]
    assert all("(did you mean 'CITYBEAT_BROKER'?)" in text for text in texts)


def test_every_verb_says_it_on_stderr_and_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYBEAT_STOER", "influx")
    assert main(["runs", "list"]) == 0
    said = capsys.readouterr()
    assert "CITYBEAT_STOER is set, and nothing reads it (did you mean 'CITYBEAT_STORE'?)" in said.err
    assert "CITYBEAT_STOER" not in said.out


def test_a_child_gets_what_is_read() -> None:
    given = {"CITYBEAT_STOER": "influx", "CITYBEAT_STORE": "influx", "HOME": "/h"}
    handed = ingest_environment(RunSettings(environment=given), "mqtt://b", b"key")
    assert set(handed) >= {"CITYBEAT_STORE", "HOME", "CITYBEAT_BROKER"}
    assert "CITYBEAT_STOER" not in handed


def test_the_key_of_a_child_is_the_runs_whatever_the_environment_says() -> None:
    given = {"CITYBEAT_INGEST_KEY": "an external one's", "CITYBEAT_INGEST_KEY_FILE": "/nowhere"}
    handed = RunSettings(environment=ingest_environment(RunSettings(environment=given), "mqtt://b", b"drawn for the run"))
    assert ingest_key(handed) == b"drawn for the run"
    folder = RunFolder(Path("runs/abcd1234"), "abcd1234")
    assert not any("drawn" in word for word in ingest_arguments(handed, folder, 0))


def test_all_that_the_house_reads_is_known() -> None:
    files = [*ROOT.glob("*/**/*.py"), *ROOT.glob("docker*/**/*"), ROOT / "docker-compose.yml", ROOT / ".ci" / "run"]
    ours = [path for path in files if path.is_file() and ".venv" not in path.parts and path != Path(__file__)]
    named = {name for path in ours for name in re.findall(r"\bCITYBEAT_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8", errors="replace"))}
    assert named <= {*SETTINGS, *AROUND}
