"""Run folders: which runs lie there, also those that were killed."""

from pathlib import Path

import orjson
import pytest

from citybeat.kept import folder as folders
from sim.errors import UsageError


def lay(runs: Path, name: str, *, tape: str = "", summary: str = "") -> Path:
    """Make a run folder as a run leaves it."""
    path = runs / name
    (path / "tape").mkdir(parents=True)
    if tape:
        (path / "tape" / "schema.json").write_bytes(orjson.dumps({"run": tape}))
    if summary:
        (path / "summary.json").write_bytes(orjson.dumps({"run": summary}))
    return path


def test_a_killed_run_is_found_by_id_by_path_and_as_the_last(tmp_path: Path) -> None:
    killed = lay(tmp_path, "mine", tape="0a1b2c3d")
    for name in ("0a1b2c3d", "0a1b", str(killed), "last"):
        found = folders.find(name, tmp_path)
        assert (found.path, found.run, found.finished) == (killed, "0a1b2c3d", False)
    assert folders.all_runs(tmp_path) == []
    assert [each.run for each in folders.unfinished(tmp_path)] == ["0a1b2c3d"]


def test_a_finished_run_is_not_unfinished(tmp_path: Path) -> None:
    lay(tmp_path, "done", tape="0a1b2c3d", summary="0a1b2c3d")
    assert [(each.run, each.finished) for each in folders.all_runs(tmp_path)] == [("0a1b2c3d", True)]
    assert folders.unfinished(tmp_path) == []


def test_a_folder_that_tells_no_run_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    torn = lay(tmp_path, "torn")
    (torn / "tape" / "schema.json").write_text('{"run": "0a1b')
    assert folders.unfinished(tmp_path) == []
    for name in ("torn", str(torn)):
        with pytest.raises(UsageError, match=r"torn does not tell whose it is: .*no summary\.json; nor does .*schema\.json name a run"):
            folders.find(name, tmp_path)
