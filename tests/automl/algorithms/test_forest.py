from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_cases import REAL, default, fitted, large_case
from sklearn.ensemble import RandomForestRegressor

from automl.algorithms import ALGORITHMS, forest

NAMES = ("random_forest", "extra_trees")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("real", ["iris", "diabetes"])
def test_growing_in_steps_gives_the_same_trees(name: str, real: str) -> None:
    case = REAL[real]
    train, test = case.split()
    values = default(ALGORITHMS[name], case.shape.problem)
    at_once = fitted(ALGORITHMS[name], values, case, train)
    in_steps = fitted(ALGORITHMS[name], values, case, train, deadline=time.monotonic() + 60)
    rows = case.table.take(test)
    np.testing.assert_array_equal(in_steps.predict(rows), at_once.predict(rows))


@pytest.mark.parametrize("name", NAMES)
def test_a_deadline_keeps_the_trees_grown_so_far(name: str) -> None:
    case = large_case("binary", 5_000)
    values = default(ALGORITHMS[name], "binary") | {"n_estimators": 300}
    learner = fitted(ALGORITHMS[name], values, case, np.arange(5_000), deadline=time.monotonic() + 0.3)
    assert 1 <= len(learner.trees) < 300


def test_no_class_has_probability_zero_and_the_order_of_rows_stays() -> None:
    case = REAL["breast_cancer"]
    train, test = case.split()
    learner = fitted(ALGORITHMS["random_forest"], default(ALGORITHMS["random_forest"], "binary"), case, train)
    rows = case.table.take(test)
    smooth, raw = learner.predict(rows)[:, 1], learner.trees.predict(learner.preprocessor.transform(rows))[:, 1]
    assert raw.min() == 0
    assert smooth.min() > 0
    assert (np.diff(smooth[np.argsort(raw)]) > -1e-12).all()


def test_trees_of_large_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forest, "MAX_ROWS_PER_TREE", 1_000)
    monkeypatch.setattr(forest, "_TREE_BYTES", 20_000)
    case = large_case("regression", 4_000)
    values = default(ALGORITHMS["extra_trees"], "regression") | {"n_estimators": 50}
    learner = fitted(ALGORITHMS["extra_trees"], values, case, np.arange(4_000))
    assert max(tree.n_node_samples[0] for tree in learner.trees.trees) <= 1_000
    assert max(tree.node_count for tree in learner.trees.trees) * 72 < 2 * 20_000


def test_a_forest_is_scikit_learns() -> None:
    case = REAL["diabetes"]
    train, test = case.split()
    values = default(ALGORITHMS["random_forest"], "regression") | {"max_features_power": 1.0}
    ours = fitted(ALGORITHMS["random_forest"], values, case, train, seed=7).predict(case.table.take(test))
    X = np.asarray(case.table.numeric, dtype=np.float32)
    theirs = RandomForestRegressor(100, min_samples_leaf=2, random_state=7, max_features=10).fit(
        X[train], case.y[train]
    )
    assert np.corrcoef(ours, theirs.predict(X[test]))[0, 1] > 0.99
