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
    assert (again.rows, again.cut_bytes) == (6, 0)
    assert drained(again) == [record(0), record(1), record(2)]


@pytest.mark.parametrize("damage", ["torn", "flipped", "header"])
def test_a_torn_tail_is_cut_and_whole_records_before_it_stay(tmp_path: Path, damage: str) -> None:
    Spool(tmp_path, MANY).append([record(0), record(1, size=100)])
    [segment] = tmp_path.iterdir()
    content = segment.read_bytes()
    torn = {"torn": content[:-1], "flipped": content[:-1] + b"!", "header": content + b"\x01\x02"}[damage]
    segment.write_bytes(torn)
    again = Spool(tmp_path, MANY)
    assert again.cut_bytes > 0
    again.append([record(2)])
    kept = [record(0)] if damage != "header" else [record(0), record(1, size=100)]
    assert drained(again) == [*kept, record(2)]


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


def test_a_record_that_another_program_damaged_is_not_handed_out(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MANY)
    spool.append([record(0)])
    [segment] = tmp_path.iterdir()
    segment.write_bytes(segment.read_bytes()[:-1] + b"!")
    with pytest.raises(DiskError, match="damaged at byte 0"):
        spool.oldest()
