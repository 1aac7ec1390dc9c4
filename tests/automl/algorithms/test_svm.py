from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_cases import REAL, default, fitted, loss
from sklearn.svm import SVC, SVR

from automl.algorithms import ALGORITHMS, svm

SVM = ALGORITHMS["svm"]


@pytest.mark.parametrize(("name", "machine"), [("breast_cancer", SVC), ("diabetes", SVR)])
def test_exact_and_approximate_machines_agree(name: str, machine: type, monkeypatch: pytest.MonkeyPatch) -> None:
    case = REAL[name]
    train, test = case.split()
    rows = case.table.take(test)
    exact = fitted(SVM, default(SVM, case.shape.problem), case, train)
    assert type(exact.model) is machine
    monkeypatch.setattr(svm, "MAX_EXACT_ROWS", 10)
    approximate = fitted(SVM, default(SVM, case.shape.problem), case, train)
    assert type(approximate.model) is not machine
    losses = [loss(case, test, learner.predict(rows)) for learner in (exact, approximate)]
    assert max(losses) < 1.5 * min(losses)


def test_probabilities_are_calibrated_on_rows_held_out() -> None:
    """Noise only: a sigmoid over the machine's own training rows would be sure of itself."""
    case = REAL["breast_cancer"]
    y = np.random.default_rng(0).integers(0, 2, len(case.y))
    noise = type(case)(case.table, y, case.shape)
    train, test = noise.split()
    values = default(SVM, "binary") | {"C": 100.0}
    assert loss(noise, test, fitted(SVM, values, noise, train).predict(noise.table.take(test))) < 0.75
    late = fitted(SVM, values, noise, train, deadline=time.monotonic() - 1).predict(noise.table.take(test))
    assert loss(noise, test, late) > 1.0


def test_kernel_width_adapts_to_the_table() -> None:
    case = REAL["diabetes"]
    learner = fitted(SVM, default(SVM, "regression"), case, np.arange(100))
    assert learner.model.gamma == pytest.approx(1 / case.shape.n_numeric, rel=0.05)
