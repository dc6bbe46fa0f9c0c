"""What is known of slices to come."""

import numpy as np

from devices.metro.ahead import Arrivals, Tally


def test_a_tally_gives_each_slice_what_was_written_for_it_and_keeps_what_is_too_far_for_the_horizon() -> None:
    tally = Tally(places=2, horizon=3)
    tally.add(np.array([0, 0, 1, 9]), np.array([0, 0, 1, 1]))
    assert tally.turn().tolist() == [2, 0]
    tally.add(np.array([0, 2, -4]), np.array([1, 0, 0]), -1)
    assert [tally.turn().tolist() for _ in range(4)] == [[-1, 0], [0, 1], [-1, 0], [0, 0]]


def test_arrivals_come_in_their_slice_in_the_order_in_which_they_were_kept() -> None:
    dtype = np.dtype([("who", "i8")])
    arrivals = Arrivals(dtype)
    arrivals.add(np.array([5, 4, 5]), np.array([(1,), (2,), (3,)], dtype=dtype))
    arrivals.add(np.array([5]), np.array([(4,)], dtype=dtype))
    arrivals.add(np.array([], dtype=np.int64), np.zeros(0, dtype=dtype))
    assert [arrivals.take(number)["who"].tolist() for number in (3, 4, 5, 5)] == [[], [2], [1, 3, 4], []]
