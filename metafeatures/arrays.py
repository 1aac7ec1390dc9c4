"""Array types that signatures speak of, and how long arrays are gone through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

CHUNK_CELLS = 250_000


def chunks_of(n_rows: int, width: int) -> Iterator[slice]:
    """Slices of rows, so small that a chunk of `width` columns fits into the processor's cache (2 MB)."""
    step = max(1, CHUNK_CELLS // max(1, width))
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))
