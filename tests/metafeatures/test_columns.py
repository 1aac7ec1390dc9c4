"""Statistics of columns equal those of numpy, scipy and pandas, with and without holes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metafeatures import arrays
from metafeatures.columns import midranks, pair_moments, profile_columns, sort_columns, sorted_quantiles


@pytest.fixture(scope="module")
def holed() -> np.ndarray:
    rng = np.random.default_rng(0)
    X = rng.lognormal(size=(500, 6)) + 1e6 * np.arange(6)
    X[rng.random(X.shape) < 0.2] = np.nan
    X[::50, 1] = np.inf
    X[:, 5] = np.nan
    return X


def test_profile(holed: np.ndarray) -> None:
    profile = profile_columns(sort_columns(holed))
    frame = pd.DataFrame(holed).replace([np.inf, -np.inf], np.nan)
    np.testing.assert_allclose(profile.mean, frame.mean(), rtol=1e-12)
    np.testing.assert_allclose(profile.sd, frame.std(), rtol=1e-8)
    np.testing.assert_allclose(profile.q1, frame.quantile(0.25), rtol=1e-12)
    np.testing.assert_allclose(profile.median, frame.median(), rtol=1e-12)
    np.testing.assert_array_equal(profile.n_known, frame.count())
    np.testing.assert_array_equal(profile.n_distinct, frame.nunique())
    n = frame.count()
    known = [frame[j].dropna() for j in range(5)]
    scale = ((n - 1) / n)[:5]
    np.testing.assert_allclose(profile.skewness[:5], [stats.skew(c) for c in known] * scale**1.5, rtol=1e-6)
    np.testing.assert_allclose(
        profile.kurtosis[:5] + 3, ([stats.kurtosis(c) for c in known] + 3 * scale**0) * scale**2, rtol=1e-6
    )


def test_constant_column_has_no_shape() -> None:
    profile = profile_columns(sort_columns(np.full((7, 1), 0.1)))
    assert np.isnan(profile.skewness[0])
    assert profile.n_distinct[0] == 1


def test_quantiles_equal_numpy_to_the_last_bit() -> None:
    block = np.sort(np.random.default_rng(1).normal(size=(4, 101)), axis=1)
    probabilities = np.linspace(0, 1, 8)
    found = sorted_quantiles(block, np.full(4, 101), probabilities)
    np.testing.assert_array_equal(found, np.quantile(block, probabilities, axis=1))


def test_input_is_not_sorted_in_place() -> None:
    X = np.array([[3.0], [1.0]])
    sort_columns(X)
    assert X.ravel().tolist() == [3.0, 1.0]


def test_pairwise_complete_correlation(holed: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_CELLS", 64 * holed.shape[1])
    moments = pair_moments(holed)
    frame = pd.DataFrame(holed).replace([np.inf, -np.inf], np.nan)
    np.testing.assert_allclose(moments.correlation[:5, :5], frame.corr().to_numpy()[:5, :5], atol=1e-9)
    np.testing.assert_allclose(moments.covariance[:5, :5], frame.cov().to_numpy()[:5, :5], rtol=1e-7)
    assert np.isnan(moments.correlation[5]).all()


def test_complete_correlation_of_a_constant_is_undefined() -> None:
    X = np.column_stack([np.arange(9.0), np.full(9, 1e9 / 3), -np.arange(9.0)])
    correlation = pair_moments(X).correlation
    assert correlation[0, 2] == pytest.approx(-1.0)
    assert np.isnan(correlation[0, 1])


def test_midranks_equal_scipy() -> None:
    values = np.random.default_rng(0).integers(0, 9, 50).astype(float)
    np.testing.assert_array_equal(midranks(values), stats.rankdata(values))
