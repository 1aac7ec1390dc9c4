"""Every algorithm learns, repeatably, and takes weights."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from algorithm_cases import (
    PAIRS,
    REAL,
    TABLES,
    assert_legal,
    case_of,
    constant_loss,
    default,
    fitted,
    loss,
    made_target,
    need,
    sampled,
)

from automl.algorithms import ALGORITHMS, FitContext
from automl.task import PROBLEMS, Problem


@pytest.mark.parametrize("real", REAL)
@pytest.mark.parametrize("name", ALGORITHMS)
def test_default_beats_the_constant_predictor(name: str, real: str) -> None:
    case = REAL[real]
    algorithm = need(name, case)
    train, test = case.split()
    values = default(algorithm, case.shape.problem)
    learner = fitted(algorithm, values, case, train, valid=(case.table.take(test), case.y[test]))
    bar = 0.75 if real == "diabetes" else 0.5
    assert loss(case, test, learner.predict(case.table.take(test))) < bar * constant_loss(case, train, test)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_default_learns_without_validation_rows(name: str) -> None:
    case = REAL["breast_cancer"]
    algorithm = need(name, case)
    train, test = case.split()
    learner = fitted(algorithm, default(algorithm, "binary"), case, train)
    assert loss(case, test, learner.predict(case.table.take(test))) < 0.5 * constant_loss(case, train, test)


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_same_seed_same_predictions_also_after_pickling(name: str, problem: Problem) -> None:
    case = case_of(TABLES["mixed"], made_target(problem), problem)
    algorithm = need(name, case)
    train, test = case.split()
    valid = case.table.take(test), case.y[test]
    for values in [default(algorithm, problem), *sampled(algorithm, problem, 2)]:
        first, second = (fitted(algorithm, values, case, train, iterations=0.1, valid=valid) for _ in range(2))
        expected = first.predict(case.table)
        np.testing.assert_array_equal(second.predict(case.table), expected)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(first)).predict(case.table), expected)


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_learner_travels_before_it_is_fitted(name: str, problem: Problem) -> None:
    case = case_of(TABLES["float32"], made_target(problem), problem)
    algorithm = need(name, case)
    learner = pickle.loads(pickle.dumps(algorithm.build(default(algorithm, problem), case.shape, 0)))
    learner.fit(case.table, case.y, None, FitContext(iterations=0.05))
    assert_legal(learner.predict(case.table), case, len(case.table))


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_weights_act(name: str, problem: Problem) -> None:
    # Rows of equal X differ in y, so that trees grown to the end have mixed leaves.
    case = case_of(TABLES["categories"], made_target(problem), problem).weighted()
    algorithm = need(name, case)
    rows = np.arange(len(case.y))
    low = case.y <= np.median(case.y) if problem == "regression" else case.y == 0
    values = default(algorithm, problem)
    learners = (
        fitted(algorithm, values, case, rows, iterations=0.5, sample_weight=np.where(low, weight, 1.0))
        for weight in (1.0, 20.0)
    )
    plain, heavy = (learner.predict(case.table) for learner in learners)
    if problem == "regression":
        assert heavy.mean() < plain.mean()
    else:
        assert heavy[:, 0].mean() > plain[:, 0].mean() + 0.02


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_rows_of_weight_zero_do_not_count(name: str, problem: Problem) -> None:
    case = case_of(TABLES["float32"], made_target(problem), problem).weighted()
    algorithm = need(name, case)
    values = default(algorithm, problem)
    some, every = np.arange(80), np.arange(len(case.y))
    weight = (every < 80).astype(np.float64)
    without = fitted(algorithm, values, case, some, iterations=0.1, sample_weight=np.ones(80))
    zero = fitted(algorithm, values, case, every, iterations=0.1, sample_weight=weight)
    np.testing.assert_allclose(zero.predict(case.table), without.predict(case.table))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_linear_models_take_weights_as_repeated_rows(problem: Problem) -> None:
    case = case_of(TABLES["one_column"], made_target(problem), problem).weighted()
    rows = np.arange(len(case.y))
    times = np.random.default_rng(1).integers(1, 4, len(rows))
    values = default(ALGORITHMS["linear"], problem) | {"scaling": "standard"}
    weighted = fitted(ALGORITHMS["linear"], values, case, rows, sample_weight=times.astype(float))
    repeated = fitted(ALGORITHMS["linear"], values, case, np.repeat(rows, times))
    np.testing.assert_allclose(weighted.predict(case.table), repeated.predict(case.table), rtol=1e-2)
