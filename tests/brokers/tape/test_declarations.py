"""What a run's systems declared is on its tape: boards and report are made from it, whether the run lives or is over."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from brokers.tape.declarations import declaration_of
from brokers.tape.header import FILE, TapeHeader, read_header, write_header
from devices.buses.system import DECLARED
from sim.city.declared import Declared
from sim.errors import UsageError
from tests.lamps import Lamps

KNOWN = (Lamps.declared, DECLARED)


def header(*systems: Declared) -> TapeHeader:
    kinds = [kind for each in systems for kind in each.kinds]
    emitted, labels = tuple(kind for kind in kinds if not kind.label), tuple(kind for kind in kinds if kind.label)
    return TapeHeader(emitted, 60, 0, 120, "Asia/Shanghai", labels=labels, systems=tuple(map(declaration_of, systems)))


def test_kinds_measures_promises_and_census_words_come_back_as_they_were_declared(tmp_path: Path) -> None:
    write_header(tmp_path, header(*KNOWN))
    for again, before in zip(read_header(tmp_path).declared, KNOWN, strict=True):
        assert (again.name, again.measures, again.objectives, again.census) == (
            before.name,
            before.measures,
            before.objectives,
            before.census,
        )
        assert set(again.kinds) == set(before.kinds)


def test_a_system_that_only_measures_comes_back_too(tmp_path: Path) -> None:
    write_header(tmp_path, header(replace(Lamps.declared, kinds=())))
    assert [(each.name, each.kinds) for each in read_header(tmp_path).declared] == [("lamps", ())]


def test_of_an_older_tape_the_kinds_tell_of_the_systems(tmp_path: Path) -> None:
    write_header(tmp_path, replace(header(*KNOWN), systems=()))
    assert [(each.name, each.measures) for each in read_header(tmp_path).declared] == [("lamps", ()), ("buses", ())]


def test_a_declaration_that_cannot_be_is_refused_with_its_place(tmp_path: Path) -> None:
    write_header(tmp_path, header(*KNOWN))
    content = orjson.loads((tmp_path / FILE).read_bytes())
    content["systems"][0]["objectives"][0]["statistic"] = "p51"
    (tmp_path / FILE).write_bytes(orjson.dumps(content))
    with pytest.raises(UsageError, match=r"is damaged: systems.0.objectives.0"):
        read_header(tmp_path)
