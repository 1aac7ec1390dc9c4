"""Which past tasks are most like a new one, by their meta-features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CLIP = 3.0
_NORMAL_IQR = 1.349  # of a standard normal distribution
_MISSING = 1.0
# What counts as one standard deviation, as a share of a value's size, where the tasks are too few to say. With it, the
# halves of 24 real tables lay as far apart in a store of one task as in a store of all (some 0.1 at most).
_SHARE_OF_SIZE = 0.4
_ENOUGH_TASKS = 20

Floats = NDArray[np.float64]


def distances(query: Floats, tasks: Floats) -> Floats:
    """Measure how far a new task is from each stored one.

    Every meta-feature is scaled by its interquartile range over the stored tasks, so that one wild value neither
    stretches the scale nor, being cut off at three standard deviations, decides alone. The distance is the mean
    over the meta-features that the new task has (after Gower, 1971, "A general coefficient of similarity and some
    of its properties"), divided by that limit: always within [0, 1], whatever their number. A meta-feature that a
    stored task lacks counts as one standard deviation, so that nothing is near for want of evidence.

    Parameters
    ----------
    query : ndarray of shape (n_metafeatures,)
        NaN where the new task lacks one.
    tasks : ndarray of shape (n_tasks, n_metafeatures)
        NaN where a stored task lacks one.

    Returns
    -------
    ndarray of shape (n_tasks,)
        All 1 where the new task has no meta-feature at all.

    Examples
    --------
    >>> import numpy as np
    >>> stored = np.array([[2.0, 0.1], [3.0, 0.2], [4.0, 0.3], [5.0, np.nan]])
    >>> distances(np.array([3.0, 0.2]), stored).round(3)
    array([0.198, 0.   , 0.198, 0.464])
    """
    known = np.isfinite(query)
    if not known.any():
        return np.ones(len(tasks))
    return np.asarray(step_sizes(query[known], tasks[:, known]).mean(axis=1), dtype=np.float64)


def step_sizes(query: Floats, tasks: Floats) -> Floats:
    """Measure how far a new task is from each stored one by each meta-feature, from 0 to 1.

    Parameters
    ----------
    query : ndarray of shape (n_metafeatures,)
    tasks : ndarray of shape (n_tasks, n_metafeatures)

    Returns
    -------
    ndarray of shape (n_tasks, n_metafeatures)
        One third where either side lacks the meta-feature.
    """
    steps = np.abs(tasks - query) / scales(tasks)
    return np.where(np.isnan(steps), _MISSING, np.minimum(steps, _CLIP)) / _CLIP


def scales(tasks: Floats) -> Floats:
    """Estimate the standard deviation of each column robustly; never 0.

    A few tasks, alike by chance, must not make everything else look far: with fewer than 20 the estimate has a floor
    that follows from the size of the values and fades as tasks come in.

    Parameters
    ----------
    tasks : ndarray of shape (n_tasks, n_metafeatures)
        NaN where unknown.

    Returns
    -------
    ndarray of shape (n_metafeatures,)
    """
    if len(tasks) == 0:
        return np.full(tasks.shape[1], _SHARE_OF_SIZE)
    ordered = np.sort(tasks, axis=0)  # NaN come last
    counts = np.isfinite(ordered).sum(axis=0)
    spread = (_quantile(ordered, counts, 0.75) - _quantile(ordered, counts, 0.25)) / _NORMAL_IQR
    centre = _quantile(ordered, counts, 0.5)
    with np.errstate(invalid="ignore"):
        deviation = np.nansum(np.abs(ordered - centre), axis=0) / np.maximum(counts, 1)
        guess = _SHARE_OF_SIZE * np.fmax(np.abs(centre), 1.0)
        scale = np.where(spread > 0, spread, np.where(deviation > 0, deviation, guess))
        scale = np.maximum(scale, guess * np.maximum(1 - counts / _ENOUGH_TASKS, 0))
    return np.where(np.isfinite(scale), scale, _SHARE_OF_SIZE)


def _quantile(ordered: Floats, counts: NDArray[np.int64], share: float) -> Floats:
    place = np.maximum(counts - 1, 0) * share
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    columns = np.arange(ordered.shape[1])
    weight = place - low
    return np.asarray(ordered[low, columns] * (1 - weight) + ordered[high, columns] * weight, dtype=np.float64)


def nearest(metafeatures: Mapping[str, float | None], stored: pd.DataFrame, k: int) -> pd.Series:
    """Return the distances of the `k` nearest tasks, nearest first, ties by task_id.

    Parameters
    ----------
    metafeatures : mapping of str to float or None
        Of the new task.
    stored : DataFrame with columns task_id (int64), position (int64), value (float64)
        One row for each meta-feature of each stored task; `position` counts the names in `metafeatures`.
    k : int
        How many, at most.

    Returns
    -------
    Series of float64, indexed by task_id
    """
    rows, task_ids = pd.factorize(stored["task_id"].to_numpy(), sort=True)
    matrix = np.full((len(task_ids), len(metafeatures)), np.nan)
    matrix[rows, stored["position"].to_numpy()] = stored["value"].to_numpy()
    query = np.array([np.nan if value is None else value for value in metafeatures.values()], dtype=np.float64)
    distance = distances(query, matrix)
    order = np.argsort(distance, kind="stable")[:k]
    return pd.Series(distance[order], index=pd.Index(task_ids[order], name="task_id"), name="distance")
