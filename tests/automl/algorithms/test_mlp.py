from __future__ import annotations

import numpy as np
from algorithm_cases import REAL, default, fitted, large_case, loss

from automl.algorithms import ALGORITHMS, mlp

MLP = ALGORITHMS["mlp"]


def test_the_weights_of_the_best_epoch_are_kept(monkeypatch) -> None:
    case = REAL["diabetes"]
    train, test = case.split()
    seen = []
    watch = mlp.Perceptron._loss
    monkeypatch.setattr(mlp.Perceptron, "_loss", lambda self, X, y: seen.append(watch(self, X, y)) or seen[-1])
    # Steps this long overfit within a few epochs.
    values = default(MLP, "regression") | {"learning_rate": 0.01, "alpha": 1e-7}
    learner = fitted(MLP, values, case, train, valid=(case.table.take(test), case.y[test]))
    assert len(seen) - 1 > int(np.argmin(seen))
    scale = learner.target.scale
    np.testing.assert_allclose(
        loss(case, test, learner.predict(case.table.take(test))) / scale**2, min(seen), rtol=1e-4
    )


def test_small_steps_between_looks_at_the_clock_train_as_well(monkeypatch) -> None:
    case = large_case("binary", 800)
    train, test = case.split()
    values = default(MLP, "binary")
    losses = []
    for cost in (mlp._STEP_COST, 1e7):
        monkeypatch.setattr(mlp, "_STEP_COST", cost)
        losses.append(loss(case, test, fitted(MLP, values, case, train).predict(case.table.take(test))))
    assert max(losses) < 0.5
