"""Random-forest surrogate that takes in new points without growing anew."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt
from sklearn.tree import ExtraTreeRegressor

Array = npt.NDArray[np.float64]


class Forest:
    """Regression forest with a mean and a variance at every point.

    Mean and variance are those of the mixture of the trees' leaves (Hutter et al., "Algorithm runtime prediction",
    AIJ 2014). Trees split at random cuts (Geurts et al., "Extremely randomized trees", ML 2006): their means blend
    into a smooth surface, and the trees disagree where there is no data.

    Parameters
    ----------
    X : ndarray, shape (n, n_columns)
        Cast to float32.
    y : ndarray of float64, shape (n,)
    rng : numpy Generator
    n_trees : int

    Examples
    --------
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> forest = Forest(X, X[:, 0] ** 2, np.random.default_rng(0))
    >>> mean, variance = forest.predict(np.array([[0.0], [1.0]]))
    >>> mean.round(1).tolist()
    [0.0, 1.0]
    """

    def __init__(self, X: Array, y: Array, rng: np.random.Generator, *, n_trees: int = 20) -> None:
        X = np.ascontiguousarray(X, dtype=np.float32)
        grow = [ExtraTreeRegressor(max_features=0.5, random_state=int(s)) for s in rng.integers(2**31, size=n_trees)]
        self._trees = [tree.fit(X, y, check_input=False).tree_ for tree in grow]
        self._starts = np.cumsum([0, *[tree.node_count for tree in self._trees[:-1]]])[:, None]
        self._n = np.concatenate([tree.weighted_n_node_samples for tree in self._trees])
        self._mean = np.concatenate([tree.value[:, 0, 0] for tree in self._trees])
        self._square = np.concatenate([tree.impurity for tree in self._trees]) + self._mean**2

    def conditioned(self, X: Array, y: Array) -> Forest:
        """Give a forest whose leaves have also seen the points (X, y); the splits stay."""
        leaves = self._leaves(X).ravel()
        ys = np.tile(y, len(self._trees))
        n, sums, squares = (np.bincount(leaves, weights, len(self._n)) for weights in (None, ys, ys**2))
        other = copy.copy(self)
        other._n = self._n + n
        other._mean = (self._mean * self._n + sums) / other._n
        other._square = (self._square * self._n + squares) / other._n
        return other

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Give mean and variance, each of shape (n,)."""
        leaves = self._leaves(X)
        mean = self._mean[leaves].mean(axis=0)
        return mean, np.maximum(self._square[leaves].mean(axis=0) - mean**2, 0.0)

    def _leaves(self, X: Array) -> npt.NDArray[np.intp]:
        X = np.ascontiguousarray(X, dtype=np.float32)
        return np.asarray(np.stack([tree.apply(X) for tree in self._trees]) + self._starts)
