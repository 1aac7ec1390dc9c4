from __future__ import annotations

import numpy as np
from algorithm_cases import REAL, case_of, default, fitted, no_codes
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.preprocessing import StandardScaler

from automl.algorithms import ALGORITHMS
from automl.table import Table

NAIVE_BAYES = ALGORITHMS["naive_bayes"]
PLAIN = default(NAIVE_BAYES, "multiclass") | {"tempering": 0.0, "scaling": "standard", "var_smoothing": 1e-9}


def test_numbers_alone_are_a_gaussian_naive_bayes() -> None:
    case = REAL["iris"]
    X = StandardScaler().fit_transform(np.asarray(case.table.numeric))
    prediction = fitted(NAIVE_BAYES, PLAIN, case, np.arange(len(case.y))).predict(case.table)
    np.testing.assert_allclose(prediction, GaussianNB().fit(X, case.y).predict_proba(X), atol=1e-6)


def test_categories_alone_are_a_categorical_naive_bayes() -> None:
    rng = np.random.default_rng(0)
    codes, y = rng.integers(0, 4, (200, 3)).astype(np.int32), rng.integers(0, 3, 200)
    case = case_of(Table(np.empty((200, 0)), codes, (4, 4, 4)), y, "multiclass")
    prediction = fitted(NAIVE_BAYES, PLAIN, case, np.arange(200)).predict(case.table)
    # One more category, for missing.
    expected = CategoricalNB(min_categories=5).fit(codes, y).predict_proba(codes)
    np.testing.assert_allclose(prediction, expected, atol=1e-6)


def test_tempering_makes_repeated_columns_less_sure() -> None:
    case = REAL["wine"]
    X = np.repeat(np.asarray(case.table.numeric), 8, axis=1)
    repeated = case_of(Table(X, no_codes(len(X)), ()), case.y, "multiclass")
    sure, tempered = (
        fitted(NAIVE_BAYES, PLAIN | {"tempering": t}, repeated, np.arange(len(X))).predict(repeated.table)
        for t in (0.0, 0.6)
    )
    assert tempered.max(axis=1).mean() < sure.max(axis=1).mean()
    assert (tempered.argmax(axis=1) == case.y).mean() > 0.95
