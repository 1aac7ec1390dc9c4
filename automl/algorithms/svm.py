"""Kernel support vector machine (Cortes and Vapnik 1995), approximate where exact would be slow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, Integer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC, SVR

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner, past
from automl.algorithms.linear import fit_in_steps
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

# Fitting takes a time that grows with the square of the rows: 0.3 s at this number.
MAX_EXACT_ROWS = 3_000
# The logistic loss of a row pulls less than its hinge loss; with this factor both are best at about the same C.
_LOGISTIC_C = 20.0


def _space(problem: Problem) -> ConfigurationSpace:
    # Ranges follow Hsu, Chang and Lin, "A practical guide to support vector classification".
    kernel = Categorical("kernel", ["rbf", "poly", "sigmoid"], default="rbf")
    degree = Integer("degree", (2, 4), default=2)
    own = [
        Float("C", (0.03, 1000.0), log=True, default=2.0),
        # Relative to 1 / (columns x variance), which adapts it to the table.
        Float("gamma", (1e-3, 10.0), log=True, default=1.0),
        Integer("n_components", (64, 600), log=True, default=300),
        kernel,
        degree,
    ]
    if problem == "regression":
        own.append(Float("epsilon", (1e-3, 0.5), log=True, default=0.1))
    return space_of(
        problem,
        Steps(
            scaling=("standard", "robust", "quantile", "minmax"),
            selection=("none", "f_score", "variance"),
            target=("standard", "log", "quantile"),
        ),
        own,
        [EqualsCondition(degree, kernel, "poly")],
    )


class SupportVectors(PreprocessedLearner):
    """Exact for small binary and regression tables; otherwise a linear model on Nyström features.

    Several classes take multinomial logistic regression on Nyström features at any size: on digits its log loss is
    0.10 where calibrated one-against-one machines have 0.25.
    """

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Fit the machine, and the sigmoid that turns its margins into probabilities."""
        self.features: Any = None
        self.sigmoid: Any = None
        if X.shape[0] > MAX_EXACT_ROWS or self.n_present > 2:
            self._train_approximate(X, y, weight, context.deadline)
        elif self.n_present:
            self.model = SVC(C=float(self.values["C"]), **self._kernel(X), max_iter=1_000_000)
            self.model.fit(X, y, sample_weight=weight)
            self.sigmoid = self._fit_sigmoid(X, y, weight, context.deadline)
        else:
            epsilon = float(self.values["epsilon"])
            self.model = SVR(C=float(self.values["C"]), epsilon=epsilon, **self._kernel(X), max_iter=1_000_000)
            self.model.fit(X, y, sample_weight=weight)

    def raw_predict(self, X: Any) -> Array:
        """Predict by the machine or the linear model on its features."""
        if self.sigmoid is not None:
            return np.asarray(self.sigmoid.predict_proba(self.model.decision_function(X)[:, None]))
        features = X if self.features is None else self.features.transform(X)
        return np.asarray(self.model.predict_proba(features) if self.n_present else self.model.predict(features))

    def _kernel(self, X: Any) -> dict[str, Any]:
        mean = X.mean()
        variance = float((X.multiply(X) if hasattr(X, "multiply") else X * X).mean() - mean**2)
        gamma = float(self.values["gamma"]) / (X.shape[1] * (variance or 1.0))
        kernel: dict[str, Any] = {"kernel": self.values["kernel"], "gamma": gamma}
        return kernel | ({"degree": int(self.values["degree"]), "coef0": 1.0} if "degree" in self.values else {})

    def _train_approximate(self, X: Any, y: Array, weight: Array | None, deadline: float | None) -> None:
        seed, penalty = self.seed % 2**32, float(self.values["C"])
        n_components = min(int(self.values["n_components"]), X.shape[0])
        self.features = Nystroem(**self._kernel(X), n_components=n_components, random_state=seed)
        features = self.features.fit_transform(X)
        if self.n_present:
            self.model = LogisticRegression(C=_LOGISTIC_C * penalty, max_iter=300, tol=1e-3)
            fit_in_steps(self.model, features, y, weight, deadline)
        else:
            self.model = Ridge(0.5 / penalty).fit(features, y, sample_weight=weight)

    def _fit_sigmoid(self, X: Any, y: Array, weight: Array | None, deadline: float | None) -> Any:
        """Platt's sigmoid over margins of rows that the machine was not fitted on, where there is time."""
        margins = self.model.decision_function(X)
        n_splits = min(3, int(np.bincount(y).min()))
        if n_splits > 1:
            folds = StratifiedKFold(n_splits, shuffle=True, random_state=self.seed % 2**32)
            held_out = np.full(len(y), np.nan)
            for train, test in folds.split(margins, y):
                if past(deadline):
                    break
                machine = SVC(**self.model.get_params())
                machine.fit(X[train], y[train], sample_weight=None if weight is None else weight[train])
                held_out[test] = machine.decision_function(X[test])
            seen = np.isfinite(held_out)
            if len(np.unique(y[seen])) == 2:
                margins, y, weight = held_out[seen], y[seen], None if weight is None else weight[seen]
        return LogisticRegression(C=100.0).fit(margins[:, None], y, sample_weight=weight)


def _unfit(shape: Shape) -> str | None:
    if shape.n_rows > 200_000:
        return "kernel features of more than 200,000 rows would not be done in minutes"
    return None


SVM = Algorithm("svm", _space, SupportVectors, unfit=_unfit)
