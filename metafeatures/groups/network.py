"""The graph that joins near rows of one class: each row with the nearest 15 % of the others, by Gower's distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metafeatures.arrays import BoolArray, FloatArray, chunks_of
from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.groups.neighbourhood import distances_of
from metafeatures.intermediates import Intermediates

NEIGHBOUR_SHARE = 0.15


def adjacency_of(t: Intermediates) -> BoolArray:
    """Symmetric matrix: one of two rows is among the nearest of the other, and both are of one class."""
    distances, target = t.once(distances_of), t.pair_sample.target
    n = len(target)
    n_neighbours = min(max(1, round(NEIGHBOUR_SHARE * n)), n - 1)
    adjacency = np.zeros((n, n), dtype=bool)
    for rows in chunks_of(n, n):
        chunk = distances[rows].copy()
        chunk[np.arange(len(chunk)), np.arange(rows.start, rows.stop)] = np.inf
        adjacency[rows] = _least(chunk, n_neighbours) & (target[rows, None] == target)
    return adjacency | adjacency.T


def _least(chunk: NDArray[np.float32], size: int) -> BoolArray:
    """Which elements are among the `size` least of their row; of equal ones at the border any."""
    border = np.partition(chunk, size - 1, axis=1)[:, size - 1, None]
    least = np.asarray(chunk <= border)
    tied = np.flatnonzero(np.count_nonzero(least, axis=1) > size)
    if tied.size:
        least[tied] = False
        least[tied[:, None], np.argpartition(chunk[tied], size - 1, axis=1)[:, :size]] = True
    return least


def edge_sparsity(t: Intermediates) -> float:
    """One less the share of the pairs of rows that the graph joins."""
    adjacency = t.once(adjacency_of)
    n = len(adjacency)
    return 1.0 - int(np.count_nonzero(adjacency)) / (n * (n - 1))


def clustering_deficit(t: Intermediates) -> float:
    """One less the share of the paths of two edges that a third edge closes to a triangle."""
    adjacency = t.once(adjacency_of)
    degree = np.count_nonzero(adjacency, axis=1).astype(np.float64)
    paths = float(np.sum(degree * (degree - 1.0)))
    if paths == 0:
        return 1.0
    closed = 0
    target = t.pair_sample.target
    for k in np.unique(target):  # no edge joins two classes
        members = np.flatnonzero(target == k)
        closed += _closed_paths(adjacency[np.ix_(members, members)])
    return 1.0 - closed / paths


def _closed_paths(adjacency: BoolArray) -> int:
    """Paths of two edges between rows that an edge joins: of each edge, the neighbours that its ends share.

    Neighbours are bits of words, so that one instruction compares 64 of them.
    """
    n = len(adjacency)
    padded = np.zeros((n, -(-n // 64) * 64), dtype=bool)
    padded[:, :n] = adjacency
    words = np.packbits(padded, axis=1).view(np.uint64)
    first, second = np.nonzero(np.triu(adjacency))
    chunks = chunks_of(len(first), words.shape[1])
    return 2 * sum(int(np.bitwise_count(words[first[c]] & words[second[c]]).sum(dtype=np.int64)) for c in chunks)


def hub_deficit(t: Intermediates) -> FloatArray:
    """Of each row: one less its hub score, the entry of the leading eigenvector, scaled to a maximum of 1."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import ArpackError, eigsh

    adjacency = t.once(adjacency_of)
    if not adjacency.any():
        raise UndefinedError("no two near rows are of one class")
    if len(adjacency) < 10:
        vector = np.linalg.eigh(adjacency.astype(np.float64))[1][:, -1]
    else:
        try:
            start = np.ones(len(adjacency))
            vector = eigsh(csr_array(adjacency, dtype=np.float64), k=1, which="LA", v0=start)[1][:, 0]
        except ArpackError as error:
            raise UndefinedError("the leading eigenvector was not found") from error
    score = np.abs(vector)
    return np.asarray(1.0 - score / score.max())


LORENA = "Lorena et al., How complex is your classification problem?, CSUR 2019"
_CLASSES: tuple[Need, ...] = ("two classes", "columns")

FEATURES = [
    Feature(edge_sparsity, LORENA, "quadratic", needs=_CLASSES),
    Feature(clustering_deficit, LORENA, "quadratic", needs=_CLASSES),
    Feature(hub_deficit, LORENA, "quadratic", "row", _CLASSES),
]
