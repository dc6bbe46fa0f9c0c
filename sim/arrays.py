"""Types of columns, named once.

Owns nothing but names. A column's meaning and unit stand where it is declared.
"""

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Real = NDArray[np.float64]
Real32 = NDArray[np.float32]
Code = NDArray[np.int32]  # of a name, a device or a word of a choice
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]  # which rows of other columns
Records = NDArray[np.void]  # rows of a table: `records["name"]` is a column
