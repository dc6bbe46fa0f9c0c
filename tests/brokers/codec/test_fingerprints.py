"""Fingerprints: sender and reader see the same number for the same row, and another one for any other."""

import json

import numpy as np
import polars as pl
import pytest

from brokers.codec import Decoder, DeviceTopics, Encoder
from brokers.codec.fingerprints import WRAP, Fingerprints, total
from sim.engine.engine import Engine
from sim.events.batches import Batch, Roster
from sim.events.kinds import ABSENT_INT, Kind, choice, flag, instant, integer, real, text
from sim.names import Names
from sim.scenario import Scenario
from tests.lamps import LAMP_POWER, LAMP_STATE, Lamps

SHIFT_US = 1_000_000_007
EVERY = Kind(
    "thing_seen",
    system="things",
    doc="one column of each type",
    plan_ids=("N18",),
    qos=0,
    fields=(
        text("word"),
        choice("state", "on", "off", tag=True),
        integer("count"),
        real("level", "", 3),
        flag("open"),
        instant("since_us"),
    ),
)


def every(rows: int = 6) -> Batch:
    """Return rows with each field present in the first ones and absent, empty or at its extremes in the others."""
    roster = Roster(Names())
    for number in range(rows):
        roster.add(f"thing {number}/é", "Xuhui" if number % 2 else "Putuo")
    index = np.arange(rows)
    columns = {
        "word": np.array([0, 1, 2, -1, 0, 1], dtype=np.int32)[:rows],
        "state": np.array([0, 1, -1, 0, 1, 0], dtype=np.int32)[:rows],
        "count": np.array([0, -5, ABSENT_INT, 2**62, 7, 8])[:rows],
        "level": np.array([0.0, -0.0, np.nan, 1e300, 5.0, 0.125])[:rows],
        "open": index % 2 == 0,
        "since_us": np.array([1, 2, ABSENT_INT, 4, 5, 6])[:rows],
    }
    names = {"word": Names(['a: "b"', "", "c\n"])}
    fault = np.zeros(rows, dtype=np.uint8)
    return Batch(EVERY, roster, index * 10, index * 10, roster.district_codes(), index.astype(np.int32), index, fault, columns, names)


def read_back(batch: Batch) -> pl.DataFrame:
    payloads = Encoder().encode(batch, run="abcd1234", shift_us=SHIFT_US, due_us=None)
    return Decoder([batch.kind], "abcd1234").decode(batch.kind.name, DeviceTopics().of(batch), payloads).frame


def test_what_is_sent_and_what_is_read_have_the_same_fingerprints() -> None:
    scenario = Scenario(name="lamps", systems=[Lamps(interval=1_000_000)], districts=["Xuhui", "Putuo"], duration="2m", warm_up="0s")
    batches = [batch for piece in Engine(scenario).slices() for batch in piece.batches] + [every()]
    assert {batch.kind.name for batch in batches} == {LAMP_POWER.name, LAMP_STATE.name, EVERY.name}
    sender, reader = Fingerprints(b"key"), Fingerprints(b"key")
    for batch in batches:
        sent = sender.of_batch(batch, SHIFT_US)
        assert sent.tolist() == reader.of_frame(batch.kind, read_back(batch)).tolist()
        assert len(set(sent.tolist())) == len(batch)


@pytest.mark.parametrize("changed", ["t", "seq", "district", "device", "word", "state", "count", "level", "open", "since_us"])
def test_a_change_of_any_column_changes_the_fingerprint(changed: str) -> None:
    frame = read_back(every())
    others = {"district": "Jing'an", "device": "thing", "word": "b", "open": False, "state": "off"}
    altered = frame.with_columns(pl.lit(others.get(changed, 99)).cast(frame.schema[changed]).alias(changed))[:1]
    reader = Fingerprints()
    assert reader.of_frame(EVERY, altered).tolist() != reader.of_frame(EVERY, frame[:1]).tolist()


def test_absence_is_a_value_of_its_own() -> None:
    frame = read_back(every())[:1]
    reader = Fingerprints()
    prints = {int(reader.of_frame(EVERY, frame)[0])}
    for name in ("word", "state", "count", "level", "open", "since_us"):
        prints.add(int(reader.of_frame(EVERY, frame.with_columns(pl.lit(None).cast(frame.schema[name]).alias(name)))[0]))
    assert len(prints) == 7


def test_sums_do_not_depend_on_order_or_blocks_and_need_the_key() -> None:
    batch = every()
    prints = Fingerprints(b"key").of_batch(batch, SHIFT_US)
    backwards = Fingerprints(b"key").of_frame(EVERY, read_back(batch)[::-1])
    assert total(prints) == (total(backwards[:2]) + total(backwards[2:])) % WRAP
    assert total(prints) != total(Fingerprints(b"another").of_batch(batch, SHIFT_US))
    assert total(prints[:0]) == 0


def test_when_it_was_due_and_sent_is_no_part_of_an_event() -> None:
    batch = every()
    [payload, *_] = Encoder().encode(batch, run="abcd1234", shift_us=SHIFT_US, due_us=None)
    later = json.dumps(json.loads(payload) | {"due": 5, "sent": 6}).encode()
    topic = DeviceTopics().of(batch)[0]
    decoder, reader = Decoder([EVERY], "abcd1234"), Fingerprints()
    frames = [decoder.decode(EVERY.name, [topic], [each]).frame for each in (payload, later)]
    assert reader.of_frame(EVERY, frames[0]).tolist() == reader.of_frame(EVERY, frames[1]).tolist()
