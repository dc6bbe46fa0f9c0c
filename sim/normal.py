"""Standard normal numbers by 16 random bits: a draw costs one gather.

Owns one table, for those who have random bits at hand and many rows to fill.
"""

import numpy as np

_GRID = np.linspace(-4.5, 4.5, 9001)
_BELOW = np.cumsum(np.exp(-(_GRID**2) / 2))

NORMAL = np.interp((np.arange(1 << 16) + 0.5) / (1 << 16), _BELOW / _BELOW[-1], _GRID).astype(np.float32)
