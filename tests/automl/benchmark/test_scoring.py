from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer, log_loss
from sklearn.utils.multiclass import check_classification_targets

from automl.benchmark.scoring import InvalidPredictions, check_predictions, constant_predictions, score

AMOUNTS = ("neg_root_mean_squared_error", "neg_mean_absolute_error", "r2")
CLASSES = ("neg_log_loss", "accuracy", "balanced_accuracy")
BINARY = (*CLASSES, "roc_auc", "average_precision")


class Told:
    """A fitted classifier that answers what it was told to."""

    _estimator_type = "classifier"

    def __init__(self, probabilities, classes):
        self.probabilities, self.classes_ = np.asarray(probabilities), np.asarray(classes)

    def __sklearn_tags__(self):
        return DummyClassifier().__sklearn_tags__()

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.classes_[self.probabilities.argmax(axis=1)]

    def predict_proba(self, X):
        return self.probabilities


def frame(probabilities, classes):
    labels = np.asarray(list(classes))[np.argmax(probabilities, axis=1)]
    return pd.DataFrame(probabilities, columns=list(classes)).assign(prediction=labels)


def shares(n_rows, n_classes, seed=0, dtype=np.float64):
    raw = np.random.default_rng(seed).random((n_rows, n_classes)).astype(dtype)
    return raw / raw.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [("good", "bad"), ("10", "2"), ("no", "yes"), ("", " ")])
def test_binary_scores_are_those_of_the_scorers(classes):
    """The positive class is the last in sorted order, whichever is meant."""
    classes = tuple(sorted(classes))
    y = pd.Series(np.random.default_rng(1).choice(classes, 60, p=[0.7, 0.3]))
    p = shares(60, 2)
    check_predictions(frame(p, classes), "binary", classes, 60)
    scores = score(frame(p, classes), y, "binary", classes)
    model = Told(p, classes)
    # average_precision's scorer cannot be told which class is positive: its numbers say it
    numbers = (y == classes[1]).astype(int)
    expected = {name: get_scorer(name)(model, np.zeros((60, 1)), y) for name in (*CLASSES, "roc_auc")}
    expected["average_precision"] = get_scorer("average_precision")(Told(p, [0, 1]), np.zeros((60, 1)), numbers)
    assert scores == pytest.approx(expected, rel=1e-12)
    assert set(scores) == set(BINARY)


def test_multiclass_scores_are_those_of_the_scorers():
    classes = ("1", "10", "2", "b")
    y = pd.Series(np.random.default_rng(1).choice(classes, 60))
    p = shares(60, 4)
    scores = score(frame(p, classes), y, "multiclass", classes)
    expected = {name: get_scorer(name)(Told(p, classes), np.zeros((60, 1)), y) for name in CLASSES}
    assert scores == pytest.approx(expected, rel=1e-12)


def test_classes_that_the_training_rows_or_the_test_rows_lack():
    classes = ("a", "b", "c", "d")
    y = pd.Series(["a", "b", "d", "a"])  # no c
    p = shares(4, 3)
    predicted = frame(p, ("a", "b", "c"))  # no d
    check_predictions(predicted, "multiclass", classes, 4)
    scores = score(predicted, y, "multiclass", classes)
    whole = np.column_stack([p, np.zeros(4)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {name: get_scorer(name)(Told(whole, classes), np.zeros((4, 1)), y) for name in CLASSES[1:]}
    expected["neg_log_loss"] = -log_loss(y, whole, labels=classes)
    assert scores == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(scores["neg_log_loss"]) and scores["neg_log_loss"] < -5


def test_the_order_of_the_columns_does_not_count():
    classes = ("a", "b", "c")
    y = pd.Series(["a", "b", "c"])
    predicted = frame(shares(3, 3), classes)
    assert score(predicted[["prediction", "c", "a", "b"]], y, "multiclass", classes) == score(
        predicted, y, "multiclass", classes
    )


def test_single_precision_is_good_enough():
    classes = ("a", "b", "c")
    y = pd.Series(np.random.default_rng(1).choice(classes, 500))
    single, double = (frame(shares(500, 3, dtype=kind), classes) for kind in (np.float32, np.float64))
    check_predictions(single, "multiclass", classes, 500)
    rough, exact = (score(each, y, "multiclass", classes) for each in (single, double))
    assert rough["neg_log_loss"] == pytest.approx(exact["neg_log_loss"], rel=1e-5)


def test_regression_scores_are_those_of_the_scorers():
    rng = np.random.default_rng(0)
    y, predicted = pd.Series(rng.normal(size=30)), rng.normal(size=30)
    scores = score(pd.DataFrame({"prediction": predicted}), y, "regression", ())

    class Told:
        def fit(self, X, y):
            return self

        def predict(self, X):
            return predicted

        def __sklearn_tags__(self):
            return DummyRegressor().__sklearn_tags__()

    expected = {name: get_scorer(name)(Told(), np.zeros((30, 1)), y) for name in AMOUNTS}
    assert scores == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("y", [["b", "a", "a", "c"], ["b", "a"], ["c", "c", "a", "a"]])
def test_the_constant_is_that_of_scikit_learn(y):
    check_classification_targets(y)
    model = DummyClassifier(strategy="prior").fit(np.zeros((len(y), 1)), y)
    predicted = constant_predictions(pd.Series(y), 3, "multiclass")
    X = np.zeros((3, 1))
    np.testing.assert_allclose(predicted[list(model.classes_)], model.predict_proba(X))
    assert predicted["prediction"].tolist() == model.predict(X).tolist()


def test_the_constant_amount_is_that_of_scikit_learn():
    y = pd.Series([1.0, 2.0, 6.0])
    assert constant_predictions(y, 2, "regression")["prediction"].tolist() == [3.0, 3.0]
    test = pd.Series([0.0, 4.0])
    scores = score(constant_predictions(y, 2, "regression"), test, "regression", ())
    model = DummyRegressor().fit(np.zeros((3, 1)), y)
    expected = {name: get_scorer(name)(model, np.zeros((2, 1)), test) for name in AMOUNTS}
    assert scores == pytest.approx(expected)


def test_what_the_test_rows_leave_undefined_is_none():
    one_class = score(frame(shares(3, 2), "ab"), pd.Series(list("aaa")), "binary", ("a", "b"))
    assert one_class["roc_auc"] is None and one_class["neg_log_loss"] is not None
    one_row = score(pd.DataFrame({"prediction": [1.0]}), pd.Series([2.0]), "regression", ())
    assert one_row == {"neg_root_mean_squared_error": -1.0, "neg_mean_absolute_error": -1.0, "r2": None}


GOOD = frame([[0.5, 0.5], [0.1, 0.9]], "ab")


@pytest.mark.parametrize(
    ("predictions", "error"),
    [
        (GOOD.iloc[:1], "1 predictions for 2 rows"),
        (pd.concat([GOOD, GOOD]), "4 predictions for 2 rows"),
        (GOOD.drop(columns="prediction"), "no column of predictions"),
        (GOOD.assign(a=[np.nan, 0.1]), "negative or not finite"),
        (GOOD.assign(a=[np.inf, 0.1]), "negative or not finite"),
        (GOOD.assign(a=[-0.5, 0.1], b=[1.5, 0.9]), "negative or not finite"),
        (GOOD.assign(a=[0.6, 0.1]), "do not sum to one"),
        (GOOD.drop(columns=["a", "b"]), "do not sum to one"),
        (GOOD.assign(c=0.0), "'c' is none of the classes"),
        (GOOD.rename(columns={"b": "b.0"}), "'b.0' is none of the classes"),
        (GOOD.assign(prediction=["a", "c"]), "'c' is none of the classes"),
        (GOOD.assign(prediction=["a", None]), "labels are missing"),
    ],
)
def test_predictions_of_classes_that_cannot_be_scored(predictions, error):
    check_predictions(GOOD, "binary", ("a", "b"), 2)
    with pytest.raises(InvalidPredictions, match=error):
        check_predictions(predictions, "binary", ("a", "b"), 2)


@pytest.mark.parametrize("values", [[1.0, np.nan], [np.inf, 1.0], [1.0], [1.0, 2.0, 3.0], ["x", "y"], [None, 1.0]])
def test_amounts_that_cannot_be_scored(values):
    with pytest.raises(ValueError):
        check_predictions(pd.DataFrame({"prediction": values}), "regression", (), 2)
