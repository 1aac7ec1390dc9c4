"""The table as one numeric matrix for models, and where it has holes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metafeatures.arrays import FloatArray, IntArray, chunks_of
from metafeatures.feature import UndefinedError
from metafeatures.tabular import Table

MAX_LEVELS = 20
SMALLEST = 1e-30


class MissingCounts(NamedTuple):
    """Missing values, counted over all rows; infinite ones count apart."""

    numeric: NDArray[np.int64]
    categorical: NDArray[np.int64]
    infinite: NDArray[np.int64]
    incomplete_rows: int

    @property
    def total(self) -> int:
        """Missing cells."""
        return int(self.numeric.sum() + self.categorical.sum())


def count_missing(table: Table) -> MissingCounts:
    """Count missing and infinite cells and the rows with a missing cell.

    Examples
    --------
    >>> from metafeatures.tabular import make_table
    >>> table = make_table(np.array([[1.0, np.nan], [np.inf, 2.0]]), [0, 1], categorical=None, task="auto")
    >>> counts = count_missing(table)
    >>> counts.total, counts.infinite.tolist(), counts.incomplete_rows
    (1, [1, 0], 1)
    """
    numeric, infinite = (np.zeros(table.numeric.shape[1], dtype=np.int64) for _ in range(2))
    categorical = np.zeros(table.categorical.shape[1], dtype=np.int64)
    incomplete = 0
    for rows in chunks_of(len(table.target), len(numeric) + len(categorical)):
        values = table.numeric[rows]
        absent = table.categorical[rows] < 0
        holes = np.zeros(len(values), dtype=bool)
        if not np.isfinite(values).all():
            missing = np.isnan(values)
            infinite += np.isinf(values).sum(axis=0)
            numeric += missing.sum(axis=0)
            holes |= missing.any(axis=1)
        if absent.any():
            categorical += absent.sum(axis=0)
            holes |= absent.any(axis=1)
        incomplete += int(holes.sum())
    return MissingCounts(numeric, categorical, infinite, incomplete)


def design_matrix(table: Table, max_levels: int = MAX_LEVELS) -> FloatArray:
    """Numeric columns, holes filled by the median, then an indicator of each common level.

    A purely numeric table without holes comes out as it is, save that columns beyond the range of float32, in which
    trees are grown, are divided by their greatest absolute value. Of a categorical column with more than `max_levels`
    levels the most frequent get an indicator; the others and missing ones are rows of zeros.

    Returns
    -------
    ndarray of shape (n_rows, n_numeric + number of indicators), float64

    Raises
    ------
    UndefinedError
        If no column comes out.

    Examples
    --------
    >>> from metafeatures.tabular import make_table
    >>> codes = np.array([[0], [1], [-1]], dtype=np.int32)
    >>> table = make_table(np.array([[1.0], [np.nan], [3.0]]), [0, 1, 1], categorical=codes, task="auto")
    >>> design_matrix(table).tolist()
    [[1.0, 1.0, 0.0], [2.0, 0.0, 1.0], [3.0, 0.0, 0.0]]
    """
    numeric = table.numeric.astype(np.float64, copy=False)
    known = np.isfinite(numeric)
    size = np.max(np.abs(numeric), axis=0, where=known, initial=0.0)
    if np.any(extreme := (size > 1.0 / SMALLEST) | ((size < SMALLEST) & (size > 0))):
        numeric = numeric / np.where(extreme, size, 1.0)
    holed = np.flatnonzero(~known.all(axis=0))
    if holed.size:
        numeric = np.array(numeric)
    for j in holed:
        values = numeric[known[:, j], j]
        numeric[~known[:, j], j] = np.median(values) if values.size else 0.0
    parts = [numeric]
    for column in range(table.categorical.shape[1]):
        codes = table.categorical[:, column]
        counts = np.bincount(codes.astype(np.int64) + 1)[1:]
        common: IntArray = np.sort(np.argsort(-counts, kind="stable")[:max_levels])
        parts.append((codes[:, None] == common[counts[common] > 0]).astype(np.float64))
    matrix = np.hstack(parts) if len(parts) > 1 else numeric
    if matrix.shape[1] == 0:
        raise UndefinedError("no column has a known value")
    return matrix


def standardise(matrix: FloatArray) -> FloatArray:
    """Columns with mean 0 and variance 1; constant ones and those that overflow become 0."""
    centred = matrix - matrix.mean(axis=0)
    scale = centred.std(axis=0)
    useful = np.isfinite(scale) & (scale > 1e-14 * np.abs(matrix).max(axis=0, initial=0.0))
    return np.asarray(np.where(useful, centred / np.where(useful, scale, 1.0), 0.0))


def min_max_scale(matrix: FloatArray) -> FloatArray:
    """Columns scaled to [0, 1]; constant ones become 0."""
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    width = high - low
    useful = np.isfinite(width) & (width > 0)
    return np.asarray(np.where(useful, (matrix - low) / np.where(useful, width, 1.0), 0.0))
