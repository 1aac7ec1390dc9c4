"""Shape of trees that can be drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, shared
from sklearn.tree import DecisionTreeClassifier

from metafeatures.groups import model_based


def test_a_stump() -> None:
    t = shared(np.array([[0.0], [0.0], [0.0], [1.0]]), [0, 0, 0, 1])
    assert model_based.n_leaves(t) == 2
    assert model_based.n_inner_nodes(t) == 1
    assert model_based.inner_nodes_per_row(t) == 0.25
    assert model_based.node_depth(t).tolist() == [0, 1, 1]
    assert sorted(model_based.leaf_row_share(t)) == [0.25, 0.75]
    assert model_based.leaf_arrival_information(t).tolist() == [0.5, 0.5]
    assert model_based.leaf_homogeneity(t).tolist() == [4.0, 4.0]
    assert model_based.leaves_per_class(t).tolist() == [0.5, 0.5]
    assert model_based.nodes_per_level(t).tolist() == [1]
    assert model_based.nodes_per_used_column(t).tolist() == [1]
    assert model_based.column_importance(t).tolist() == [1.0]


def test_depths_equal_sklearn() -> None:
    X, y = blobs(4, apart=0.7)
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    t = shared(X, y)
    assert model_based.node_depth(t).max() == model.get_depth()
    assert model_based.n_leaves(t) == model.get_n_leaves()
    assert len(model_based.leaf_depth(t)) == model.get_n_leaves()
    assert model_based.nodes_per_level(t).sum() == model_based.n_inner_nodes(t)
    np.testing.assert_allclose(np.sum(2.0 ** -model_based.leaf_depth(t)), 1.0)


def test_a_leaf_alone() -> None:
    t = shared(np.ones((5, 2)), [0, 1, 0, 1, 0])
    assert model_based.n_leaves(t) == 1
    assert model_based.tree_imbalance(t).tolist() == [0.5]
    assert model_based.leaves_per_class(t).tolist() == [1.0]


def test_regression_tree_has_leaves_of_five() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    t = shared(X, X[:, 0], task="regression")
    assert model_based.leaf_row_share(t).min() >= 5 / 200
    assert model_based.leaf_row_share(t).sum() == pytest.approx(1.0)
