"""Losses of any metric on a scale on which tasks can be averaged."""

from __future__ import annotations

import numpy as np
import pandas as pd


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
