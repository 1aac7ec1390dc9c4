"""How far the classes overlap column by column, on the design matrix; most measures for each pair of classes.

Of more than 500 pairs of classes, 500 drawn at random take part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metafeatures.arrays import BoolArray, FloatArray, IntArray
from metafeatures.contingency import class_scatter
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates


class ClassBounds(NamedTuple):
    """Least and greatest value of each column in each class, and the pairs of classes."""

    low: FloatArray
    high: FloatArray
    first: IntArray
    second: IntArray

    @property
    def overlap_low(self) -> FloatArray:
        """Lower end of the range common to the two classes of each pair, shape (n_pairs, n_columns)."""
        return np.maximum(self.low[self.first], self.low[self.second])

    @property
    def overlap_high(self) -> FloatArray:
        """Upper end of the common range; below the lower end if there is none."""
        return np.minimum(self.high[self.first], self.high[self.second])


def rows_of_classes(t: Intermediates) -> list[FloatArray]:
    """Rows of the design matrix of each class."""
    y = t.model_sample.target
    ends = np.cumsum(np.bincount(y))[:-1]
    return np.split(t.model_matrix[np.argsort(y, kind="stable")], ends)


def bounds_of(t: Intermediates) -> ClassBounds:
    """Ranges of the classes."""
    classes = t.once(rows_of_classes)
    pairs = np.array(t.class_pairs)
    low, high = (np.stack([f(rows, axis=0) for rows in classes]) for f in (np.min, np.max))
    return ClassBounds(low, high, pairs[:, 0], pairs[:, 1])


def within_class_variance_share(t: Intermediates) -> FloatArray:
    """Of each column: share of its variance that lies within the classes (F1)."""
    scatter = class_scatter(t.model_matrix, t.model_sample.target)
    total = scatter.within + scatter.between
    return np.asarray(scatter.within / np.where(total > 0, total, np.nan))


def directional_overlap(t: Intermediates) -> FloatArray:
    """Of each pair of classes: 1 / (1 + d), d the Mahalanobis distance of their centres, squared (F1v)."""
    classes = t.once(rows_of_classes)
    overlaps = []
    for a, b in t.class_pairs:
        t.check_time()
        overlaps.append(1.0 / (1.0 + _squared_distance(classes[a], classes[b])))
    return np.array(overlaps)


def _squared_distance(a: FloatArray, b: FloatArray) -> float:
    """Squared Mahalanobis distance of the centres by the pooled covariance, pseudo-inverted where singular."""
    width = a.shape[1]
    scatter_a, scatter_b = (np.cov(rows, rowvar=False).reshape(width, width) for rows in (a, b))
    pooled = (len(a) * scatter_a + len(b) * scatter_b) / (len(a) + len(b))
    if not np.isfinite(pooled).all():
        return np.nan
    values, vectors = np.linalg.eigh(pooled)
    kept = values > len(values) * np.finfo(np.float64).eps * np.abs(values).max()
    difference = a.mean(axis=0) - b.mean(axis=0)
    return float(np.sum((difference @ vectors[:, kept]) ** 2 / values[kept]))


def overlap_volume(t: Intermediates) -> FloatArray:
    """Of each pair of classes: product over the columns of the common range over the whole range (F2)."""
    b = t.once(bounds_of)
    whole = np.maximum(b.high[b.first], b.high[b.second]) - np.minimum(b.low[b.first], b.low[b.second])
    common = np.maximum(0.0, b.overlap_high - b.overlap_low)
    return np.asarray(np.prod(np.where(whole > 0, common / np.where(whole > 0, whole, 1.0), 1.0), axis=1))


def least_column_overlap(t: Intermediates) -> FloatArray:
    """Of each pair of classes: share of its rows in the common range of the column that has fewest there (F3)."""
    b, classes = t.once(bounds_of), t.once(rows_of_classes)
    shares = []
    for k, (first, second) in enumerate(zip(b.first, b.second, strict=True)):
        counts = sum(_inside(classes[c], b.overlap_low[k], b.overlap_high[k]).sum(axis=0) for c in (first, second))
        shares.append(np.min(counts) / (len(classes[first]) + len(classes[second])))
    return np.array(shares)


def collective_overlap(t: Intermediates) -> FloatArray:
    """Of each pair of classes: share of its rows left when column after column has set rows apart (F4).

    In each step the column with the fewest rows in the common range sets the others apart; then the ranges of what
    is left are taken anew.
    """
    classes = t.once(rows_of_classes)
    shares = []
    for a, b in t.class_pairs:
        t.check_time()
        shares.append(_left_over(classes[a], classes[b]))
    return np.array(shares)


def _left_over(a: FloatArray, b: FloatArray) -> float:
    n_rows = len(a) + len(b)
    columns = np.arange(a.shape[1])
    while columns.size and len(a) and len(b):
        low = np.maximum(a[:, columns].min(axis=0), b[:, columns].min(axis=0))
        high = np.minimum(a[:, columns].max(axis=0), b[:, columns].max(axis=0))
        inside_a, inside_b = _inside(a[:, columns], low, high), _inside(b[:, columns], low, high)
        n_inside = inside_a.sum(axis=0) + inside_b.sum(axis=0)
        best = int(np.argmin(n_inside))
        if n_inside[best] == len(a) + len(b):  # no column sets a row apart
            return (len(a) + len(b)) / n_rows
        a, b = a[inside_a[:, best]], b[inside_b[:, best]]
        columns = np.delete(columns, best)
    return 0.0 if columns.size else (len(a) + len(b)) / n_rows


def _inside(x: FloatArray, low: FloatArray, high: FloatArray) -> BoolArray:
    return (x >= low) & (x <= high)


LORENA = "Lorena et al., How complex is your classification problem?, CSUR 2019"
HO = "Ho and Basu, Complexity measures of supervised classification problems, TPAMI 2002"
MALINA = "Malina, Two-parameter Fisher criterion, IEEE Transactions on SMC B 2001"
_CLASSES: tuple[Need, ...] = ("two classes", "columns")

FEATURES = [
    Feature(within_class_variance_share, HO, "linear", "column", _CLASSES),
    Feature(directional_overlap, MALINA, "linear", "class pair", ("two per class", "columns")),
    Feature(overlap_volume, HO, "linear", "class pair", _CLASSES),
    Feature(least_column_overlap, HO, "linear", "class pair", _CLASSES),
    Feature(collective_overlap, LORENA, "linear", "class pair", _CLASSES),
]
