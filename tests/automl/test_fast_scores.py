"""Every fast score equals scikit-learn's scorer, on whatever predictions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer

from automl.fast_scores import FAST

REGRESSION = ["neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"]
BINARY_ONLY = ["roc_auc", "f1", "precision", "recall", "jaccard"]
MULTICLASS = [name for name in FAST if name not in (*REGRESSION, *BINARY_ONLY)]


class Classifier(ClassifierMixin, BaseEstimator):
    def __init__(self, probabilities: Any):
        self.probabilities = probabilities
        self.classes_ = np.arange(probabilities.shape[1])

    def fit(self, X: Any, y: Any) -> Classifier:
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.probabilities

    def predict(self, X: Any) -> Any:
        return self.probabilities.argmax(axis=1)


class Regressor(RegressorMixin, BaseEstimator):
    def __init__(self, values: Any):
        self.values = values

    def fit(self, X: Any, y: Any) -> Regressor:
        return self

    def predict(self, X: Any) -> Any:
        return self.values


def by_sklearn(name: str, estimator: Any, y: Any, weight: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(get_scorer(name)(estimator, np.zeros((len(y), 1)), y, sample_weight=weight))


def draw_classification(seed: int, n_rows: int, n_classes: int) -> tuple[Any, Any, Any]:
    """Every class occurs in y; few distinct probabilities, so that ties are common."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=n_rows)]))
    probabilities = rng.integers(1, 5, size=(len(y), n_classes)).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return y, probabilities, rng.uniform(0.1, 5.0, size=len(y))


def test_no_fast_score_goes_untested() -> None:
    assert {*MULTICLASS, *BINARY_ONLY, *REGRESSION} == set(FAST)
    assert {"accuracy", "balanced_accuracy", "neg_log_loss", "f1_macro"} <= set(MULTICLASS)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", MULTICLASS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n_rows=st.integers(0, 60), n_classes=st.integers(2, 6))
def test_class_scores_equal_scikit_learn(name: str, weighted: bool, seed: int, n_rows: int, n_classes: int) -> None:
    y, probabilities, weight = draw_classification(seed, n_rows, n_classes)
    weight = weight if weighted else None
    expected = by_sklearn(name, Classifier(probabilities), y, weight)
    assert FAST[name](y, probabilities, weight) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", BINARY_ONLY)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n_rows=st.integers(0, 60))
def test_binary_scores_equal_scikit_learn(name: str, weighted: bool, seed: int, n_rows: int) -> None:
    y, probabilities, weight = draw_classification(seed, n_rows, 2)
    weight = weight if weighted else None
    expected = by_sklearn(name, Classifier(probabilities), y, weight)
    assert FAST[name](y, probabilities, weight) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", REGRESSION)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n_rows=st.integers(2, 60), scale=st.sampled_from([1e-6, 1.0, 1e9]))
def test_regression_scores_equal_scikit_learn(name: str, weighted: bool, seed: int, n_rows: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y, values = rng.normal(size=(2, n_rows)) * scale
    weight = rng.uniform(0.1, 5.0, size=n_rows) if weighted else None
    expected = by_sklearn(name, Regressor(values), y, weight)
    assert FAST[name](y, values, weight) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", [*MULTICLASS, *BINARY_ONLY])
def test_rows_that_lack_a_class(name: str) -> None:
    """A fold may lack a class; where scikit-learn needs all of them, the others still count."""
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2]])
    y = np.array([0, 0, 0])
    found = FAST[name](y, probabilities, None)
    if name == "roc_auc":
        assert np.isnan(found)
    elif name == "neg_log_loss":
        assert found == pytest.approx(np.log([0.6, 0.3, 0.8]).mean())
    else:
        assert found == pytest.approx(by_sklearn(name, Classifier(probabilities), y, None))


def test_weighted_roc_auc_of_one_class_is_undefined() -> None:
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7]])
    assert np.isnan(FAST["roc_auc"](np.array([1, 1]), probabilities, np.array([1.0, 2.0])))


def test_r2_without_spread_and_of_a_single_row() -> None:
    constant = np.array([2.0, 2.0])
    assert FAST["r2"](constant, constant, None) == 1.0
    assert FAST["r2"](constant, np.array([2.0, 3.0]), None) == 0.0
    assert np.isnan(FAST["r2"](constant[:1], constant[:1], None))


def test_a_weight_of_two_counts_as_two_rows() -> None:
    y, probabilities, _ = draw_classification(7, 30, 3)
    twice = np.arange(len(y)) % 3 == 0
    rows = np.concatenate([np.arange(len(y)), np.flatnonzero(twice)])
    for name in MULTICLASS:
        weighted = FAST[name](y, probabilities, 1.0 + twice)
        assert weighted == pytest.approx(FAST[name](y[rows], probabilities[rows], None)), name


def test_confident_mistakes_stay_finite() -> None:
    loss = -FAST["neg_log_loss"](np.array([0]), np.array([[0.0, 1.0]]), None)
    assert loss == pytest.approx(-np.log(np.finfo(float).eps))
