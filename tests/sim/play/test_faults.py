"""Wire faults: the shares asked for, from streams of their own, and nothing when off."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from sim.events.batches import WITHHELD, Batch, Fault, Roster, Slice, Span
from sim.events.kinds import Kind
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.play.faults import Faults, strike
from sim.streams import Streams

PING = Kind("ping", system="lamps", doc="a lamp is alive", plan_ids=("N18",), qos=0, fields=())
ECHO = Kind("echo", system="lamps", doc="and another", plan_ids=("N18",), qos=0, fields=())
COUNT = 20_000
ROSTER = Roster(Names())


def batch(kind: Kind = PING, count: int = COUNT) -> Batch:
    times, small = np.arange(count), np.zeros(count, dtype=np.int16)
    return Batch(kind, ROSTER, times, times.copy(), small, small.astype(np.int32), times, small.astype(np.uint8), {}, {})


def piece(*batches: Batch, index: int = 0) -> Slice:
    return Slice(Span(index, 0, COUNT), batches, in_send_order(batches))


MIXED = Faults(lost=0.01, late=0.02, duplicated=0.03, reordered=0.04, malformed=0.005)


def test_shares_are_in_the_order_of_the_faults() -> None:
    assert MIXED.shares == tuple(getattr(MIXED, fault.word) for fault in Fault if fault is not Fault.NONE)


def test_shares_lie_within_their_binomial_bounds() -> None:
    fault = strike(piece(batch()), MIXED, Streams(1)).batches[0].fault
    for code, share in enumerate(MIXED.shares, start=1):
        assert (fault == code).mean() == pytest.approx(share, abs=4 * (share * (1 - share) / COUNT) ** 0.5)


@pytest.mark.parametrize("only", [fault for fault in Fault if fault is not Fault.NONE])
def test_a_share_of_all_strikes_all_with_this_fault_only(only: Fault) -> None:
    fault = strike(piece(batch()), Faults.model_validate({only.word: 1.0}), Streams(1)).batches[0].fault
    assert (fault == only).all()


def test_off_by_default_the_slice_stays_the_very_same() -> None:
    whole = piece(batch())
    assert strike(whole, Faults(), Streams(1)) is whole


def test_another_kind_leaves_the_faults_of_the_first_as_they_were() -> None:
    alone = strike(piece(batch()), MIXED, Streams(1)).batches[0].fault
    beside = strike(piece(batch(ECHO), batch()), MIXED, Streams(1))
    assert (beside.batches[1].fault == alone).all()
    assert (beside.batches[0].fault != alone).any()


def test_slices_and_seeds_have_faults_of_their_own() -> None:
    first = strike(piece(batch()), MIXED, Streams(1)).batches[0].fault
    assert (strike(piece(batch(), index=1), MIXED, Streams(1)).batches[0].fault != first).any()
    assert (strike(piece(batch()), MIXED, Streams(2)).batches[0].fault != first).any()
    assert (strike(piece(batch()), MIXED, Streams(1)).batches[0].fault == first).all()


def test_a_withheld_event_suffers_nothing_on_the_wire() -> None:
    half = batch()
    half.release_us[::2] = WITHHELD
    struck = strike(piece(half), Faults(lost=0.5, late=0.5), Streams(1))
    assert (struck.batches[0].fault[::2] == 0).all()
    assert (struck.batches[0].fault[1::2] != 0).all()
    assert len(struck.send_order) == COUNT // 2


def test_late_messages_leave_so_much_later_and_others_on_time() -> None:
    struck = strike(piece(batch()), Faults(late=0.1, late_by=77), Streams(1))
    late = struck.batches[0].fault[struck.send_order.row] == Fault.LATE
    delay = struck.send_order.at_us - struck.send_order.row
    assert set(delay[late].tolist()) == {77}
    assert set(delay[~late].tolist()) == {0}


def test_reordered_messages_are_passed_by_others_within_the_bound() -> None:
    struck = strike(piece(batch()), Faults(reordered=0.1, reordered_by=50), Streams(1))
    delay = struck.send_order.at_us - struck.send_order.row
    pushed = struck.batches[0].fault[struck.send_order.row] == Fault.REORDERED
    assert 0 <= delay.min() <= delay.max() == 50
    assert not delay[~pushed].any()
    assert (np.diff(struck.send_order.row) < 0).any()


def test_events_themselves_are_not_touched() -> None:
    whole = piece(batch())
    struck = strike(whole, MIXED, Streams(1))
    assert struck.batches[0].release_us is whole.batches[0].release_us
    assert not whole.batches[0].fault.any()
    assert replace(struck, batches=whole.batches, send_order=whole.send_order) == whole


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"lost": 1.5}, "less than or equal to 1"),
        ({"lost": "-5%"}, "greater than or equal to 0"),
        ({"lost": 0.6, "late": 0.6}, r"add up to 1\.2, more than 1"),
        ({"lots": 0.1}, "Extra inputs are not permitted"),
        ({"late_by": "5"}, "is not a duration"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Faults.model_validate(settings)


def test_shares_may_be_written_in_percent_and_delays_with_units() -> None:
    assert Faults.model_validate({"lost": "2.5%", "late_by": "250ms"}) == Faults(lost=0.025, late_by=250_000)
