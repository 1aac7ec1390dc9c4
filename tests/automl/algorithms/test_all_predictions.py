"""Every algorithm serves every table with legal predictions."""

from __future__ import annotations

import numpy as np
import pytest
from algorithm_cases import PAIRS, TABLES, assert_legal, case_of, default, fitted, made_target, need, sampled

from automl.algorithms import ALGORITHMS
from automl.table import Table
from automl.task import Problem


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_default_serves_every_table(name: str, problem: Problem, table: str) -> None:
    case = case_of(TABLES[table], made_target(problem), problem)
    algorithm = need(name, case)
    train, test = case.split()
    values = default(algorithm, problem)
    valid = case.table.take(test), case.y[test]
    learner = fitted(algorithm, values, case, train, iterations=0.1, valid=valid)
    assert_legal(learner.predict(case.table.take(test)), case, len(test))
    assert_legal(learner.predict(case.table.take(test[:1])), case, 1)


@pytest.mark.parametrize(("table", "n"), [("mixed", 10), ("sparse", 4), ("constant", 2)])
@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_sampled_configurations_give_legal_predictions(name: str, problem: Problem, table: str, n: int) -> None:
    case = case_of(TABLES[table], made_target(problem), problem)
    algorithm = need(name, case)
    train, test = case.split()
    valid = case.table.take(test), case.y[test]
    for values in sampled(algorithm, problem, n):
        learner = fitted(algorithm, values, case, train, iterations=0.03, valid=valid)
        assert_legal(learner.predict(case.table.take(test)), case, len(test))


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_unseen_categories_and_newly_missing_values_are_served(name: str, problem: Problem) -> None:
    rng = np.random.default_rng(2)
    clean = Table(rng.normal(size=(60, 2)), rng.integers(0, 2, (60, 1)).astype(np.int32), (5,))
    case = case_of(clean, made_target(problem)[:60], problem)
    algorithm = need(name, case)
    learner = fitted(algorithm, default(algorithm, problem), case, np.arange(60), iterations=0.05)
    odd = Table(np.array([[np.nan, 1e300], [-1e300, np.nan]]), np.array([[4], [-1]], dtype=np.int32), (5,))
    assert_legal(learner.predict(odd), case, 2)


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_two_rows_or_one_class_are_enough(name: str, problem: Problem) -> None:
    case = case_of(TABLES["float32"], made_target(problem), problem)
    algorithm = need(name, case)
    rows = np.flatnonzero(case.y == 0)[:20] if problem != "regression" else np.array([0, 1])
    learner = fitted(algorithm, default(algorithm, problem), case, rows, iterations=0.1)
    assert_legal(learner.predict(case.table), case, len(case.table))


@pytest.mark.parametrize("name", [n for n, a in ALGORITHMS.items() if "regression" in a.problems])
def test_constant_target_is_predicted(name: str) -> None:
    case = case_of(TABLES["mixed"], np.full(len(TABLES["mixed"]), 3.5), "regression")
    algorithm = need(name, case)
    learner = fitted(algorithm, default(algorithm, "regression"), case, np.arange(80), iterations=0.1)
    np.testing.assert_allclose(learner.predict(case.table), 3.5, atol=1e-6)
