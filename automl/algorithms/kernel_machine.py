"""Kernel ridge regression in closed form, with a metric that is learned from the gradients of its own fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, eigh, solve_triangular
from scipy.linalg.lapack import dpotri

from automl.algorithms.learner import past

Array = npt.NDArray[Any]

# A median distance is that of so many rows; gradients are averaged over so many.
_SAMPLED, _GRADIENTS = 500, 800
# No column's weight is a smaller share of the largest.
_LEAST_WEIGHT = 1e-6
_RIDGES = np.logspace(-4, 2, 13)
# Of the mean of a diagonal: rows that occur twice would leave a matrix without an inverse.
_JITTER = 1e-9
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Kernel:
    """exp(-(d / width) ** exponent) of the distance d between scaled rows, and a linear part.

    Parameters
    ----------
    exponent : float
        In (0, 2]: 1 is Laplace's kernel, 2 that of Gauss.
    length : float
        Width in median distances.
    linear : float
        Factor of the rows' products, in mean squares of rows.
    scales : ndarray of float64, shape (n_columns,)
        Factors of the columns.
    width, slope : float
        What `length` and `linear` come to on a table; `fitted` sets them.
    """

    exponent: float
    length: float
    linear: float
    scales: Array
    width: float = 1.0
    slope: float = 0.0

    def fitted(self, X: Array, rng: np.random.Generator) -> Kernel:
        """Take width and slope from some rows."""
        some = X[rng.permutation(len(X))[:_SAMPLED]] * self.scales
        distances = np.sqrt(_squared_distances(some, some)[np.triu_indices(len(some), 1)])
        typical = np.median(distances) or distances.mean()
        norm = float(np.mean(np.einsum("ij,ij->i", some, some))) or 1.0
        return replace(self, width=self.length * float(typical) or 1.0, slope=self.linear / norm)

    def __call__(self, A: Array, B: Array) -> Array:
        """Values between rows, shape (len(A), len(B))."""
        A, B = A * self.scales, B * self.scales
        values = _squared_distances(A, B)
        np.power(values, 0.5 * self.exponent, out=values)
        values *= -(self.width**-self.exponent)
        np.exp(values, out=values)
        if self.slope:
            values += self.slope * (A @ B.T)
        return values


def _squared_distances(A: Array, B: Array) -> Array:
    distances = A @ B.T
    distances *= -2.0
    distances += np.einsum("ij,ij->i", A, A)[:, None]
    distances += np.einsum("ij,ij->i", B, B)
    np.maximum(distances, 0.0, out=distances)
    return distances


def solve(kernel: Kernel, X: Array, targets: Array, noise: Array) -> tuple[Array, Array]:
    """Fit exactly.

    Parameters
    ----------
    kernel : Kernel
    X : ndarray of float64, shape (n_rows, n_columns)
    targets : ndarray of float64, shape (n_rows, n_outputs)
    noise : ndarray of float64, shape (n_rows,)
        Ridge of each row.

    Returns
    -------
    coefficients : ndarray of float64, shape (n_rows, n_outputs)
    left_out : ndarray of float64, shape (n_rows, n_outputs)
        What would be predicted for each row by a fit on all others (Allen's PRESS).

    Examples
    --------
    >>> X = np.linspace(-2, 2, 30)[:, None]
    >>> kernel = Kernel(2.0, 1.0, 0.0, np.ones(1))
    >>> coefficients, left_out = solve(kernel, X, np.sin(X), np.full(30, 1e-6))
    >>> bool(abs(left_out - np.sin(X)).max() < 1e-2)
    True
    """
    values = kernel(X, X)
    values[np.diag_indices_from(values)] += noise
    factor, _ = cho_factor(values, lower=True, overwrite_a=True, check_finite=False)
    coefficients = cho_solve((factor, True), targets, check_finite=False)
    inverse, _ = dpotri(factor, lower=True, overwrite_c=True)
    return coefficients, targets - coefficients / np.diag(inverse)[:, None]


def solve_with_best_ridge(kernel: Kernel, X: Array, targets: Array, weight: Array) -> tuple[float, Array, float]:
    """Fit exactly with the ridge that leaves the least squared error of rows left out.

    All ridges share one eigendecomposition (R. Rifkin, R. Lippert (2007). Notes on regularized least squares. MIT).

    Parameters
    ----------
    kernel : Kernel
    X : ndarray of float64, shape (n_rows, n_columns)
    targets : ndarray of float64, shape (n_rows, n_outputs)
    weight : ndarray of float64, shape (n_rows,)
        The noise of a row is the ridge over its weight.

    Returns
    -------
    ridge : float
    coefficients : ndarray of float64, shape (n_rows, n_outputs)
    error : float
        Weighted sum of the squares.
    """
    root = np.sqrt(weight)[:, None]
    values = kernel(X, X)
    values *= root
    values *= root.T
    eigenvalues, vectors = eigh(values, overwrite_a=True, check_finite=False, driver="evd")
    turned, squares = vectors.T @ (root * targets), vectors**2

    def fit(ridge: float) -> tuple[float, Array, float]:
        shrunk = 1.0 / (np.maximum(eigenvalues, 0.0) + ridge)
        solution = vectors @ (shrunk[:, None] * turned)
        return float(ridge), root * solution, float(np.sum((solution / (squares @ shrunk)[:, None]) ** 2))

    return min(map(fit, _RIDGES), key=lambda found: found[2])


def solve_at_centres(
    kernel: Kernel, X: Array, targets: Array, noise: Array, n_centres: int, deadline: float | None
) -> tuple[Array, Array]:
    """Fit with coefficients for the first rows only (Smola and Schölkopf, ICML 2000), to as many rows as time allows.

    Parameters
    ----------
    kernel : Kernel
    X : ndarray of float64, shape (n_rows, n_columns)
        In random order, more rows than centres.
    targets : ndarray of float64, shape (n_rows, n_outputs)
    noise : ndarray of float64, shape (n_rows,)
    n_centres : int
    deadline : float or None
        `time.monotonic` moment after which no more rows are taken in.

    Returns
    -------
    coefficients : ndarray of float64, shape (n_centres, n_outputs)
    left_out : ndarray of float64, shape (n, n_outputs)
        What would be predicted for each of the last n rows by a fit on all others.
    """
    centres = X[:n_centres]
    precision, moments = kernel(centres, centres), np.zeros((n_centres, targets.shape[1]))
    # The last rows, which are no centres, come first: the calibration needs them.
    starts = range(max(n_centres, len(X) - _ROWS_AT_ONCE), -_ROWS_AT_ONCE, -_ROWS_AT_ONCE)
    blocks = [slice(max(0, start), start + _ROWS_AT_ONCE) for start in starts]
    last = kernel(X[blocks[0]], centres)
    certainty = 1.0 / np.sqrt(noise)[:, None]
    for number, rows in enumerate(blocks):
        scaled = (kernel(X[rows], centres) if number else last) * certainty[rows]
        precision += scaled.T @ scaled  # half the work where both are the same array
        moments += scaled.T @ (certainty[rows] * targets[rows])
        if past(deadline):
            break
    diagonal = np.diag_indices_from(precision)
    precision[diagonal] += _JITTER * precision[diagonal].mean()
    factor = cho_factor(precision, lower=True, overwrite_a=True, check_finite=False)
    coefficients = cho_solve(factor, moments, check_finite=False)
    known, spread = targets[-len(last) :], solve_triangular(factor[0], last.T, lower=True, check_finite=False)
    leverage = np.einsum("ij,ij->j", spread, spread) / noise[-len(last) :]
    return coefficients, known - (known - last @ coefficients) / np.maximum(1.0 - leverage, _JITTER)[:, None]


def outputs_at(kernel: Kernel, X: Array, centres: Array, coefficients: Array) -> Array:
    """Give what is fitted, shape (n_rows, n_outputs), some rows at a time."""
    outputs = np.empty((len(X), coefficients.shape[1]))
    for start in range(0, len(X), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        outputs[rows] = kernel(X[rows], centres) @ coefficients
    return outputs


def sharpened(kernel: Kernel, X: Array, coefficients: Array, power: float, rng: np.random.Generator) -> Kernel:
    """Scale columns by how much the fitted function changes along them.

    The weights of columns in squared distances are the diagonal of the average gradient outer product to some power
    (A. Radhakrishnan, D. Beaglehole, P. Pandit, M. Belkin (2024). Mechanism for feature learning in neural networks and
    backpropagation-free machine learning models. Science 383).

    Parameters
    ----------
    kernel : Kernel
    X : ndarray of float64, shape (n_rows, n_columns)
        The rows that the coefficients are for.
    coefficients : ndarray of float64, shape (n_rows, n_outputs)
    power : float
    rng : Generator
    """
    scaled = X * kernel.scales
    some = scaled[rng.permutation(len(X))[:_GRADIENTS]]
    squared = _squared_distances(some, scaled)
    relative = squared ** (0.5 * kernel.exponent) * kernel.width**-kernel.exponent
    # The gradient of Laplace's kernel has no value where rows coincide.
    falls = -kernel.exponent * relative * np.exp(-relative)
    slopes = np.divide(falls, squared, out=np.zeros_like(squared), where=squared > 1e-12)
    found = np.zeros(X.shape[1])
    for output in coefficients.T:
        pulls = slopes * output
        gradients = pulls.sum(axis=1)[:, None] * some - pulls @ scaled + kernel.slope * (output @ scaled)
        found += ((gradients * kernel.scales) ** 2).mean(axis=0)
    weights = (found / (found.max(initial=0.0) or 1.0)) ** power
    return replace(kernel, scales=np.sqrt(np.maximum(weights, _LEAST_WEIGHT))).fitted(X, rng)
