"""Expected improvement of uncertain losses on the best."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]


def expected_improvement(mean: Floats, variance: Floats, best: Floats | float) -> Floats:
    """Expected improvement on `best` of normal losses, minimised; the arrays are broadcast.

    References
    ----------
    D. R. Jones, M. Schonlau, W. J. Welch (1998). Efficient Global Optimization of Expensive Black-Box Functions.
    Journal of Global Optimization 13.

    Examples
    --------
    >>> expected_improvement(np.array([-1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), best=0.0).round(3).tolist()
    [1.0, 0.0, 0.399]
    """
    gain = best - mean
    deviation = np.sqrt(variance)
    z = np.divide(gain, deviation, out=np.zeros(np.broadcast(gain, deviation).shape), where=deviation > 0)
    uncertain = deviation * (z * ndtr(z) + np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))
    return np.asarray(np.where(deviation > 0, uncertain, np.maximum(gain, 0.0)))
