"""The estimators as scikit-learn's own checks and a user's scripts see them."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from real_tables import load_table
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score, make_scorer, roc_auc_score
from sklearn.model_selection import GroupKFold, TimeSeriesSplit, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import automl
from automl import AutoMLClassifier, AutoMLRegressor

QUICK = {"time_budget": None, "max_trials": 3, "n_jobs": 1, "knowledge_base": None, "verbose": 0, "random_state": 0}


@pytest.mark.once
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [AutoMLClassifier, AutoMLRegressor])
def test_scikit_learn_checks_all_pass(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(kind(**{**QUICK, "max_trials": 2}), on_skip=None, on_fail=None)
    failed = {r["check_name"]: repr(r["exception"]) for r in results if r["status"] not in ("passed", "skipped")}
    assert failed == {}
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= {"check_array_api_input"}
    assert len(results) > 50


def test_a_real_table_with_categories_and_missing_values():
    X, y = load_table("colic")
    model = AutoMLClassifier(**QUICK).fit(X.iloc[:250], y.iloc[:250])
    probabilities = model.predict_proba(X.iloc[250:])
    assert roc_auc_score(y.iloc[250:] == model.classes_[1], probabilities[:, 1]) > 0.7
    assert list(model.feature_names_in_) == list(X.columns)
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_same_seed_same_trials_and_same_model_whatever_the_number_of_jobs():
    X, y = make_classification(300, 8, n_informative=5, random_state=1)
    options = {**QUICK, "max_trials": 14}
    one = AutoMLClassifier(**options).fit(X, y)
    two = AutoMLClassifier(**{**options, "n_jobs": 2}).fit(X, y)
    columns = ["algorithm", "loss", "folds", "weight", "configuration"]
    pd.testing.assert_frame_equal(one.leaderboard()[columns], two.leaderboard()[columns])
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))
    other = AutoMLClassifier(**{**options, "random_state": 1}).fit(X, y)
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_clone_pipeline_and_cross_validation():
    X, y = load_iris(return_X_y=True)
    model = clone(AutoMLClassifier(**QUICK))
    scores = cross_val_score(make_pipeline(StandardScaler().set_output(transform="pandas"), model), X, y, cv=2)
    assert scores.min() > 0.85


def test_metadata_routing_carries_weights_and_groups():
    X, y = make_classification(120, 5, random_state=0)
    groups = np.arange(120) % 12
    weight = np.linspace(0.5, 1.5, 120)
    with sklearn.config_context(enable_metadata_routing=True):
        model = AutoMLClassifier(**QUICK).set_fit_request(sample_weight=True, groups=True)
        model.set_score_request(sample_weight=False)
        found = cross_validate(
            model, X, y, cv=GroupKFold(2), params={"sample_weight": weight, "groups": groups}, return_estimator=True
        )
    assert "by group" in found["estimator"][0].fit_report_["split"]


@pytest.mark.parametrize(
    "metric",
    ["roc_auc", "neg_log_loss", "accuracy", "balanced_accuracy", "f1", "f1_macro", "average_precision"],
)
def test_metrics_of_classification(metric):
    X, y = make_classification(200, 6, weights=[0.85], random_state=0)
    model = AutoMLClassifier(**QUICK, metric=metric).fit(X, np.where(y == 1, "yes", "no"))
    assert model.fit_report_["metric"] == metric
    assert np.isfinite(model.fit_report_["ensemble_loss"])


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2", "mape", "neg_median_absolute_error"])
def test_metrics_of_regression(metric):
    X, y = make_regression(150, 5, noise=5.0, random_state=0)
    assert AutoMLRegressor(**QUICK, metric=metric).fit(X, y + 500).score(X, y + 500) > 0.5


def test_callable_metric_sees_the_users_labels():
    X, y = make_classification(150, 5, random_state=0)
    labels = np.where(y == 1, "good", "bad")

    def gain(estimator, X, y):
        assert set(y) <= {"good", "bad"}
        return float((estimator.predict(X) == y).mean())

    model = AutoMLClassifier(**QUICK, metric=gain).fit(X, labels)
    assert model.fit_report_["metric"] == "callable:gain"
    scorer = make_scorer(roc_auc_score, response_method="predict_proba")
    assert AutoMLClassifier(**QUICK, metric=scorer).fit(X, labels).score(X, labels) > 0.8


def test_threshold_is_tuned_for_imbalanced_labels():
    X, y = make_classification(3000, 8, weights=[0.95], flip_y=0.02, class_sep=0.6, random_state=3)
    options = {**QUICK, "include": ["lightgbm"], "max_trials": 4}
    by_balance = AutoMLClassifier(**options, metric="balanced_accuracy").fit(X[:2000], y[:2000])
    by_accuracy = AutoMLClassifier(**options, metric="accuracy").fit(X[:2000], y[:2000])
    found = [balanced_accuracy_score(y[2000:], model.predict(X[2000:])) for model in (by_balance, by_accuracy)]
    assert found[0] > found[1] + 0.02


def test_time_order_is_kept():
    X, y = make_regression(120, 4, random_state=0)
    model = AutoMLRegressor(**{**QUICK, "max_trials": 6}, cv=TimeSeriesSplit(4)).fit(X, y)
    assert "TimeSeriesSplit" in model.fit_report_["split"]
    assert model.leaderboard()["folds"].max() == 4


def test_fit_infers_the_task():
    X, y = make_regression(100, 4, random_state=0)
    assert isinstance(automl.fit(X, y, **QUICK), AutoMLRegressor)
    assert isinstance(automl.fit(X, y > 0, sample_weight=np.ones(100), **QUICK), AutoMLClassifier)


def test_only_included_algorithms_are_tried_and_the_constant_always_answers():
    X, y = make_classification(100, 4, random_state=0)
    model = AutoMLClassifier(**QUICK, include=["linear", "knn"]).fit(X, y)
    assert set(model.leaderboard()["algorithm"]) <= {"linear", "knn"}
    with pytest.raises(ValueError, match="leave no algorithm"):
        AutoMLClassifier(**QUICK, include=["linear"], exclude=["linear"]).fit(X, y)


def test_pickle_round_trip():
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = AutoMLClassifier(**QUICK).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    pd.testing.assert_frame_equal(again.leaderboard(), model.leaderboard())


def test_before_fit():
    model = AutoMLClassifier()
    for ask in (lambda: model.predict([[1.0]]), model.leaderboard, lambda: model.save("x")):
        with pytest.raises(NotFittedError):
            ask()
    assert not hasattr(model, "experience_")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_budget": -1}, "time_budget must be a positive number of seconds or None, got -1"),
        ({"time_budget": None, "max_trials": None}, "give at least one"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"include": ["forest"]}, "unknown algorithm 'forest'; choose from"),
        ({"metric": "r2"}, "'r2' does not fit a binary task"),
        ({"metric": "aur"}, "metric 'aur' is unknown"),
        ({"cv": 1}, "cv"),
        ({"ensemble_size": 0}, "ensemble_size"),
    ],
)
def test_bad_parameters_are_named(options, message):
    X, y = make_classification(60, 4, random_state=0)
    with pytest.raises(ValueError, match=message):
        AutoMLClassifier(**{**QUICK, **options}).fit(X, y)


def test_resume_needs_a_seed():
    X, y = make_classification(60, 4, random_state=0)
    with pytest.raises(ValueError, match="random_state"):
        AutoMLClassifier(**{**QUICK, "random_state": None}).fit(X, y, resume=True)


def test_predict_names_missing_columns_and_takes_any_order():
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = AutoMLClassifier(**QUICK).fit(X, y)
    turned = X[X.columns[::-1]]
    np.testing.assert_array_equal(model.predict_proba(turned), model.predict_proba(X))
    with pytest.raises(ValueError, match="petal width"):
        model.predict(X.drop(columns="petal width (cm)"))
