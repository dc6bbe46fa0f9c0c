"""Random streams by name: one Philox generator for each purpose, never a global one.

Owns how a root seed and names become a key, so that adding a device, a system or a district
leaves every other stream as it was.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray


class _Key(ISeedSequence):
    """A key handed to Philox as it is: `Philox(key=...)` gives the same stream but first asks the system for entropy, four times slower."""

    def __init__(self, name: str) -> None:
        self._words = np.frombuffer(blake2b(name.encode(), digest_size=16).digest(), dtype="<u8").astype(np.uint64)

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> NDArray[np.uint64]:
        del n_words, dtype  # Philox asks for two words of 64 bits, which is what there is
        return self._words


@dataclass(frozen=True, slots=True)
class Streams:
    """A family of independent generators under one root seed and a path of names."""

    seed: int
    path: tuple[str, ...] = ()

    def under(self, *names: str | int) -> "Streams":
        """Return the family below the names, to hand to a part that draws several streams."""
        return Streams(self.seed, self.path + tuple(str(name) for name in names))

    def child(self, *names: str | int) -> np.random.Generator:
        """Return the generator of the names, the same at every call: Philox 4x64 keyed by BLAKE2b of seed and path."""
        path = self.path + tuple(str(name) for name in names)
        text = "\x1f".join((str(self.seed), *path))
        return np.random.Generator(np.random.Philox(_Key(text)))  # type: ignore[arg-type]  # its stub knows SeedSequence only
