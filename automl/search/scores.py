"""What the surrogate learns from: one comparable number for each configuration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

Vector = npt.NDArray[np.float64]


def rung_offsets(values: Vector) -> Vector:
    """Estimate what to add to a value of each rung to compare it with values of the highest rung.

    The step between neighbouring rungs is the median difference over the configurations that were seen on both,
    0 where there is none.

    Parameters
    ----------
    values : ndarray of float64, shape (n_configurations, n_rungs)
        NaN where nothing was seen, infinite where the trial failed.

    Returns
    -------
    ndarray of float64, shape (n_rungs,)

    Examples
    --------
    >>> rung_offsets(np.array([[0.5, 0.25], [0.75, np.nan], [np.inf, np.nan]])).tolist()
    [-0.25, 0.0]
    """
    offsets = np.zeros(values.shape[1])
    for rung in reversed(range(values.shape[1] - 1)):
        low, high = values[:, rung], values[:, rung + 1]
        both = np.isfinite(low) & np.isfinite(high)
        offsets[rung] = offsets[rung + 1] + (np.median(high[both] - low[both]) if both.any() else 0.0)
    return offsets


def highest_seen(values: Vector) -> Vector:
    """Give what each configuration showed on its highest rung, for rows of `rung_offsets` with offsets added.

    Examples
    --------
    >>> highest_seen(np.array([[0.25, 0.25], [0.5, np.nan], [0.1, np.inf]])).tolist()
    [0.25, 0.5, inf]
    """
    highest = values.shape[1] - 1 - np.argmax(~np.isnan(values[:, ::-1]), axis=1)
    return np.asarray(values[np.arange(len(values)), highest])


class NormalScores:
    """Losses -> standard normal quantiles of their ranks.

    Immune to outliers and to the scale of the metric; failures (infinite losses) rank last. Also used by Salinas
    et al., "A quantile-based approach for hyperparameter transfer learning", ICML 2020.

    Parameters
    ----------
    losses : ndarray of float64, shape (n,)

    Examples
    --------
    >>> losses = np.array([0.1, 9.0, 0.2, np.inf])
    >>> scores = NormalScores(losses)
    >>> scores(losses).round(2).tolist()
    [-1.15, 0.32, -0.32, 1.15]
    >>> scores(np.array([0.15])).round(2).tolist()
    [-0.73]
    """

    def __init__(self, losses: Vector) -> None:
        ranks = ndtri((rankdata(losses) - 0.5) / len(losses))
        finite = np.isfinite(losses)
        self.failure = float(ranks[~finite].max()) if not finite.all() else float(ranks.max())
        self._losses, first = np.unique(losses[finite], return_index=True)
        self._ranks = ranks[finite][first]

    def __call__(self, losses: Vector) -> Vector:
        """Give the scores of losses, those in between by interpolation, shape (n,)."""
        if not self._losses.size:
            return np.full(len(losses), self.failure)
        return np.where(np.isfinite(losses), np.interp(losses, self._losses, self._ranks), self.failure)
