"""Kernel ridge regression with a learned metric (recursive feature machine, Radhakrishnan et al., Science 2024)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace, Float, Integer
from scipy.optimize import minimize
from scipy.special import softmax

from automl.algorithms.base import Algorithm, FitContext
from automl.algorithms.kernel_machine import (
    Kernel,
    outputs_at,
    sharpened,
    solve,
    solve_at_centres,
    solve_with_best_ridge,
)
from automl.algorithms.learner import PreprocessedLearner, past
from automl.preprocessing import Steps, space_of
from automl.task import Problem, Shape

Array = npt.NDArray[Any]

# The cube of so many rows takes a second; more rows share some centres. The metric is learned from few.
MAX_EXACT_ROWS, N_CENTRES, METRIC_ROWS = 3_000, 2_000, 600
_MAX_ROWS, _MAX_COLUMNS = 50_000, 2_000
# A step that leaves more than this share of the error out of fold is the last.
_NOTICEABLE = 0.995
# Of the calibration: how much it is shrunk, for a single row, and the factor that its fit starts from.
_SHRUNK, _FIRST_FACTOR = 0.03, 3.0


def _space(problem: Problem) -> ConfigurationSpace:
    return space_of(
        problem,
        Steps(scaling=("standard", "quantile", "robust"), target=("standard", "log", "quantile")),
        [
            Float("exponent", (0.6, 2.0), default=1.0),
            Float("length", (0.3, 10.0), log=True, default=3.0),
            Float("linear", (0.01, 10.0), log=True, default=0.1),
            Integer("metric_steps", (0, 5), default=3),
            Float("metric_power", (0.25, 1.0), default=0.5),
        ],
    )


class KernelRidge(PreprocessedLearner):
    """Fits all outputs at once; classes by their indicators, whose left-out values a softmax calibrates."""

    needs_dense = True

    def train(
        self, X: Any, y: Array, weight: Array | None, valid: tuple[Any, Array] | None, context: FitContext
    ) -> None:
        """Learn the metric on some rows, then fit all."""
        rng = np.random.default_rng(self.seed)
        order = rng.permutation(len(X))
        X, y = X[order], y[order]
        weight = np.ones(len(X)) if weight is None else weight[order] / weight.mean()
        targets = np.eye(self.n_present)[y] if self.n_present else y[:, None]
        self.mean = np.average(targets, axis=0, weights=weight)
        targets -= self.mean
        some = slice(METRIC_ROWS)
        self.kernel, ridge = self._learned(X[some], targets[some], weight[some], context.deadline, rng)
        noise = ridge / weight
        if len(X) <= MAX_EXACT_ROWS:
            self.centres = X
            self.coefficients, left_out = solve(self.kernel, X, targets, noise)
        else:
            self.centres = X[:N_CENTRES]
            self.coefficients, left_out = solve_at_centres(
                self.kernel, X, targets, noise, N_CENTRES, context.deadline
            )
        if self.n_present:
            n = len(left_out)
            self.calibration = _calibrated(left_out + self.mean, y[-n:], weight[-n:])

    def raw_predict(self, X: Any) -> Array:
        """Predict by the kernel's values at the centres, some rows at a time."""
        found = outputs_at(self.kernel, X, self.centres, self.coefficients) + self.mean
        return _probabilities(found, self.calibration) if self.n_present else found[:, 0]

    def _learned(
        self, X: Array, targets: Array, weight: Array, deadline: float | None, rng: np.random.Generator
    ) -> tuple[Kernel, float]:
        """Find a kernel and its ridge in steps, as long as they lessen the squared error of rows left out."""
        exponent, length, linear = (float(self.values[name]) for name in ("exponent", "length", "linear"))
        kernel = Kernel(exponent, length, linear, np.ones(X.shape[1])).fitted(X, rng)
        ridge, coefficients, least = solve_with_best_ridge(kernel, X, targets, weight)
        for _ in range(int(self.values["metric_steps"])):
            if past(deadline):
                break
            power = float(self.values["metric_power"])
            candidate = sharpened(kernel, X, coefficients, power, rng)
            candidate_ridge, coefficients, error = solve_with_best_ridge(candidate, X, targets, weight)
            if error > _NOTICEABLE * least:
                break
            kernel, ridge, least = candidate, candidate_ridge, error
        return kernel, ridge


def _probabilities(outputs: Array, calibration: Array) -> Array:
    """Softmax of linear functions; the first row of the calibration are shifts, the others factors of the outputs."""
    return np.asarray(softmax(calibration[0] + outputs @ calibration[1:], axis=1))


def _calibrated(outputs: Array, y: Array, weight: Array) -> Array:
    """Fit the softmax to the log loss: one factor for all outputs and, at the same price, departures from it."""
    n_rows, n_classes = outputs.shape
    indicators, share = np.eye(n_classes)[y], (weight / weight.sum())[:, None]
    shape, penalty = (n_classes + 1, n_classes), _SHRUNK / n_rows

    def matrix(vector: Array) -> Array:
        found = vector[1:].reshape(shape).copy()
        found[1:] += vector[0] * np.eye(n_classes)
        return found

    def objective(vector: Array) -> tuple[float, Array]:
        probabilities = _probabilities(outputs, matrix(vector))
        loss = -float(share[:, 0] @ np.log(np.maximum(probabilities[np.arange(n_rows), y], 1e-300)))
        slopes = (probabilities - indicators) * share
        factors = outputs.T @ slopes
        gradient = np.concatenate([[np.trace(factors)], slopes.sum(axis=0), factors.ravel()])
        return loss + penalty * float(vector @ vector), gradient + 2 * penalty * vector

    start = np.zeros(1 + n_classes * (n_classes + 1))
    start[0] = _FIRST_FACTOR
    return matrix(minimize(objective, start, jac=True, method="L-BFGS-B").x)


def _unfit(shape: Shape) -> str | None:
    if shape.n_rows > _MAX_ROWS:
        return f"kernel ridge regression is for tables of up to {_MAX_ROWS:,} rows"
    if shape.n_numeric + shape.n_categorical > _MAX_COLUMNS or shape.is_sparse:
        return f"kernel ridge regression is for tables of up to {_MAX_COLUMNS:,} dense columns"
    return None


KERNEL_RIDGE = Algorithm("kernel_ridge", _space, KernelRidge, unfit=_unfit)
