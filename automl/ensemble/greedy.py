"""Greedy ensemble selection with replacement, after Caruana et al., ICML 2004, "Ensemble selection from libraries"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def greedy_selection(
    predictions: Sequence[Array],
    loss: Callable[[Array], float],
    *,
    max_draws: int,
    stop: Callable[[], bool] = lambda: False,
    patience: int = 5,
) -> npt.NDArray[np.float64]:
    """Add, draw by draw, the model whose inclusion in the average lowers the loss most.

    Parameters
    ----------
    predictions : sequence of ndarrays of equal shape
        Out-of-fold predictions, one per model, best single model first: ties go to the earlier one.
    loss : callable
        Averaged prediction -> loss, minimised.
    max_draws : int
        Draws with replacement, which bounds the number of distinct members.
    stop : callable
        Asked before each evaluation; once true, the best selection so far is returned.
    patience : int
        Draws without improvement after which the selection ends.

    Returns
    -------
    ndarray of float64, shape (n_models,)
        Weights that sum to 1, many of them 0.

    Examples
    --------
    >>> y = np.array([0.0, 1.0, 2.0])
    >>> models = [y + 1.0, y - 1.0, y + 5.0]
    >>> greedy_selection(models, lambda p: float(np.abs(p - y).mean()), max_draws=4).tolist()
    [0.5, 0.5, 0.0]
    """
    if not predictions:
        raise ValueError("greedy selection needs at least one model")
    total = np.zeros_like(predictions[0], dtype=np.float64)
    drawn: list[int] = []
    best_loss, best_length = np.inf, 0
    while len(drawn) < max_draws and len(drawn) - best_length < patience:
        step = _best_addition(predictions, total, len(drawn), loss, stop)
        if step is None:
            break
        index, value = step
        drawn.append(index)
        total += predictions[index]
        if value < best_loss - 1e-12:
            best_loss, best_length = value, len(drawn)
    counts = np.bincount(drawn[:best_length] or [0], minlength=len(predictions)).astype(np.float64)
    return np.asarray(counts / counts.sum())


def _best_addition(
    predictions: Sequence[Array],
    total: Array,
    n_drawn: int,
    loss: Callable[[Array], float],
    stop: Callable[[], bool],
) -> tuple[int, float] | None:
    """Find the model that lowers the loss most; None when stopped before all were tried."""
    best: tuple[int, float] | None = None
    for index, prediction in enumerate(predictions):
        if stop():
            return best if n_drawn == 0 else None
        value = loss((total + prediction) / (n_drawn + 1))
        if np.isfinite(value) and (best is None or value < best[1] - 1e-12):
            best = (index, value)
    return best
