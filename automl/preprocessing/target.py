"""Transformations of a regression target, inverted on predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Array = npt.NDArray[Any]

_QUANTILES = 500


class TargetTransform:
    """Bring a target to mean 0 and variance 1, and predictions back to its scale.

    Predictions are held within one range of the training targets beyond either end: a linear or kernel model that
    meets a row far outside the training rows cannot ruin the mean loss.

    Parameters
    ----------
    kind : {"standard", "log", "quantile"}
        ``log`` is the inverse hyperbolic sine of robustly scaled targets: a logarithm for large values of either
        sign (Burbidge, Magee and Robb 1988, JASA 83). ``quantile`` maps ranks to a normal distribution.

    Examples
    --------
    >>> t = TargetTransform("log")
    >>> y = np.array([1.0, 2.0, 4.0, 8.0, 1000.0])
    >>> bool(np.allclose(t.inverse(t.fit_transform(y, None)), y))
    True
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def fit_transform(self, y: Array, sample_weight: Array | None) -> Array:
        """Fit on training targets and transform them; targets may be weighted."""
        self.low, self.high = float(y.min()), float(y.max())
        self.knots, self.ranks = np.empty(0), np.empty(0)
        self.shift, self.width = 0.0, 1.0
        if self.kind == "log":
            first, self.shift, third = np.quantile(y, [0.25, 0.5, 0.75])
            self.width = float(third - first) or float(y.std()) or 1.0
        elif self.kind == "quantile":
            levels = np.linspace(0.0, 1.0, min(_QUANTILES, len(y)))
            knots, at = np.unique(np.quantile(y, levels), return_inverse=True)
            # Ties take the middle of their levels, as a mid-rank does.
            middle = np.bincount(at, weights=levels) / np.bincount(at)
            edge = 0.5 / max(len(y), 2)
            self.knots, self.ranks = knots, ndtri(np.clip(middle, edge, 1.0 - edge))
        self.mean, self.scale = 0.0, 1.0
        bent = self.transform(y)
        self.mean = float(np.average(bent, weights=sample_weight))
        self.scale = float(np.sqrt(np.average((bent - self.mean) ** 2, weights=sample_weight))) or 1.0
        return np.asarray((bent - self.mean) / self.scale)

    def transform(self, y: Array) -> Array:
        """Transform targets; beyond the training range ``quantile`` gives its ends."""
        if self.kind == "log":
            bent = np.arcsinh((y - self.shift) / self.width)
        elif self.kind == "quantile":
            bent = np.interp(y, self.knots, self.ranks)
        else:
            bent = y
        return np.asarray((bent - self.mean) / self.scale)

    def inverse(self, z: Array) -> Array:
        """Bring predictions back, shape (n_rows,), float64, finite for finite and infinite input."""
        bent = np.nan_to_num(np.asarray(z, dtype=np.float64) * self.scale + self.mean)
        if self.kind == "log":
            y = self.shift + self.width * np.sinh(np.clip(bent, -700.0, 700.0))
        elif self.kind == "quantile":
            y = np.interp(ndtr(bent), ndtr(self.ranks), self.knots)
        else:
            y = bent
        margin = self.high - self.low
        return np.asarray(np.clip(y, self.low - margin, self.high + margin))
