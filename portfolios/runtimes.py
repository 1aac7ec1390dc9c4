"""How long configurations will take on a new table, from how long they took on others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

# No learner here takes more than the cube of a size.
_STEEPEST = 3.0
# Pulls an exponent towards that of a linear learner while the tables say little.
_PRIOR = 1.0
_RIDGE = 4.0

Floats = npt.NDArray[np.float64]


def predict_seconds(
    seconds: pd.DataFrame, sizes: pd.DataFrame, size: pd.Series, algorithms: pd.Series
) -> pd.Series:
    """Predict the seconds of configurations on a table of another size.

    The logarithm of the seconds is a line in the logarithms of the sizes: one slope for each algorithm, one level for
    each configuration. Slopes lie between 0 and 3.

    Parameters
    ----------
    seconds : DataFrame of shape (n_tasks, n_configurations)
        NaN where unknown.
    sizes : DataFrame of shape (n_tasks, n_sizes)
        Positive, such as rows and columns, with the tasks of `seconds` as its index; NaN where unknown.
    size : Series of shape (n_sizes,)
        Of the new table, indexed by the columns of `sizes`.
    algorithms : Series of str
        Algorithm of each configuration.

    Returns
    -------
    Series of float64, indexed by configuration
        NaN for a configuration that was never timed.

    Examples
    --------
    Seconds grew with the rows; of twice as many rows they are twice as many.

    >>> import pandas as pd
    >>> sizes = pd.DataFrame({"n_rows": [100.0 * 4**i for i in range(8)]})
    >>> seconds = pd.DataFrame({"a": sizes["n_rows"] / 100, "b": sizes["n_rows"] / 10})
    >>> new = pd.Series({"n_rows": 100.0 * 4**7 * 2})
    >>> predict_seconds(seconds, sizes, new, pd.Series({"a": "knn", "b": "knn"})).round(-3).to_dict()
    {'a': 33000.0, 'b': 328000.0}
    """
    known_sizes = np.log(sizes.reindex(seconds.index).to_numpy(dtype=np.float64))
    usual = _mean(known_sizes)
    target = np.log(size.reindex(sizes.columns).to_numpy(dtype=np.float64))
    # A size that is unknown here, or on all tasks, tells nothing.
    target = np.nan_to_num(np.where(np.isnan(target) | np.isnan(usual), usual, target))
    log_sizes = np.where(np.isnan(known_sizes), np.nan_to_num(usual), known_sizes)
    log_seconds = np.log(np.maximum(seconds.to_numpy(dtype=np.float64), 1e-3))
    names = algorithms.reindex(seconds.columns).to_numpy()
    predicted = np.full(log_seconds.shape[1], np.nan)
    for name in pd.unique(names):
        columns = np.flatnonzero(names == name)
        predicted[columns] = _of_one_algorithm(log_seconds[:, columns], log_sizes, target)
    return pd.Series(np.exp(predicted), index=seconds.columns)


def _of_one_algorithm(log_seconds: Floats, log_sizes: Floats, target: Floats) -> Floats:
    """Least squares within configurations, so that each has a level of its own, with slopes drawn towards 1."""
    known = ~np.isnan(log_seconds)
    count = known.sum(axis=0)
    level = _mean(log_seconds)
    shares = known / np.maximum(count, 1)
    centres = shares.T @ log_sizes
    tasks, columns = np.nonzero(known)
    X = log_sizes[tasks] - centres[columns]
    y = log_seconds[tasks, columns] - level[columns]
    ridge = _RIDGE * np.eye(X.shape[1])
    slopes = np.linalg.solve(X.T @ X + ridge, X.T @ y + ridge @ np.full(X.shape[1], _PRIOR))
    return np.asarray(level + (target - centres) @ np.clip(slopes, 0.0, _STEEPEST))


def _mean(values: Floats) -> Floats:
    """Mean of each column's known values, NaN where there is none."""
    known = ~np.isnan(values)
    total, count = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0))
