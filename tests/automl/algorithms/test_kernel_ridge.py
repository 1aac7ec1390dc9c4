"""Kernel ridge regression: sizes, calibration, a metric that passes over noise, deadlines."""

from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_cases import REAL, case_of, default, fitted, large_case, loss, no_codes

from automl.algorithms import ALGORITHMS, kernel_ridge
from automl.table import Table
from automl.task import Problem, Shape

RIDGE = ALGORITHMS["kernel_ridge"]


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes", "wine"])
def test_exact_fits_and_fits_at_centres_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = REAL[name]
    train, test = case.split()
    losses = []
    for most, n_centres in ((3_000, 2_000), (50, 40)):
        monkeypatch.setattr(kernel_ridge, "MAX_EXACT_ROWS", most)
        monkeypatch.setattr(kernel_ridge, "N_CENTRES", n_centres)
        learner = fitted(RIDGE, default(RIDGE, case.shape.problem), case, train)
        assert len(learner.centres) == min(len(train), n_centres)
        losses.append(loss(case, test, learner.predict(case.table.take(test))))
    assert losses[1] < 1.5 * losses[0] + 0.02


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_the_metric_passes_over_columns_of_noise(problem: Problem) -> None:
    case = large_case(problem, 700, 20)  # three columns of twenty matter
    train, test = case.split()
    values = default(RIDGE, problem)
    losses = []
    for steps in (0, 3):
        learner = fitted(RIDGE, values | {"metric_steps": steps}, case, train)
        losses.append(loss(case, test, learner.predict(case.table.take(test))))
    assert losses[1] < 0.85 * losses[0]
    assert set(np.argsort(-learner.kernel.scales)[:3]) == {0, 1, 2}


def test_probabilities_are_calibrated_on_rows_left_out() -> None:
    """Noise only: no probability should be far from the share of a class."""
    case = REAL["breast_cancer"]
    y = np.random.default_rng(0).integers(0, 2, len(case.y))
    noise = type(case)(case.table, y, case.shape)
    train, test = noise.split()
    learner = fitted(RIDGE, default(RIDGE, "binary"), noise, train)
    assert loss(noise, test, learner.predict(noise.table.take(test))) < 0.75


def test_classes_that_do_not_overlap_leave_some_doubt() -> None:
    case = REAL["wine"]
    train, test = case.split()
    values = default(RIDGE, "multiclass") | {"metric_steps": 0}
    assert loss(case, test, fitted(RIDGE, values, case, train).predict(case.table.take(test))) < 0.12


def test_outputs_of_classes_that_hang_together_are_mixed() -> None:
    """Of three classes the second lies between the others: the first output says something of the third class."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (600, 1))
    y = np.digitize(X[:, 0] + 0.1 * rng.normal(size=600), [-0.05, 0.05]).astype(np.int64)
    case = case_of(Table(X, no_codes(600), ()), y, "multiclass")
    train, test = case.split()
    learner = fitted(RIDGE, default(RIDGE, "multiclass"), case, train)
    factors = learner.calibration[1:]
    assert abs(factors - np.diag(np.diag(factors))).max() > 0.1
    assert loss(case, test, learner.predict(case.table.take(test))) < 0.45


def test_without_time_the_metric_stays_and_fewer_rows_count() -> None:
    case = large_case("regression", 6_000)
    train, test = case.split()
    begun = time.process_time()
    late = fitted(RIDGE, default(RIDGE, "regression"), case, train, deadline=time.monotonic() - 1)
    assert time.process_time() - begun < 2.0
    assert (late.kernel.scales == 1.0).all()
    assert loss(case, test, late.predict(case.table.take(test))) < np.std(case.y[test])


def test_size_limits() -> None:
    assert RIDGE.why_not(Shape("binary", 2, 50_000, 4, 0)) is None
    assert "50,000 rows" in str(RIDGE.why_not(Shape("binary", 2, 50_001, 4, 0)))
    assert "2,000 dense columns" in str(RIDGE.why_not(Shape("regression", 0, 100, 2_000, 1)))
