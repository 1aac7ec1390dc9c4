"""The graph that joins near rows of one class: each row with the nearest 15 % of the others, by Gower's distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metafeatures.arrays import FloatArray
from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.groups.neighbourhood import distances_of
from metafeatures.intermediates import Intermediates
from metafeatures.pairs import row_chunks

NEIGHBOUR_SHARE = 0.15


def adjacency_of(t: Intermediates) -> NDArray[np.float32]:
    """Adjacency matrix of 0 and 1: one of two rows is among the nearest of the other, and both are of one class."""
    distances, target = t.once(distances_of), t.pair_sample.target
    n = len(target)
    n_neighbours = min(max(1, round(NEIGHBOUR_SHARE * n)), n - 1)
    adjacency = np.zeros((n, n), dtype=np.float32)
    for rows in row_chunks(n, n):
        chunk = distances[rows].copy()
        local = np.arange(len(chunk))[:, None]
        chunk[local, np.arange(rows.start, rows.stop)[:, None]] = np.inf
        nearest = np.argpartition(chunk, n_neighbours - 1, axis=1)[:, :n_neighbours]
        adjacency[rows][local, nearest] = target[rows, None] == target[nearest]
    return np.maximum(adjacency, adjacency.T)


def edge_sparsity(t: Intermediates) -> float:
    """One less the share of the pairs of rows that the graph joins."""
    adjacency = t.once(adjacency_of)
    n = len(adjacency)
    return 1.0 - float(adjacency.sum(dtype=np.float64)) / (n * (n - 1))


def clustering_deficit(t: Intermediates) -> float:
    """One less the share of the paths of two edges that a third edge closes to a triangle."""
    adjacency = t.once(adjacency_of)
    degree = adjacency.sum(axis=1, dtype=np.float64)
    paths = float(np.sum(degree * (degree - 1.0)))
    if paths == 0:
        return 1.0
    closed = sum(
        float(np.sum((adjacency[rows] @ adjacency) * adjacency[rows], dtype=np.float64))
        for rows in row_chunks(*adjacency.shape)
    )
    return 1.0 - closed / paths


def hub_deficit(t: Intermediates) -> FloatArray:
    """Of each row: one less its hub score, the entry of the leading eigenvector, scaled to a maximum of 1."""
    from scipy.sparse.linalg import ArpackError, eigsh

    adjacency = t.once(adjacency_of)
    if not adjacency.any():
        raise UndefinedError("no two near rows are of one class")
    if len(adjacency) < 10:
        vector = np.linalg.eigh(adjacency.astype(np.float64))[1][:, -1]
    else:
        try:
            start = np.ones(len(adjacency))
            vector = eigsh(adjacency.astype(np.float64), k=1, which="LA", v0=start)[1][:, 0]
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
