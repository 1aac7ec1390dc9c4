"""Greedy construction of a portfolio from the losses of many configurations on many tasks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def build(losses: pd.DataFrame, size: int) -> list[str]:
    """Choose configurations so that on each task at least one of them does well.

    Each step adds the configuration that lowers the mean over tasks of the best scaled loss so far by the most. The
    mean is submodular in the chosen set, so that the result is within 1 - 1/e of the best portfolio of that size. It
    is an order too: every beginning of the list is the greedy portfolio of that length.

    Parameters
    ----------
    losses : DataFrame of shape (n_tasks, n_configurations)
        Finite losses to be minimised, NaN where a configuration failed or was not run; the columns name the
        configurations. Losses are scaled on each task so that its best is 0 and its worst, which a NaN counts as, is 1.
    size : int
        Most configurations to choose.

    Returns
    -------
    list of str
        Column names, first chosen first; fewer than `size` when no other configuration would help any task. Of equal
        ones the first column is taken.

    Raises
    ------
    ValueError
        If `size` is below 1, a loss is infinite, or no configuration has a loss.

    References
    ----------
    M. Feurer, K. Eggensperger, S. Falkner, M. Lindauer, F. Hutter (2022). Auto-Sklearn 2.0: Hands-free AutoML via
    Meta-Learning. Journal of Machine Learning Research 23(261), algorithm 1.

    Examples
    --------
    One configuration that is fair on both tasks comes first; of two specialists, the one and then the other.

    >>> import pandas as pd
    >>> losses = pd.DataFrame({"left": [0.0, 1.0], "right": [1.0, 0.0], "middle": [0.4, 0.4]}, index=["t1", "t2"])
    >>> build(losses, 1), build(losses[["left", "right"]], 2)
    (['middle'], ['left', 'right'])
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    scaled = _scaled(losses.to_numpy(dtype=np.float64))
    best = np.ones(len(scaled))
    chosen: list[int] = []
    while len(chosen) < size:
        with_each = np.minimum(best[:, None], scaled).mean(axis=0)
        candidate = int(with_each.argmin())
        if with_each[candidate] >= best.mean():
            break
        chosen.append(candidate)
        best = np.minimum(best, scaled[:, candidate])
    return [str(losses.columns[i]) for i in chosen]


def _scaled(losses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Losses between 0 and 1 on each task; a task that tells no configuration from another has one value for all."""
    if np.isinf(losses).any():
        raise ValueError("losses must be finite, or NaN for a configuration that failed")
    known = ~np.isnan(losses)
    if not known.any():
        raise ValueError("no configuration has a loss on any task")
    low = np.where(known, losses, np.inf).min(axis=1, keepdims=True)
    high = np.where(known, losses, -np.inf).max(axis=1, keepdims=True)
    span = np.where(high > low, high - low, 1.0)
    return np.where(known, (losses - low) / span, 1.0)
