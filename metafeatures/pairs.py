"""Distances between all pairs of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from metafeatures.arrays import FloatArray, IntArray, chunks_of
from metafeatures.design import min_max_scale
from metafeatures.tabular import Table


def scaled(table: Table) -> Table:
    """The table with numeric columns scaled to [0, 1], missing ones NaN, constant ones 0."""
    numeric = table.numeric.astype(np.float64)
    numeric[np.isinf(numeric)] = np.nan
    known = np.isfinite(numeric)
    filled = np.where(known, numeric, np.where(known.any(axis=0), _first_known(numeric, known), 0.0))
    return Table(np.where(known, min_max_scale(filled), np.nan), table.categorical, table.target, table.task)


def _first_known(numeric: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    return np.asarray(numeric[known.argmax(axis=0), np.arange(numeric.shape[1])])


def gower(a: Table, b: Table) -> NDArray[np.float32]:
    """Gower's distance of every row of `a` from every row of `b`.

    The mean over the columns of the absolute difference, for numeric columns already scaled to [0, 1], or of
    being different, for categorical ones. Columns missing in either row are left out of the mean; rows without a
    column in common are at distance 1 (Gower, "A general coefficient of similarity and some of its properties",
    Biometrics 1971).

    Returns
    -------
    ndarray of shape (len(a), len(b)), float32

    Examples
    --------
    >>> from metafeatures.tabular import make_table
    >>> codes = np.array([[0], [0], [1]], dtype=np.int32)
    >>> table = make_table(np.array([[0.0], [0.5], [1.0]]), [0, 1, 1], categorical=codes, task="auto")
    >>> gower(table, table)[0].tolist()
    [0.0, 0.25, 1.0]
    """
    out = np.empty((len(a.target), len(b.target)), dtype=np.float32)
    holed = ~(np.isfinite(a.numeric).all(axis=0) & np.isfinite(b.numeric).all(axis=0))
    absent = (a.categorical < 0).any(axis=0) | (b.categorical < 0).any(axis=0)
    codes_a, codes_b = (_narrow(table.categorical[:, ~absent]) for table in (a, b))
    for rows in chunks_of(*out.shape):
        total = cdist(a.numeric[rows][:, ~holed], b.numeric[:, ~holed], "cityblock")
        if codes_a.shape[1]:
            total += _n_different(codes_a[rows], codes_b)
        weight = np.full((1, 1), float(np.sum(~holed) + np.sum(~absent)))
        for j in np.flatnonzero(holed):
            difference = np.abs(a.numeric[rows, j, None] - b.numeric[:, j])
            common = np.isfinite(difference)
            weight = weight + common
            total += np.where(common, difference, 0.0)
        for j in np.flatnonzero(absent):
            first, second = a.categorical[rows, j, None], b.categorical[:, j]
            common = (first >= 0) & (second >= 0)
            weight = weight + common
            total += common & (first != second)
        out[rows] = np.where(weight > 0, total / np.maximum(weight, 1.0), 1.0)
    return out


def _narrow(codes: IntArray) -> IntArray:
    """The codes column by column, in a byte each where they fit: the fewer bytes, the faster they are compared."""
    fits = codes.size == 0 or int(codes.max()) <= np.iinfo(np.uint8).max
    return np.asfortranarray(codes, dtype=np.uint8 if fits else np.int32)


def _n_different(a: IntArray, b: IntArray) -> NDArray[np.uint32]:
    """In how many columns each row of `a` differs from each row of `b`."""
    count = np.zeros((len(a), len(b)), dtype=np.uint32)
    few, differs = np.zeros(count.shape, dtype=np.uint8), np.empty(count.shape, dtype=bool)
    for j in range(a.shape[1]):
        np.not_equal(a[:, j, None], b[:, j], out=differs)
        few += differs.view(np.uint8)
        if j % 255 == 254:  # before a byte is full
            count += few
            few[:] = 0
    return count + few


def nearest_enemies(distances: NDArray[np.float32], target: IntArray) -> tuple[IntArray, FloatArray]:
    """Index and distance of the nearest row of another class, of each row; at ties the first."""
    index = np.empty(len(target), dtype=np.intp)
    for rows in chunks_of(*distances.shape):
        other = np.where(target[rows, None] == target, np.inf, distances[rows])
        index[rows] = other.argmin(axis=1)
    return index, distances[np.arange(len(target)), index].astype(np.float64)


def spanning_tree(distances: NDArray[np.float32]) -> IntArray:
    """Parent of each row in a minimum spanning tree that grows from row 0, which is its own parent.

    A complete graph has so many edges that growing the tree a row at a time takes fewer steps than sorting them
    (Prim, "Shortest connection networks and some generalizations", Bell System Technical Journal 1957).

    Examples
    --------
    >>> spanning_tree(np.array([[0, 1, 3], [1, 0, 2], [3, 2, 0]], dtype=np.float32)).tolist()
    [0, 0, 1]
    """
    nearest = np.full(len(distances), np.inf, dtype=np.float32)
    parent = np.zeros(len(distances), dtype=np.intp)
    outside = np.ones(len(distances), dtype=bool)
    row = 0
    for _ in range(len(distances) - 1):
        outside[row] = False
        nearest[row] = np.inf
        closer = distances[row] < nearest
        closer &= outside
        np.copyto(nearest, distances[row], where=closer)
        parent[closer] = row
        row = int(nearest.argmin())
    return parent


def class_pairs(y: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Two rows drawn at random from one class, as many pairs of a class as it has rows, class by class."""
    order = np.argsort(y, kind="stable")
    counts = np.bincount(y)
    starts, sizes = np.repeat(np.cumsum(counts) - counts, counts), np.repeat(counts, counts)
    return order[starts + rng.integers(sizes)], order[starts + rng.integers(sizes)]


def between(table: Table, first: IntArray, second: IntArray, rng: np.random.Generator) -> Table:
    """New rows at a random place between pairs of rows, with the target of the first.

    Numeric columns are interpolated, each by a fraction of its own; each categorical value is that of one of the
    two rows.
    """
    low, high = table.numeric[first], table.numeric[second]
    heads = rng.random((len(first), table.categorical.shape[1])) < 0.5
    codes = np.where(heads, table.categorical[first], table.categorical[second])
    return Table(low + (high - low) * rng.random(low.shape), codes, table.target[first], table.task)
