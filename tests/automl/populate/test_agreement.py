"""On real tables, what was translated predicts as the learner of scikit-learn that was published."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from published_learners import translated
from real_tables import load_table
from sklearn.base import BaseEstimator, clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from automl.algorithms import ALGORITHMS, FitContext
from automl.encoding import TableEncoder
from automl.populate.sizes import Sizes
from automl.task import Problem, Shape

pytestmark = pytest.mark.once

LOADERS = {"breast_cancer": load_breast_cancer, "wine": load_wine, "diabetes": load_diabetes}
SEED = 3


def loaded(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    if name in LOADERS:
        X, y = LOADERS[name](return_X_y=True, as_frame=True)
        return X, y.to_numpy()
    X, target = load_table(name)
    return X, target.cat.codes.to_numpy().astype(np.int64)


def sizes_of_table(X: pd.DataFrame) -> Sizes:
    cardinalities = [X[column].nunique() for column in X.select_dtypes("category")]
    n_categorical = len(cardinalities)
    n_numeric = X.shape[1] - n_categorical
    return Sizes(len(X), n_numeric, n_categorical, sum(cardinalities), max(cardinalities, default=0), has_missing=False)


def scaled(model: BaseEstimator, scaler: Any = None) -> BaseEstimator:
    return make_pipeline(scaler or StandardScaler(), model)


def encoded(model: BaseEstimator) -> BaseEstimator:
    categories = make_column_selector(dtype_include="category")
    numbers = make_column_selector(dtype_exclude="category")
    onehot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(make_column_transformer((StandardScaler(), numbers), (onehot, categories)), model)


def published_columns(model: BaseEstimator) -> BaseEstimator:
    """Selectors of columns stand in the published setup as lists."""
    model = clone(model)
    for step in getattr(model, "named_steps", {}).values():
        if hasattr(step, "transformers"):
            step.transformers = [(name, part, [0]) for name, part, _ in step.transformers]
    return model


def scores(name: str, model: BaseEstimator) -> tuple[np.ndarray, np.ndarray]:
    """Scores by fold: ours, and scikit-learn's."""
    X, y = loaded(name)
    problem: Problem = {"diabetes": "regression", "wine": "multiclass"}.get(name, "binary")  # type: ignore[assignment]
    found = translated(published_columns(model), problem, sizes_of_table(X))
    assert found.configuration is not None, found.reason
    table = TableEncoder().fit_transform(X)
    n_classes = 0 if problem == "regression" else int(y.max()) + 1
    shape = Shape(problem, n_classes, len(y), table.numeric.shape[1], table.codes.shape[1])
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    if "random_state" in last.get_params():
        last.set_params(random_state=SEED)
    ours, theirs = [], []
    for train, test in KFold(5, shuffle=True, random_state=0).split(X):
        learner = ALGORITHMS[found.configuration.algorithm].build(found.configuration.values, shape, SEED)
        learner.fit(table.take(train), y[train], None, FitContext(valid=(table.take(test), y[test])))
        own = learner.predict(table.take(test))
        with threadpool_limits(1):
            other = clone(model).fit(X.iloc[train], y[train]).predict(X.iloc[test])
        ours.append(r2_score(y[test], own) if own.ndim == 1 else accuracy_score(y[test], own.argmax(axis=1)))
        theirs.append(r2_score(y[test], other) if own.ndim == 1 else accuracy_score(y[test], other))
    return np.array(ours), np.array(theirs)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("breast_cancer", RandomForestClassifier(100, max_features=0.3, min_samples_leaf=5)),
        ("wine", RandomForestClassifier(50, max_features=4, bootstrap=False)),
        ("diabetes", RandomForestRegressor(50, max_features=0.5, min_samples_leaf=3)),
        ("breast_cancer", ExtraTreesClassifier(50, criterion="entropy", class_weight="balanced")),
        ("breast_cancer", scaled(KNeighborsClassifier(7))),
        ("wine", scaled(KNeighborsClassifier(9, weights="distance", p=1), MinMaxScaler())),
        ("credit-g", encoded(KNeighborsClassifier(25))),
        ("diabetes", scaled(KNeighborsRegressor(15, weights="distance"))),
        ("breast_cancer", scaled(LogisticRegression(C=0.1))),
        ("wine", scaled(LogisticRegression(C=10), MinMaxScaler())),
        ("credit-g", encoded(LogisticRegression(C=0.01, class_weight="balanced"))),
        ("credit-g", encoded(LogisticRegression(C=0.03, solver="saga", l1_ratio=0.5))),
        ("diabetes", scaled(Ridge(30.0))),
    ],
)
def test_the_same_model_has_the_same_scores(name: str, model: BaseEstimator) -> None:
    ours, theirs = scores(name, model)
    assert np.abs(ours - theirs).mean() < 0.006


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("credit-g", encoded(RandomForestClassifier(max_features=0.2))),
        ("breast_cancer", scaled(SVC(C=3, gamma=0.01))),
        ("breast_cancer", scaled(SVC(C=0.1, kernel="poly", degree=2, coef0=1.0), MinMaxScaler())),
        ("credit-g", encoded(SVC(C=1.0))),
    ],
)
def test_nearly_the_same_model_has_nearly_the_same_scores(name: str, model: BaseEstimator) -> None:
    ours, theirs = scores(name, model)
    assert abs(ours.mean() - theirs.mean()) < 0.02


@pytest.mark.parametrize(
    ("name", "model", "most"),
    [
        ("breast_cancer", scaled(MLPClassifier((32,), batch_size=32, learning_rate_init=0.003)), 0.03),
        ("breast_cancer", HistGradientBoostingClassifier(max_iter=200, min_samples_leaf=5), 0.03),
        ("diabetes", HistGradientBoostingRegressor(max_iter=300, learning_rate=0.05, min_samples_leaf=10), 0.06),
    ],
)
def test_stopping_on_the_rows_of_the_score_flatters_ours_a_little(name: str, model: BaseEstimator, most: float) -> None:
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    last.set_params(early_stopping=True)
    ours, theirs = scores(name, model)
    assert -most / 3 < ours.mean() - theirs.mean() < most
