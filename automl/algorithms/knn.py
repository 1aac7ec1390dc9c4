"""K nearest neighbours (Cover and Hart 1967)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, Integer
from sklearn.neighbors import NearestNeighbors

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]


def _space(problem: Problem) -> ConfigurationSpace:
    return space_of(
        problem,
        Steps(
            scaling=("standard", "quantile", "robust", "minmax"),
            selection=("none", "f_score", "variance"),
            target=("standard", "log"),
        ),
        [
            Integer("n_neighbors", (1, 100), log=True, default=10),
            Categorical("weights", ["distance", "uniform"], default="distance"),
            Categorical("metric", ["manhattan", "euclidean"], default="manhattan"),
        ],
    )


class NearestRows(PreprocessedLearner):
    """Weighted mean over the nearest training rows; class shares are shrunk by one row of the overall shares."""

    dtype = "float32"

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Remember the rows."""
        n_neighbors = min(int(self.values["n_neighbors"]), X.shape[0])
        # Trees lose to brute force in more than about 15 dimensions.
        search = "kd_tree" if X.shape[1] <= 15 and isinstance(X, np.ndarray) else "brute"
        self.rows = NearestNeighbors(n_neighbors=n_neighbors, metric=self.values["metric"], algorithm=search).fit(X)
        self.weight = np.ones(len(y)) if weight is None else weight / weight.mean()
        self.outputs = np.eye(self.n_present)[y] if self.n_present else y[:, None]
        self.prior = np.average(self.outputs, axis=0, weights=self.weight)

    def raw_predict(self, X: Any) -> Array:
        """Average the outputs of the neighbours, weighted by closeness and by sample weight."""
        distance, at = self.rows.kneighbors(X)
        vote = self.weight[at]
        if self.values["weights"] == "distance":
            # A row that was seen in training decides nearly alone, others by the inverse of their distance.
            near = np.maximum(distance.mean(axis=1, keepdims=True), 1e-12)
            closeness = 1.0 / (distance / near + 1e-3)
            vote = vote * closeness * (closeness.shape[1] / closeness.sum(axis=1, keepdims=True))
        total = np.einsum("ij,ijk->ik", vote, self.outputs[at])
        if self.n_present:
            return np.asarray(total + self.prior)
        return np.asarray(total[:, 0] / vote.sum(axis=1))


def _unfit(shape: Shape) -> str | None:
    n_columns = shape.n_numeric + shape.n_categorical
    # Prediction compares every row with every other.
    if shape.n_rows**2 * n_columns > 1e11 * (4 if n_columns <= 15 else 1):
        return "distances between all rows would not be done in minutes"
    return None


KNN = Algorithm("knn", _space, NearestRows, unfit=_unfit)
