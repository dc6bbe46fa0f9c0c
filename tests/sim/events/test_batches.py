"""Batches: columns that stay together, and rosters of devices."""

import numpy as np
import pytest

from sim.events.batches import Batch, Roster
from sim.events.kinds import Kind, choice, integer, text
from sim.names import Names

SEEN = Kind(
    "seen",
    system="lamps",
    doc="a lamp was seen",
    plan_ids=("N18",),
    qos=0,
    fields=(choice("lamp", "on", "off"), text("pole"), integer("number")),
)


def batch() -> Batch:
    roster = Roster(Names())
    roster.add("a", "Putuo")
    numbers = np.arange(4)
    columns = {"lamp": np.array([0, 1, 0, 1], np.int32), "pole": np.array([0, 0, -1, 1], np.int32), "number": numbers * 10}
    names = {"pole": Names(["p", "q"])}
    small = np.zeros(4, np.int16)
    return Batch(SEEN, roster, numbers, numbers + 5, small, small.astype(np.int32), numbers + 7, small.astype(np.uint8), columns, names)


@pytest.mark.parametrize("rows", [np.array([3, 1]), slice(1, 3), np.array([], dtype=np.intp)])
def test_all_columns_are_taken_alike(rows: np.ndarray | slice) -> None:
    whole = batch()
    part = whole.take(rows)
    assert len(part) == len(part.fault) == len(part.district) == len(part.device)
    assert (part.columns["number"] == part.time_us * 10).all()
    assert (part.release_us == part.time_us + 5).all()
    assert (part.seq == part.time_us + 7).all()
    assert part.time_us.tolist() == whole.time_us[rows].tolist()


def test_words_decode_choices_and_texts_and_nothing_else() -> None:
    assert list(batch().words("lamp")) == ["on", "off"]
    assert list(batch().words("pole")) == ["p", "q"]
    for name in ("number", "nothing"):
        with pytest.raises(KeyError):
            batch().words(name)


def test_a_roster_knows_every_device_and_its_district() -> None:
    districts = Names(["Putuo", "Xuhui"])
    roster = Roster(districts)
    assert [roster.add("a", "Xuhui"), roster.add("b", "Minhang")] == [0, 1]
    assert roster.district_codes().tolist() == [1, 2]
    roster.add("c", "Putuo")
    assert roster.district_codes().tolist() == [1, 2, 0]
    assert (len(roster), roster.names.find("c"), list(districts)) == (3, 2, ["Putuo", "Xuhui", "Minhang"])


def test_an_id_is_taken_once() -> None:
    roster = Roster(Names())
    roster.add("a", "Putuo")
    with pytest.raises(ValueError, match="device id 'a' is taken"):
        roster.add("a", "Xuhui")
    assert len(roster.district_codes()) == len(roster) == 1
