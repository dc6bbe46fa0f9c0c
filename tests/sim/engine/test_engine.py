"""The engine: strict order, the same log always, streams that leave others alone."""

from datetime import date

import numpy as np
import pytest

from sim.city.incidents import Incident
from sim.city.links import Link
from sim.engine.engine import Engine, hours_of
from sim.errors import UsageError
from sim.events.batches import WITHHELD, Slice
from sim.events.digests import Digester, digest_of
from sim.play.faults import Faults, strike
from sim.play.pump import keep
from sim.scenario import Scenario
from sim.streams import Streams
from sim.units import MINUTE_US, SECOND_US
from tests.lamps import LAMP_STATE, Lamps


def scenario(**changes: object) -> Scenario:
    settings = {"name": "lit", "systems": (Lamps(),), "duration": "10m", "warm_up": "3m", "districts": ("Xuhui", "Putuo")}
    return Scenario.model_validate(settings | changes)


def test_times_increase_strictly_within_a_district_over_slice_ends() -> None:
    last: dict[tuple[str, int], int] = {}
    for piece in Engine(scenario(systems=(Lamps(count=50),))).slices():
        for batch in piece.batches:
            for code in np.unique(batch.district):
                times = batch.time_us[batch.district == code]
                assert (np.diff(times) > 0).all()
                assert times[0] > last.get((batch.kind.name, int(code)), 0)
                last[batch.kind.name, int(code)] = int(times[-1])
    assert len(last) == 4


def test_every_device_numbers_its_events_from_zero_without_gaps() -> None:
    seen: dict[int, list[int]] = {}
    for piece in Engine(scenario()).slices():
        for batch in piece.batches:
            if batch.kind.name == LAMP_STATE.name:
                for device, seq in zip(batch.device.tolist(), batch.seq.tolist(), strict=True):
                    seen.setdefault(device, []).append(seq)
    assert seen
    assert all(numbers == list(range(len(numbers))) for numbers in seen.values())


def test_the_same_seed_gives_the_same_digest_and_another_seed_another() -> None:
    first, again, other = (digest_of(list(Engine(scenario(seed=seed)).slices())) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_further_district_leaves_the_events_of_the_others_unchanged() -> None:
    def events(districts: tuple[str, ...]) -> list[tuple[object, ...]]:
        rows = []
        for piece in Engine(scenario(districts=districts)).slices():
            for batch in piece.batches:
                for row in range(len(batch)):
                    if batch.roster.districts[int(batch.district[row])] == "Putuo":
                        values = [batch.columns[field.name][row] for field in batch.kind.fields if field.type != "text"]
                        rows.append((int(batch.time_us[row]), batch.roster.names[int(batch.device[row])], *values))
        return rows

    assert events(("Xuhui", "Putuo")) == events(("Putuo", "Minhang", "Xuhui"))


def test_nothing_of_the_warm_up_is_published() -> None:
    engine = Engine(scenario())
    pieces = list(engine.slices())
    assert pieces[0].span.index == 0
    assert pieces[0].span.start_us == engine.hours.start_us
    assert engine.hours.start_us - engine.hours.warm_from_us == 3 * MINUTE_US
    assert min(int(batch.time_us[0]) for piece in pieces for batch in piece.batches) >= engine.hours.start_us


def test_a_run_that_ends_inside_a_slice_ends_there() -> None:
    pieces = list(Engine(scenario(duration="90s")).slices())
    assert [piece.span.end_us - piece.span.start_us for piece in pieces] == [60 * SECOND_US, 30 * SECOND_US]


def test_an_outage_holds_events_back_and_drains_them_in_order() -> None:
    outage = Incident(what="outage", after="2m", lasting="3m", districts=("Putuo",))
    engine = Engine(scenario(incidents=(outage,)))
    begin, end = engine.hours.start_us + 2 * MINUTE_US, engine.hours.start_us + 5 * MINUTE_US
    caught = 0
    for piece in engine.slices():
        for batch in piece.batches:
            putuo = batch.district == engine.city.districts.find("Putuo")
            held = putuo & (batch.time_us >= begin) & (batch.time_us < end)
            caught += int(held.sum())
            assert (batch.release_us[held] > end).all()
            queued = putuo & (batch.time_us >= end) & (batch.time_us < end + 5 * SECOND_US)
            assert (batch.release_us[queued] >= batch.time_us[queued]).all()
            untouched = ~held & ~queued
            assert (batch.release_us[untouched] == batch.time_us[untouched]).all()
    assert caught > 60


def test_a_link_that_stores_nothing_withholds_what_an_outage_catches() -> None:
    outage = Incident(what="outage", after="0s", lasting="1m")
    lamps = Lamps(link=Link(stores=False))
    piece = next(iter(Engine(scenario(systems=(lamps,), incidents=(outage,))).slices()))
    assert all((batch.release_us == WITHHELD).all() for batch in piece.batches)
    assert len(piece.send_order) == 0


def test_faults_change_the_wire_digest_only() -> None:
    pieces = list(Engine(scenario()).slices())
    struck = [strike(piece, Faults(lost=0.2, late=0.1), Streams(1)) for piece in pieces]
    clean, faulty = Digester(), Digester()
    for before, after in zip(pieces, struck, strict=True):
        clean.add(before)
        faulty.add(after)
    assert clean.log_digest == faulty.log_digest
    assert clean.wire_digest != faulty.wire_digest
    assert len(struck[0].send_order) == len(pieces[0].send_order)


def test_a_warm_up_can_be_stopped_between_its_slices() -> None:
    engine = Engine(scenario(warm_up="2h"))
    asked = iter([False, False, True])
    assert list(engine.slices(lambda: next(asked))) == []
    assert engine.city.env.now == engine.hours.warm_from_us + 2 * MINUTE_US


def test_what_was_put_before_an_interruption_leaves_in_the_same_order_again() -> None:
    piece = next(iter(Engine(scenario(systems=(Lamps(count=40),), faults=Faults(late=0.5))).slices()))
    struck = strike(piece, Faults(late=0.5), Streams(1))
    cut = keep(struck, 100)
    assert len(cut.send_order) == 100
    assert cut.send_order.at_us.tolist() == struck.send_order.at_us[:100].tolist()

    def leaving(whole: Slice, count: int) -> list[tuple[str, int]]:
        places = zip(whole.send_order.batch[:count].tolist(), whole.send_order.row[:count].tolist(), strict=True)
        return [(whole.batches[batch].kind.name, int(whole.batches[batch].time_us[row])) for batch, row in places]

    assert leaving(cut, 100) == leaving(struck, 100)


@pytest.mark.parametrize(
    ("day", "duration"), [(date(1, 1, 1), "10m"), (date(1699, 12, 31), "10m"), (date(2262, 1, 1), "10m"), (date(2261, 1, 1), "400d")]
)
def test_a_run_beyond_what_stores_can_hold_is_refused(day: date, duration: str) -> None:
    with pytest.raises(UsageError, match="leaves 1700-01-01 to 2261-12-31, which stores can hold"):
        hours_of(scenario(day=day, duration=duration))


@pytest.mark.parametrize("warm_up", ["400d", "200000d"])
def test_a_warm_up_before_what_stores_can_hold_is_refused(warm_up: str) -> None:
    with pytest.raises(UsageError, match=r"a warm-up of \w+ before 1701-01-01 leaves 1700-01-01 to 2261-12-31, which stores can hold"):
        hours_of(scenario(day=date(1701, 1, 1), warm_up=warm_up))


@pytest.mark.parametrize("day", [date(1700, 1, 1), date(1969, 12, 31), date(2261, 12, 30)])
def test_any_other_day_is_run(day: date) -> None:
    slices = list(Engine(scenario(day=day)).slices())
    assert sum(len(batch) for piece in slices for batch in piece.batches) == sum(
        len(batch) for piece in Engine(scenario()).slices() for batch in piece.batches
    )


def test_kinds_on_one_network_share_what_is_known_of_their_devices() -> None:
    engine = Engine(scenario())
    links = (Link(latency_us=9), Link(latency_us=9), Link(latency_us=8))
    same, again, other = (engine.city.uplinks("lamps", link) for link in links)
    assert same is again is not other
    assert engine.city.uplinks("desks", links[0]) is not same
