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
# Cells per step: the block and its temporaries stay within the processor's cache.
_BLOCK_CELLS = 1 << 17
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
        return np.isnan(self.low)

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Columns with one value and nothing missing."""
        return (self.low == self.high) & ~self.has_missing


def _blocks(matrix: Array) -> Iterator[slice]:
    step = max(1, _BLOCK_CELLS // max(1, matrix.shape[1]))
    if matrix.flags.f_contiguous and not matrix.flags.c_contiguous:
        step = max(step, 4096)  # shorter runs down a column waste the memory lines they touch
    for start in range(0, matrix.shape[0], step):
        yield slice(start, min(start + step, matrix.shape[0]))


def matrix_stats(matrix: Array) -> MatrixStats:
    """Look over a dense matrix of numbers or booleans.

    Examples
    --------
    >>> stats = matrix_stats(np.array([[1.0, 2.0], [1.0, np.inf]]))
    >>> stats.constant.tolist(), stats.has_missing.tolist(), stats.fits_float32
    ([True, False], [False, True], True)
    """
    n_columns = matrix.shape[1]
    low, high = np.full(n_columns, np.nan), np.full(n_columns, np.nan)
    has_missing = np.zeros(n_columns, dtype=bool)
    fits_float32 = True
    for rows in _blocks(matrix):
        block = matrix[rows]
        if block.dtype.kind == "f":
            finite = np.isfinite(block)
            if not finite.all():
                has_missing |= ~finite.all(axis=0)
                block = np.where(finite, block, np.nan)
        low = np.fmin(low, np.fmin.reduce(block, axis=0))
        high = np.fmax(high, np.fmax.reduce(block, axis=0))
        fits_float32 = fits_float32 and _fits_float32(block)
    return MatrixStats(low, high, has_missing, fits_float32)


def _fits_float32(block: Array) -> bool:
    if block.dtype in (np.float32, np.float16, np.bool_):
        return True
    with np.errstate(over="ignore"):
        return bool(np.array_equal(block.astype(np.float32), block, equal_nan=block.dtype.kind == "f"))


def copy_columns(matrix: Array, sources: Array, out: Array, targets: Array) -> None:
    """Copy columns of a dense matrix into `out`; infinities become NaN, values too large for `out` are clipped."""
    whole = len(sources) == matrix.shape[1] and bool((np.diff(sources) == 1).all())
    for rows in _blocks(matrix):
        block = matrix[rows] if whole else matrix[rows][:, sources]
        if block.dtype.kind == "f":
            infinite = np.isinf(block)
            if infinite.any():
                block = np.where(infinite, np.nan, block)
            if out.dtype == np.float32 and block.dtype.itemsize > 4:
                block = np.clip(block, -_FLOAT32_MAX, _FLOAT32_MAX)
        out[rows, targets] = block


def usable_as_is(matrix: Array, dtype: str) -> bool:
    """Whether a matrix is already what a table's numeric block must be."""
    if matrix.dtype != np.dtype(dtype) or not matrix.flags.c_contiguous or not matrix.flags.aligned:
        return False
    return not any(np.isinf(matrix[rows]).any() for rows in _blocks(matrix))


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
