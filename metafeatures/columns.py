"""Statistics of many columns at once; missing values are left out column by column.

The functions take columns as the rows of a sorted block (NaN last), so that one sort serves every order
statistic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metafeatures.arrays import FloatArray, chunks_of

BLOCK_CELLS = 500_000
IntpArray = NDArray[np.intp]
RELATIVE_ZERO = 1e-14


class ColumnProfile(NamedTuple):
    """Per numeric column, arrays of shape (n_numeric,); undefined entries are NaN."""

    n_known: FloatArray
    n_distinct: FloatArray
    mean: FloatArray
    sd: FloatArray
    skewness: FloatArray
    kurtosis: FloatArray
    min: FloatArray
    q1: FloatArray
    median: FloatArray
    q3: FloatArray
    max: FloatArray


def sort_columns(numeric: FloatArray) -> FloatArray:
    """Columns as sorted rows of a C-ordered array, in their own dtype; infinite values count as missing."""
    columns = np.array(numeric.T, order="C")
    for row in range(len(columns)):
        values = columns[row]
        values[np.isinf(values)] = np.nan
        values.sort()
    return columns


def blocks(sorted_columns: FloatArray) -> Iterator[tuple[FloatArray, IntpArray]]:
    """Pieces of the sorted columns as float64 with the number of known values in each column."""
    step = max(1, BLOCK_CELLS // max(1, sorted_columns.shape[1]))
    for start in range(0, len(sorted_columns), step):
        block = sorted_columns[start : start + step].astype(np.float64, copy=False)
        yield block, count_known(block)


def count_known(block: FloatArray) -> IntpArray:
    """Number of values before the NaNs at the end of each sorted row."""
    if block.shape[1] == 0 or not np.isnan(block[:, -1]).any():
        return np.full(len(block), block.shape[1], dtype=np.intp)
    return np.asarray((~np.isnan(block)).sum(axis=1), dtype=np.intp)


def sorted_quantiles(block: FloatArray, count: IntpArray, probabilities: FloatArray) -> FloatArray:
    """Quantiles by linear interpolation (definition 7 of Hyndman and Fan, 1996) of sorted rows.

    Returns
    -------
    ndarray of shape (n_probabilities, len(block))
        NaN for rows without known values.

    Examples
    --------
    >>> block = np.array([[1.0, 2.0, 3.0, 5.0], [4.0, 8.0, np.nan, np.nan]])
    >>> sorted_quantiles(block, count_known(block), np.array([0.5])).tolist()
    [[2.5, 6.0]]
    """
    if block.shape[1] == 0:
        return np.full((len(probabilities), len(block)), np.nan)
    last = np.maximum(count - 1, 0)
    position = probabilities[:, None] * last
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, last)
    row = np.arange(len(block))
    low, high, part = block[row, below], block[row, above], position - below
    step = high - low
    return np.where(part >= 0.5, high - step * (1.0 - part), low + step * part)


def profile_columns(sorted_columns: FloatArray) -> ColumnProfile:
    """Counts, moments and quartiles of every column."""
    parts = [_profile_block(block, count) for block, count in blocks(sorted_columns)]
    if not parts:
        return ColumnProfile(*(np.empty(0) for _ in ColumnProfile._fields))
    return ColumnProfile(*(np.concatenate(field) for field in zip(*parts, strict=True)))


def _profile_block(block: FloatArray, count: IntpArray) -> ColumnProfile:
    n = count.astype(np.float64)
    n[n == 0] = np.nan
    lowest, q1, median, q3, highest = sorted_quantiles(block, count, np.array([0.0, 0.25, 0.5, 0.75, 1.0]))
    mean = known_sum(block, count) / n
    centred = block - mean[:, None]
    square = centred * centred
    m2 = known_sum(square, count) / n
    sd = np.sqrt(m2 * n / np.where(n > 1, n - 1, np.nan))
    spread = np.where(sd > RELATIVE_ZERO * np.abs(mean), sd, np.nan)
    skewness = known_sum(square * centred, count) / n / spread**3
    kurtosis = known_sum(square * square, count) / n / spread**4 - 3.0
    changes = (block[:, 1:] > block[:, :-1]).sum(axis=1)
    n_distinct = np.where(count > 0, changes + 1.0, 0.0)
    return ColumnProfile(
        count.astype(np.float64), n_distinct, mean, sd, skewness, kurtosis, lowest, q1, median, q3, highest
    )


def known_sum(block: FloatArray, count: IntpArray) -> FloatArray:
    """Sum of the first `count` elements of each row."""
    if np.all(count == block.shape[1]):
        return np.asarray(block.sum(axis=1))
    return np.asarray(np.sum(block, axis=1, where=np.arange(block.shape[1]) < count[:, None]))


class PairMoments(NamedTuple):
    """Of all pairs of columns over the rows where both are known, arrays of shape (n_columns, n_columns)."""

    covariance: FloatArray
    correlation: FloatArray


def pair_moments(columns: FloatArray) -> PairMoments:
    """Covariance (n - 1) and Pearson correlation of all pairs of columns, each over its complete rows.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
        Not finite means missing.

    Examples
    --------
    >>> columns = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan], [4.0, 8.0]])
    >>> pair_moments(columns).correlation.round(9).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    width = columns.shape[1]
    known_counts = np.zeros(width)
    centre = np.zeros(width)
    for chunk, known in _chunks(columns):
        known_counts += known.sum(axis=0)
        centre += np.where(known, chunk, 0.0).sum(axis=0)
    centre /= np.maximum(known_counts, 1)
    complete = bool(np.all(known_counts == len(columns)))
    product = np.zeros((width, width))
    n, sums, squares = (np.zeros((1, 1) if complete else (width, width)) for _ in range(3))
    for chunk, known in _chunks(columns):
        x = np.where(known, chunk - centre, 0.0)
        product += x.T @ x
        if not complete:
            mask = known.astype(np.float64)
            n += mask.T @ mask
            sums += x.T @ mask
            squares += (x * x).T @ mask
    if complete:
        n[:] = len(columns)
        squares = np.diag(product)[:, None]
    n[n < 2] = np.nan
    cross = product - sums * sums.T / n
    variance = squares - sums * sums / n
    scale = np.sqrt(np.maximum(variance, 0.0) * np.maximum(variance.T, 0.0))
    floor = np.sqrt(n) * RELATIVE_ZERO * np.abs(centre)
    flat = (np.sqrt(np.maximum(variance, 0.0)) <= floor.T) | (np.sqrt(np.maximum(variance.T, 0.0)) <= floor)
    correlation = np.where(flat | (scale == 0), np.nan, cross / np.where(scale == 0, 1.0, scale))
    return PairMoments(cross / (n - 1.0), np.clip(correlation, -1.0, 1.0))


def _chunks(columns: FloatArray) -> Iterator[tuple[FloatArray, NDArray[np.bool_]]]:
    for rows in chunks_of(*columns.shape):
        chunk = columns[rows].astype(np.float64, copy=False)
        yield chunk, np.isfinite(chunk)


def lower_triangle(matrix: NDArray[Any]) -> FloatArray:
    """Elements below the diagonal as one array."""
    return np.asarray(matrix[np.tril_indices(len(matrix), k=-1)], dtype=np.float64)


def midranks(values: FloatArray) -> FloatArray:
    """Ranks from 1 of the known values, ties at their mean rank, NaN kept.

    Examples
    --------
    >>> midranks(np.array([5.0, np.nan, 1.0, 5.0])).tolist()
    [2.5, nan, 1.0, 2.5]
    """
    ranks = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if known.size:
        _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
        ranks[known] = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return ranks
