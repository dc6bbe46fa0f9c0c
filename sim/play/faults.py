"""Wire faults: what may happen to a message between this process and the store.

Owns the draw and the `fault` column. Acting it out is the MQTT sink's.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import model_validator

from sim.events.batches import WITHHELD, Batch, Fault, Slice
from sim.events.send_order import in_send_order
from sim.parameters import DurationUs, Parameters, PortionText, Share, TimeText
from sim.streams import Streams
from sim.units import SECOND_US


class Faults(Parameters):
    """Shares of messages that are lost, late, duplicated, reordered or malformed; all off by default.

    A late message leaves `late_by` after its time; a reordered one up to `reordered_by`, so that others pass it.
    """

    lost: Share = 0.0
    late: Share = 0.0
    late_by: DurationUs = 5 * SECOND_US
    duplicated: Share = 0.0
    reordered: Share = 0.0
    reordered_by: DurationUs = 2 * SECOND_US
    malformed: Share = 0.0

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            lost: PortionText = ...,
            late: PortionText = ...,
            late_by: TimeText = ...,
            duplicated: PortionText = ...,
            reordered: PortionText = ...,
            reordered_by: TimeText = ...,
            malformed: PortionText = ...,
        ) -> None:
            """Take what a script may write; the fields say what it becomes."""

    @model_validator(mode="after")
    def _one_fault_each(self) -> Self:
        """Refuse shares that are more than the whole: a message suffers one fault."""
        if sum(self.shares) > 1:
            msg = f"the shares of all faults add up to {sum(self.shares):.4g}, more than 1: a message suffers one fault at most"
            raise ValueError(msg)
        return self

    @property
    def shares(self) -> tuple[float, ...]:
        """Return the shares in the order of Fault, without NONE."""
        return (self.lost, self.late, self.duplicated, self.reordered, self.malformed)


def strike(piece: Slice, faults: Faults, streams: Streams) -> Slice:
    """Return the slice with its faults drawn, each kind from a stream of its own, and its events made anew."""
    if not any(faults.shares):
        return piece
    struck: list[Batch] = []
    extra = []
    for batch in piece.batches:
        rng = streams.child("faults", batch.kind.name, piece.span.index)
        edges = np.cumsum(faults.shares)
        drawn = np.searchsorted(edges, rng.random(len(batch)), side="right") + 1
        code = np.where((drawn <= len(edges)) & (batch.release_us != WITHHELD), drawn, Fault.NONE).astype(np.uint8)
        delay = np.where(code == Fault.LATE, faults.late_by, 0).astype(np.int64)
        pushed = rng.integers(0, faults.reordered_by, size=len(batch), endpoint=True)
        extra.append(np.where(code == Fault.REORDERED, pushed, delay))
        struck.append(replace(batch, fault=code))
    return replace(piece, batches=tuple(struck), send_order=in_send_order(struck, extra))
