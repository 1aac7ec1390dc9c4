"""Shape of a decision tree: a full one for classification, leaves of at least five rows for regression."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metafeatures.arrays import BoolArray, FloatArray, IntArray
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates

REGRESSION_LEAF_ROWS = 5


class TreeShape(NamedTuple):
    """A fitted tree; arrays over its nodes in preorder, importances over the columns of the design matrix."""

    column: IntArray
    n_samples: IntArray
    depth: IntArray
    majority: IntArray
    importances: FloatArray

    @property
    def is_leaf(self) -> BoolArray:
        """Which nodes are leaves."""
        return self.column < 0

    @property
    def leaf_depth(self) -> FloatArray:
        """Depth of each leaf."""
        return self.depth[self.is_leaf].astype(np.float64)

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return int(np.sum(self.is_leaf))

    @property
    def n_inner(self) -> int:
        """Number of nodes that split."""
        return len(self.column) - self.n_leaves


def tree_shape_of(t: Intermediates) -> TreeShape:
    """Fit the tree on the model sample."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if t.is_classification:
        model = DecisionTreeClassifier(random_state=t.random_state)
    else:
        model = DecisionTreeRegressor(min_samples_leaf=REGRESSION_LEAF_ROWS, random_state=t.random_state)
    tree = model.fit(t.model_matrix, t.model_sample.target).tree_
    depth = np.zeros(tree.node_count, dtype=np.int64)
    for node in range(tree.node_count):  # children come after their parent
        if tree.feature[node] >= 0:
            depth[tree.children_left[node]] = depth[tree.children_right[node]] = depth[node] + 1
    majority = tree.value[:, 0, :].argmax(axis=1)
    return TreeShape(tree.feature, tree.n_node_samples, depth, majority, model.feature_importances_)


def n_leaves(t: Intermediates) -> float:
    """Leaves of the tree."""
    return t.once(tree_shape_of).n_leaves


def n_inner_nodes(t: Intermediates) -> float:
    """Nodes of the tree that split."""
    return t.once(tree_shape_of).n_inner


def inner_nodes_per_column(t: Intermediates) -> float:
    """Nodes that split over columns of the design matrix."""
    return t.once(tree_shape_of).n_inner / int(t.model_matrix.shape[1])


def inner_nodes_per_row(t: Intermediates) -> float:
    """Nodes that split over rows."""
    return t.once(tree_shape_of).n_inner / len(t.model_matrix)


def node_depth(t: Intermediates) -> FloatArray:
    """Depth of each node."""
    return t.once(tree_shape_of).depth.astype(np.float64)


def leaf_depth(t: Intermediates) -> FloatArray:
    """Depth of each leaf."""
    return t.once(tree_shape_of).leaf_depth


def leaf_row_share(t: Intermediates) -> FloatArray:
    """Share of the rows in each leaf."""
    tree = t.once(tree_shape_of)
    return np.asarray(tree.n_samples[tree.is_leaf] / tree.n_samples[0])


def leaf_arrival_information(t: Intermediates) -> FloatArray:
    """Of each leaf: -p log2 p, where p halves with each level (the chance of a random walk to arrive)."""
    depth = t.once(tree_shape_of).leaf_depth
    return np.asarray(depth * 2.0**-depth)


def leaf_homogeneity(t: Intermediates) -> FloatArray:
    """Number of leaves over the arrival information of each leaf."""
    return t.once(tree_shape_of).n_leaves / leaf_arrival_information(t)


def tree_imbalance(t: Intermediates) -> FloatArray:
    """Of each level with leaves: -q log2 q, where log2(1/q) is the chance of a random walk to end there."""
    chances, counts = np.unique(2.0 ** -t.once(tree_shape_of).leaf_depth, return_counts=True)
    arrival = chances * counts
    return np.asarray(arrival * 2.0**-arrival)


def leaves_per_class(t: Intermediates) -> FloatArray:
    """Share of the leaves that belong to each class."""
    tree = t.once(tree_shape_of)
    counts = np.bincount(tree.majority[tree.is_leaf])
    return counts[counts > 0] / tree.n_leaves


def nodes_per_level(t: Intermediates) -> FloatArray:
    """Nodes that split on each level."""
    tree = t.once(tree_shape_of)
    return np.bincount(tree.depth[~tree.is_leaf]).astype(np.float64)


def nodes_per_used_column(t: Intermediates) -> FloatArray:
    """Nodes that split by each column that is used."""
    tree = t.once(tree_shape_of)
    return np.unique(tree.column[~tree.is_leaf], return_counts=True)[1].astype(np.float64)


def column_importance(t: Intermediates) -> FloatArray:
    """Share of each column of the design matrix in the decrease of impurity."""
    return t.once(tree_shape_of).importances


BENSUSAN = "Bensusan et al., A higher-order approach to meta-learning, ILP 2000"
PENG = "Peng et al., Improved dataset characterisation for meta-learning, DS 2002"
FILCHENKOV = "Filchenkov and Pendryak, Datasets meta-feature description, AINL-ISMW FRUCT 2015"
_COLUMNS: tuple[Need, ...] = ("columns",)

FEATURES = [
    Feature(n_leaves, PENG, "model", needs=_COLUMNS),
    Feature(n_inner_nodes, PENG, "model", needs=_COLUMNS),
    Feature(inner_nodes_per_column, BENSUSAN, "model", needs=_COLUMNS),
    Feature(inner_nodes_per_row, BENSUSAN, "model", needs=_COLUMNS),
    Feature(node_depth, PENG, "model", "node", _COLUMNS),
    Feature(leaf_depth, PENG, "model", "leaf", _COLUMNS),
    Feature(leaf_row_share, BENSUSAN, "model", "leaf", _COLUMNS),
    Feature(leaf_arrival_information, BENSUSAN, "model", "leaf", _COLUMNS),
    Feature(leaf_homogeneity, BENSUSAN, "model", "leaf", _COLUMNS),
    Feature(tree_imbalance, BENSUSAN, "model", "level", _COLUMNS),
    Feature(leaves_per_class, FILCHENKOV, "model", "class", ("classification", "columns")),
    Feature(nodes_per_level, PENG, "model", "level", _COLUMNS),
    Feature(nodes_per_used_column, BENSUSAN, "model", "column", _COLUMNS),
    Feature(
        column_importance,
        "Bensusan et al., A higher-order approach to meta-learning, ILP 2000",
        "model",
        "column",
        _COLUMNS,
    ),
]
