"""Linear models: multinomial logistic regression, ridge, elastic net (Zou and Hastie 2005, JRSS B 67)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

# Multiply-adds of one step of a solver, about half a second, between two looks at the clock.
_STEP_COST = 3e8


def _space(problem: Problem) -> ConfigurationSpace:
    penalty = Categorical("penalty", ["l2", "elasticnet"], default="l2")
    # From the lasso (1) to nearly ridge; columns are scaled, so that one strength suits all of them.
    l1_ratio = Float("l1_ratio", (0.05, 1.0), default=0.5)
    return space_of(
        problem,
        Steps(
            scaling=("robust", "standard", "quantile", "minmax"),
            selection=("none", "f_score", "variance"),
            target=("standard", "log", "quantile"),
        ),
        [Float("alpha", (1e-4, 1e4), log=True, default=1.0), penalty, l1_ratio],
        [EqualsCondition(l1_ratio, penalty, "elasticnet")],
    )


def fit_in_steps(estimator: Any, X: Any, y: Array, weight: Array | None, deadline: float | None) -> None:
    """Fit an estimator with `warm_start` and `max_iter` until it has converged or the deadline is there.

    Steps depend on the size of the matrix only, so that the clock changes nothing but the end.
    """
    limit = estimator.max_iter
    n_outputs = 1 if y.dtype.kind == "f" else int(y.max()) + 1
    cost = X.nnz if hasattr(X, "nnz") else X.size
    step = int(np.clip(_STEP_COST / max(1, cost * n_outputs), 5, limit))
    estimator.set_params(warm_start=True, max_iter=step)
    for _ in range(-(-limit // step)):
        estimator.fit(X, y, sample_weight=weight)
        if np.max(estimator.n_iter_) < step or past(deadline):
            break


class Linear(PreprocessedLearner):
    """Logistic regression, ridge or elastic net on scaled columns; `alpha` is the penalty's strength in rows."""

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Fit until convergence or the deadline."""
        alpha, elastic = float(self.values["alpha"]), self.values["penalty"] == "elasticnet"
        total = float(len(y) if weight is None else weight.sum())
        mix = float(self.values.get("l1_ratio", 0.0))
        if self.n_present:
            solver = {"solver": "saga", "max_iter": 200} if elastic else {"solver": "lbfgs", "max_iter": 300}
            self.model = LogisticRegression(
                C=1.0 / alpha, l1_ratio=mix, tol=1e-3, random_state=self.seed % 2**32, **solver
            )
        elif elastic:
            self.model = ElasticNet(alpha / total, l1_ratio=mix, max_iter=1000, tol=1e-3)
        else:
            self.model = Ridge(alpha, random_state=self.seed % 2**32).fit(X, y, sample_weight=weight)
            return
        fit_in_steps(self.model, X, y, weight, context.deadline)

    def raw_predict(self, X: Any) -> Array:
        """Predict by the linear model."""
        return np.asarray(self.model.predict_proba(X) if self.n_present else self.model.predict(X))


def _unfit(shape: Shape) -> str | None:
    n_columns = shape.n_numeric + shape.n_categorical
    if not shape.is_sparse and shape.n_rows * n_columns * max(1, shape.n_classes) > 3e9:
        return "linear models would not be done in minutes on more than 3e9 cells x classes"
    return None


LINEAR = Algorithm("linear", _space, Linear, unfit=_unfit)
