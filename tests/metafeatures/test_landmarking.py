"""Fold scores equal scikit-learn's cross-validation."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, mixed, shared
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from metafeatures.feature import UndefinedError
from metafeatures.groups import landmarking


@pytest.mark.parametrize(
    ("feature", "model"),
    [
        (landmarking.linear, LinearDiscriminantAnalysis()),
        (landmarking.naive_bayes, GaussianNB()),
        (landmarking.nearest_neighbour, KNeighborsClassifier(1)),
        (landmarking.best_node, DecisionTreeClassifier(max_depth=1, random_state=0)),
    ],
)
def test_equals_cross_validation(feature, model) -> None:
    X, y = blobs(3, apart=1.0)
    expected = cross_val_score(model, X, y, cv=StratifiedKFold(10))
    np.testing.assert_allclose(feature(shared(X, y)), expected)


def test_elite_and_worst_column() -> None:
    X, y = blobs(2, rows=60, apart=8.0, width=6)
    t = shared(X, y)
    assert landmarking.elite_nearest_neighbour(t).mean() > 0.95
    assert landmarking.worst_node(t).mean() < 0.7


def test_regression_scores_stay_within_bounds() -> None:
    X, _ = mixed()
    t = shared(X, np.random.default_rng(0).standard_cauchy(200), task="regression")
    for feature in (landmarking.linear, landmarking.nearest_neighbour, landmarking.best_node):
        scores = feature(t)
        assert len(scores) == 10
        assert np.all((scores >= -1) & (scores <= 1))


@pytest.mark.filterwarnings("ignore:The least populated class")  # extract() silences it
def test_fewer_folds_where_classes_are_small() -> None:
    assert len(landmarking.best_node(shared(np.arange(6.0)[:, None], [0, 0, 0, 1, 1, 2]))) == 3
    with pytest.raises(UndefinedError, match="too few rows"):
        landmarking.best_node(shared(np.arange(3.0)[:, None], [0, 1, 2]))
