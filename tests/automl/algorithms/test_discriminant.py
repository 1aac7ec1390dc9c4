from __future__ import annotations

import numpy as np
from algorithm_cases import REAL, case_of, default, fitted, loss, no_codes

from automl.algorithms import ALGORITHMS
from automl.table import Table

DISCRIMINANT = ALGORITHMS["discriminant"]


def test_a_covariance_per_class_sees_what_a_shared_one_cannot() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 600)
    X = rng.normal(size=(600, 3)) * np.where(y == 1, 5.0, 1.0)[:, None]
    case = case_of(Table(X, no_codes(600), ()), y, "binary")
    train, test = case.split()
    losses = {}
    for covariance in ("shared", "per_class"):
        learner = fitted(DISCRIMINANT, default(DISCRIMINANT, "binary") | {"covariance": covariance}, case, train)
        losses[covariance] = loss(case, test, learner.predict(case.table.take(test)))
    assert losses["per_class"] < 0.4 < 0.6 < losses["shared"]


def test_a_class_of_one_row_and_repeated_columns_do_no_harm() -> None:
    case = REAL["iris"]
    X = np.repeat(np.asarray(case.table.numeric), 2, axis=1)
    doubled = case_of(Table(X, no_codes(len(X)), ()), case.y, "multiclass")
    rows = np.r_[np.arange(101)]  # one row of the last class
    for covariance in ("shared", "per_class"):
        values = default(DISCRIMINANT, "multiclass") | {
            "covariance": covariance,
            "shrinkage": "fixed",
            "shrinkage_share": 1e-4,
        }
        prediction = fitted(DISCRIMINANT, values, doubled, rows).predict(doubled.table)
        assert (prediction[:100].argmax(axis=1) == case.y[:100]).mean() > 0.95
