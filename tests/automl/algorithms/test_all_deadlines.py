"""Every algorithm keeps to its share of time and threads."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from algorithm_cases import REAL, assert_legal, default, fitted, large_case, need, sampled

from automl.algorithms import ALGORITHMS
from automl.task import Problem


@pytest.mark.parametrize("name", [n for n, a in ALGORITHMS.items() if a.iterative])
def test_iterations_shorten_training(name: str) -> None:
    case = large_case("binary", 2_000)
    algorithm = need(name, case)
    rows = np.arange(len(case.y))
    values = default(algorithm, "binary")
    size, seconds = [], []
    for share in (1.0, 0.1):
        start = time.process_time()
        size.append(len(pickle.dumps(fitted(algorithm, values, case, rows, iterations=share))))
        seconds.append(time.process_time() - start)
    # An ensemble of trees grows with its rounds; a network keeps its size.
    assert size[1] < 0.5 * size[0] or seconds[1] < 0.6 * seconds[0]


@pytest.mark.parametrize("problem", ["multiclass", "regression"])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_deadline_is_observed(name: str, problem: Problem) -> None:
    case = large_case(problem)
    if problem not in ALGORITHMS[name].problems:
        pytest.skip(f"{name} does not do {problem}")
    algorithm = need(name, case)
    train, test = case.split(0.8)
    valid = case.table.take(test), case.y[test]
    for values in [default(algorithm, problem), *sampled(algorithm, problem, 1)]:
        # The processor's clock, as the machine may have other work.
        start = time.process_time()
        learner = fitted(algorithm, values, case, train, deadline=time.monotonic() + 0.2, valid=valid)
        assert time.process_time() - start < (2.0 if algorithm.iterative else 4.0)
        assert_legal(learner.predict(case.table.take(test)), case, len(test))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_deadline_in_the_past_still_gives_a_model(name: str) -> None:
    case = REAL["breast_cancer"]
    algorithm = need(name, case)
    train, test = case.split()
    learner = fitted(algorithm, default(algorithm, "binary"), case, train, deadline=time.monotonic() - 1.0)
    assert_legal(learner.predict(case.table.take(test)), case, len(test))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_one_thread_is_used(name: str) -> None:
    case = large_case("binary", 3_000, 30)
    algorithm = need(name, case)
    wall, cpu = time.perf_counter(), time.process_time()
    learner = fitted(algorithm, default(algorithm, "binary"), case, np.arange(3_000), iterations=0.3)
    learner.predict(case.table)
    # More threads than one would make the processor's clock run ahead of the wall's.
    assert time.process_time() - cpu < 1.25 * (time.perf_counter() - wall) + 0.05
