"""Decision tuning: worth its while on imbalanced data, harmless elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.decision import tune_decision
from automl.metrics import resolve_metric


def imbalanced(n_rows: int, n_classes: int, seed: int) -> tuple[Any, Any]:
    """Calibrated probabilities; the largest class is eight times as large as the smallest."""
    rng = np.random.default_rng(seed)
    share = 0.125 ** (np.arange(n_classes) / (n_classes - 1))
    share /= share.sum()
    y = rng.choice(n_classes, size=n_rows, p=share)
    score = rng.normal(size=(n_rows, n_classes))
    score[np.arange(n_rows), y] += 1.2
    weighted = np.exp(1.2 * score + np.log(share))
    return y, weighted / weighted.sum(axis=1, keepdims=True)


def label_loss(name: str, y: Any, n_classes: int) -> Any:
    metric = resolve_metric(name, "binary" if n_classes == 2 else "multiclass", np.arange(n_classes))
    return lambda prediction: metric.loss(y, prediction)


@pytest.mark.parametrize(
    ("name", "n_classes", "gain"),
    [("balanced_accuracy", 2, 0.02), ("f1_macro", 2, 0.005), ("balanced_accuracy", 5, 0.05), ("f1_macro", 5, 0.01),
     ("balanced_accuracy", 20, 0.03)],
)  # fmt: skip
def test_beats_the_most_probable_class_on_new_rows(name: str, n_classes: int, gain: float) -> None:
    y, prediction = imbalanced(3000, n_classes, seed=0)
    factors = tune_decision(prediction, label_loss(name, y, n_classes))
    new_y, new_prediction = imbalanced(20_000, n_classes, seed=1)
    loss = label_loss(name, new_y, n_classes)
    assert loss(new_prediction * factors) < loss(new_prediction) - gain


def test_two_classes_find_the_best_threshold() -> None:
    y, prediction = imbalanced(400, 2, seed=2)
    loss = label_loss("f1", y, 2)
    factors = tune_decision(prediction, loss)
    thresholds = np.unique(prediction[:, 1])
    best = min(loss(np.column_stack([np.full(400, t), prediction[:, 1]])) for t in thresholds)
    assert loss(prediction * factors) <= best + 0.01


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), n_rows=st.integers(1, 40), n_classes=st.integers(2, 5), min_gain=st.floats(0, 0.2))
def test_never_worse_and_never_taken_below_the_least_gain(
    seed: int, n_rows: int, n_classes: int, min_gain: float
) -> None:
    rng = np.random.default_rng(seed)
    y, prediction = rng.integers(n_classes, size=n_rows), rng.dirichlet(np.ones(n_classes), size=n_rows)

    def error(weighted: Any) -> float:
        return float((weighted.argmax(axis=1) != y).mean())

    factors = tune_decision(prediction, error, min_gain=min_gain)
    assert factors.shape == (n_classes,)
    assert np.log(factors).mean() == pytest.approx(0.0, abs=1e-9)
    gain = error(prediction) - error(prediction * factors)
    assert (factors == 1.0).all() or gain > min_gain


def test_a_small_gain_is_taken_only_if_allowed() -> None:
    prediction = np.array([[0.55, 0.45]] + [[0.9, 0.1]] * 99)
    y = np.array([1] + [0] * 99)

    def error(weighted: Any) -> float:
        return float((weighted.argmax(axis=1) != y).mean())

    assert tune_decision(prediction, error, min_gain=0.02).tolist() == [1.0, 1.0]
    assert error(prediction * tune_decision(prediction, error, min_gain=0.005)) == 0.0


def test_among_equal_steps_the_middle_one_is_taken() -> None:
    """A threshold between two groups of rows lies well inside the gap, not at its edge."""
    prediction = np.column_stack([1 - np.repeat([0.1, 0.4], 50), np.repeat([0.1, 0.4], 50)])
    y = np.repeat([0, 1], 50)
    factors = tune_decision(prediction, lambda p: float((p.argmax(axis=1) != y).mean()))
    threshold = factors[0] / factors.sum()
    assert 0.15 < threshold < 0.35


@pytest.mark.parametrize(("n_classes", "most"), [(2, 60), (5, 250), (12, 600), (100, 20)])
def test_the_loss_is_asked_for_few_times(n_classes: int, most: int) -> None:
    """Losses cost milliseconds on large tables."""
    y, prediction = imbalanced(300, n_classes, seed=3)
    metric, calls = label_loss("balanced_accuracy", y, n_classes), 0

    def loss(weighted: Any) -> float:
        nonlocal calls
        calls += 1
        return metric(weighted)

    tune_decision(prediction, loss)
    assert calls <= most


def test_stop_keeps_the_best_factors_so_far() -> None:
    y, prediction = imbalanced(1000, 6, seed=4)
    loss = label_loss("f1_macro", y, 6)
    assert tune_decision(prediction, loss, stop=lambda: True).tolist() == [1.0] * 6
    answers = iter([False, False, False])
    early = tune_decision(prediction, loss, stop=lambda: next(answers, True))
    late = tune_decision(prediction, loss)
    assert loss(prediction * late) < loss(prediction * early) < loss(prediction)


def test_an_undefined_loss_changes_nothing() -> None:
    _, prediction = imbalanced(30, 3, seed=5)
    assert tune_decision(prediction, lambda p: float("nan")).tolist() == [1.0, 1.0, 1.0]


def test_a_class_that_is_never_predicted_gives_no_infinite_factor() -> None:
    prediction = np.array([[0.5, 0.5, 0.0], [0.6, 0.4, 0.0]])
    factors = tune_decision(prediction, lambda p: float((p.argmax(axis=1) != [1, 0]).mean()))
    assert np.isfinite(factors).all()
    assert (prediction * factors).argmax(axis=1).tolist() == [1, 0]
