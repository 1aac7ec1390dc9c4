from __future__ import annotations

import time

import numpy as np
from algorithm_cases import REAL, case_of, default, fitted, large_case

from automl.algorithms import ALGORITHMS
from automl.table import Table

LIGHTGBM = ALGORITHMS["lightgbm"]


def test_the_trees_of_the_best_round_are_kept() -> None:
    case = REAL["breast_cancer"]
    train, test = case.split()
    valid = case.table.take(test), case.y[test]
    values = default(LIGHTGBM, "binary") | {"learning_rate": 0.3}
    stopped = fitted(LIGHTGBM, values, case, train, valid=valid)
    n_best = stopped.booster.current_iteration()
    assert 1 < n_best < 300
    # As many rounds, trained blind, are the same model: nothing but the number of trees came from the validation rows.
    blind = fitted(LIGHTGBM, values, case, train, iterations=n_best / round(10 / 0.3))
    if blind.booster.current_iteration() == n_best:
        np.testing.assert_allclose(blind.predict(case.table), stopped.predict(case.table))


def test_categories_are_split_natively() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 40, (2_000, 1)).astype(np.int32)
    y = (codes[:, 0] % 2).astype(np.int64)  # no order of the codes helps
    case = case_of(Table(np.empty((2_000, 0)), codes, (40,)), y, "binary")
    train, test = case.split()
    few = {"iterations": 3 * 0.06 / 10}
    native, ordinal = (
        fitted(LIGHTGBM, default(LIGHTGBM, "binary") | {"encoding": e, "num_leaves": 4}, case, train, **few).predict(
            case.table.take(test)
        )[:, 1]
        for e in ("native", "ordinal")
    )
    y = y[test]
    assert native[y == 1].min() > native[y == 0].max()
    assert not ordinal[y == 1].min() > ordinal[y == 0].max()


def test_default_is_fast() -> None:
    case = large_case("binary", 5_000)
    train, test = case.split()
    start = time.process_time()
    fitted(LIGHTGBM, default(LIGHTGBM, "binary"), case, train, valid=(case.table.take(test), case.y[test]))
    assert time.process_time() - start < 3.0
