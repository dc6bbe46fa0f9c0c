"""The spool: what is acknowledged from it is on disk, in order, bounded, and survives a torn tail."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brokers.ingest.spool import SEGMENT_BYTES, Record, Spool, SpoolFullError
from sim.errors import DiskError

MANY = 10**9


def record(number: int, size: int = 10) -> Record:
    return Record("tap", number + 1, bytes([number % 256]) * size)


def drained(spool: Spool) -> list[Record]:
    found = []
    while (oldest := spool.oldest()) is not None:
        found.append(oldest)
        spool.drop_oldest()
    return found


def test_records_come_back_in_order_and_leave_nothing_behind(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", MANY)
    spool.append([record(0), record(1)])
    spool.append([record(2)])
    assert (spool.rows, spool.oldest()) == (6, record(0))
    assert drained(spool) == [record(0), record(1), record(2)]
    assert (spool.rows, spool.size_bytes, list((tmp_path / "spool").iterdir())) == (0, 0, [])


def test_records_survive_a_restart_and_new_ones_queue_behind_them(tmp_path: Path) -> None:
    Spool(tmp_path, MANY).append([record(0), record(1)])
    again = Spool(tmp_path, MANY)
    again.append([record(2)])
    assert (again.rows, again.damage) == (6, [])
    assert drained(again) == [record(0), record(1), record(2)]


@pytest.mark.parametrize("torn", ["content", "header", "mark"])
def test_a_torn_end_is_cut_as_never_acknowledged_and_whole_records_before_it_stay(tmp_path: Path, torn: str) -> None:
    spool = Spool(tmp_path, MANY)
    spool.append([record(0), record(1)])
    [segment] = tmp_path.iterdir()
    whole = segment.stat().st_size
    spool.append([record(2, size=100)])
    content = segment.read_bytes()
    segment.write_bytes(content[: {"content": -1, "header": whole + 15, "mark": whole + 3}[torn] or None])
    again = Spool(tmp_path, MANY)
    [damage] = again.damage
    assert (damage.rows, "torn" in damage.words, "not acknowledged" in damage.words) == (0, True, True)
    again.append([record(3)])
    assert drained(again) == [record(0), record(1), record(3)]
    assert list(tmp_path.iterdir()) == []


FRAME = len(record(0).framed())


@pytest.mark.parametrize("at", range(0, 5 * FRAME, 3))
def test_one_flipped_bit_costs_one_record_which_is_set_aside_and_told(tmp_path: Path, at: int) -> None:
    Spool(tmp_path, MANY).append([record(number) for number in range(5)])
    [segment] = tmp_path.iterdir()
    content = bytearray(segment.read_bytes())
    content[at] ^= 0x10
    segment.write_bytes(content)
    again = Spool(tmp_path, MANY)
    hit = at // FRAME
    [damage] = again.damage
    assert "acknowledged may be lost" in damage.words
    assert damage.rows in (hit + 1, 0)  # where the header itself is hit, nobody can say how many
    aside = tmp_path / f"{segment.stem}.damaged-{hit * FRAME}"
    assert str(aside) in damage.words
    assert aside.read_bytes() == content[hit * FRAME : (hit + 1) * FRAME]
    again.append([record(7)])
    assert drained(again) == [*(record(number) for number in range(5) if number != hit), record(7)]
    assert list(tmp_path.iterdir()) == [aside]


@pytest.mark.parametrize("name", ["notes.spool", "1.spool", "000000003.spool/", "core", "-00000001.spool"])
def test_what_is_no_segment_is_left_alone(tmp_path: Path, name: str) -> None:
    Spool(tmp_path, MANY).append([record(0)])
    stray = tmp_path / name
    stray.mkdir() if name.endswith("/") else stray.write_text("a stranger's")
    again = Spool(tmp_path, MANY)
    assert [str(stray) in each.words for each in again.damage] == ([] if name == "core" else [True])
    again.append([record(1)])
    assert drained(again) == [record(0), record(1)]
    assert list(tmp_path.iterdir()) == [stray]


def test_a_segment_of_nonsense_is_set_aside_whole(tmp_path: Path) -> None:
    (tmp_path / "000000004.spool").write_bytes(b"no record of ours" * 10)
    spool = Spool(tmp_path, MANY)
    assert "nobody can say how many" in spool.damage[0].words
    spool.append([record(0)])
    assert {path.name for path in tmp_path.iterdir()} == {"000000004.damaged-0", "000000005.spool"}


def test_a_spool_at_its_bound_takes_nothing_of_a_call_and_room_returns(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    spool.append([record(0)])
    with pytest.raises(SpoolFullError, match="bound of 100 bytes"):
        spool.append([record(1), record(2, size=90)])
    assert drained(spool) == [record(0)]
    spool.append([record(3)])
    assert drained(spool) == [record(3)]


def test_large_content_spreads_over_segments_that_go_one_by_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MANY)
    for number in range(5):
        spool.append([record(number, size=SEGMENT_BYTES // 2)])
    assert len(list(tmp_path.iterdir())) == 3
    spool.drop_oldest()
    spool.drop_oldest()
    assert len(list(tmp_path.iterdir())) == 2
    assert [found.rows for found in drained(Spool(tmp_path, MANY))] == [3, 4, 5]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the kernel refuse to grow files beyond a size: the real error of a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_whole_records_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MANY)
    spool.append([record(0)])
    with largest_file(4_096), pytest.raises(SpoolFullError, match="cannot grow"):
        spool.append([record(1), record(2, size=10_000)])
    spool.append([record(3)])
    assert drained(Spool(tmp_path, MANY)) == [record(0), record(3)]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskError, match=r"spool folder .*file"):
        Spool(tmp_path / "file", MANY)


def test_a_record_that_another_program_damaged_is_set_aside_and_the_next_one_follows(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MANY)
    spool.append([record(0), record(1), record(2)])
    [segment] = tmp_path.iterdir()
    content = segment.read_bytes()
    segment.write_bytes(b"!" + content[1:])
    assert drained(spool) == [record(1), record(2)]
    [damage] = spool.damage
    assert (damage.kind, damage.rows, "damaged at byte 0" in damage.words) == ("tap", 1, True)
    assert [path.name for path in tmp_path.iterdir()] == [f"{segment.stem}.damaged-0"]
    assert spool.rows == 0


def test_a_segment_that_another_program_removed_is_told_and_gone(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MANY)
    spool.append([record(0), record(1)])
    next(tmp_path.iterdir()).unlink()
    assert spool.oldest() is None
    assert ([each.rows for each in spool.damage], spool.rows, spool.size_bytes) == ([1, 2], 0, 0)
