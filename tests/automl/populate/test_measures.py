from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from automl.metrics import RECORDED, resolve_metric
from automl.populate.measures import METRICS, metric_of, score_and_loss
from automl.task import PROBLEMS, Problem


def example(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    if problem == "regression":
        y = rng.normal(size=60)
        return y, y + rng.normal(size=60)
    n_classes = 2 if problem == "binary" else 4
    y = rng.choice(n_classes, p=[0.7, 0.3] if n_classes == 2 else [0.4, 0.3, 0.2, 0.1], size=60)
    prediction = rng.dirichlet(np.ones(n_classes), 60) + 0.5 * np.eye(n_classes)[y]
    return y, prediction / prediction.sum(axis=1, keepdims=True)


def by_class(y: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """OpenML's measures as Weka defines them: of each class against the rest, weighted by its rows."""
    labels, weights = prediction.argmax(axis=1), np.bincount(y) / len(y)
    hit = np.array([np.mean((labels == k) & (y == k)) for k in range(prediction.shape[1])])
    precision = hit / [np.mean(labels == k) for k in range(prediction.shape[1])]
    recall = hit / weights
    auc = [roc_auc_score(y == k, prediction[:, k]) for k in range(prediction.shape[1])]
    return {
        "predictive_accuracy": hit.sum(),
        "precision": weights @ precision,
        "recall": weights @ recall,
        "weighted_recall": weights @ recall,
        "unweighted_recall": recall.mean(),
        "f_measure": weights @ (2 * precision * recall / (precision + recall)),
        "area_under_roc_curve": weights @ auc,
    }


def of_numbers(y: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    error = prediction - y
    return {
        "root_mean_squared_error": math.sqrt(np.mean(error**2)),
        "mean_absolute_error": float(np.mean(np.abs(error))),
    }


@pytest.mark.parametrize("problem", PROBLEMS)
def test_published_values_are_on_the_scale_of_our_own_losses(problem: Problem) -> None:
    y, prediction = example(problem)
    published = of_numbers(y, prediction) if problem == "regression" else by_class(y, prediction)
    assert set(published) == set(METRICS[problem])
    classes = None if problem == "regression" else np.unique(y)
    for measure, value in published.items():
        name = metric_of(measure, problem)
        assert name is not None
        ours = resolve_metric(name, problem, classes)
        score, loss = score_and_loss(name, float(value))
        assert score == pytest.approx(ours.score(y, prediction, None)), measure
        assert loss == pytest.approx(ours.loss(y, prediction)), measure


def test_what_is_recorded_of_every_fit_is_among_them() -> None:
    assert "accuracy" in set(METRICS["binary"].values()) & set(METRICS["multiclass"].values())
    for problem in PROBLEMS:
        assert set(RECORDED[problem]) & set(METRICS[problem].values())


@pytest.mark.parametrize("measure", ["kappa", "average_cost", "root_relative_squared_error", "usercpu_time_millis", ""])
def test_measures_without_counterpart_have_none(measure: str) -> None:
    assert [metric_of(measure, problem) for problem in PROBLEMS] == [None, None, None]


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_errors_of_probabilities_are_no_errors_of_numbers(problem: Problem) -> None:
    assert metric_of("root_mean_squared_error", problem) is metric_of("mean_absolute_error", problem) is None


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("accuracy", 1.01),
        ("roc_auc", -0.1),
        ("f1_weighted", math.nan),
        ("neg_mean_absolute_error", -1.0),
        ("neg_mean_absolute_error", math.inf),
        ("neg_root_mean_squared_error", math.nan),
    ],
)
def test_values_that_cannot_be_are_refused(metric: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{metric} cannot come from the published value"):
        score_and_loss(metric, value)


@given(st.floats(0, 1))
def test_losses_of_shares_are_shares_and_fall_as_scores_rise(value: float) -> None:
    score, loss = score_and_loss("accuracy", value)
    assert score == value and 0 <= loss <= 1 and loss == 1 - value
