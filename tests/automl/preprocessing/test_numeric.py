from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import QuantileTransformer

from automl.preprocessing.numeric import Filler, NumericSteps, QuantileScaler, RobustScaler

RNG = np.random.default_rng(0)


def holed(n_rows: int = 101) -> np.ndarray:
    X = RNG.integers(0, 12, (n_rows, 6)).astype(float)
    X[RNG.random(X.shape) < 0.3] = np.nan
    X[:, 4] = np.nan
    X[:, 5] = 2.0
    return X


@pytest.mark.parametrize("strategy", ["median", "mean", "most_frequent"])
@pytest.mark.parametrize("n_rows", [1, 2, 100, 101])
def test_statistics_agree_with_scikit_learn(strategy: str, n_rows: int) -> None:
    X = holed(n_rows)
    expected = SimpleImputer(strategy=strategy, keep_empty_features=True).fit_transform(X)
    np.testing.assert_allclose(Filler(strategy).fit_transform(X, None), expected)


def test_weighted_mean() -> None:
    X = np.array([[1.0], [np.nan], [4.0]])
    assert Filler("mean").fit_transform(X, np.array([1.0, 5.0, 2.0]))[1, 0] == 3.0


def test_indicator_only_where_training_rows_were_missing() -> None:
    filler = Filler("median_indicator")
    X = np.array([[1.0, 1.0], [np.nan, 2.0], [3.0, 3.0]])
    np.testing.assert_array_equal(filler.fit_transform(X, None)[:, 2], [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(filler.transform(np.array([[np.nan, np.nan]])), [[2.0, 2.0, 1.0]])


def test_robust_scaler_bounds_outliers_and_keeps_constant_columns_finite() -> None:
    X = np.column_stack([RNG.normal(size=500), np.full(500, 3.0), np.r_[np.zeros(499), 1.0]])
    X[0, 0] = 1e12
    Z = RobustScaler().fit(X).transform(X)
    assert np.isfinite(Z).all()
    assert np.abs(Z).max() <= 3.0
    assert 0.7 < Z[1:, 0].std() < 1.1


def test_quantile_scaler_agrees_with_scikit_learn_inside_the_range() -> None:
    X = np.exp(RNG.normal(size=(1_000, 3)))
    reference = QuantileTransformer(n_quantiles=200, output_distribution="normal").fit(X)
    inside = np.sort(X, axis=0)[20:-20]
    np.testing.assert_allclose(QuantileScaler().fit(X).transform(inside), reference.transform(inside), atol=1e-6)


def test_quantile_scaler_is_finite_far_outside() -> None:
    scaler = QuantileScaler().fit(RNG.normal(size=(50, 1)))
    assert np.isfinite(scaler.transform(np.array([[-1e18], [1e18]]))).all()


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile", "minmax"])
def test_sparse_zeros_stay_zeros(scaling: str) -> None:
    X = sparse.csr_array(sparse.random(50, 5, 0.2, random_state=0))
    Z = NumericSteps("median", scaling).fit_transform(X, None)
    assert Z.nnz == X.nnz


def test_huge_values_do_not_overflow() -> None:
    X = np.array([[1e300], [-1e300], [1.0]])
    for dtype in ("float32", "float64"):
        with np.errstate(over="ignore"):
            steps = NumericSteps("mean", "standard")
            assert np.isfinite(steps.fit_transform(X.astype(dtype), None)).all()


def test_standard_scaling_takes_weights_as_repeated_rows() -> None:
    X, times = RNG.normal(size=(20, 2)), RNG.integers(1, 4, 20)
    weighted, repeated = NumericSteps("median", "standard"), NumericSteps("median", "standard")
    weighted.fit_transform(X, times.astype(float))
    repeated.fit_transform(np.repeat(X, times, axis=0), None)
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X))
