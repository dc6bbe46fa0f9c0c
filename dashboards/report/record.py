"""The record: what a report reads of a run beside its summary.

Owns the contract. The tape keeps it: `brokers.tape.event_log`.
"""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from sim.city.declared import Declared
from sim.events.batches import CensusRow
from sim.ports import EventLog


class RunRecord(EventLog, Protocol):
    """The events of a run, what its systems declared, and what they counted."""

    @property
    def declared(self) -> Sequence[Declared]:
        """Return the systems, in the run's order."""
        ...

    def census(self) -> Sequence[CensusRow]:
        """Return what was in which state at the end of the last slice in which anything was counted, by district."""
        ...

    def counts(self) -> pl.LazyFrame:
        """Return what was counted at the end of every slice: `slice_end` (city time, UTC), system, thing, state, district, count."""
        ...
