from __future__ import annotations

import numpy as np
import pytest
from algorithm_cases import REAL, case_of, default, fitted, no_codes
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from automl.algorithms import ALGORITHMS
from automl.algorithms.linear import fit_in_steps
from automl.table import Table

LINEAR = ALGORITHMS["linear"]


def test_ridge_is_scikit_learns_on_scaled_columns_and_target() -> None:
    case = REAL["diabetes"]
    train, test = case.split()
    X, y = np.asarray(case.table.numeric), case.y
    scaler, mean, scale = StandardScaler().fit(X[train]), y[train].mean(), y[train].std()
    ridge = Ridge(1.0).fit(scaler.transform(X[train]), (y[train] - mean) / scale)
    expected = ridge.predict(scaler.transform(X[test])) * scale + mean
    prediction = fitted(LINEAR, default(LINEAR, "regression") | {"scaling": "standard"}, case, train).predict(
        case.table.take(test)
    )
    np.testing.assert_allclose(prediction, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes"])
def test_a_strong_lasso_drops_columns(name: str) -> None:
    case = REAL[name]
    values = default(LINEAR, case.shape.problem) | {"penalty": "elasticnet", "l1_ratio": 1.0, "alpha": 20.0}
    coefficients = fitted(LINEAR, values, case, np.arange(len(case.y))).model.coef_
    assert 0 < (coefficients != 0).sum() < 0.7 * coefficients.size


def test_log_target_wins_on_a_multiplicative_target() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = np.exp(X @ [1.0, 2.0, -1.0] + 0.1 * rng.normal(size=400))
    case = case_of(Table(X, no_codes(400), ()), y, "regression")
    train, test = case.split()
    error = {}
    for target in ("standard", "log"):
        learner = fitted(LINEAR, default(LINEAR, "regression") | {"target": target}, case, train)
        error[target] = np.median(np.abs(learner.predict(case.table.take(test)) - y[test]))
    assert error["log"] < 0.5 * error["standard"]


def test_steps_reach_the_optimum_of_one_long_run() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300_000, 8)).astype(np.float32)
    y = (X[:, 0] + rng.normal(size=len(X)) > 0).astype(np.int64)
    stepwise, whole = (LogisticRegression(max_iter=300, tol=1e-5) for _ in range(2))
    fit_in_steps(stepwise, X, y, None, None)
    assert stepwise.max_iter < 300
    np.testing.assert_allclose(stepwise.coef_, whole.fit(X, y).coef_, atol=1e-3)
