"""The embedded store: renamed is stored, counted by event, joined without a gap, and honest about a full disk."""

import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

from brokers.codec import frame_schema
from brokers.parquet.joining import PART_ROWS, readable
from brokers.parquet.parts import part_name, parts_of, rows_of
from brokers.parquet.repeats import UNACKNOWLEDGED
from brokers.parquet.store import ParquetStore
from sim.errors import DiskError, UsageError
from sim.events.kinds import Kind, choice, integer, text
from sim.ports import OpsRow

TAP = Kind(
    "tap",
    system="cards",
    doc="a tap",
    plan_ids=("C2",),
    qos=1,
    fields=(choice("result", "accepted", "denied"), integer("fare_cents"), text("card")),
)
OTHER = Kind("application", system="cards", doc="an application", plan_ids=("C4",), qos=1, fields=())
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
    held = store.held(RUN, TAP, None, None)
    assert held.equals(frame)
    assert dict(held.schema) == frame_schema(TAP)
    assert [part.name for part in parts_of(tmp_path / "store" / "tap")] == ["part-00000.parquet"]


def test_a_delivery_that_comes_twice_is_stored_once_and_district_and_run_tell_events_apart(store: ParquetStore) -> None:
    store.write(TAP, rows(0, 10))
    assert store.write(TAP, pl.concat([rows(5, 10), rows(12, 2)])).stored == 12
    store.write(TAP, rows(0, 4, district="Xuhui"))
    store.write(TAP, rows(0, 3, run="otherrun"))
    assert store.count(RUN, ["tap"]) == {"tap": 19}
    assert store.count("otherrun", ["tap"]) == {"tap": 3}
    assert sum(store.held(run, TAP, None, None).height for run in (RUN, "otherrun")) == 22


def test_what_a_broker_delivers_again_to_a_new_process_is_stored_once(store: ParquetStore, tmp_path: Path) -> None:
    for first in range(0, 3 * PART_ROWS, PART_ROWS // 2):
        store.write(TAP, rows(first, PART_ROWS // 2))
    again = ParquetStore(tmp_path / "store")
    again.write(TAP, rows(3 * PART_ROWS - UNACKNOWLEDGED, UNACKNOWLEDGED + 5))
    assert again.held(RUN, TAP, None, None).get_column("t").to_list() == list(range(3 * PART_ROWS + 5))


def everything(folder: Path) -> list[int]:
    """Return the times of all rows as a script reads them, in order."""
    return sorted(pl.read_parquet(folder / "*.parquet").get_column("t"))


def test_parts_are_joined_when_the_store_is_closed_and_each_row_is_there_once(store: ParquetStore, tmp_path: Path) -> None:
    folder = tmp_path / "store" / "tap"
    for number in range(5):
        store.write(TAP, rows(10 * number, 10))
    store.write(TAP, rows(50, PART_ROWS))
    store.write(TAP, rows(50 + PART_ROWS, 1))
    assert len(parts_of(folder)) == 7
    store.close()
    assert [rows_of(part) for part in parts_of(folder)] == [50, PART_ROWS, 1]
    assert store.held(RUN, TAP, None, None).get_column("t").to_list() == list(range(51 + PART_ROWS))
    assert sorted(path.name for path in folder.parent.iterdir()) == ["application", "ops", "tap"]
    store.write(TAP, rows(51 + PART_ROWS, 1))
    assert everything(folder) == list(range(52 + PART_ROWS))


def test_joined_parts_stay_within_a_bound(store: ParquetStore, tmp_path: Path) -> None:
    for number in range(8):
        store.write(TAP, rows(40_000 * number, 40_000))
    store.close()
    assert [rows_of(part) for part in parts_of(tmp_path / "store" / "tap")] == [280_000, 40_000]


def test_a_long_run_has_a_bounded_number_of_parts(store: ParquetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokers.parquet.store.MOST_SMALL_PARTS", 8)
    for number in range(50):
        store.write(TAP, rows(number, 1))
        assert len(parts_of(tmp_path / "store" / "tap")) <= 8
    assert everything(tmp_path / "store" / "tap") == list(range(50))


@pytest.mark.parametrize("moment", ["while the new parts are made", "between the renames", "before the old ones are removed"])
def test_a_joining_that_a_crash_cut_off_leaves_each_row_once(store: ParquetStore, tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "store" / "tap"
    for number in range(4):
        store.write(TAP, rows(number, 1))
    joined = rows(0, 4)
    if moment == "while the new parts are made":
        (folder.parent / ".tap.new").mkdir()
        joined.head(2).write_parquet(folder.parent / ".tap.new" / part_name(0))
    else:
        folder.rename(folder.parent / ".tap.old")
        new = folder.parent / (".tap.new" if moment == "between the renames" else "tap")
        new.mkdir()
        joined.write_parquet(new / part_name(0))
    reader = ParquetStore(tmp_path / "store")
    assert reader.count(RUN, ["tap"]) == {"tap": 4}
    again = ParquetStore(tmp_path / "store")
    again.prepare([TAP, OTHER])
    again.write(TAP, rows(4, 1))
    assert everything(folder) == [0, 1, 2, 3, 4]
    assert again.count(RUN, ["tap"]) == {"tap": 5}
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".")]


def test_a_part_that_cannot_be_read_stops_no_joining_and_no_writing(store: ParquetStore, tmp_path: Path) -> None:
    for number in range(3):
        store.write(TAP, rows(number, 1))
    spoilt = tmp_path / "store" / "tap" / part_name(1)
    spoilt.write_bytes(b"spoilt")
    store.close()
    assert len(parts_of(spoilt.parent)) == 3
    with pytest.raises(UsageError, match="tap has a damaged part"):
        store.count(RUN, ["tap"])


WRITER = """
import sys, time
sys.path[:0] = [{root!r}]
import brokers.parquet.store
brokers.parquet.store.MOST_SMALL_PARTS = 6
from pathlib import Path
from tests.brokers.parquet.test_parquet_store import TAP, rows
store = brokers.parquet.store.ParquetStore(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 100_000):
    store.write(TAP, rows(number, 1))
    print(number, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_each_acknowledged_row_once(tmp_path: Path) -> None:
    script = WRITER.format(root=str(Path(__file__).parents[3]))
    done = 0
    for lines in (3, 11, 30):
        with subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(done)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(lines):
                done = int(writer.stdout.readline()) + 1
            writer.kill()
            done = max([done, *(int(line) + 1 for line in writer.stdout.read().splitlines() if line.strip().isdigit())])
        held = everything(readable(tmp_path / "tap"))
        assert held[:done] == list(range(done))
        assert len(held) <= done + 1
        assert ParquetStore(tmp_path).count(RUN, ["tap"]) == {"tap": len(held)}


def test_a_script_that_reads_while_parts_are_joined_never_sees_a_row_twice_or_not_at_all(
    store: ParquetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brokers.parquet.store.MOST_SMALL_PARTS", 5)
    done = threading.Event()
    stored = 0

    def write() -> None:
        nonlocal stored
        for number in range(120):
            store.write(TAP, rows(number, 1))
            stored = number + 1
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    looks = 0
    while not done.wait(0.001):
        least = stored
        try:
            seen = sorted(t for part in sorted((tmp_path / "store" / "tap").glob("*.parquet")) for t in pl.read_parquet(part)["t"])
        except FileNotFoundError:  # the folder was exchanged while it was read: a script lists it again
            continue
        if not (tmp_path / "store" / "tap").is_dir() or not seen:
            continue
        assert seen == list(range(len(seen)))
        assert len(seen) >= least
        looks += 1
    writer.join()
    assert looks > 0
    assert store.count(RUN, ["tap"]) == {"tap": 120}


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


def test_deleting_a_run_leaves_the_others(store: ParquetStore, tmp_path: Path) -> None:
    store.write(TAP, pl.concat([rows(0, 3), rows(0, 2, run="otherrun")]))
    store.write(TAP, rows(3, 3))
    store.write_ops([OpsRow("pipeline", 7, {"run": RUN}, {"sent": 3})])
    store.delete(RUN)
    assert store.count(RUN, ["tap"]) == {"tap": 0}
    assert store.count("otherrun", ["tap"]) == {"tap": 2}
    assert not parts_of(tmp_path / "store" / "ops" / "pipeline")
    assert store.write(TAP, rows(9, 1)).stored == 1
