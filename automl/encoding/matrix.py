"""Blocks of plain numbers: looked over, and copied at most once, a few rows at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Array = npt.NDArray[Any]
_LOG = logging.getLogger(__name__)
# Cells per step: a tile and its temporaries stay within the processor's cache.
_TILE_CELLS = 1 << 16
# Rows per step down the columns of a matrix that is stored by column.
_RUN = 1 << 11
_FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class MatrixStats:
    """What fit needs to know of a numeric matrix; all arrays of shape (n_columns,).

    `low` and `high` are over finite values and NaN for a column without one.
    """

    low: Array
    high: Array
    has_missing: npt.NDArray[np.bool_]
    fits_float32: bool

    @property
    def all_missing(self) -> npt.NDArray[np.bool_]:
        """Columns without a single finite value."""
        return np.asarray(np.isnan(self.low), dtype=bool)

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Columns with one value and nothing missing."""
        return np.asarray((self.low == self.high) & ~self.has_missing, dtype=bool)


def _tiles(matrix: Array) -> Iterator[tuple[slice, slice]]:
    """Cut a matrix into tiles of rows and columns that lie close together in memory."""
    n_rows, n_columns = matrix.shape
    if matrix.flags.f_contiguous and not matrix.flags.c_contiguous:
        height = min(n_rows, _RUN)
        width = max(1, _TILE_CELLS // height)
    else:
        width = max(1, n_columns)
        height = max(1, _TILE_CELLS // width)
    for left in range(0, n_columns, width):
        for top in range(0, n_rows, height):
            yield slice(top, min(top + height, n_rows)), slice(left, min(left + width, n_columns))


def matrix_stats(matrix: Array) -> MatrixStats:
    """Look over a dense matrix of numbers or booleans.

    Examples
    --------
    >>> stats = matrix_stats(np.array([[1.0, 2.0], [1.0, np.inf]]))
    >>> stats.constant.tolist(), stats.has_missing.tolist(), stats.fits_float32
    ([True, False], [False, True], True)
    """
    n_columns = matrix.shape[1]
    low, high = np.full(n_columns, np.inf), np.full(n_columns, -np.inf)
    has_missing = np.zeros(n_columns, dtype=bool)
    fits_float32 = True
    for rows, columns in _tiles(matrix):
        least = greatest = tile = matrix[rows, columns]
        if tile.dtype.kind == "f":
            finite = np.isfinite(tile)
            if not finite.all():
                has_missing[columns] |= ~finite.all(axis=0)
                least, greatest = np.where(finite, tile, np.inf), np.where(finite, tile, -np.inf)
        low[columns] = np.minimum(low[columns], least.min(axis=0))
        high[columns] = np.maximum(high[columns], greatest.max(axis=0))
        fits_float32 = fits_float32 and _fits_float32(tile)
    empty = low > high
    low[empty] = high[empty] = np.nan
    return MatrixStats(low, high, has_missing, fits_float32)


def _fits_float32(block: Array) -> bool:
    if block.dtype in (np.float32, np.float16, np.bool_):
        return True
    with np.errstate(over="ignore"):
        return bool(np.array_equal(block.astype(np.float32), block, equal_nan=block.dtype.kind == "f"))


def copy_columns(matrix: Array, sources: Array, out: Array, targets: Array) -> None:
    """Copy columns of a dense matrix into `out`; infinities become NaN, values too large for `out` are clipped."""
    target = np.full(matrix.shape[1], -1, dtype=np.int64)
    target[sources] = targets
    for rows, columns in _tiles(matrix):
        places = target[columns]
        wanted = places >= 0
        tile = matrix[rows, columns] if wanted.all() else matrix[rows, columns][:, wanted]
        if tile.dtype.kind == "f":
            infinite = np.isinf(tile)
            if infinite.any():
                tile = np.where(infinite, np.nan, tile)
            if out.dtype == np.float32 and tile.dtype.itemsize > 4:
                tile = np.clip(tile, -_FLOAT32_MAX, _FLOAT32_MAX)
        out[rows, _as_slice(places[wanted])] = tile


def _as_slice(places: Array) -> Array | slice:
    """Consecutive places as a slice, which is copied to three times as quickly as a list of places."""
    if len(places) and bool((np.diff(places) == 1).all()):
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def usable_as_is(matrix: Array, dtype: str) -> bool:
    """Whether a matrix is already what a table's numeric block must be."""
    if matrix.dtype != np.dtype(dtype) or not matrix.flags.c_contiguous or not matrix.flags.aligned:
        return False
    return not any(np.isinf(matrix[tile]).any() for tile in _tiles(matrix))


def read_only(matrix: Array) -> Array:
    """View an array without the right to write into it."""
    view = np.asarray(matrix).view()
    view.flags.writeable = False
    return view


def clean_csr(X: Any) -> sparse.csr_array:
    """Copy any scipy sparse container into a csr_array of floats whose stored values are finite and not 0.

    Missing and infinite values have no place in a sparse block and become 0; a warning is logged.
    """
    csr = sparse.csr_array(X, copy=True)
    if csr.data.dtype not in (np.float32, np.float64):
        csr = csr.astype(np.float64)
    csr.sum_duplicates()
    finite = np.isfinite(csr.data)
    if not finite.all():
        _LOG.warning("%d missing or infinite values of a sparse table are taken as 0", int((~finite).sum()))
        csr.data[~finite] = 0.0
    csr.eliminate_zeros()
    if csr.data.dtype == np.float64 and _fits_float32(csr.data):
        csr = csr.astype(np.float32)
    return csr
