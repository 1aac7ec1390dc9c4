"""Linear and quadratic discriminant analysis with shrunk covariances (Friedman 1989)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float
from sklearn.base import BaseEstimator
from sklearn.covariance import empirical_covariance, ledoit_wolf, shrunk_covariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from automl.algorithms.base import Algorithm, FitContext, full_probabilities
from automl.algorithms.learner import PreprocessedLearner
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]


def _space(problem: Problem) -> ConfigurationSpace:
    # "auto" is the shrinkage of Ledoit and Wolf 2004, which needs no tuning.
    shrinkage = Categorical("shrinkage", ["auto", "fixed"], default="auto")
    share = Float("shrinkage_share", (1e-4, 1.0), log=True, default=0.1)
    steps = Steps(scaling=("robust", "standard", "quantile"), selection=("none", "f_score", "variance"), balancing=())
    own = [
        Categorical("covariance", ["shared", "per_class"], default="shared"),
        Categorical("priors", ["observed", "uniform"], default="observed"),
        shrinkage,
        share,
    ]
    return space_of(problem, steps, own, [EqualsCondition(share, shrinkage, "fixed")])


class ClassCovariance(BaseEstimator):  # type: ignore[misc]
    """Shrunk covariance of one class, positive definite also where columns are constant or repeated.

    Parameters
    ----------
    shrinkage : "auto" or float
    """

    def __init__(self, shrinkage: str | float = "auto") -> None:
        self.shrinkage = shrinkage

    def fit(self, X: Array, y: None = None) -> ClassCovariance:
        """Estimate from the rows of a class."""
        if self.shrinkage == "auto":
            shrunk = ledoit_wolf(X)[0]
        else:
            shrunk = shrunk_covariance(empirical_covariance(X), float(self.shrinkage))
        # Columns have about unit variance over all classes; this much is noise.
        self.covariance_ = shrunk + 1e-3 * np.eye(X.shape[1])
        return self


class Discriminant(PreprocessedLearner):
    """One normal distribution a class, with a covariance shared by all (linear) or of its own (quadratic)."""

    needs_dense = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Estimate means and covariances; a class with a single row has no covariance and is left out."""
        counts = np.bincount(y)
        shared = self.values["covariance"] == "shared" or (counts > 1).sum() < 2
        self.kept = np.arange(len(counts)) if shared else np.flatnonzero(counts > 1)
        rows = np.isin(y, self.kept)
        X, y = X[rows], y[rows]
        shrinkage = "auto" if self.values["shrinkage"] == "auto" else float(self.values["shrinkage_share"])
        priors = np.full(len(self.kept), 1 / len(self.kept)) if self.values["priors"] == "uniform" else None
        if shared:
            self.model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage, priors=priors)
        else:
            self.model = QuadraticDiscriminantAnalysis(
                solver="eigen", covariance_estimator=ClassCovariance(shrinkage), priors=priors
            )
        self.model.fit(X, y)

    def raw_predict(self, X: Any) -> Array:
        """Posterior probabilities."""
        return full_probabilities(np.asarray(self.model.predict_proba(X)), self.kept, self.n_present)


def _unfit(shape: Shape) -> str | None:
    n_columns = shape.n_numeric + shape.n_categorical
    if shape.is_sparse or n_columns > 2_000 or n_columns**2 * shape.n_classes > 2e7:
        return "covariances of so many columns and classes would not be done in minutes"
    if shape.n_rows * n_columns > 1e9:
        return "discriminant analysis copies a dense matrix, too large at more than 1e9 cells"
    return "discriminant analysis cannot weigh rows" if shape.is_weighted else None


DISCRIMINANT = Algorithm("discriminant", _space, Discriminant, problems=("binary", "multiclass"), unfit=_unfit)
