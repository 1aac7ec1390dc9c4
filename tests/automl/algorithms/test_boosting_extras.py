"""CatBoost and XGBoost, where installed; the conformance suite covers the rest."""

from __future__ import annotations

import numpy as np
import pytest
from algorithm_cases import REAL, case_of, default, fitted, loss

from automl.algorithms import ALGORITHMS
from automl.table import Table

NAMES = ("catboost", "xgboost")


@pytest.mark.parametrize("name", NAMES)
def test_validation_rows_stop_boosting_early(name: str) -> None:
    pytest.importorskip(name)
    case = REAL["breast_cancer"]
    train, test = case.split()
    valid = case.table.take(test), case.y[test]
    values = default(ALGORITHMS[name], "binary") | {"learning_rate": 0.3}
    learner = fitted(ALGORITHMS[name], values, case, train, valid=valid)
    rounds = learner.booster.tree_count_ if name == "catboost" else learner.booster.num_boosted_rounds()
    assert 1 < rounds < 500
    assert loss(case, test, learner.predict(case.table.take(test))) < 0.2


@pytest.mark.parametrize("name", NAMES)
def test_categories_without_an_order_are_learned(name: str) -> None:
    pytest.importorskip(name)
    rng = np.random.default_rng(0)
    codes = rng.integers(-1, 30, (1_500, 1)).astype(np.int32)
    y = (codes[:, 0] % 2).astype(np.int64)
    case = case_of(Table(np.empty((1_500, 0)), codes, (30,)), y, "binary")
    train, test = case.split()
    learner = fitted(ALGORITHMS[name], default(ALGORITHMS[name], "binary"), case, train)
    assert loss(case, test, learner.predict(case.table.take(test))) < 0.1


def test_an_extra_that_is_not_installed_is_left_out_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.algorithms.base.find_spec", lambda name: None)
    for name in NAMES:
        assert ALGORITHMS[name].why_not(REAL["iris"].shape) == f"{name} needs the package {name}"
