"""Streams: one generator for each name, the same for ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.streams import Streams

PINNED = [
    6_495_420_658_219_425_497,
    7_293_091_812_750_627_591,
    2_566_188_506_807_120_567,
    4_334_112_505_126_408_185,
]  # a change here changes every log there is
NAMES = st.lists(st.text("abcdefgh._-0123456789", min_size=1), min_size=1, max_size=4)


def first_draws(rng: np.random.Generator) -> list[int]:
    return rng.integers(0, 2**63, 4).tolist()


def test_the_first_draws_of_a_named_stream_never_change() -> None:
    assert first_draws(Streams(1).child("Pudong", "buses", "dwell")) == PINNED


@given(NAMES, st.integers(0, 2**64))
def test_a_name_gives_the_same_stream_at_every_call(names: list[str], seed: int) -> None:
    assert first_draws(Streams(seed).child(*names)) == first_draws(Streams(seed).child(*names))


@given(NAMES, NAMES)
def test_different_names_give_different_streams(some: list[str], others: list[str]) -> None:
    same = first_draws(Streams(1).child(*some)) == first_draws(Streams(1).child(*others))
    assert same == (some == others)


@given(NAMES, NAMES)
def test_a_family_below_names_is_the_same_as_the_whole_path(family: list[str], names: list[str]) -> None:
    assert first_draws(Streams(9).under(*family).child(*names)) == first_draws(Streams(9).child(*family, *names))


def test_another_seed_gives_other_streams() -> None:
    assert first_draws(Streams(1).child("a")) != first_draws(Streams(2).child("a"))


def test_neighbouring_names_are_uncorrelated() -> None:
    draws = np.array([Streams(1).child("slots", number).standard_normal(2_000) for number in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 4.5 / 2_000**0.5  # 190 pairs
    assert correlations.std() == pytest.approx(1 / 2_000**0.5, rel=0.25)
