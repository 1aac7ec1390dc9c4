"""How far apart the classes lie: canonical correlations, tests of them, centres, covariances.

All on the design matrix. The canonical correlations are exact, by singular values.
"""

from __future__ import annotations

import numpy as np

from metafeatures.arrays import FloatArray, IntArray
from metafeatures.design import standardise
from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.intermediates import Intermediates

RANK_TOLERANCE = 1e-9
PERFECT = 1e-12


def canonical_correlations_of(t: Intermediates) -> FloatArray:
    """Canonical correlations of the columns with the class indicators, as many as can differ from zero.

    In an orthonormal basis of the column space they are the singular values of the class means, each weighted by
    the root of its class's size.
    """
    x, y = standardise(t.model_matrix), t.model_sample.target
    basis, strength, _ = np.linalg.svd(x, full_matrices=False)
    basis = basis[:, strength > RANK_TOLERANCE * max(strength.max(initial=0.0), 1.0)]
    counts, sums = _class_sums(basis, y)
    n_found = min(basis.shape[1], len(counts) - 1)
    weighted = sums / np.sqrt(counts)[:, None]
    return np.asarray(np.minimum(np.linalg.svd(weighted, compute_uv=False)[:n_found], 1.0))


def canonical_correlation(t: Intermediates) -> FloatArray:
    """Canonical correlations of the columns with the class indicators."""
    return t.once(canonical_correlations_of)


def n_discriminants(t: Intermediates) -> float:
    """Number of canonical correlations: the smaller of classes less one and the rank of the columns."""
    return len(t.once(canonical_correlations_of))


def wilks_lambda(t: Intermediates) -> float:
    """Product of one minus each squared canonical correlation."""
    return float(np.prod(1.0 - _known(t) ** 2))


def pillai_trace(t: Intermediates) -> float:
    """Sum of the squared canonical correlations."""
    return float(np.sum(_known(t) ** 2))


def hotelling_lawley_trace(t: Intermediates) -> float:
    """Sum over the canonical correlations r of r² / (1 - r²)."""
    return float(np.sum(_eigenvalues(t)))


def roy_largest_root(t: Intermediates) -> float:
    """Largest r² / (1 - r²) over the canonical correlations r."""
    return float(np.max(_eigenvalues(t)))


def centre_distance(t: Intermediates) -> float:
    """Euclidean distance between the centres of the largest and the smallest class."""
    counts, sums = _class_sums(t.model_matrix, t.model_sample.target)
    largest = int(counts.argmax())
    others = np.delete(np.arange(len(counts)), largest)
    smallest = int(others[counts[others].argmin()])
    return float(np.linalg.norm(sums[largest] / counts[largest] - sums[smallest] / counts[smallest]))


def covariance_heterogeneity(t: Intermediates) -> float:
    """Box's M of the class covariances as a ratio of standard deviations; 1 if they are equal."""
    x, y = standardise(t.model_matrix), t.model_sample.target
    n, width = x.shape
    weights = np.bincount(y) - 1.0
    n_classes = len(weights)
    pooled, logdets = np.zeros((width, width)), np.empty(n_classes)
    for k in range(n_classes):
        covariance = np.cov(x[y == k], rowvar=False).reshape(width, width)
        pooled += weights[k] * covariance
        logdets[k] = _log_determinant(covariance)
    gamma = 1.0 - (2.0 * width**2 + 3.0 * width - 1.0) / (6.0 * (width + 1.0) * (n_classes - 1.0)) * (
        np.sum(1.0 / weights) - 1.0 / (n - n_classes)
    )
    box_m = gamma * ((n - n_classes) * _log_determinant(pooled / (n - n_classes)) - weights @ logdets)
    return float(np.exp(box_m / (width * (n - n_classes))))


def _log_determinant(covariance: FloatArray) -> float:
    values = np.linalg.eigvalsh(covariance)
    if values[0] <= RANK_TOLERANCE * values[-1]:
        raise UndefinedError("a class has a singular covariance")
    return float(np.log(values).sum())


def _class_sums(x: FloatArray, y: IntArray) -> tuple[FloatArray, FloatArray]:
    """Rows and column sums of each class."""
    counts = np.bincount(y).astype(np.float64)
    sums = np.zeros((len(counts), x.shape[1]))
    np.add.at(sums, y, x)
    return counts, sums


def _known(t: Intermediates) -> FloatArray:
    correlations = t.once(canonical_correlations_of)
    if correlations.size == 0:
        raise UndefinedError("all columns are constant")
    return correlations


def _eigenvalues(t: Intermediates) -> FloatArray:
    squares = _known(t) ** 2
    if np.any(squares > 1.0 - PERFECT):
        raise UndefinedError("the columns separate the classes perfectly")
    return squares / (1.0 - squares)


STATLOG = "Michie et al., Machine Learning, Neural and Statistical Classification, 1994"
KALOUSIS = "Kalousis, Algorithm selection via meta-learning, PhD thesis, Geneva 2002"
LINDNER = "Lindner and Studer, AST: support for algorithm selection with a CBR approach, PKDD 1999"
ALI = "Ali and Smith-Miles, On learning algorithm selection for classification, ASOC 2006"
_CLASSES: tuple[Need, ...] = ("two classes", "columns")

FEATURES = [
    Feature(canonical_correlation, KALOUSIS, "model", "discriminant", _CLASSES),
    Feature(n_discriminants, LINDNER, "model", needs=_CLASSES),
    Feature(wilks_lambda, LINDNER, "model", needs=_CLASSES),
    Feature(pillai_trace, "Pillai, Some new test criteria in multivariate analysis, AMS 1955", "model", needs=_CLASSES),
    Feature(
        hotelling_lawley_trace, "Lawley, A generalization of Fisher's z test, Biometrika 1938", "model", needs=_CLASSES
    ),
    Feature(roy_largest_root, "Roy, On a heuristic method of test construction, AMS 1953", "model", needs=_CLASSES),
    Feature(centre_distance, ALI, "linear", needs=_CLASSES),
    Feature(covariance_heterogeneity, STATLOG, "model", needs=("two per class", "columns")),
]
