"""Decision weights: from probabilities to the labels that score best by a metric on labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_POWERS = np.linspace(0.0, 1.0, 9)
_STEPS = np.geomspace(0.1, 10.0, 21)
# With more classes a search class by class costs seconds and gains little over the common power.
_MAX_CLASSES = 12


def tune_decision(
    prediction: Array,
    loss: Callable[[Array], float],
    *,
    min_gain: float = 1e-3,
    sweeps: int = 2,
    stop: Callable[[], bool] = lambda: False,
) -> npt.NDArray[np.float64]:
    """Find a factor per class for which the argmax of the weighted probabilities has the lowest loss.

    The mean probabilities to a common negative power come first: 0 leaves the most probable class, 1 is right for
    balanced scores. From the best of them a coordinate search goes on, class by class; for two classes that is the
    tuning of the decision threshold.

    Parameters
    ----------
    prediction : ndarray of shape (n_rows, n_classes)
        Out-of-fold probabilities.
    loss : callable
        Weighted probabilities -> loss, minimised; it looks at the argmax only.
    min_gain : float
        Smallest gain for which a factor other than 1 is taken, against overfitting the folds.
    sweeps : int
        Most rounds over the classes.
    stop : callable
        Asked before each class; once true, the best factors so far are taken.

    Returns
    -------
    ndarray of float64, shape (n_classes,)
        Factors with a geometric mean of 1.

    Examples
    --------
    >>> p = np.array([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.9, 0.1]])
    >>> y = np.array([0, 1, 1, 0])
    >>> w = tune_decision(p, lambda q: float((q.argmax(axis=1) != y).mean()))
    >>> (p * w).argmax(axis=1).tolist()
    [0, 1, 1, 0]
    """
    n_classes = prediction.shape[1]
    plain = np.ones(n_classes)
    if stop():
        return plain
    plain_loss = loss(prediction)
    powers = np.maximum(prediction.mean(axis=0), 1e-6) ** -_POWERS[:, np.newaxis]
    weights, best = _best_of(powers, prediction, loss, plain, plain_loss)
    if n_classes <= _MAX_CLASSES:
        weights = _search(prediction, loss, weights, best, sweeps, stop)
    factors = np.asarray(weights / np.exp(np.log(weights).mean()))
    return factors if loss(prediction * factors) < plain_loss - min_gain else plain


def _search(
    prediction: Array,
    loss: Callable[[Array], float],
    weights: Array,
    best: float,
    sweeps: int,
    stop: Callable[[], bool],
) -> Array:
    """Improve one factor after the other until a round over the classes gains nothing."""
    n_free = 1 if len(weights) == 2 else len(weights)
    for _ in range(sweeps):
        before = best
        for k in range(n_free):
            if stop():
                return weights
            tries = np.tile(weights, (len(_STEPS), 1))
            tries[:, k] *= _STEPS
            weights, best = _best_of(tries, prediction, loss, weights, best)
        if best == before:
            break
    return weights


def _best_of(
    tries: Array, prediction: Array, loss: Callable[[Array], float], weights: Array, best: float
) -> tuple[Array, float]:
    """Take the best of the tries if it beats the weights; of equal neighbours the middle one, far from any row."""
    losses = np.array([loss(prediction * row) for row in tries])
    lowest = float(losses.min())
    if not lowest < best - 1e-12:
        return weights, best
    places = np.flatnonzero(losses <= lowest + 1e-12)
    return tries[places[len(places) // 2]], lowest
