"""Load over time: steps as they ever were, ramps as straight lines, whatever is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.city.profile import STEADY, Profile, ProfileStage, Stage
from sim.units import HOUR_US, MINUTE_US

START_US = 1_425_250_800_000_000
FACTORS = st.floats(0, 100)
DECLARED = st.builds(
    ProfileStage,
    lasting=st.integers(1, 3 * HOUR_US),
    multiplier=FACTORS,
    until=st.none() | FACTORS,
    name=st.sampled_from(["", "calm", "rush"]),
)
PROFILES = st.builds(Profile.of, st.lists(DECLARED, max_size=6), st.just(START_US), st.integers(1, 12 * HOUR_US).map(START_US.__add__))
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


@given(PROFILES, st.integers(-HOUR_US, 12 * HOUR_US), st.integers(1, HOUR_US))
def test_marks_and_edges_of_a_stretch_are_those_of_its_stages(profile: Profile, offset: int, length: int) -> None:
    start_us, end_us = START_US + offset, START_US + offset + length
    begun = [stage.start_us for stage in profile.stages if start_us <= stage.start_us < end_us]
    assert [mark.at_us for mark in profile.marks(start_us, end_us)] == begun
    assert list(profile.edges_within(start_us, end_us)) == [edge for edge in profile.edges if start_us < edge < end_us]


def test_a_ramp_climbs_from_one_multiplier_to_the_other_and_is_then_over() -> None:
    profile = Profile.of([ProfileStage(lasting="10m", multiplier=1, until="300%")], START_US, START_US + HOUR_US)
    assert [profile.load(START_US + minute * MINUTE_US) for minute in (-1, 0, 5, 10)] == [1.0, 1.0, 2.0, 1.0]
    assert profile.load(START_US + 10 * MINUTE_US - 1) == pytest.approx(3.0)
    assert [mark.text for mark in profile.marks(START_US, START_US + 1)] == ["stage-1 begins: demand × 1 to × 3"]


def test_what_lies_after_the_end_of_the_run_is_cut_off_and_a_ramp_ends_where_it_then_is() -> None:
    declared = [ProfileStage(lasting="30m", name="calm"), ProfileStage(lasting="1h", until=5.0), ProfileStage(lasting="1h", name="never")]
    stages = Profile.of(declared, START_US, START_US + HOUR_US).stages
    assert [(stage.name, stage.end_us - START_US, stage.until) for stage in stages] == [
        ("calm", 30 * MINUTE_US, None),
        ("stage-2", HOUR_US, 3.0),
    ]


@pytest.mark.parametrize("second", [(5, 15), (20, 20), (30, 25)])
def test_stages_that_do_not_follow_each_other_are_refused(second: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must follow each other"):
        Profile((Stage("first", 0, 10, 2.0), Stage("second", *second, 3.0)))


def test_a_load_that_never_changes_is_one() -> None:
    assert STEADY.load(START_US) == 1.0
    assert STEADY.stage(START_US) == ""
    assert STEADY.loads(np.array([START_US, 0])).tolist() == [1.0, 1.0]
    assert STEADY.marks(0, START_US) == ()
