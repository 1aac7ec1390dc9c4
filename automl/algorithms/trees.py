"""TreeAverage: the mean of decision trees in a few arrays, quick to write, to read and to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.tree._tree import Tree

Array = npt.NDArray[Any]


class TreeAverage:
    """Trees of a fitted scikit-learn forest, without the estimators around them.

    A forest of 150 trees is some 150 objects of a dozen attributes each; a file that names every type it holds takes
    seconds for them. Here it is three arrays.

    Parameters
    ----------
    trees : sequence of sklearn.tree._tree.Tree
        Of one output each.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> X, y = np.arange(20.0).reshape(-1, 1), np.arange(20.0)
    >>> forest = RandomForestRegressor(5, random_state=0).fit(X, y)
    >>> average = TreeAverage([tree.tree_ for tree in forest.estimators_])
    >>> bool(np.allclose(average.predict(X)[:, 0], forest.predict(X)))
    True
    """

    def __init__(self, trees: Sequence[Tree]):
        self.trees = list(trees)

    def __len__(self) -> int:
        return len(self.trees)

    def predict(self, X: Any) -> Array:
        """Mean over trees, shape (n_rows, n_values): class shares, or one column of means."""
        X = X.astype(np.float32) if not isinstance(X, np.ndarray) else np.ascontiguousarray(X, dtype=np.float32)
        total = self.trees[0].predict(X)
        for tree in self.trees[1:]:
            total += tree.predict(X)
        mean = total / len(self.trees)
        return np.asarray(mean.reshape(len(mean), -1))

    def __getstate__(self) -> dict[str, Any]:
        states = [tree.__getstate__() for tree in self.trees]
        first = self.trees[0]
        return {
            "n_features": int(first.n_features),
            "n_values": int(first.max_n_classes),
            "counts": np.array([state["node_count"] for state in states], dtype=np.int64),
            "depths": np.array([state["max_depth"] for state in states], dtype=np.int64),
            "nodes": np.concatenate([state["nodes"] for state in states]),
            "values": np.concatenate([state["values"] for state in states]),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        ends = np.cumsum(state["counts"])
        self.trees = []
        for end, count, depth in zip(ends, state["counts"], state["depths"], strict=True):
            tree = Tree(state["n_features"], np.array([state["n_values"]], dtype=np.intp), 1)
            part = slice(end - count, end)
            tree.__setstate__(
                {
                    "max_depth": int(depth),
                    "node_count": int(count),
                    "nodes": np.ascontiguousarray(state["nodes"][part]),
                    "values": np.ascontiguousarray(state["values"][part]),
                }
            )
            self.trees.append(tree)
