"""Closed forms equal fitting again without each row."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB

from metafeatures import loo
from metafeatures.design import standardise


def left_out(n: int) -> list[np.ndarray]:
    return [np.delete(np.arange(n), i) for i in range(n)]


@pytest.mark.parametrize("width", [3, 60])
def test_ridge(width: int) -> None:
    rng = np.random.default_rng(0)
    x = standardise(rng.normal(size=(30, width)))
    y = x[:, :1] + rng.normal(size=(30, 2))
    expected = [Ridge(alpha=loo.RIDGE).fit(x[rows], y[rows]).predict(x[[i]])[0] for i, rows in enumerate(left_out(30))]
    np.testing.assert_allclose(loo.ridge(x, y), expected, rtol=1e-7)


def test_naive_bayes() -> None:
    rng = np.random.default_rng(1)
    x = standardise(rng.normal(size=(40, 3)) + np.repeat([[0], [1]], 20, axis=0))
    y = np.repeat([0, 1], 20)
    expected = [
        GaussianNB(var_smoothing=0).fit(x[rows], y[rows]).predict(x[[i]])[0] for i, rows in enumerate(left_out(40))
    ]
    np.testing.assert_array_equal(loo.naive_bayes(x, y), expected)


def test_naive_bayes_never_knows_a_class_of_one() -> None:
    x = np.array([[0.0], [0.1], [0.2], [9.0]])
    assert loo.naive_bayes(x, np.array([0, 0, 0, 1]))[3] == 0


def test_nearest_neighbour_takes_the_first_of_equals() -> None:
    x = np.array([[0.1], [0.1], [0.1], [5.0]]) / 3
    assert loo.nearest_neighbour(x).tolist() == [1, 0, 0, 0]
