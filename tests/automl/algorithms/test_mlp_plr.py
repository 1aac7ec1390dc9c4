from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_cases import REAL, case_of, default, fitted, large_case, loss, no_codes

from automl.algorithms import ALGORITHMS
from automl.algorithms.mlp_plr import PeriodicPerceptron, rate_at
from automl.table import Table

PLR = ALGORITHMS["mlp_plr"]


def test_the_weights_of_the_best_epoch_are_kept(monkeypatch):
    case = REAL["diabetes"]
    train, test = case.split()
    seen = []
    watch = PeriodicPerceptron._loss
    monkeypatch.setattr(PeriodicPerceptron, "_loss", lambda self, X, y: seen.append(watch(self, X, y)) or seen[-1])
    # Steps this long overfit.
    values = default(PLR, "regression") | {"learning_rate": 0.03, "weight_decay": 1e-4, "dropout": 0.0}
    learner = fitted(PLR, values, case, train, valid=(case.table.take(test), case.y[test]))
    assert len(seen) - 1 > int(np.argmin(seen))
    scale = learner.target.scale
    assert loss(case, test, learner.predict(case.table.take(test))) / scale**2 == pytest.approx(min(seen), rel=1e-4)


def test_periodic_embeddings_see_what_repeats():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, (800, 2))
    case = case_of(Table(X, no_codes(800), ()), np.sin(8 * X[:, 0]), "regression")
    train, test = case.split()
    losses = {}
    for embedding in ("periodic", "none"):
        values = default(PLR, "regression") | {"embedding": embedding, "frequency": 1.0, "dropout": 0.0}
        losses[embedding] = loss(case, test, fitted(PLR, values, case, train).predict(case.table.take(test)))
    assert losses["periodic"] < 0.2 * losses["none"]


def test_columns_of_two_values_are_not_embedded_and_many_columns_neither():
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 2, 60), rng.normal(size=60), np.ones(60), rng.integers(0, 3, 60)]
    case = case_of(Table(np.column_stack(columns).astype(float), no_codes(60), ()), rng.normal(size=60), "regression")
    assert fitted(PLR, default(PLR, "regression"), case, np.arange(60)).architecture.embedded.tolist() == [1, 3]
    wide = case_of(Table(rng.normal(size=(60, 150)), no_codes(60), ()), rng.normal(size=60), "regression")
    assert fitted(PLR, default(PLR, "regression"), wide, np.arange(60)).architecture.embedded.tolist() == []


def test_the_rate_ends_at_zero_and_rises_four_times():
    rates = np.array([rate_at(share) for share in np.linspace(0, 1, 2001)])
    assert rates.min() >= 0
    assert rates[-1] == pytest.approx(0)
    assert ((rates[1:-1] > rates[:-2]) & (rates[1:-1] > rates[2:])).sum() == 4


def test_training_that_is_cut_short_still_ends_at_a_low_rate():
    """A deadline in the middle of the schedule would leave the weights where the rate is highest."""
    case = large_case("regression")
    train, test = case.split()
    learner = fitted(PLR, default(PLR, "regression"), case, train, deadline=time.monotonic() + 1.5)
    assert loss(case, test, learner.predict(case.table.take(test))) < 0.3 * np.var(case.y[test])


def test_a_far_deadline_changes_nothing():
    """A search without a clock still has a limit for what hangs; equal seeds must give equal models."""
    case = REAL["breast_cancer"]
    train, test = case.split()
    values = default(PLR, "binary")
    without = fitted(PLR, values, case, train).predict(case.table.take(test))
    far = fitted(PLR, values, case, train, deadline=time.monotonic() + 900.0).predict(case.table.take(test))
    np.testing.assert_array_equal(without, far)
