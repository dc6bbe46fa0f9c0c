"""Groups: which rows belong to which thing (paths to a home, paths to a line), and back.

Owns the layout alone: members of each group one after the other.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Int, Places


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by group: `of_row` the group of each row, `first_row` one row of each group; groups are numbered in order of their key."""

    of_row: Places
    first_row: Places
    _order: Places
    _first: Places

    @classmethod
    def of(cls, *keys: Int) -> "Groups":
        """Return the groups of rows with equal keys, numbered in the order of the keys, the first key first."""
        _, first_row, of_row = np.unique(np.stack(keys), axis=1, return_index=True, return_inverse=True)
        of_row = of_row.reshape(-1)
        counts = np.bincount(of_row)
        return cls(of_row, first_row, np.argsort(of_row, kind="stable"), np.cumsum(counts) - counts)

    def __len__(self) -> int:
        """Return how many groups there are."""
        return len(self.first_row)

    def members(self, groups: Places) -> tuple[Places, Places]:
        """Return the rows of some groups, and for each its place in `groups`: two columns of equal length."""
        counts = np.diff(np.append(self._first, len(self._order)))[groups]
        place = np.repeat(np.arange(len(groups)), counts)
        within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self._order[self._first[groups][place] + within], place
