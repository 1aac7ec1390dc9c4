"""Gaussian process (Rasmussen and Williams 2006), for small tables."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Matern, RationalQuadratic, WhiteKernel

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.learner import PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

MAX_ROWS = 1_000


def _space(problem: Problem) -> ConfigurationSpace:
    own = [
        Categorical("kernel", ["matern", "rbf", "rational_quadratic"], default="matern"),
        Categorical("linear_term", ["yes", "no"], default="yes"),
        # Steps of the optimiser of the marginal likelihood; it starts from the length scale.
        Integer("max_steps", (5, 50), log=True, default=15),
        Float("length_scale", (0.1, 10.0), log=True, default=1.0),
    ]
    if problem == "regression":
        own.append(Float("noise", (1e-4, 1.0), log=True, default=0.1))
    steps = Steps(
        encoding=("onehot", "target", "ordinal"),
        scaling=("standard", "robust", "quantile"),
        selection=("none", "f_score"),
        balancing=(),
        target=("standard", "log", "quantile"),
    )
    return space_of(problem, steps, own)


class _OutOfTime(Exception):
    """Ends an optimisation from inside its objective."""


class KernelFit:
    """Minimise the negative log marginal likelihood by L-BFGS-B, with limits of steps and of time.

    An object and not a partial function: it stays in the fitted model, whose file may name plain types only.

    Parameters
    ----------
    max_steps : int
        Evaluations are limited to twice as many.
    deadline : float or None
        `time.monotonic` moment; the best vector found before it is given, at least that of one evaluation.
    """

    def __init__(self, max_steps: int, deadline: float | None) -> None:
        self.max_steps, self.deadline = max_steps, deadline

    def __call__(self, objective: Any, start: Array, bounds: Array) -> tuple[Array, float]:
        """Give the best vector, shape (n,), and its value; `objective` gives a value and a gradient."""
        best_x, best_value = start, np.inf

        def timed(x: Array) -> tuple[float, Array]:
            nonlocal best_x, best_value
            if np.isfinite(best_value) and past(self.deadline):
                raise _OutOfTime
            value, gradient = objective(x)
            if value < best_value:
                best_x, best_value = x.copy(), float(value)
            return value, gradient

        limits = {"maxiter": self.max_steps, "maxfun": 2 * self.max_steps}
        with suppress(_OutOfTime):
            minimize(timed, start, method="L-BFGS-B", jac=True, bounds=bounds, options=limits)
        return best_x, best_value


class GaussianProcess(PreprocessedLearner):
    """A process whose kernel is fitted by marginal likelihood; classes by Laplace's approximation, one against rest."""

    needs_dense = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Fit the kernel, then the process."""
        deadline = context.deadline
        if deadline is not None and self.n_present > 2:
            # One process a class: each has its share of the time.
            deadline = time.monotonic() + (deadline - time.monotonic()) / self.n_present
        optimizer = KernelFit(int(self.values["max_steps"]), deadline)
        kernel, seed = self._kernel(X.shape[1]), self.seed % 2**32
        if self.n_present:
            self.model = GaussianProcessClassifier(kernel, optimizer=optimizer, copy_X_train=False, random_state=seed)
        else:
            kernel = kernel + WhiteKernel(float(self.values["noise"]), (1e-5, 10.0))
            self.model = GaussianProcessRegressor(kernel, optimizer=optimizer, copy_X_train=False, random_state=seed)
        self.model.fit(X, y)

    def raw_predict(self, X: Any) -> Array:
        """Mean of the process, or its class probabilities."""
        return np.asarray(self.model.predict_proba(X) if self.n_present else self.model.predict(X))

    def _kernel(self, n_columns: int) -> Any:
        # Distances between scaled rows grow with the root of the number of columns.
        length = float(self.values["length_scale"]) * np.sqrt(n_columns)
        bounds = (length * 1e-2, length * 1e2)
        if self.values["kernel"] == "matern":
            smooth = Matern(length, bounds, nu=1.5)
        elif self.values["kernel"] == "rbf":
            smooth = RBF(length, bounds)
        else:
            smooth = RationalQuadratic(length, 1.0, bounds)
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * smooth
        if self.values["linear_term"] == "yes":
            kernel = kernel + ConstantKernel(1.0 / n_columns, (1e-6, 1e2)) * DotProduct(1.0, "fixed")
        return kernel


def _unfit(shape: Shape) -> str | None:
    if shape.n_rows > MAX_ROWS:
        return f"Gaussian processes take the cube of the rows; {MAX_ROWS:,} are the most"
    if shape.problem == "multiclass" and shape.n_rows * shape.n_classes > 3 * MAX_ROWS:
        return "one Gaussian process for each of so many classes would take minutes"
    if shape.n_numeric + shape.n_categorical > 1_000 or shape.is_sparse:
        return "Gaussian processes are for tables of up to 1,000 dense columns"
    return "Gaussian processes cannot weigh rows" if shape.is_weighted else None


GAUSSIAN_PROCESS = Algorithm("gaussian_process", _space, GaussianProcess, unfit=_unfit)
