"""Greedy construction of a portfolio from the losses of many configurations on many tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from portfolios.adaptive import AdaptivePortfolio


def build(
    losses: pd.DataFrame,
    size: int,
    *,
    weights: Mapping[Any, float] | None = None,
    seconds: pd.Series | None = None,
) -> list[str]:
    """Choose configurations so that on each task at least one of them does well.

    Each step adds the configuration that lowers the mean over tasks of the best scaled loss so far by the most, for its
    seconds if they are given, as `AdaptivePortfolio` does while nothing is known. Once no other would help any task,
    those follow that are best by themselves: ensembles are made of the second best too. It is an order: every beginning
    of the list is the greedy portfolio of that length.

    Parameters
    ----------
    losses : DataFrame of shape (n_tasks, n_configurations)
        Finite losses to be minimised, NaN where a configuration failed or was not run; the index names the tasks, the
        columns the configurations. They count as `scaled_losses`.
    size : int
        Most configurations to choose.
    weights : mapping of task to float, optional
        Weight of each task in the mean, not negative; equal by default.
    seconds : Series of float64, indexed by configuration, optional
        What a configuration is expected to take; the gain is weighed against it.

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
    return AdaptivePortfolio(losses, weights=weights, seconds=seconds).beginning(size)
