"""Canonical correlations against their definition; tests of them against each other."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, shared
from scipy import linalg

from metafeatures.feature import UndefinedError
from metafeatures.groups import discriminant


def by_definition(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Square roots of the eigenvalues of the between-class scatter relative to the total one."""
    centred = X - X.mean(axis=0)
    means = np.stack([centred[y == k].mean(axis=0) for k in np.unique(y)])
    between = (means.T * np.bincount(y)) @ means
    values = linalg.eigh(between, centred.T @ centred, eigvals_only=True)
    return np.sqrt(np.maximum(values[::-1], 0))[: len(np.unique(y)) - 1]


def test_canonical_correlations() -> None:
    X, y = blobs(4, apart=1.0, width=5)
    t = shared(X * [1, 10, 100, 1e-3, 1] + 5, y)
    np.testing.assert_allclose(discriminant.canonical_correlation(t), by_definition(X, y), atol=1e-8)
    assert discriminant.n_discriminants(t) == 3


def test_traces_follow_from_the_correlations() -> None:
    t = shared(*blobs(3, apart=1.0))
    r = discriminant.canonical_correlation(t)
    assert discriminant.wilks_lambda(t) == pytest.approx(np.prod(1 - r**2))
    assert discriminant.pillai_trace(t) == pytest.approx(np.sum(r**2))
    assert discriminant.roy_largest_root(t) == pytest.approx(r[0] ** 2 / (1 - r[0] ** 2))
    assert discriminant.hotelling_lawley_trace(t) >= discriminant.roy_largest_root(t)


def test_redundant_columns_change_nothing() -> None:
    X, y = blobs(3, apart=1.0)
    doubled = np.hstack([X, X @ np.ones((3, 2)), np.ones((len(y), 1))])
    np.testing.assert_allclose(
        discriminant.canonical_correlation(shared(doubled, y)), discriminant.canonical_correlation(shared(X, y))
    )


def test_perfect_separation_has_no_root() -> None:
    y = np.array([0, 0, 1, 1])
    t = shared(y[:, None] * 1.0, y)
    assert discriminant.pillai_trace(t) == pytest.approx(1.0)
    with pytest.raises(UndefinedError, match="perfectly"):
        discriminant.roy_largest_root(t)


def test_centres() -> None:
    X = np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 1.0], [3.0, 5.0]])
    assert discriminant.centre_distance(shared(X, [0, 0, 0, 1])) == 5.0


def test_equal_covariances_have_ratio_one() -> None:
    X, _ = blobs(1, rows=50)
    t = shared(np.vstack([X, X + 4, X - 9]), np.repeat([0, 1, 2], 50))
    assert discriminant.covariance_heterogeneity(t) == pytest.approx(1.0)
    wide = shared(np.vstack([X, 5 * X]), np.repeat([0, 1], 50))
    assert discriminant.covariance_heterogeneity(wide) > 1.2
    with pytest.raises(UndefinedError, match="singular"):
        discriminant.covariance_heterogeneity(shared(np.hstack([X, X]), np.arange(50) % 2))
