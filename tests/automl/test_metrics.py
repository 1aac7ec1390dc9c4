"""Metrics: every scikit-learn scorer name and callables, as losses."""

from __future__ import annotations

import pickle
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import fbeta_score, get_scorer, get_scorer_names, log_loss, make_scorer, roc_auc_score

from automl.metrics import ALIASES, AUTO, RECORDED, resolve_metric
from automl.task import PROBLEMS, Problem

N_CLASSES = {"binary": 2, "multiclass": 3, "regression": 0}
# Metrics of clusterings and of multilabel targets score neither problem.
FIT_NO_TASK = {
    "adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "f1_samples", "fowlkes_mallows_score",
    "homogeneity_score", "jaccard_samples", "mutual_info_score", "normalized_mutual_info_score", "precision_samples",
    "rand_score", "recall_samples", "v_measure_score",
}  # fmt: skip
BINARY_ONLY = {
    "f1", "jaccard", "neg_negative_likelihood_ratio", "positive_likelihood_ratio", "precision", "recall", "roc_auc",
}  # fmt: skip


class Classifier(ClassifierMixin, BaseEstimator):
    """Answers with given probabilities."""

    def __init__(self, probabilities: Any, classes: Any):
        self.probabilities, self.classes_ = probabilities, classes

    def fit(self, X: Any, y: Any) -> Classifier:
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.probabilities

    def predict(self, X: Any) -> Any:
        return self.classes_[self.probabilities.argmax(axis=1)]


class Regressor(RegressorMixin, BaseEstimator):
    """Answers with given values."""

    def __init__(self, values: Any):
        self.values = values

    def fit(self, X: Any, y: Any) -> Regressor:
        return self

    def predict(self, X: Any) -> Any:
        return self.values


def example(problem: Problem) -> tuple[Any, Any, Any]:
    """Targets, predictions and weights that every score is defined on."""
    rng = np.random.default_rng(3)
    k = N_CLASSES[problem]
    weight = rng.uniform(0.1, 3.0, size=80)
    if problem == "regression":
        return rng.uniform(1.0, 5.0, size=80), rng.uniform(1.0, 5.0, size=80), weight
    y = np.concatenate([np.arange(k), rng.integers(k, size=80 - k)])
    return y, rng.dirichlet(np.ones(k), size=80), weight


def classes_of(problem: Problem) -> Any:
    return None if problem == "regression" else np.arange(N_CLASSES[problem])


def estimator_of(problem: Problem, prediction: Any) -> Any:
    return Regressor(prediction) if problem == "regression" else Classifier(prediction, classes_of(problem))


def fits(name: str, problem: Problem) -> bool:
    if name in FIT_NO_TASK or (name in BINARY_ONLY and problem != "binary"):
        return False
    if name == "top_k_accuracy" and problem == "binary":
        return False
    is_error = any(part in name for part in ("error", "deviance", "r2", "explained_variance"))
    return is_error == (problem == "regression")


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", get_scorer_names())
def test_every_scorer_name_scores_as_scikit_learn_or_is_refused(name: str, problem: Problem) -> None:
    if not fits(name, problem):
        with pytest.raises(ValueError, match=f"{name}.*does not fit a {problem} task"):
            resolve_metric(name, problem, classes_of(problem))
        return
    metric = resolve_metric(name, problem, classes_of(problem))
    y, prediction, weight = example(problem)
    scorer, estimator, X = get_scorer(name), estimator_of(problem, prediction), np.zeros((len(y), 1))
    expected = scorer(estimator, X, y)
    assert metric.score(y, prediction, None) == pytest.approx(expected, rel=1e-9)
    with suppress(TypeError, ValueError):  # some scores know no weights
        expected = scorer(estimator, X, y, sample_weight=weight)
    assert metric.score(y, prediction, weight) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("name", "problem"), [(n, p) for n in get_scorer_names() for p in PROBLEMS if fits(n, p)])
def test_better_predictions_have_a_lower_loss_and_perfect_ones_are_known(name: str, problem: Problem) -> None:
    metric = resolve_metric(name, problem, classes_of(problem))
    y, prediction, _ = example(problem)
    perfect = y.astype(float) if problem == "regression" else np.eye(N_CLASSES[problem])[y]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the ratio that a perfect prediction leaves undefined
        best, good = metric.loss(y, perfect), metric.loss(y, 0.5 * perfect + 0.5 * prediction)
    poor = metric.loss(y, prediction)
    assert not metric.is_perfect(poor)
    if name == "positive_likelihood_ratio":  # undefined without false positives, which scikit-learn scores 1
        assert best == -1.0
    else:
        assert best == pytest.approx(0.0, abs=1e-9)
        assert best <= good < poor


def test_a_ratio_above_one_is_not_perfect() -> None:
    metric = resolve_metric("positive_likelihood_ratio", "binary", np.arange(2))
    y = np.repeat([0, 1], 10)
    given = np.where(np.arange(20) % 10 < 9, y, 1 - y)
    loss = metric.loss(y, np.eye(2)[given])
    assert loss == pytest.approx(-9.0)
    assert not metric.is_perfect(loss)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_auto_aliases_and_recorded_metrics_resolve(problem: Problem) -> None:
    assert resolve_metric("auto", problem, classes_of(problem)).name == AUTO[problem]
    assert AUTO[problem] in RECORDED[problem]
    for name in RECORDED[problem]:
        assert resolve_metric(name, problem, classes_of(problem)).name == name
    for alias, name in ALIASES.items():
        if fits(name, problem):
            assert resolve_metric(alias, problem, classes_of(problem)).name == name


def test_unknown_names_are_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match=r"metric 'no_such' is unknown.*'roc_auc'.*get_scorer_names"):
        resolve_metric("no_such", "binary", np.arange(2))
    with pytest.raises(ValueError, match=r"'r2' does not fit a multiclass task; use .*roc_auc_ovr"):
        resolve_metric("r2", "multiclass", np.arange(3))


@pytest.mark.parametrize("name", ["average_precision", "roc_auc_ovr", "roc_auc_ovo", "d2_log_loss_score"])
@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_rows_that_lack_classes_are_undefined_not_an_error(name: str, problem: Problem) -> None:
    """A validation fold of a rare class may be without it."""
    k = N_CLASSES[problem]
    metric = resolve_metric(name, problem, np.arange(k))
    prediction = np.random.default_rng(0).dirichlet(np.ones(k), size=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loss = metric.loss(np.zeros(6, dtype=int), prediction, np.ones(6))
    assert isinstance(loss, float)


def test_a_prediction_out_of_range_is_an_error_of_the_model() -> None:
    metric = resolve_metric("neg_mean_poisson_deviance", "regression", None)
    with pytest.raises(ValueError):
        metric.loss(np.array([1.0, 2.0]), np.array([1.0, -2.0]))


@pytest.mark.parametrize(
    ("name", "on_labels", "tunes"),
    [("f1", True, True), ("balanced_accuracy", True, True), ("accuracy", True, False), ("roc_auc", False, False),
     ("neg_log_loss", False, False)],
)  # fmt: skip
def test_which_metrics_look_at_labels(name: str, on_labels: bool, tunes: bool) -> None:
    metric = resolve_metric(name, "binary", np.arange(2))
    assert (metric.on_labels, metric.tunes_decision) == (on_labels, tunes)


def gain_of_yes(estimator: Any, X: Any, y: Any) -> float:
    return float(((estimator.predict(X) == "yes") & (y == "yes")).mean())


def test_a_callable_sees_the_users_labels() -> None:
    metric = resolve_metric(gain_of_yes, "binary", np.array(["no", "yes"]))
    prediction = np.array([[0.1, 0.9], [0.1, 0.9], [0.8, 0.2], [0.9, 0.1]])
    assert metric.name == "callable:gain_of_yes"
    assert metric.score(np.array([1, 0, 1, 1]), prediction, None) == 0.25
    assert metric.loss(np.array([1, 0, 1, 1]), prediction) == -0.25
    assert not metric.is_perfect(-1.0)
    assert metric.tunes_decision


def test_a_callable_on_probabilities_is_not_tuned_on_labels() -> None:
    def expected_gain(estimator: Any, X: Any, y: Any) -> float:
        return float((estimator.predict_proba(X)[:, 1] * (y == "yes")).mean())

    def both(estimator: Any, X: Any, y: Any) -> float:
        return expected_gain(estimator, X, y) + gain_of_yes(estimator, X, y)

    for scorer in (expected_gain, both):
        assert not resolve_metric(scorer, "binary", np.array(["no", "yes"])).on_labels


def test_a_callable_regression_metric() -> None:
    def within_a_tenth(estimator: Any, X: Any, y: Any) -> float:
        return float((np.abs(estimator.predict(X) - y) < 0.1).mean())

    metric = resolve_metric(within_a_tenth, "regression", None)
    assert metric.loss(np.array([1.0, 2.0]), np.array([1.05, 3.0])) == -0.5
    assert not metric.tunes_decision


def test_scorer_objects_keep_their_parameters_labels_and_weights() -> None:
    scorer = make_scorer(fbeta_score, beta=2, pos_label="bad")
    classes = np.array(["bad", "good"])
    metric = resolve_metric(scorer, "binary", classes)
    y, prediction, weight = example("binary")
    given = prediction.argmax(axis=1)
    assert metric.name == "callable:fbeta_score"
    assert metric.on_labels
    for w in (None, weight):
        expected = fbeta_score(classes[y], classes[given], beta=2, pos_label="bad", sample_weight=w)
        assert metric.score(y, prediction, w) == pytest.approx(expected)


def test_scorer_objects_by_probabilities_and_with_a_sign() -> None:
    y, prediction, weight = example("multiclass")
    negative = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    metric = resolve_metric(negative, "multiclass", np.array(["a", "b", "c"]))
    assert not metric.on_labels
    assert metric.loss(y, prediction, weight) == pytest.approx(log_loss(y, prediction, sample_weight=weight))
    either = make_scorer(roc_auc_score, response_method=("decision_function", "predict_proba"))
    y, prediction, _ = example("binary")
    metric = resolve_metric(either, "binary", np.array(["no", "yes"]))
    assert metric.score(y, prediction, None) == pytest.approx(roc_auc_score(y, prediction[:, 1]))


def test_a_callable_that_cannot_work_is_refused_at_once() -> None:
    def by_column(estimator: Any, X: Any, y: Any) -> float:
        return float(X["price"].mean())

    with pytest.raises(ValueError, match=r"callable:by_column.*fails on a regression try-out: IndexError"):
        resolve_metric(by_column, "regression", None)
    only_decisions = make_scorer(roc_auc_score, response_method="decision_function")
    with pytest.raises(ValueError, match=r"callable:roc_auc_score.*AttributeError"):
        resolve_metric(only_decisions, "binary", np.arange(2))


@pytest.mark.parametrize("metric", ["f1_macro", "average_precision", gain_of_yes, make_scorer(fbeta_score, beta=1)])
def test_metrics_travel_to_workers(metric: Any) -> None:
    classes = np.array(["no", "yes"]) if metric is gain_of_yes else np.arange(2)
    here = resolve_metric(metric, "binary", classes)
    there = pickle.loads(pickle.dumps(here))
    y, prediction, _ = example("binary")
    assert there.loss(y, prediction) == here.loss(y, prediction)
