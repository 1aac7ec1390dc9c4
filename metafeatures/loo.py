"""Simple learners judged by leaving one row out, in closed form: no model is fitted twice."""

from __future__ import annotations

import numpy as np

from metafeatures.arrays import FloatArray, IntArray

RIDGE = 1.0
VARIANCE_FLOOR = 1e-2


def ridge(x: FloatArray, y: FloatArray) -> FloatArray:
    """Prediction of each row by ridge regression on the other rows.

    Leaving row i out changes its residual to ``residual / (1 - leverage)`` (Golub, Heath and Wahba,
    "Generalized cross-validation", Technometrics 1979).

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_columns)
        Standardised.
    y : ndarray of shape (n_rows, n_targets)

    Examples
    --------
    >>> x = np.array([[-1.0], [-1.0], [1.0], [1.0]])
    >>> ridge(x, 3 * x).round(2).ravel().tolist()
    [-1.91, -1.91, 1.91, 1.91]
    """
    n, width = x.shape
    mean = y.mean(axis=0)
    if width <= n:
        solved = np.linalg.solve(x.T @ x + RIDGE * np.eye(width), x.T)
        fitted = x @ (solved @ (y - mean))
        leverage = np.einsum("ij,ji->i", x, solved)
    else:
        gram = x @ x.T
        inverse = np.linalg.inv(gram + RIDGE * np.eye(n))
        fitted = gram @ (inverse @ (y - mean))
        leverage = 1.0 - RIDGE * np.diag(inverse)
    left = np.maximum(1.0 - leverage - 1.0 / n, 1e-9)
    return np.asarray(y - (y - mean - fitted) / left[:, None])


def nearest_neighbour(x: FloatArray) -> IntArray:
    """Index of the nearest other row of each row, by Euclidean distance; at ties the first.

    Examples
    --------
    >>> nearest_neighbour(np.array([[0.0], [1.0], [10.0]])).tolist()
    [1, 0, 1]
    """
    squares = np.einsum("ij,ij->i", x, x)
    distances = np.round(squares - 2.0 * (x @ x.T), 9)  # so that rounding errors break no ties
    np.fill_diagonal(distances, np.inf)
    return np.asarray(distances.argmin(axis=1), dtype=np.int32)


def naive_bayes(x: FloatArray, y: IntArray) -> IntArray:
    """Class of each row by Gaussian naive Bayes on the other rows.

    Only the row's own class changes when it is left out, so its mean and variance are corrected in place of
    a fit. Variances have a floor of 0.01, the columns being standardised.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_columns)
        Standardised.
    y : ndarray of shape (n_rows,), int
        Class codes from 0, each of them present.

    Examples
    --------
    >>> x = np.array([[-1.1], [-1.0], [-0.9], [0.9], [1.0], [1.1]])
    >>> naive_bayes(x, np.array([0, 0, 0, 1, 1, 1])).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    n, n_classes = len(x), int(y.max()) + 1
    counts = np.bincount(y, minlength=n_classes).astype(np.float64)
    indicator = (y[:, None] == np.arange(n_classes)).astype(np.float64)
    means = indicator.T @ x / counts[:, None]
    centred = x - means[y]
    scatter = indicator.T @ (centred * centred)
    scores = np.empty((n, n_classes))
    for k in range(n_classes):
        variance = np.maximum(scatter[k] / counts[k], VARIANCE_FLOOR)
        offset = x - means[k]
        scores[:, k] = np.log(counts[k]) - 0.5 * (offset * offset @ (1.0 / variance) + np.log(variance).sum())
    left = counts[y][:, None] - 1.0
    safe = np.maximum(left, 1.0)
    own_offset = centred * counts[y][:, None] / safe
    own_variance = np.maximum((scatter[y] - centred * own_offset) / safe, VARIANCE_FLOOR)
    own = np.log(safe[:, 0]) - 0.5 * (own_offset**2 / own_variance + np.log(own_variance)).sum(axis=1)
    scores[np.arange(n), y] = np.where(left[:, 0] > 0, own, -np.inf)
    return np.asarray(scores.argmax(axis=1), dtype=np.int32)
