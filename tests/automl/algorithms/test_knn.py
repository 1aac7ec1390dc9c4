from __future__ import annotations

import numpy as np
from algorithm_cases import case_of, default, fitted, no_codes

from automl.algorithms import ALGORITHMS
from automl.table import Table
from automl.task import Shape

KNN = ALGORITHMS["knn"]


def line(y: list[float], problem: str) -> object:
    X = np.arange(len(y), dtype=float)[:, None]
    target = np.array(y, dtype=np.int64 if problem == "binary" else float)
    return case_of(Table(X, no_codes(len(y)), ()), target, problem)


def test_uniform_vote_with_one_row_of_prior() -> None:
    case = line([0, 0, 0, 1, 1, 1], "binary")
    values = default(KNN, "binary") | {"n_neighbors": 3, "weights": "uniform"}
    prediction = fitted(KNN, values, case, np.arange(6)).predict(case.table)
    # Row 0 sees rows 0, 1, 2 and half a row of each class.
    np.testing.assert_allclose(prediction[0], [3.5 / 4, 0.5 / 4])
    np.testing.assert_allclose(prediction[2], [2.5 / 4, 1.5 / 4])


def test_the_nearer_row_counts_more() -> None:
    case = line([0.0, 0.0, 10.0, 10.0], "regression")
    values = default(KNN, "regression") | {"n_neighbors": 4}
    learner = fitted(KNN, values, case, np.arange(4))
    between = Table(np.array([[1.2], [1.8]]), no_codes(2), ())
    low, high = learner.predict(between)
    assert 0 < low < 5 < high < 10
    np.testing.assert_allclose(learner.predict(case.table), case.y, atol=0.1)


def test_sample_weights_multiply_votes() -> None:
    case = line([0.0, 10.0], "regression")
    values = default(KNN, "regression") | {"n_neighbors": 2, "weights": "uniform"}
    learner = fitted(KNN, values, case, np.arange(2), sample_weight=np.array([1.0, 3.0]))
    np.testing.assert_allclose(learner.predict(case.table), [7.5, 7.5])


def test_too_many_distances_are_not_begun() -> None:
    assert KNN.why_not(Shape("binary", 2, 5_000, 20, 0)) is None
    assert KNN.why_not(Shape("binary", 2, 1_000_000, 20, 0)) is not None
