from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from portfolios import predict_seconds

ALGORITHMS = pd.Series({"a": "svm", "b": "svm", "c": "knn"})


def past(n_tasks: int = 30, power: float = 2.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of many sizes; svm takes rows ** power, knn rows, both with noise."""
    rng = np.random.default_rng(0)
    sizes = pd.DataFrame({"n_rows": 10 ** rng.uniform(2, 4, n_tasks), "n_features": rng.integers(2, 50, n_tasks)})
    thousands, noise = sizes["n_rows"] / 1000, np.exp(rng.normal(0, 0.2, (n_tasks, 3)))
    seconds = pd.DataFrame({"a": thousands**power, "b": 10 * thousands**power, "c": thousands}) * noise
    return seconds, sizes.astype(float)


def test_each_algorithm_grows_at_its_own_rate():
    seconds, sizes = past()
    expected = predict_seconds(seconds, sizes, pd.Series({"n_rows": 20_000.0, "n_features": 20.0}), ALGORITHMS)
    assert expected["a"] == pytest.approx(400, rel=0.4)
    assert expected["b"] == pytest.approx(4000, rel=0.4)
    assert expected["c"] == pytest.approx(20, rel=0.4)


def test_one_task_is_enough_to_expect_linear_growth():
    seconds, sizes = past(1)
    size = sizes.loc[0] * [10.0, 1.0]
    expected = predict_seconds(seconds, sizes, size, ALGORITHMS)
    pd.testing.assert_series_equal(expected, seconds.loc[0] * 10, check_names=False)


def test_no_rate_is_beyond_what_learners_do():
    seconds, sizes = past(power=6.0)
    centre = np.exp(np.log(sizes).mean())
    expected = predict_seconds(seconds, sizes, centre * [100.0, 1.0], ALGORITHMS)
    assert expected["a"] == pytest.approx(np.exp(np.log(seconds["a"].clip(lower=1e-3)).mean()) * 100**3)


def test_what_is_unknown_stays_unknown_or_counts_as_usual():
    seconds, sizes = past()
    seconds["b"] = np.nan
    seconds.loc[3, "a"] = np.nan
    sizes.loc[5, "n_features"] = np.nan
    size = pd.Series({"n_rows": 1000.0, "n_features": np.nan})
    expected = predict_seconds(seconds, sizes, size, ALGORITHMS)
    assert np.isnan(expected["b"])
    assert expected["a"] == pytest.approx(1, rel=0.4)


def test_a_size_that_no_task_has_tells_nothing():
    seconds, sizes = past()
    known = predict_seconds(seconds, sizes, pd.Series({"n_rows": 1000.0, "n_features": 9.0}), ALGORITHMS)
    sizes["n_classes"] = np.nan
    size = pd.Series({"n_rows": 1000.0, "n_features": 9.0, "n_classes": 26.0})
    pd.testing.assert_series_equal(predict_seconds(seconds, sizes, size, ALGORITHMS), known)
