"""The classes judged as clusters, by Euclidean distance on the design matrix of a sample of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from metafeatures.arrays import FloatArray, IntArray, chunks_of
from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.intermediates import Intermediates

SMALL_CLASS = 15


class ClassDistances(NamedTuple):
    """Distances between rows by their classes."""

    counts: FloatArray
    """Rows of each class, shape (n_classes,)."""
    by_row: FloatArray
    """Sum of the distances of each row to the rows of each class, shape (n_rows, n_classes)."""
    least: FloatArray
    """Least distance between rows of two classes, shape (n_classes, n_classes)."""
    widest: float
    """Greatest distance between two rows of one class."""
    square_sum: float
    """Sum of the squared distances over all ordered pairs of rows."""


def class_distances_of(t: Intermediates) -> ClassDistances:
    """One pass over all pairs of rows of the pair sample."""
    x, y = t.pair_matrix, t.pair_sample.target
    counts = np.bincount(y).astype(np.float64)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
    order = np.argsort(y, kind="stable")
    ordered = x[order]
    by_row = np.empty((len(y), len(counts)))
    least = np.full((len(counts), len(counts)), np.inf)
    widest, square_sum = 0.0, 0.0
    for rows in chunks_of(len(x), len(x)):
        distance = cdist(x[rows], ordered)
        by_row[rows] = np.add.reduceat(distance, starts, axis=1)
        np.minimum.at(least, y[rows], np.minimum.reduceat(distance, starts, axis=1))
        widest = max(widest, float(np.max(distance, where=y[rows, None] == y[order], initial=0.0)))
        square_sum += float(np.sum(distance * distance))
    return ClassDistances(counts, by_row, least, widest, square_sum)


def dunn_index(t: Intermediates) -> float:
    """Least distance between rows of two classes, over the product of their sizes, over the widest class."""
    d = t.once(class_distances_of)
    pairs = np.triu_indices(len(d.counts), k=1)
    if d.widest == 0:
        raise UndefinedError("each class is a single point")
    return float(np.min(d.least[pairs] / np.outer(d.counts, d.counts)[pairs])) / d.widest


def davies_bouldin_index(t: Intermediates) -> float:
    """Mean over the classes of the worst ratio of two classes' spread to the distance of their centres."""
    from sklearn.metrics import davies_bouldin_score

    return float(davies_bouldin_score(*_clusters(t)))


def calinski_harabasz_index(t: Intermediates) -> float:
    """Dispersion between the classes over that within them, each per degree of freedom."""
    from sklearn.metrics import calinski_harabasz_score

    return float(calinski_harabasz_score(*_clusters(t)))


def _clusters(t: Intermediates) -> tuple[FloatArray, IntArray]:
    target = t.model_sample.target
    if int(target.max()) + 1 == len(target):
        raise UndefinedError("each row is a class of its own")
    return t.model_matrix, target


def mean_class_distance(t: Intermediates) -> float:
    """Mean over the pairs of classes of the mean distance between their rows."""
    d = t.once(class_distances_of)
    y = t.pair_sample.target
    sums = np.zeros((len(d.counts), len(d.counts)))
    np.add.at(sums, y, d.by_row)
    return float(np.mean((sums / np.outer(d.counts, d.counts))[np.triu_indices(len(d.counts), k=1)]))


def silhouette(t: Intermediates) -> float:
    """Mean over the rows of how much nearer the own class is than the nearest other; 0 for a class of one."""
    d = t.once(class_distances_of)
    y = t.pair_sample.target
    rows = np.arange(len(y))
    own = d.by_row[rows, y] / np.maximum(d.counts[y] - 1.0, 1.0)
    others = d.by_row / d.counts
    others[rows, y] = np.inf
    other = others.min(axis=1)
    value = np.where(d.counts[y] > 1, (other - own) / np.maximum(own, other), 0.0)
    return float(np.mean(np.nan_to_num(value)))


def same_class_distance_correlation(t: Intermediates) -> float:
    """Point-biserial correlation over pairs of rows of their distance with being of one class."""
    d = t.once(class_distances_of)
    y = t.pair_sample.target
    n = len(y)
    n_pairs = n * (n - 1) / 2.0
    total, same = d.by_row.sum() / 2.0, d.by_row[np.arange(n), y].sum() / 2.0
    share = float(np.sum(d.counts * (d.counts - 1.0))) / 2.0 / n_pairs
    mean = total / n_pairs
    variance = d.square_sum / 2.0 / n_pairs - mean**2
    if not variance > 0 or not 0 < share < 1:
        raise UndefinedError("all pairs of rows are alike")
    return float((same / n_pairs - share * mean) / np.sqrt(variance * share * (1.0 - share)))


def class_entropy_nats(t: Intermediates) -> float:
    """Entropy of the classes in nats (normalised relative entropy)."""
    shares = t.class_counts / t.n_rows
    return max(0.0, -float(np.sum(shares * np.log(shares))))


def n_small_classes(t: Intermediates) -> float:
    """Classes of fewer than 15 rows."""
    return float(np.sum(t.class_counts < SMALL_CLASS))


DUNN = "Dunn, A fuzzy relative of the ISODATA process, Journal of Cybernetics 1973"
DAVIES = "Davies and Bouldin, A cluster separation measure, TPAMI 1979"
CALINSKI = "Caliński and Harabasz, A dendrite method for cluster analysis, Communications in Statistics 1974"
ROUSSEEUW = "Rousseeuw, Silhouettes, Journal of Computational and Applied Mathematics 1987"
BEZDEK = "Bezdek and Pal, Some new indexes of cluster validity, IEEE Transactions on SMC B 1998"
LEV = "Lev, The point biserial coefficient of correlation, AMS 1949"
PIMENTEL = "Pimentel and de Carvalho, A new data characterization for selecting clustering algorithms, 2019"
_CLASSES: tuple[Need, ...] = ("two classes", "columns")

FEATURES = [
    Feature(class_entropy_nats, PIMENTEL, needs=("classification",)),
    Feature(n_small_classes, PIMENTEL, needs=("classification",)),
    Feature(davies_bouldin_index, DAVIES, needs=_CLASSES),
    Feature(calinski_harabasz_index, CALINSKI, needs=_CLASSES),
    Feature(silhouette, ROUSSEEUW, "quadratic", needs=_CLASSES),
    Feature(dunn_index, DUNN, "quadratic", needs=_CLASSES),
    Feature(mean_class_distance, BEZDEK, "quadratic", needs=_CLASSES),
    Feature(same_class_distance_correlation, LEV, "quadratic", needs=_CLASSES),
]
