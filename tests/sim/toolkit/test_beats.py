"""Beats keep their interval across slices, whatever interval, phase and slices are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.events.batches import Span
from sim.toolkit.beats import Rhythm, beats, first_beat_us
from sim.toolkit.draws import Draws, Window
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.timetabled import a_site

START_US = 1_425_250_800_000_000


def slices(lasting_us: int, start_us: int = START_US, slice_us: int = MINUTE_US) -> list[Span]:
    count = -(-lasting_us // slice_us)
    return [Span(number, start_us + number * slice_us, start_us + (number + 1) * slice_us) for number in range(count)]


@settings(max_examples=40, deadline=None)
@given(st.integers(SECOND_US, DAY_US) | st.sampled_from([SECOND_US, 45 * SECOND_US, 5 * MINUTE_US, HOUR_US, DAY_US]), st.data())
def test_gaps_equal_the_interval_across_slices_of_a_minute_whatever_the_phase(interval_us: int, data: st.DataObject) -> None:
    phase_us = np.array(data.draw(st.lists(st.integers(0, interval_us - 1), min_size=1, max_size=3)))
    spans = slices(max(3 * interval_us, 3 * MINUTE_US), data.draw(st.integers(-DAY_US, START_US)))
    found = [beats(span, interval_us, phase_us) for span in spans]
    for span, (_, at_us) in zip(spans, found, strict=True):
        assert ((span.start_us <= at_us) & (at_us < span.end_us)).all()
        assert (np.diff(at_us) >= 0).all()
    for row, phase in enumerate(phase_us.tolist()):
        at_us = np.concatenate([each.at_us[each.row == row] for each in found])
        assert len(at_us) >= 3
        assert (np.diff(at_us) == interval_us).all()
        assert (at_us % interval_us == phase % interval_us).all()
        assert spans[0].start_us > at_us[0] - interval_us
        assert spans[-1].end_us <= at_us[-1] + interval_us


def test_each_row_may_have_an_interval_of_its_own() -> None:
    row, at_us = beats(Span(0, 0, 100), np.array([25, 50, 300]), np.array([5, 5, 5]))
    assert [at_us[row == each].tolist() for each in range(3)] == [[5, 30, 55, 80], [5, 55], [5]]
    assert first_beat_us(Span(0, 10, 20), 25, np.array([5])).tolist() == [20]  # past the end of this slice


def rhythm(count: int = 5_000, **kwargs: float | Window) -> Rhythm:
    return Rhythm(Draws(a_site(), "reports", ["Jingan"] * count), interval_us=MINUTE_US // 2, **kwargs)  # type: ignore[arg-type]


def test_phases_are_spread_over_the_interval_and_reports_keep_them() -> None:
    even = rhythm()
    phase_us = even.phase_us()
    assert np.histogram(phase_us, bins=10, range=(0, MINUTE_US // 2))[0].min() > 400
    row, at_us = even.during(slices(MINUTE_US)[0])
    assert len(row) == 10_000
    np.testing.assert_array_equal(at_us % (MINUTE_US // 2), phase_us[row])


@pytest.mark.parametrize("missed", [0.2, 1.0])
def test_so_many_reports_are_missed_anew_in_each_slice(missed: float) -> None:
    counts = [len(rhythm(missed=missed).during(span).row) for span in slices(3 * MINUTE_US)]
    assert all(abs(count / 10_000 - (1 - missed)) < 0.015 for count in counts)
    assert len(set(counts)) > 1 or missed == 1.0


def test_in_a_stretch_of_silence_nothing_is_reported_and_before_and_after_everything() -> None:
    window = Window(HOUR_US, 0.5, 5 * MINUTE_US, 0.3)
    draws = Draws(a_site(), "reports", ["Jingan"] * 300)
    quiet, even = Rhythm(draws, MINUTE_US // 2, silence=window), Rhythm(draws, MINUTE_US // 2)
    began = ended = 0
    stretches = draws.around("silence", window, START_US, START_US + HOUR_US)
    for span in slices(HOUR_US):
        heard, every = quiet.during(span), even.during(span)
        silent = np.zeros(len(every.row), dtype=np.bool_)
        for stretch in stretches:
            silent |= (stretch.begin_us[every.row] <= every.at_us) & (every.at_us < stretch.end_us[every.row])
        np.testing.assert_array_equal(heard.at_us, every.at_us[~silent])
        began, ended = began + int(silent.sum()), ended + int((~silent).sum())
    assert 0.02 < began / (began + ended) < 0.06
