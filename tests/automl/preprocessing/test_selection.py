from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from automl.preprocessing.selection import Selector, relative_variance

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("is_classification", [True, False])
def test_f_score_keeps_the_columns_that_tell(make, is_classification: bool) -> None:
    y = RNG.integers(0, 3, 200) if is_classification else RNG.normal(size=200)
    X = RNG.normal(size=(200, 10))
    X[:, [3, 7]] += 2.0 * y[:, None]
    assert Selector("f_score", 0.2).fit(make(X), y, is_classification).columns.tolist() == [3, 7]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("score", ["f_score", "variance"])
def test_a_column_remains_where_all_are_constant(score: str) -> None:
    selector = Selector(score, 0.05).fit(np.ones((10, 3)), np.arange(10) % 2, True)
    assert selector.transform(np.ones((2, 3))).shape == (2, 1)


def test_variance_agrees_between_dense_and_sparse_for_non_negative_columns() -> None:
    X = RNG.integers(0, 3, (50, 4)).astype(float)
    np.testing.assert_allclose(relative_variance(sparse.csr_array(X)), relative_variance(X))


def test_variance_drops_rare_indicators_first() -> None:
    X = np.zeros((100, 2))
    X[:50, 0] = 1
    X[0, 1] = 1
    assert Selector("variance", 0.5).fit(X, np.zeros(100), True).columns.tolist() == [0]
