"""The embedded store: renamed is stored, counted by event, joined without a gap, and honest about a full disk."""

import threading
from pathlib import Path

import polars as pl
import pytest

from brokers.parquet.parts import part_name, parts_of
from brokers.parquet.store import MOST_SMALL_PARTS, PART_ROWS, ParquetStore
from brokers.wire import frame_schema
from sim.errors import DiskError
from sim.kinds import Kind, choice, integer, text
from sim.ports import OpsRow

TAP = Kind("tap", "cards", ("C2",), (choice("result", "accepted", "denied"), integer("fare_cents"), text("card")), 1, "a tap")
OTHER = Kind("application", "cards", ("C4",), (), 1, "an application")
RUN = "abcdefgh"


def rows(first: int, count: int, run: str = RUN, district: str = "Pudong") -> pl.DataFrame:
    times = pl.int_range(first, first + count, eager=True)
    return pl.DataFrame({"t": times, "seq": times}).select(
        "t",
        "seq",
        due=pl.lit(None, dtype=pl.Int64),
        sent=pl.col("t") + 5,
        run=pl.lit(run),
        district=pl.lit(district),
        device=pl.lit("gate 1"),
        result=pl.lit("accepted", dtype=pl.Enum(["accepted", "denied"])),
        fare_cents=pl.lit(200, dtype=pl.Int64),
        card=pl.lit("token, 7"),
    )


@pytest.fixture
def store(tmp_path: Path) -> ParquetStore:
    store = ParquetStore(tmp_path / "store")
    store.prepare([TAP, OTHER])
    return store


def test_written_rows_are_counted_and_read_back_as_they_were(store: ParquetStore, tmp_path: Path) -> None:
    frame = rows(100, 10)
    assert store.write(TAP, frame).stored == 10
    assert store.count(RUN, ["tap", "application"]) == {"tap": 10, "application": 0}
    assert store.frame("tap").collect().equals(frame)
    assert dict(store.frame("tap").collect_schema()) == frame_schema(TAP)
    assert [part.name for part in parts_of(tmp_path / "store" / "tap")] == ["part-00000.parquet"]
    assert store.kinds() == ["tap"]


def test_a_delivery_that_comes_twice_counts_once_and_district_and_run_tell_events_apart(store: ParquetStore) -> None:
    store.write(TAP, rows(0, 10))
    store.write(TAP, rows(5, 10))
    store.write(TAP, rows(0, 4, district="Xuhui"))
    store.write(TAP, rows(0, 3, run="otherrun"))
    assert store.count(RUN, ["tap"]) == {"tap": 19}
    assert store.count("otherrun", ["tap"]) == {"tap": 3}


def test_small_parts_are_joined_and_nothing_is_lost_or_doubled(store: ParquetStore, tmp_path: Path) -> None:
    folder = tmp_path / "store" / "tap"
    for number in range(3 * MOST_SMALL_PARTS):
        store.write(TAP, rows(10 * number, 10))
    assert len(parts_of(folder)) < MOST_SMALL_PARTS
    assert len(list(folder.iterdir())) < 2 * MOST_SMALL_PARTS
    assert store.frame("tap").collect().get_column("t").to_list() == list(range(30 * MOST_SMALL_PARTS))
    assert store.count(RUN, ["tap"]) == {"tap": 30 * MOST_SMALL_PARTS}


def test_a_large_part_stays_as_it_is_and_joining_never_reaches_over_it(store: ParquetStore, tmp_path: Path) -> None:
    store.write(TAP, rows(0, 5))
    store.write(TAP, rows(5, PART_ROWS))
    for number in range(MOST_SMALL_PARTS):
        store.write(TAP, rows(5 + PART_ROWS + number, 1))
    names = [part.name for part in parts_of(tmp_path / "store" / "tap")]
    assert names == [part_name(0), part_name(1), part_name(2, MOST_SMALL_PARTS + 1)]
    assert store.count(RUN, ["tap"]) == {"tap": 5 + PART_ROWS + MOST_SMALL_PARTS}


def test_a_new_process_goes_on_after_a_joining_that_a_crash_cut_off(store: ParquetStore, tmp_path: Path) -> None:
    folder = tmp_path / "store" / "tap"
    for number in range(4):
        store.write(TAP, rows(number, 1))
    pl.concat([rows(1, 1), rows(2, 1)]).write_parquet(folder / part_name(1, 2))  # the joined part was renamed, the old ones still stand
    (folder / ".part-00004.parquet.tmp").write_bytes(b"half")
    again = ParquetStore(tmp_path / "store")
    again.write(TAP, rows(4, 1))
    assert [part.name for part in parts_of(folder)] == [part_name(0), part_name(1, 2), part_name(3), part_name(4)]
    assert again.frame("tap").collect().get_column("t").to_list() == [0, 1, 2, 3, 4]


def test_counting_while_parts_are_joined_never_fails_and_never_counts_too_much(store: ParquetStore) -> None:
    done = threading.Event()
    total = 4 * MOST_SMALL_PARTS

    def write() -> None:
        for number in range(total):
            store.write(TAP, rows(number, 1))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = [0]
    while not done.wait(0.01):
        seen.append(store.count(RUN, ["tap"])["tap"])
    writer.join()
    assert store.count(RUN, ["tap"]) == {"tap": total}
    assert seen == sorted(seen)
    assert max(seen) <= total


def test_a_full_disk_is_named_and_what_was_stored_stays(store: ParquetStore, tmp_path: Path) -> None:
    store.write(TAP, rows(0, 10))
    aside = tmp_path / "store" / "tap" / ".part-00001.parquet.tmp"
    aside.symlink_to("/dev/full")
    with pytest.raises(DiskError, match=r"part-00001\.parquet: .*No space left"):
        store.write(TAP, rows(10, 10))
    assert store.count(RUN, ["tap"]) == {"tap": 10}
    assert store.write(TAP, rows(10, 10)).stored == 10
    assert store.count(RUN, ["tap"]) == {"tap": 20}


def test_rows_about_the_run_stand_beside_the_events_by_measurement(store: ParquetStore, tmp_path: Path) -> None:
    store.write_ops(
        [OpsRow("pipeline", 7, {"run": RUN, "kind": "tap"}, {"sent": 3}), OpsRow("run_event", 7, {"run": RUN}, {"what": "start"})]
    )
    store.write_ops([OpsRow("pipeline", 8, {"run": RUN, "kind": "tap"}, {"sent": 5, "late": 0.5})])
    frames = [pl.read_parquet(part) for part in parts_of(tmp_path / "store" / "ops" / "pipeline")]
    assert pl.concat(frames, how="diagonal").to_dicts() == [
        {"t_us": 7, "run": RUN, "kind": "tap", "sent": 3, "late": None},
        {"t_us": 8, "run": RUN, "kind": "tap", "sent": 5, "late": 0.5},
    ]
    assert store.kinds() == []


def test_deleting_a_run_leaves_the_others(store: ParquetStore, tmp_path: Path) -> None:
    store.write(TAP, pl.concat([rows(0, 3), rows(0, 2, run="otherrun")]))
    store.write(TAP, rows(3, 3))
    store.write_ops([OpsRow("pipeline", 7, {"run": RUN}, {"sent": 3})])
    store.delete(RUN)
    assert store.count(RUN, ["tap"]) == {"tap": 0}
    assert store.count("otherrun", ["tap"]) == {"tap": 2}
    assert not parts_of(tmp_path / "store" / "ops" / "pipeline")
    assert store.write(TAP, rows(9, 1)).stored == 1
