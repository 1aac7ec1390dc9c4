"""Discretised columns, their contingency tables with the target, and entropies of both."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metafeatures.arrays import FloatArray, IntArray, chunks_of
from metafeatures.columns import count_known, sort_columns, sorted_quantiles


class Contingency(NamedTuple):
    """Rows of each pair of values over the rows where both are known, and the margins.

    Zero cells are left out: high-cardinality columns cost memory by rows, not by levels.
    """

    cells: IntArray
    first: IntArray
    second: IntArray
    margin_first: IntArray
    margin_second: IntArray

    @property
    def n(self) -> int:
        """Rows counted."""
        return int(self.cells.sum())


class ClassScatter(NamedTuple):
    """Per numeric column, shapes (n_classes, n_numeric) and (n_numeric,); missing values are left out."""

    counts: FloatArray
    means: FloatArray
    within: FloatArray
    between: FloatArray


def level_counts(codes: IntArray) -> IntArray:
    """Rows of each level that occurs, missing (-1) left out."""
    counts = np.bincount(np.asarray(codes, dtype=np.int64) + 1)[1:]
    return counts[counts > 0]


def discretise(numeric: FloatArray, sorted_columns: FloatArray | None = None) -> IntArray:
    """Equal-frequency bins of each column, as many as the cube root of the rows; missing becomes -1.

    Parameters
    ----------
    numeric : ndarray of shape (n_rows, n_columns)
    sorted_columns : ndarray of shape (n_columns, n_rows), optional
        The same columns from `sort_columns`, if at hand.

    Examples
    --------
    >>> discretise(np.arange(8.0)[:, None]).ravel().tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    ordered = sort_columns(numeric) if sorted_columns is None else sorted_columns
    n_bins = max(1, int(len(numeric) ** (1 / 3) + 1e-12))
    edges = sorted_quantiles(
        ordered.astype(np.float64, copy=False), count_known(ordered), np.linspace(0, 1, n_bins + 1)[1:]
    )
    codes = np.full(numeric.shape, -1, dtype=np.int32)
    for j in range(numeric.shape[1]):
        column = np.ascontiguousarray(numeric[:, j])
        bins = np.searchsorted(np.unique(edges[:, j]), column, side="left")
        codes[:, j] = np.where(np.isfinite(column), bins, -1)
    return codes


def cross(a: IntArray, b: IntArray) -> Contingency:
    """Contingency table of two columns of codes.

    Examples
    --------
    >>> table = cross(np.array([0, 0, 1, -1]), np.array([0, 1, 1, 1]))
    >>> table.cells.tolist(), table.margin_second.tolist()
    ([1, 1, 1], [1, 2])
    """
    known = (a >= 0) & (b >= 0)
    if not known.all():
        a, b = a[known], b[known]
    height, width = (int(a.max()) + 1, int(b.max()) + 1) if len(a) else (0, 0)
    combined = a.astype(np.int64) * width + b
    if height * width <= 4 * len(a) + 1024:
        counts = np.bincount(combined, minlength=height * width)
        cells = np.flatnonzero(counts)
        counts = counts[cells]
    else:
        cells, counts = np.unique(combined, return_counts=True)
    first, second = np.divmod(cells, max(width, 1))
    margin_first = np.bincount(first, weights=counts, minlength=height).astype(np.int64)
    margin_second = np.bincount(second, weights=counts, minlength=width).astype(np.int64)
    return Contingency(counts, first, second, margin_first, margin_second)


def entropy(counts: NDArray[Any]) -> float:
    """Shannon entropy of counts, in bits.

    Examples
    --------
    >>> entropy(np.array([2, 2, 4])), entropy(np.array([5]))
    (1.5, 0.0)
    """
    counts = counts[counts > 0]
    total = counts.sum()
    if total == 0:
        return float("nan")
    shares = counts / total
    return max(0.0, -float(np.sum(shares * np.log2(shares))))


def mutual_information(table: Contingency) -> float:
    """Mutual information of the two columns, in bits; never negative."""
    joint = entropy(table.cells)
    return max(0.0, entropy(table.margin_first) + entropy(table.margin_second) - joint)


def goodman_kruskal_tau(table: Contingency) -> float:
    """Share by which knowing the second column cuts the error of proportional prediction of the first."""
    n = table.n
    if n == 0:
        return float("nan")
    concentration = np.sum((table.margin_first / n) ** 2)
    if concentration >= 1.0:
        return float("nan")
    conditional = np.sum((table.cells / n) ** 2 / (table.margin_second[table.second] / n))
    return float((conditional - concentration) / (1.0 - concentration))


def class_scatter(numeric: FloatArray, target: IntArray) -> ClassScatter:
    """Sums of squares of each numeric column within and between the classes."""
    from scipy.sparse import csr_array

    (n_rows, width), n_classes = numeric.shape, int(target.max()) + 1
    counts, sums, squares = (np.zeros((n_classes, width)) for _ in range(3))
    centre = np.zeros(width)
    for part in chunks_of(n_rows, width):
        chunk = numeric[part].astype(np.float64, copy=False)
        known = np.isfinite(chunk)
        if part.start == 0:  # a first estimate of the mean keeps the sums of squares from cancelling
            centre = np.where(known, chunk, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rows = np.arange(len(chunk))
        classes = target[part]
        indicator = csr_array((np.ones(len(chunk)), (classes, rows)), shape=(n_classes, len(chunk)))
        x = np.where(known, chunk - centre, 0.0)
        counts += indicator @ known.astype(np.float64)
        sums += indicator @ x
        squares += indicator @ (x * x)
    means = sums / np.where(counts > 0, counts, np.nan)
    within = np.nansum(np.maximum(squares - counts * np.nan_to_num(means) ** 2, 0.0), axis=0)
    grand = sums.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    between = np.nansum(counts * (np.nan_to_num(means) - grand) ** 2 * (counts > 0), axis=0)
    return ClassScatter(counts, means + centre, within, between)
