"""One run holds a folder while it lives, and a run that never began leaves nothing of its own behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from citybeat.kept.claim import LOCK, claimed, lives
from sim.errors import DiskError, UsageError

HOLD = """import sys, time
from pathlib import Path
from citybeat.kept.claim import claimed
with claimed(Path(sys.argv[1]), Path("runs")):
    print("held", flush=True)
    time.sleep(60)
"""


def test_what_was_made_for_a_run_that_never_began_is_taken_away(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed(None, tmp_path / "runs") as claim:
            (claim.folder.path / "tape").mkdir()
            (claim.folder.path / "tape" / "schema.json").write_text("{}")
            assert lives(claim.folder.path)
        assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_that_was_there_stays_there(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "mine").mkdir()
    with claimed(tmp_path / "mine", tmp_path / "runs") as claim:
        (claim.folder.path / "half").write_text("written")
    with claimed(None, tmp_path / "runs"):
        pass
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "runs"]


def test_what_a_run_left_that_began_stays_and_its_lock_goes(tmp_path: Path) -> None:
    with claimed(tmp_path / "out", tmp_path) as claim:
        claim.begun = lambda: True
        (claim.folder.path / "tape").mkdir()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["tape"]
    with pytest.raises(UsageError, match="already holds something"), claimed(tmp_path / "out", tmp_path):
        pass
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["tape"]


def test_the_second_of_two_runs_into_one_folder_is_refused_and_touches_nothing(tmp_path: Path) -> None:
    with claimed(tmp_path / "out", tmp_path):
        with pytest.raises(UsageError, match=r"another run writes into .*out just now"), claimed(tmp_path / "out", tmp_path):
            pass
        assert [path.name for path in (tmp_path / "out").iterdir()] == [LOCK]
        assert lives(tmp_path / "out")


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert lives(out)
        with pytest.raises(UsageError, match="another run"), claimed(out, tmp_path):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    assert not lives(out)
    with claimed(out, tmp_path) as claim:
        assert claim.folder.path == out


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskError, match="cannot make the run folder"), claimed(tmp_path / "file" / "run", tmp_path):
        pass
