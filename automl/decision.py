"""Decision weights: from probabilities to the labels that score best by a metric on labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_STEPS = np.geomspace(0.1, 10.0, 41)


def tune_decision(
    prediction: Array, loss: Callable[[Array], float], *, min_gain: float = 1e-3, sweeps: int = 2
) -> npt.NDArray[np.float64]:
    """Find a factor per class for which the argmax of the weighted probabilities has the lowest loss.

    For two classes this is the tuning of the decision threshold; with more it is a coordinate search. It starts from
    1 for all, and from the inverse of the mean probabilities, which is right for balanced scores.

    Parameters
    ----------
    prediction : ndarray of shape (n_rows, n_classes)
        Out-of-fold probabilities.
    loss : callable
        Weighted probabilities -> loss, minimised; it looks at the argmax only.
    min_gain : float
        Smallest gain for which a factor other than 1 is taken, against overfitting the folds.
    sweeps : int
        Rounds over the classes.

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
    candidates = [plain, 1.0 / np.maximum(prediction.mean(axis=0), 1e-6)]
    plain_loss = loss(prediction)
    found: list[tuple[float, Array]] = []
    for start in candidates:
        weights, best = start.copy(), loss(prediction * start)
        for _ in range(sweeps):
            for k in range(n_classes - 1 if n_classes == 2 else n_classes):
                weights, best = _sweep(prediction, loss, weights, best, k)
        found.append((best, weights))
    best, weights = min(found, key=lambda pair: pair[0])
    if not best < plain_loss - min_gain:
        return plain
    return np.asarray(weights / np.exp(np.log(weights).mean()))


def _sweep(
    prediction: Array, loss: Callable[[Array], float], weights: Array, best: float, k: int
) -> tuple[Array, float]:
    """Try the steps for one class; among equally good neighbours the middle one is taken."""
    losses = np.empty(len(_STEPS))
    for i, step in enumerate(_STEPS):
        trial = weights.copy()
        trial[k] *= step
        losses[i] = loss(prediction * trial)
    lowest = losses.min()
    if not lowest < best - 1e-12:
        return weights, best
    places = np.flatnonzero(losses <= lowest + 1e-12)
    weights = weights.copy()
    weights[k] *= _STEPS[places[len(places) // 2]]
    return weights, float(lowest)
