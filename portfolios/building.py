"""Greedy construction of a portfolio from the losses of many configurations on many tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

# Of any trial, so that the quickest of quick ones do not look free.
_OVERHEAD_S = 0.1
# Powers 0, 0.25, 0.5, 0.75 and 1 of the seconds were replayed on 127 tables, each left out with its relatives: 0 is
# best after so many trials, 1 within so many seconds, 0.5 near the best in both.
_COST_POWER = 0.5

Floats = npt.NDArray[np.float64]


def build(
    losses: pd.DataFrame,
    size: int,
    *,
    weights: Mapping[Any, float] | None = None,
    seconds: pd.Series | None = None,
    groups: Mapping[str, str] | None = None,
    most_of_group: int = 1,
) -> list[str]:
    """Choose configurations so that on each task at least one of them does well.

    Each step adds the configuration that lowers the mean over tasks of the best scaled loss so far by the most. The
    mean is submodular in the chosen set, so that the first layer is within 1 - 1/e of the best portfolio of its size;
    with `seconds` the gain is weighed against what it costs, as for time-critical selections (Streeter and Golovin
    2008, "An online algorithm for maximizing submodular functions"). Once no other configuration would help any task,
    a further layer begins as if nothing had been chosen: ensembles are made of the second best too. It is an order:
    every beginning of the list is the greedy portfolio of that length.

    Parameters
    ----------
    losses : DataFrame of shape (n_tasks, n_configurations)
        Finite losses to be minimised, NaN where a configuration failed or was not run; the index names the tasks, the
        columns the configurations. Losses are scaled on each task so that its best is 0 and its median is 1, which a
        NaN and all worse ones count as.
    size : int
        Most configurations to choose.
    weights : mapping of task to float, optional
        Weight of each task in the mean, not negative; equal by default.
    seconds : Series of float64, indexed by configuration, optional
        What a configuration is expected to take.
    groups : mapping of str to str, optional
        Group of each configuration, such as its algorithm.
    most_of_group : int
        So many configurations of a group may be chosen.

    Returns
    -------
    list of str
        Column names, first chosen first; at most `size`. A configuration that is nowhere better than the median is
        not chosen. Of equal ones the first column is taken.

    Raises
    ------
    ValueError
        If `size` is below 1, a loss is infinite, no configuration has a loss, or a weight or the seconds of a
        configuration are negative or not finite.

    References
    ----------
    M. Feurer, K. Eggensperger, S. Falkner, M. Lindauer, F. Hutter (2022). Auto-Sklearn 2.0: Hands-free AutoML via
    Meta-Learning. Journal of Machine Learning Research 23(261), algorithm 1.

    Examples
    --------
    One configuration that is fair on both tasks comes first; of two specialists, the one and then the other. A task
    that weighs more is served first, and so is a quick configuration.

    >>> import pandas as pd
    >>> losses = pd.DataFrame(
    ...     {"left": [0.0, 9.0], "right": [9.0, 0.0], "middle": [0.4, 0.4], "poor": [1.0, 1.0], "bad": [2.0, 2.0]}
    ... )
    >>> build(losses, 1), build(losses[["left", "right", "poor", "bad"]], 2)
    (['middle'], ['left', 'right'])
    >>> build(losses, 1, weights={0: 1.0, 1: 9.0})
    ['right']
    >>> build(losses, 1, seconds=pd.Series({"left": 1.0, "right": 60.0, "middle": 60.0, "poor": 1.0, "bad": 1.0}))
    ['left']
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    scaled = scaled_losses(losses).to_numpy()
    weight = np.ones(len(losses)) if weights is None else np.array([weights[task] for task in losses.index])
    if not (weight >= 0).all() or np.isinf(weight).any():
        raise ValueError("the weight of a task must be finite and not negative")
    cost = np.ones(scaled.shape[1])
    if seconds is not None:
        spent = seconds.reindex(losses.columns).to_numpy(dtype=np.float64)
        if not (spent >= 0).all() or np.isinf(spent).any():
            raise ValueError("the seconds of every configuration must be finite and not negative")
        cost = (spent + _OVERHEAD_S) ** _COST_POWER
    group = np.arange(len(cost)) if groups is None else pd.factorize(np.array([groups[c] for c in losses.columns]))[0]
    return [str(losses.columns[i]) for i in _greedy(scaled, weight, cost, group, most_of_group, size)]


def scaled_losses(losses: pd.DataFrame) -> pd.DataFrame:
    """Scale losses so that on each task the best is 0, and the median, anything worse and a failure are 1.

    Parameters
    ----------
    losses : DataFrame of shape (n_tasks, n_configurations)

    Returns
    -------
    DataFrame of float64, of the same shape
        A task that tells no configuration from another has 0 wherever there is a loss.

    Raises
    ------
    ValueError
        If a loss is infinite, or there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> losses = pd.DataFrame([[1.0, 2.0, 3.0, 99.0, None]], columns=list("abcde"))
    >>> scaled_losses(losses).round(2).to_numpy().tolist()
    [[0.0, 0.67, 1.0, 1.0, 1.0]]
    """
    values = losses.to_numpy(dtype=np.float64)
    if np.isinf(values).any():
        raise ValueError("losses must be finite, or NaN for a configuration that failed")
    known = ~np.isnan(values)
    if not known.any():
        raise ValueError("no configuration has a loss on any task")
    some = known.any(axis=1)
    low, middle, high = np.zeros((3, len(values), 1))
    low[some], middle[some], high[some] = np.nanquantile(values[some], [0.0, 0.5, 1.0], axis=1)[..., None]
    # Where half of them are best, the worst are what they are compared with.
    span = np.where(middle > low, middle - low, np.where(high > low, high - low, 1.0))
    scaled = np.where(known, np.minimum((values - low) / span, 1.0), 1.0)
    return pd.DataFrame(scaled, index=losses.index, columns=losses.columns)


def _greedy(
    scaled: Floats, weight: Floats, cost: Floats, group: npt.NDArray[np.intp], most_of_group: int, size: int
) -> list[int]:
    best = np.ones(len(scaled))
    chosen: list[int] = []
    free = np.ones(scaled.shape[1], dtype=bool)
    layer = 0  # how many are chosen in this layer
    while len(chosen) < size:
        gain = np.where(free, weight @ np.maximum(best[:, None] - scaled, 0.0), 0.0)
        candidate = int((gain / cost).argmax())
        if gain[candidate] <= 0:
            if not layer:
                break
            best, layer = np.ones(len(scaled)), 0
            continue
        chosen.append(candidate)
        free[candidate] = False
        if (group[chosen] == group[candidate]).sum() >= most_of_group:
            free[group == group[candidate]] = False
        layer += 1
        best = np.minimum(best, scaled[:, candidate])
    return chosen
