"""Files that are written whole or not at all."""

from pathlib import Path

import pytest

from sim.files import written_aside


def half_written(path: Path, error: BaseException) -> None:
    with written_aside(path) as aside:
        aside.write_text("ne")
        raise error


@pytest.mark.parametrize("flushed", [False, True])
def test_a_complete_file_takes_the_place_of_the_old_one(tmp_path: Path, *, flushed: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("old")
    with written_aside(path, flushed=flushed) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()], ids=["disk", "ctrl-c"])
def test_after_an_error_the_old_file_stands_and_nothing_half_written_is_left(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("old")
    with pytest.raises(type(error)):
        half_written(path, error)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_before_the_first_byte_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), written_aside(tmp_path / "nowhere" / "notes.txt") as aside:
        aside.write_text("new")
