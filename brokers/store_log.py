"""What a store holds of a run as an event log: the question that the tape answers too.

Owns the way back from wire time to city time. How rows are stored is each store's business, and counting them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from sim.errors import UsageError
from sim.events.kinds import FieldType, Kind
from sim.ports import Store
from sim.units import nearest


@dataclass(frozen=True, slots=True)
class StoreLog:
    """The events of one run in any store: `sim.ports.EventLog`.

    `declared` are the kinds of the run, `shift_us` is what it added to city time, as in its summary.
    """

    store: Store
    run: str
    declared: Sequence[Kind]
    shift_us: int

    def kinds(self) -> Sequence[str]:
        """Return the names of the kinds that have events. Raises ServiceError when the store is away."""
        return [name for name, count in self.store.count(self.run, [kind.name for kind in self.declared]).items() if count]

    def frame(self, kind: str) -> pl.LazyFrame:
        """Return all events of a kind, in order of time, one that is stored twice once. They are in memory then.

        Raises UsageError for an unknown kind, ServiceError when the store is away.
        """
        found = next((each for each in self.declared if each.name == kind), None)
        if found is None:
            names = [each.name for each in self.declared]
            msg = f"run {self.run} has no kind {kind!r}{nearest(kind, names)}; it has {', '.join(names)}"
            raise UsageError(msg)
        held = self.store.held(self.run, found, None, None).lazy().select(self._columns(found))
        return held.unique(["district", "time"], keep="first").sort("time", "district")

    def _columns(self, kind: Kind) -> list[pl.Expr]:
        time = (pl.col("t") - self.shift_us).cast(pl.Datetime("us", "UTC")).alias("time")
        instants = {field.name for field in kind.wire_fields if field.type is FieldType.INSTANT}
        fields = [pl.col(each.name) - self.shift_us if each.name in instants else pl.col(each.name) for each in kind.wire_fields]
        return [time, pl.col("district"), pl.col("device"), pl.col("seq"), *fields]
