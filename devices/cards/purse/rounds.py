"""Rounds: taps of many purses, so ordered that each round has one tap of a purse at most.

Owns the order. What a tap does to its purse is the business of `transit` and `ecash`.
"""

from collections.abc import Iterator

import numpy as np

from sim.arrays import Int, Places


def rounds(purse: Places, time_us: Int) -> Iterator[Places]:
    """Yield places of the first taps of all purses, then of the second, and so on; of two taps at one instant, that which stands first."""
    if not len(purse):
        return
    order = np.lexsort((time_us, purse))
    own = purse[order]
    first = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
    turn = np.arange(len(own)) - np.repeat(first, np.diff(np.r_[first, len(own)]))
    by_turn = order[np.argsort(turn, kind="stable")]
    yield from np.split(by_turn, np.cumsum(np.bincount(turn))[:-1])
