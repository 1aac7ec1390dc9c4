"""Forests of scikit-learn, grown in steps until a deadline; shared by random forest and extra trees."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from automl.algorithms.base import FitContext
from automl.algorithms.learner import PreprocessedLearner, past
from automl.algorithms.trees import TreeAverage
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

# A tree sees at most this many rows, so that one tree is grown within seconds.
MAX_ROWS_PER_TREE = 200_000
# Holds 300 trees under about a gigabyte.
_TREE_BYTES = 3_000_000


def forest_space(problem: Problem, bootstrap: str) -> ConfigurationSpace:
    """Space of both forests, which differ in one default."""
    # Ranges follow Probst, Wright and Boulesteix 2019, "Hyperparameters and tuning strategies for random forest":
    # the number of candidate columns matters most, the number of trees only needs to be large enough.
    is_regression = problem == "regression"
    criterion = [] if is_regression else [Categorical("criterion", ["gini", "entropy"], default="gini")]
    return space_of(
        problem,
        Steps(
            encoding=("ordinal", "target", "onehot"),
            imputation=("native", "median", "mean", "most_frequent"),
            selection=("none", "f_score"),
            target=("standard", "log"),
        ),
        [
            Integer("n_estimators", (50, 300), log=True, default=100),
            # Candidate columns of a split: the number of columns to this power.
            Float("max_features_power", (0.1, 1.0), default=0.7 if is_regression else 0.5),
            Integer("min_samples_leaf", (1, 50), log=True, default=2),
            Integer("min_samples_split", (2, 32), log=True, default=2),
            Categorical("bootstrap", ["yes", "no"], default=bootstrap),
            *criterion,
        ],
    )


def too_large(shape: Shape) -> str | None:
    """Reason why a forest would not be done in minutes, or None."""
    if shape.is_sparse and shape.n_rows * shape.n_numeric > 1e9:
        return "forests are slow on sparse tables of more than 1e9 cells"
    return None


class Forest(PreprocessedLearner):
    """A random forest (Breiman 2001) or extremely randomised trees (Geurts, Ernst and Wehenkel 2006)."""

    dtype = "float32"
    classifier: type = RandomForestClassifier
    regressor: type = RandomForestRegressor

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Grow trees; the same trees in the same order whether in one step or many."""
        n_trees = max(1, round(int(self.values["n_estimators"]) * context.iterations))
        forest = self._make(X.shape[0], X.shape[1])
        if self.n_present:
            self.prior = np.bincount(y, weights=weight) / (len(y) if weight is None else weight.sum())
        grown, start = 0, time.monotonic()
        while grown < n_trees and not (grown and past(context.deadline)):
            step = n_trees - grown
            if context.deadline is not None:
                per_tree = (time.monotonic() - start) / grown if grown else np.inf
                step = min(step, max(1, int((context.deadline - time.monotonic()) / 4 / per_tree)))
            grown += step
            forest.set_params(n_estimators=grown)
            forest.fit(X, y, sample_weight=weight)
        self.trees = TreeAverage([estimator.tree_ for estimator in forest.estimators_])

    def raw_predict(self, X: Any) -> Array:
        """Mean of the trees."""
        mean = self.trees.predict(X)
        if not self.n_present:
            return np.asarray(mean[:, 0])
        # One more tree that only knows the class shares: no probability is 0, which a log loss would punish without
        # limit, and the order of rows stays.
        n_trees = len(self.trees)
        return np.asarray((n_trees * mean + self.prior) / (n_trees + 1))

    def _make(self, n_rows: int, n_columns: int) -> Any:
        n_seen = min(n_rows, MAX_ROWS_PER_TREE)
        bootstrap = self.values["bootstrap"] == "yes" or n_rows > n_seen
        # About 0.6 nodes a row at leaves of one row, each of 64 bytes and a float64 for each class.
        smallest = int(1.2 * n_seen * (64 + 8 * max(1, self.n_present)) / _TREE_BYTES)
        make = self.classifier if self.n_present else self.regressor
        criterion = {"criterion": self.values["criterion"]} if self.n_present else {}
        return make(
            max_features=max(1, round(n_columns ** float(self.values["max_features_power"]))),
            min_samples_leaf=max(int(self.values["min_samples_leaf"]), smallest),
            min_samples_split=int(self.values["min_samples_split"]),
            bootstrap=bootstrap,
            max_samples=n_seen if bootstrap and n_rows > n_seen else None,
            warm_start=True,
            random_state=self.seed % 2**32,
            **criterion,
        )


class ExtraForest(Forest):
    """Extremely randomised trees."""

    classifier = ExtraTreesClassifier
    regressor = ExtraTreesRegressor
