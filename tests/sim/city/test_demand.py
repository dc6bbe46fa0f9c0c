"""Demand: the figures come back, factors scatter as measured, arrivals follow the integrated intensity."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.city.calendar import Calendar
from sim.city.city import City
from sim.city.demand import BUS_BOARDINGS, METRO, PAGES_KEPT, SLOT_US, Demand, HourProfile, Table, broadened
from sim.city.demand_figures import DAY_CV, DISPERSION_VOLUME, METRO_FREE_DAY, METRO_WORKDAY, SLOT_DISPERSION, SLOT_DISPERSION_IN_DAY
from sim.city.incidents import Incidents
from sim.city.profile import Profile, Stage
from sim.figures import Figure
from sim.streams import Streams
from sim.units import DAY_US, HOUR_US, MINUTE_US

CALENDAR = Calendar()
MONDAY_US = CALENDAR.instant_us(date(2015, 3, 2))
SATURDAY_US = CALENDAR.instant_us(date(2015, 3, 7))
FLAT = HourProfile((1.0,) * 24, (1.0,) * 24)
STREAMS = Streams(7).under("test")


def smooth(profile: HourProfile, calendar: Calendar = CALENDAR) -> Demand:
    """Return demand without random factors."""
    return Demand(calendar, profile, STREAMS, day_cv=0.0, slot_cv=0.0)


def expected(demand: Demand, per_day: float, start_us: NDArray[np.int64], length_us: int) -> NDArray[np.float64]:
    """Return the mean numbers of stretches of one length."""
    return np.array([demand.expected(per_day, start, start + length_us) for start in start_us.tolist()])


def starts_us(first_us: int, step_us: int, count: int) -> NDArray[np.int64]:
    return first_us + step_us * np.arange(count, dtype=np.int64)


@pytest.mark.parametrize(("day_us", "figure"), [(MONDAY_US, METRO_WORKDAY), (SATURDAY_US, METRO_FREE_DAY)])
def test_hourly_means_are_the_counts_of_the_figures(day_us: int, figure: Figure) -> None:
    demand = smooth(METRO)
    counts = [demand.expected(6.960, day_us + hour * HOUR_US, day_us + (hour + 1) * HOUR_US) for hour in range(24)]
    assert counts == pytest.approx(figure.value, abs=0.0005)
    assert counts[:6] == [0.0] * 6


def test_the_two_busiest_hours_hold_the_published_share_of_a_workday() -> None:
    assert sum(sorted(METRO.workday)[-2:]) / 24 == pytest.approx(0.267, abs=0.0005)


def test_a_profile_has_mean_one_whatever_its_weights_add_up_to() -> None:
    profile = HourProfile(tuple(range(24)), (5.0,) * 24)
    assert sum(profile.workday) == pytest.approx(24)
    assert profile.free_day == pytest.approx((1.0,) * 24)


def test_broadening_keeps_the_day_and_lowers_and_widens_the_peak() -> None:
    single = HourProfile((0.0,) * 23 + (24.0,), (1.0,) * 24, free_day_level=0.5)
    assert broadened(single, 1).workday == pytest.approx((8.0,) + (0.0,) * 21 + (8.0, 8.0))
    assert broadened(single, 1).free_day_level == 0.5
    assert sum(BUS_BOARDINGS.workday) == pytest.approx(24)
    assert max(BUS_BOARDINGS.workday) < max(METRO.workday)
    assert METRO.workday[5] == 0 < BUS_BOARDINGS.workday[5]


@pytest.mark.parametrize("weights", [(1.0,) * 23, (0.0,) * 24, (-1.0,) + (1.0,) * 23, (float("nan"),) * 24])
def test_a_day_that_is_no_profile_is_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="24 weights"):
        HourProfile(weights, (1.0,) * 24)
    with pytest.raises(ValueError, match="profile, free_day"):
        HourProfile((1.0,) * 24, weights)


def test_a_negative_level_of_free_days_is_refused() -> None:
    with pytest.raises(ValueError, match="free_day_level"):
        HourProfile((1.0,) * 24, (1.0,) * 24, -0.1)


@given(st.lists(st.integers(0, 3 * DAY_US), min_size=2, max_size=6))
def test_expected_numbers_add_up_over_any_cut(instants: list[int]) -> None:
    demand = Demand(CALENDAR, BUS_BOARDINGS, STREAMS)
    cuts = sorted(MONDAY_US + each for each in instants)
    parts = [demand.expected(1_000.0, start_us, end_us) for start_us, end_us in pairwise(cuts)]
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(demand.expected(1_000.0, cuts[0], cuts[-1]), rel=1e-9, abs=1e-9)


def test_factors_of_a_day_do_not_depend_on_what_was_asked_before() -> None:
    early, late = MONDAY_US, MONDAY_US + 9 * DAY_US
    forward, backward = (Demand(CALENDAR, METRO, STREAMS) for _ in range(2))
    first = [forward.expected(1.0, day_us, day_us + DAY_US) for day_us in (early, late)]
    second = [backward.expected(1.0, day_us, day_us + DAY_US) for day_us in (late, early)]
    assert first == second[::-1]
    assert first[0] != first[1]


def test_a_table_that_was_dropped_is_drawn_again_the_same() -> None:
    demand = Demand(CALENDAR, METRO, STREAMS)
    before = demand.expected(1.0, MONDAY_US, MONDAY_US + DAY_US)
    for day in range(2 * PAGES_KEPT):
        demand.expected(1.0, MONDAY_US + day * DAY_US, MONDAY_US + day * DAY_US + HOUR_US)
    assert len(demand._pages) == PAGES_KEPT
    assert demand.expected(1.0, MONDAY_US, MONDAY_US + DAY_US) == before


def test_day_factors_have_mean_one_and_the_measured_variation() -> None:
    demand = Demand(CALENDAR, FLAT, STREAMS, slot_cv=0.0)
    days = 400
    totals = expected(demand, 1.0, starts_us(MONDAY_US, DAY_US, days), DAY_US)
    cv = float(DAY_CV)
    assert totals.mean() == pytest.approx(1.0, abs=3 * cv / days**0.5)
    assert totals.std() / totals.mean() == pytest.approx(cv, abs=3 * cv / (2 * days) ** 0.5)
    assert np.corrcoef(totals[:-1], totals[1:])[0, 1] == pytest.approx(0.0, abs=3 / days**0.5)


def test_a_day_factor_changes_at_local_midnight_and_holds_all_day() -> None:
    demand = Demand(CALENDAR, FLAT, STREAMS, slot_cv=0.0)
    hours = starts_us(MONDAY_US, HOUR_US, 48)
    means = expected(demand, 24.0, hours, HOUR_US)
    assert means[:24] == pytest.approx([means[0]] * 24)
    assert means[24:] == pytest.approx([means[24]] * 24)
    assert means[0] != pytest.approx(means[24], rel=1e-3)


def test_counts_of_a_slot_are_as_overdispersed_as_measured() -> None:
    """Var/mean over days of the same slot, and what is left once days are scaled: 2.0 and 1.34 at the volume where both hold."""
    days, slots = 250, DAY_US // SLOT_US
    per_day = float(DISPERSION_VOLUME) * slots
    demand = Demand(CALENDAR, FLAT, STREAMS)
    rng = np.random.default_rng(2)
    counts = np.array(
        [
            np.histogram(demand.arrivals(per_day, day_us, day_us + DAY_US, rng), slots, (day_us, day_us + DAY_US))[0]
            for day_us in starts_us(MONDAY_US, DAY_US, days).tolist()
        ],
    )
    scaled = counts * (counts.sum() / days / counts.sum(axis=1, keepdims=True))
    dispersion = (counts.var(axis=0, ddof=1) / counts.mean(axis=0)).mean()
    dispersion_in_day = (scaled.var(axis=0, ddof=1) / scaled.mean(axis=0)).mean()
    assert dispersion == pytest.approx(float(SLOT_DISPERSION), abs=0.2)  # 3 sd: the variance of 250 day factors is known to 9 %
    assert dispersion_in_day == pytest.approx(float(SLOT_DISPERSION_IN_DAY), abs=0.03)


def test_counts_by_hour_agree_with_the_integrated_intensity() -> None:
    demand = Demand(CALENDAR, BUS_BOARDINGS, STREAMS)
    at_us = demand.arrivals(50_000, MONDAY_US, MONDAY_US + 2 * DAY_US, np.random.default_rng(3))
    counts, _ = np.histogram(at_us, 48, (MONDAY_US, MONDAY_US + 2 * DAY_US))
    hours = starts_us(MONDAY_US, HOUR_US, 48)
    means = expected(demand, 50_000, hours, HOUR_US)
    assert (counts[means == 0] == 0).all()
    busy = means > 5
    chi_square = float(((counts[busy] - means[busy]) ** 2 / means[busy]).sum())
    freedom = int(busy.sum())
    # Wilson and Hilferty's normal approximation of chi-square, two-sided 99.9 %: neither too far off nor too smooth.
    z = ((chi_square / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / (2 / (9 * freedom)) ** 0.5
    assert freedom == 38
    assert abs(z) < 3.29


def test_arrivals_are_those_that_thinning_would_give() -> None:
    """The independent reader: Lewis and Shedler's thinning (1979) of a steady process, compared by Kolmogorov and Smirnov."""
    demand = Demand(CALENDAR, METRO, STREAMS)
    rng = np.random.default_rng(4)
    minutes = starts_us(MONDAY_US, MINUTE_US, 24 * 60)
    intensity = expected(demand, 1.0, minutes, MINUTE_US)
    candidates = np.sort(rng.integers(MONDAY_US, MONDAY_US + DAY_US, rng.poisson(20_000 * intensity.max() * len(minutes))))
    kept = candidates[rng.random(len(candidates)) < intensity[(candidates - MONDAY_US) // MINUTE_US] / intensity.max()]
    arrived = demand.arrivals(20_000, MONDAY_US, MONDAY_US + DAY_US, rng)
    both = np.sort(np.concatenate([kept, arrived]))
    distance = np.abs(
        np.searchsorted(kept, both, side="right") / len(kept) - np.searchsorted(arrived, both, side="right") / len(arrived),
    ).max()
    assert distance < 1.95 * ((len(kept) + len(arrived)) / (len(kept) * len(arrived))) ** 0.5  # 99.9 %
    assert len(kept) == pytest.approx(len(arrived), abs=3.3 * (2 * 20_000) ** 0.5)


def test_arrivals_are_sorted_in_the_stretch_and_given_by_the_stream() -> None:
    demand = Demand(CALENDAR, METRO, STREAMS)
    start_us, end_us = MONDAY_US + 22 * HOUR_US + 17, MONDAY_US + 31 * HOUR_US + 3
    first, again, other = (demand.arrivals(90_000, start_us, end_us, STREAMS.child("riders", name)) for name in ("a", "a", "b"))
    assert first.dtype == np.int64
    assert (np.diff(first) >= 0).all()
    assert start_us <= first[0] <= first[-1] < end_us
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_nobody_arrives_in_an_empty_stretch_or_while_nobody_is_expected() -> None:
    demand = Demand(CALENDAR, METRO, STREAMS)
    rng = np.random.default_rng(6)
    assert demand.arrivals(1e6, MONDAY_US, MONDAY_US, rng).shape == (0,)
    assert demand.arrivals(1e6, MONDAY_US, MONDAY_US + 6 * HOUR_US, rng).shape == (0,)
    assert demand.arrivals(0.0, MONDAY_US, MONDAY_US + DAY_US, rng).shape == (0,)
    assert demand.expected(1e6, MONDAY_US + 5, MONDAY_US + 4) == 0.0


def test_the_load_profile_multiplies_demand_exactly_within_its_stages() -> None:
    start_us = MONDAY_US + 7 * HOUR_US + 123_456_789
    end_us = start_us + 90 * MINUTE_US
    city = City(
        env=simpy.Environment(),
        calendar=CALENDAR,
        streams=STREAMS,
        scale=1.0,
        warm_from_us=MONDAY_US,
        start_us=MONDAY_US,
        end_us=MONDAY_US + DAY_US,
        district_names=(),
        incidents=Incidents((), MONDAY_US, STREAMS),
        profile=Profile((Stage("rush", start_us, end_us, 3.0),)),
    )
    loaded, plain = Demand.of(city, METRO, STREAMS), Demand(CALENDAR, METRO, STREAMS)
    for first_us, last_us, factor in [(MONDAY_US, start_us, 1.0), (start_us, end_us, 3.0), (end_us, end_us + HOUR_US, 1.0)]:
        assert loaded.expected(1e6, first_us, last_us) == pytest.approx(factor * plain.expected(1e6, first_us, last_us))
    assert loaded.arrivals(1e6, start_us, end_us, np.random.default_rng(1)).shape[0] == pytest.approx(
        loaded.expected(1e6, start_us, end_us),
        rel=0.02,
    )


RAMP = Stage("ramp", MONDAY_US + 7 * HOUR_US + 123_456_789, MONDAY_US + 9 * HOUR_US + 7, 0.5, 4.0)


@pytest.mark.parametrize("ramp", [RAMP, replace(RAMP, multiplier=4.0, until=0.0), replace(RAMP, multiplier=0.0, until=1.0)])
def test_demand_on_a_ramp_is_what_numeric_integration_gives(ramp: Stage) -> None:
    profile = Profile((ramp, Stage("level", ramp.end_us, ramp.end_us + HOUR_US, 2.0)))
    loaded = Demand(CALENDAR, METRO, STREAMS, load_profile=profile)
    plain = Demand(CALENDAR, METRO, STREAMS)
    stretches = [
        (ramp.start_us, ramp.end_us),
        (MONDAY_US, MONDAY_US + 2 * DAY_US),
        (ramp.start_us + 1, ramp.start_us + 90_000_001),
    ]
    for start_us, end_us in stretches:
        seconds = np.unique(np.concatenate([np.arange(start_us, end_us, 5_000_000), [start_us, end_us], profile.edges]))
        seconds = seconds[(start_us <= seconds) & (seconds <= end_us)]
        means = [plain.expected(1e6, first, last) * profile.load((first + last) // 2) for first, last in pairwise(seconds.tolist())]
        assert loaded.expected(1e6, start_us, end_us) == pytest.approx(sum(means), rel=1e-5)


def test_arrivals_on_a_ramp_follow_its_integral() -> None:
    demand = Demand(CALENDAR, FLAT, STREAMS, day_cv=0.0, slot_cv=0.0, load_profile=Profile((RAMP,)))
    at_us = demand.arrivals(400_000, RAMP.start_us, RAMP.end_us, np.random.default_rng(8))
    total = demand.expected(400_000, RAMP.start_us, RAMP.end_us)
    assert len(at_us) == pytest.approx(total, abs=3.3 * total**0.5)
    reached = np.array([demand.expected(400_000, RAMP.start_us, instant) for instant in at_us.tolist()]) / total
    distance = np.abs(reached - (np.arange(len(at_us)) + 0.5) / len(at_us)).max()
    assert distance < 1.95 / len(at_us) ** 0.5  # Kolmogorov, 99.9 %


def test_where_the_load_is_level_arrivals_are_found_by_division() -> None:
    """A piece of constant density needs no root: the inversion by the quadratic is to the bit what it was without ramps."""
    rng = np.random.default_rng(9)
    edges = np.cumsum(rng.integers(1, 10**9, 300))
    density = rng.uniform(1e-13, 1e-10, 299)
    table = Table(edges, density, np.zeros(299))
    marks = rng.uniform(0, table.cumulative[-1], 20_000)
    piece = np.searchsorted(table.cumulative, marks, side="right") - 1
    assert (table.at(marks) == edges[piece] + ((marks - table.cumulative[piece]) / density[piece]).astype(np.int64)).all()


def test_hours_follow_the_local_clock_on_a_day_that_loses_one() -> None:
    calendar = Calendar("Europe/Berlin")
    midnight_us = calendar.instant_us(date(2015, 3, 29)) + HOUR_US  # noon minus 12 h is 23:00 that night
    only_five = HourProfile((0.0,) * 5 + (1.0,) + (0.0,) * 18, (0.0,) * 5 + (1.0,) + (0.0,) * 18)
    demand = smooth(only_five, calendar)
    hours = starts_us(midnight_us, HOUR_US, 23)
    means = expected(demand, 1.0, hours, HOUR_US)
    assert np.flatnonzero(means).tolist() == [4]
    assert means[4] == pytest.approx(1.0)
