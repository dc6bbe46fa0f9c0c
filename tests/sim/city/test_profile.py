"""Load over time: steps as they ever were, ramps as straight lines, whatever is asked."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.city.profile import STEADY, Profile, ProfileStage, Stage
from sim.errors import UsageError
from sim.units import HOUR_US, MINUTE_US, SECOND_US

START_US = 1_425_250_800_000_000
FACTORS = st.floats(0, 100)
DECLARED = st.builds(
    ProfileStage,
    lasting=st.integers(1, 3 * HOUR_US),
    multiplier=FACTORS,
    until=st.none() | FACTORS,
    name=st.sampled_from(["", "calm", "rush"]),
)


def three_a_second(_system: str, start_us: int, end_us: int) -> float:
    return 3.0 * (end_us - start_us) / SECOND_US


def laid(declared: Sequence[ProfileStage], lasting_us: int = HOUR_US) -> Profile:
    """Return the profile of a run of so long, in a city where the load is three events a second."""
    return Profile.of(declared, START_US, START_US + lasting_us, three_a_second)


PROFILES = st.builds(laid, st.lists(DECLARED, max_size=6), st.integers(1, 12 * HOUR_US))
OFFSETS = st.lists(st.integers(-HOUR_US, 13 * HOUR_US), min_size=1, max_size=20)


def by_search(profile: Profile, at_us: int) -> tuple[float, str]:
    """Return load and stage as a person would find them: stage by stage, on the line between its two ends."""
    for stage in profile.stages:
        if stage.start_us <= at_us < stage.end_us:
            if stage.until is None:
                return stage.multiplier, stage.name
            share = (at_us - stage.start_us) / (stage.end_us - stage.start_us)
            return stage.multiplier * (1 - share) + stage.until * share, stage.name
    return 1.0, ""


@given(PROFILES, OFFSETS)
def test_load_and_stage_are_those_of_the_stage_that_an_instant_lies_in(profile: Profile, offsets: list[int]) -> None:
    instants = [START_US + offset for offset in offsets] + list(profile.edges)
    for at_us in instants:
        load, name = by_search(profile, at_us)
        assert profile.load(at_us) == pytest.approx(load, rel=1e-9, abs=1e-9)
        assert profile.stage(at_us) == name
    assert profile.loads(instants).tolist() == [profile.load(at_us) for at_us in instants]


@given(PROFILES, OFFSETS)
def test_a_step_gives_its_multiplier_to_the_bit(profile: Profile, offsets: list[int]) -> None:
    steps = Profile(tuple(Stage(stage.name, stage.start_us, stage.end_us, stage.multiplier) for stage in profile.stages))
    for offset in offsets:
        assert steps.load(START_US + offset) == by_search(steps, START_US + offset)[0]
        assert steps.slope(START_US + offset) == 0.0


@given(PROFILES, st.integers(-HOUR_US, 12 * HOUR_US), st.integers(0, 3 * HOUR_US))
def test_demand_is_the_integral_of_the_load_and_after_is_its_inverse(profile: Profile, offset: int, length: int) -> None:
    start_us, end_us = START_US + offset, START_US + offset + length
    cuts = np.unique([start_us, *(edge for edge in profile.edges if start_us < edge < end_us), end_us])
    middles = [np.linspace(first, last, 9)[1::2].astype(np.int64) for first, last in pairwise(cuts.tolist())]
    numeric = sum(profile.loads(each).mean() * (last - first) for each, (first, last) in zip(middles, pairwise(cuts.tolist()), strict=True))
    demand_us = profile.demand_us(start_us, end_us)
    assert demand_us == pytest.approx(numeric, rel=1e-6, abs=1000.0)
    reached_us = profile.after(start_us, demand_us)
    assert profile.demand_us(start_us, round(reached_us)) == pytest.approx(demand_us, rel=1e-9, abs=200.0)  # half a µs at a load of 100


@given(PROFILES, st.integers(-HOUR_US, 12 * HOUR_US), st.integers(1, HOUR_US))
def test_marks_and_edges_of_a_stretch_are_those_of_its_stages(profile: Profile, offset: int, length: int) -> None:
    start_us, end_us = START_US + offset, START_US + offset + length
    begun = [stage.start_us for stage in profile.stages if start_us <= stage.start_us < end_us]
    assert [mark.at_us for mark in profile.marks(start_us, end_us)] == begun
    assert list(profile.edges_within(start_us, end_us)) == [edge for edge in profile.edges if start_us < edge < end_us]


def test_a_ramp_climbs_from_one_multiplier_to_the_other_and_is_then_over() -> None:
    profile = laid([ProfileStage(lasting="10m", multiplier=1, until="300%")])
    assert [profile.load(START_US + minute * MINUTE_US) for minute in (-1, 0, 5, 10)] == [1.0, 1.0, 2.0, 1.0]
    assert profile.load(START_US + 10 * MINUTE_US - 1) == pytest.approx(3.0)
    assert [mark.text for mark in profile.marks(START_US, START_US + 1)] == ["stage-1 begins: demand × 1 to × 3"]


def test_what_lies_after_the_end_of_the_run_is_cut_off_and_a_ramp_ends_where_it_then_is() -> None:
    declared = [ProfileStage(lasting="30m", name="calm"), ProfileStage(lasting="1h", until=5.0), ProfileStage(lasting="1h", name="never")]
    stages = laid(declared).stages
    assert [(stage.name, stage.end_us - START_US, stage.until) for stage in stages] == [
        ("calm", 30 * MINUTE_US, None),
        ("stage-2", HOUR_US, 3.0),
    ]


def test_a_rate_is_the_multiplier_at_which_so_many_events_are_expected() -> None:
    declared = [
        ProfileStage(lasting="10m", rate="90/m"),
        ProfileStage(lasting="10m", rate="3/s", until="12/s", system="gates"),
        ProfileStage(lasting="2h", rate=0, until=6),
    ]
    profile = laid(declared)
    assert [(stage.multiplier, stage.until) for stage in profile.stages] == [(0.5, None), (1.0, 4.0), (0.0, pytest.approx(2 / 3))]
    assert [stage.text() for stage in profile.stages[:2]] == ["1.5/s, demand × 0.5", "3/s to 12/s of gates, demand × 1 to × 4"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"multiplier": 2, "rate": "3/s"}, "either multiplied or has a rate"),
        ({"multiplier": 2, "until": "3/s"}, "either multiplied or has a rate"),
        ({"rate": "3/s", "until": "300%"}, "either multiplied or has a rate"),
        ({"until": 101}, "until 101 is more than 100 times"),
        ({"multiplier": 2, "system": "gates"}, "leave out 'gates', or give its rate"),
        ({"rate": "3"}, "write a number per unit, such as 2000/s"),
        ({"rate": "3/s", "until": "4/fortnight"}, "write a number per unit, such as 2000/s"),
    ],
)
def test_a_load_in_two_units_or_beyond_all_bounds_is_refused(given: dict[str, object], reason: str) -> None:
    with pytest.raises((ValueError, UsageError), match=reason):
        ProfileStage(lasting="1m", **given)


@pytest.mark.parametrize(("rate", "expected"), [("301/s", "demand × 1 gives 3/s"), ("1/s", "demand × 1 gives 0/s")])
def test_a_rate_that_no_load_reaches_is_refused(rate: str, expected: str) -> None:
    with pytest.raises(UsageError, match=f"stage 'rush': {rate} is out of reach, {expected}"):
        Profile.of(
            [ProfileStage(lasting="1m", rate=rate, name="rush")],
            START_US,
            START_US + HOUR_US,
            lambda _system, start_us, end_us: 0.0 if rate == "1/s" else three_a_second("", start_us, end_us),
        )


@pytest.mark.parametrize("second", [(5, 15), (20, 20), (30, 25)])
def test_stages_that_do_not_follow_each_other_are_refused(second: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="must follow each other in time: first, second do not"):
        Profile((Stage("first", 0, 10, 2.0), Stage("second", *second, 3.0)))


def test_a_load_that_never_changes_is_one() -> None:
    assert STEADY.load(START_US) == 1.0
    assert STEADY.stage(START_US) == ""
    assert STEADY.loads(np.array([START_US, 0])).tolist() == [1.0, 1.0]
    assert STEADY.marks(0, START_US) == ()
