"""Class balance by weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def balanced_weights(y: Array, sample_weight: Array | None) -> Array:
    """Weight rows so that every class present has the same total, and the mean over all weight stays.

    Parameters
    ----------
    y : ndarray of int, shape (n_rows,)
        Class codes from 0.
    sample_weight : ndarray of float64, shape (n_rows,), or None

    Examples
    --------
    >>> balanced_weights(np.array([0, 0, 0, 1]), None).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    totals = np.bincount(y, weights=weight)
    present = totals > 0
    share = np.divide(weight.sum() / present.sum(), totals, out=np.zeros_like(totals), where=present)
    return np.asarray(weight * share[y])
