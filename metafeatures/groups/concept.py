"""How the target varies over the space of the columns, scaled to [0, 1], on a sample of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from metafeatures.arrays import FloatArray, chunks_of
from metafeatures.design import min_max_scale
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates

ALPHA = 2.0
LEAST_GAP = 1e-9


class RowSums(NamedTuple):
    """Over the other rows, of each row."""

    weight: FloatArray
    weight_of_others: FloatArray
    weighted_distance: FloatArray
    shell_weight: FloatArray
    shell_weight_of_others: FloatArray


def row_sums_of(t: Intermediates) -> RowSums:
    """One pass over all pairs of rows of the pair sample.

    Two weights fall with the distance d of two rows: 2^(-2 d / (D - d)), D being the diagonal of the unit cube, and
    2^-s, s being d rounded up, at least 1.
    """
    x = min_max_scale(t.pair_matrix)
    diagonal = np.sqrt(x.shape[1])
    shells = np.exp2(-np.maximum(np.arange(np.ceil(diagonal) + 1), 1.0))
    parts = []
    for rows in chunks_of(len(x), len(x)):
        distance = cdist(x[rows], x)
        itself = (np.arange(len(distance)), np.arange(rows.start, rows.stop))
        weight = np.maximum(diagonal - distance, LEAST_GAP)
        np.divide(distance, weight, out=weight)
        weight *= -ALPHA
        np.exp2(weight, out=weight)
        shell = shells[np.ceil(distance).astype(np.intp)]
        weight[itself] = shell[itself] = 0.0
        weighted_distance = np.einsum("ij,ij->i", weight, distance)
        parts.append((*_sums(t, rows, weight), weighted_distance, *_sums(t, rows, shell)))
    return RowSums(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _sums(t: Intermediates, rows: slice, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum of the weights of each row, and the sum of weight times difference of targets."""
    target = t.pair_sample.target
    if not t.is_classification:
        differ = np.abs(target[rows, None] - target) / (np.ptp(target) or 1.0)
        return weight.sum(axis=1), np.einsum("ij,ij->i", weight, differ)
    by_class = weight @ (target[:, None] == np.arange(t.n_classes)).astype(np.float64)
    total = by_class.sum(axis=1)
    by_class[np.arange(len(by_class)), target[rows]] = 0.0
    return total, by_class.sum(axis=1)


def concept_variation(t: Intermediates) -> FloatArray:
    """Of each row: weighted mean over the others of having another class (or of the difference of targets)."""
    sums = t.once(row_sums_of)
    return sums.weight_of_others / np.where(sums.weight > 0, sums.weight, np.nan)


def weighted_distance(t: Intermediates) -> FloatArray:
    """Of each row: mean distance from the others, weighted by nearness."""
    sums = t.once(row_sums_of)
    return sums.weighted_distance / np.where(sums.weight > 0, sums.weight, np.nan)


def shell_concept_variation(t: Intermediates) -> FloatArray:
    """Of each row: sum over those of other classes of 2^-s, s the distance rounded up."""
    return t.once(row_sums_of).shell_weight_of_others


def cohesiveness(t: Intermediates) -> FloatArray:
    """Of each row: sum over the others of 2^-s, s the distance rounded up."""
    return t.once(row_sums_of).shell_weight


VILALTA = "Vilalta, Understanding accuracy performance through concept characterization, 1999"
VILALTA_DRISSI = "Vilalta and Drissi, A characterization of difficult problems in classification, ICMLA 2002"
_ROWS: tuple[Need, ...] = ("columns", "two rows")

FEATURES = [
    Feature(concept_variation, VILALTA, "quadratic", "row", _ROWS),
    Feature(weighted_distance, VILALTA, "quadratic", "row", _ROWS),
    Feature(shell_concept_variation, VILALTA_DRISSI, "quadratic", "row", _ROWS),
    Feature(cohesiveness, VILALTA_DRISSI, "quadratic", "row", _ROWS),
]
