"""Books: what was planned is stored, lost or injected, kind by kind."""

from dataclasses import replace

import pytest

from sim.city.incidents import Incident
from sim.city.links import Link
from sim.engine.engine import Engine
from sim.events.batches import Slice
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.judge.pipeline import LOST_QOS0, LOST_QOS1, REJECTED, record_books
from sim.play.faults import Faults, strike
from sim.scenario import Scenario
from sim.streams import Streams
from tests.lamps import Lamps


def pieces(link: Link | None = None) -> list[Slice]:
    outage = Incident(what="outage", after="1m", lasting="1m", districts=("Putuo",))
    lamps = Lamps(count=20, link=link or Link())
    settings = {
        "name": "lit",
        "systems": (lamps,),
        "duration": "4m",
        "warm_up": "0s",
        "districts": ("Xuhui", "Putuo"),
        "incidents": (outage,),
    }
    return list(Engine(Scenario.model_validate(settings)).slices())


def test_every_event_is_planned_or_withheld() -> None:
    books = Books()
    whole = pieces(Link(stores=False))
    for piece in whole:
        books.plan(piece)
    for kind, row in books.kinds.items():
        events = sum(len(batch) for piece in whole for batch in piece.batches if batch.kind.name == kind)
        assert row.planned + row.withheld == events
        assert row.withheld > 0
    assert books.total().planned == sum(len(piece.send_order) for piece in whole)


def test_books_balance_with_injected_faults() -> None:
    books = Books()
    faults = Faults(lost=0.05, malformed=0.05, duplicated=0.05, late=0.05)
    for piece in pieces(Link(loss=0.1)):
        struck = strike(piece, faults, Streams(1))
        books.plan(struck)
        for batch in struck.batches:
            row = books.of(batch.kind.name)
            arrives = (batch.fault != 1) & (batch.fault != 5)
            row.stored += int(arrives[batch.release_us < 2**62].sum())
            row.rejected["malformed"] += int((batch.fault == 5).sum())
    for row in books.kinds.values():
        assert row.lost == row.injected["lost"] + row.injected["malformed"] > 0
        assert row.unexplained == 0
    assert books.rejected() == 0
    assert set(books.total().injected) == {"lost", "malformed", "duplicated", "late"}


def test_a_kind_travels_at_its_own_qos_unless_told() -> None:
    declared, told = Books(), Books()
    piece = pieces()[0]
    declared.plan(piece)
    told.plan(piece, qos=1)
    assert {name: row.qos for name, row in declared.kinds.items()} == {"lamp_power": 0, "lamp_state": 1}
    assert {row.qos for row in told.kinds.values()} == {1}


def test_a_surplus_of_one_kind_does_not_hide_the_loss_of_another() -> None:
    books = Books()
    books.of("tap", 1).planned, books.of("tap").stored = 10, 13
    books.of("call", 1).planned, books.of("call").stored = 10, 7
    books.of("ping", 0).planned, books.of("ping").stored = 4, 4
    assert (books.lost_at(1), books.lost_at(0)) == (3, 0)
    assert books.total().lost == 0


def test_a_kind_that_was_spoiled_on_purpose_does_not_hide_refusals_of_another() -> None:
    books = Books()
    books.of("tap").injected["malformed"] = 5
    books.of("call").rejected["type"] = 3
    assert books.rejected() == 3


@pytest.mark.parametrize(("measure", "expected"), [(LOST_QOS0, 2.0), (LOST_QOS1, 3.0), (REJECTED, 1.0)])
def test_final_books_are_samples_of_the_loss_objectives(measure: str, expected: float) -> None:
    books, meters = Books(), Meters()
    books.of("ping", 0).planned = 2
    books.of("tap", 1).planned = 3
    books.of("tap").rejected["no json"] = 1
    record_books(meters, books)
    assert meters.select(measure).greatest == expected * 1_000_000


def test_books_without_kinds_promise_nothing() -> None:
    meters = Meters()
    record_books(meters, Books())
    assert meters.measures() == []


def test_events_are_awaited_kind_by_kind_until_the_store_has_or_never_gets_them() -> None:
    books = Books()
    for name, planned, stored in (("tap", 10, 6), ("call", 5, 9)):  # a surplus of one kind is no event of the other
        books.of(name).planned, books.of(name).stored = planned, stored
    assert books.awaited(("refused",), {}) == 4
    books.of("tap").injected["lost"] += 1
    books.of("tap").rejected["refused"] += 1
    books.of("tap").rejected["malformed"] += 1  # a stranger's, perhaps
    assert books.awaited(("refused",), {}) == 2
    assert books.awaited(("refused",), {"tap": 7, "call": 0}) == 1
    assert books.awaited(("refused",), {"tap": 8}) == 0


def test_an_empty_batch_opens_the_books_of_its_kind() -> None:
    piece = pieces()[0]
    books = Books()
    books.plan(replace(piece, batches=(piece.batches[0].take(slice(0, 0)),)))
    assert books.kinds[piece.batches[0].kind.name].planned == 0
