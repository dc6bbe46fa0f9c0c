"""Households: some homes of a district, and who lives in them.

Owns the numbering: a row here, a home or person there. What is known of them is `sim.city.residents`' business.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Places
from sim.city.residents import Homes


@dataclass(frozen=True, slots=True)
class Households:
    """Homes and, home by home, their persons, as numbers of their district: shapes (homes,) and (persons,).

    `first_person` is the row of `person` with which each home begins.
    """

    home: Places
    person: Places
    first_person: Places

    @classmethod
    def of(cls, homes: Homes, home: Places) -> "Households":
        """Return some of the homes of a district, in the order given."""
        size = homes.size[home].astype(np.intp)
        first = np.cumsum(size) - size
        person = np.arange(int(size.sum())) + np.repeat(homes.first_person[home] - first, size)
        return cls(home, person, first)

    def __len__(self) -> int:
        """Return how many homes there are."""
        return len(self.home)
