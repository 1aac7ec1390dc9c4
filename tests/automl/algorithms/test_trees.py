"""TreeAverage predicts as the forest did, also after a round trip."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import ExtraTreesClassifier, RandomForestRegressor

from automl.algorithms.trees import TreeAverage


@pytest.mark.parametrize("n_classes", [2, 4])
def test_class_shares_are_those_of_the_forest(n_classes):
    X, y = make_classification(200, 8, n_informative=6, n_classes=n_classes, random_state=0)
    X[::7, 0] = np.nan
    forest = ExtraTreesClassifier(20, random_state=0).fit(X, y, sample_weight=np.linspace(0.5, 2, 200))
    average = TreeAverage([tree.tree_ for tree in forest.estimators_])
    np.testing.assert_allclose(average.predict(X), forest.predict_proba(X), atol=1e-12)
    again = pickle.loads(pickle.dumps(average))
    np.testing.assert_array_equal(again.predict(X), average.predict(X))
    assert len(again) == 20


def test_regression_on_dense_and_sparse():
    X, y = make_regression(100, 5, random_state=0)
    forest = RandomForestRegressor(10, random_state=0).fit(X, y)
    average = TreeAverage([tree.tree_ for tree in forest.estimators_])
    np.testing.assert_allclose(average.predict(X)[:, 0], forest.predict(X))
    np.testing.assert_allclose(average.predict(sparse.csr_array(X))[:, 0], forest.predict(X))
