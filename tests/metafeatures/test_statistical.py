"""Column statistics equal scipy's; the robust ones do not move with a shift or a scale."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import mixed, shared
from scipy import stats

from metafeatures.groups import statistical


@pytest.fixture(scope="module")
def X() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.column_stack([rng.lognormal(size=301), rng.gamma(2, size=301), rng.normal(size=301), np.ones(301)])


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        (statistical.column_mad, lambda X: stats.median_abs_deviation(X) * 1.4826),
        (statistical.column_trimmed_mean, lambda X: stats.trim_mean(X, 0.2)),
        (statistical.column_iqr, lambda X: stats.iqr(X, axis=0)),
        (statistical.column_range, lambda X: np.ptp(X, axis=0)),
        (statistical.column_variance, lambda X: X.var(axis=0, ddof=1)),
    ],
)
def test_equals_scipy(X: np.ndarray, feature, expected) -> None:
    np.testing.assert_allclose(feature(shared(X, np.arange(301) % 2)), expected(X), rtol=1e-9)


def test_means_of_positive_columns(X: np.ndarray) -> None:
    t = shared(X, np.arange(301) % 2)
    positive = [0, 1, 3]
    np.testing.assert_allclose(statistical.column_geometric_mean(t)[positive], stats.gmean(X[:, positive]))
    np.testing.assert_allclose(statistical.column_harmonic_mean(t)[positive], stats.hmean(X[:, positive]))
    assert np.isnan(statistical.column_geometric_mean(t)[2])
    assert statistical.column_geometric_mean(shared([[0.0], [3.0]], [0, 1])).tolist() == [0.0]


def test_adjusted_moments_equal_pandas(X: np.ndarray) -> None:
    t = shared(X, np.arange(301) % 2)
    np.testing.assert_allclose(statistical.adjusted_skewness(t)[:3], stats.skew(X[:, :3], bias=False))
    np.testing.assert_allclose(statistical.adjusted_kurtosis(t)[:3], stats.kurtosis(X[:, :3], bias=False))


def test_shape_does_not_move_with_scale_and_shift(X: np.ndarray) -> None:
    y = np.arange(301) % 2
    for feature in (statistical.skewness, statistical.log_tail_weight, statistical.outlier_share):
        np.testing.assert_allclose(feature(shared(X * -3e5 + 7, y))[:3] ** 2, feature(shared(X, y))[:3] ** 2, rtol=1e-6)


def test_normal_columns_are_found() -> None:
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.normal(size=400), rng.exponential(size=400)])
    assert statistical.n_normal_columns(shared(X, np.arange(400) % 2)) == 1


def test_relations_of_columns() -> None:
    x = np.random.default_rng(2).normal(size=200)
    t = shared(np.column_stack([x, -2 * x, np.ones(200)]), np.arange(200) % 2)
    np.testing.assert_allclose(statistical.correlation(t), [1.0, np.nan, np.nan])
    assert statistical.strong_correlation_share(t) == pytest.approx(1 / 3)
    assert statistical.covariance_eigenvalues(t)[-1] == pytest.approx(5 * x.var(ddof=1))


def test_shares() -> None:
    X = np.array([0.0] * 15 + [1.0] * 4 + [np.nan])[:, None]
    codes = np.array([0] * 12 + [1] * 4 + [-1] * 4)[:, None]
    t = shared(X, np.arange(20) % 2, codes=codes)
    assert statistical.zero_share(t).tolist() == [15 / 19]
    assert statistical.mode_share(t).tolist() == [0.75]
    assert statistical.outlier_share(t).tolist() == [4 / 19]
    np.testing.assert_allclose(statistical.sparsity(t), [(19 / 2 - 1) / 18, (16 / 2 - 1) / 15])


def test_holes_are_left_out() -> None:
    X, y = mixed()
    known = X["a"].dropna()
    found = statistical.column_mad(shared(X, y))[0]
    assert found == pytest.approx(1.4826 * stats.median_abs_deviation(known))
