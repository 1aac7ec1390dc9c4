"""Summaries of an array-valued meta-feature as single numbers.

Undefined (NaN) elements are left out before summarising. Skewness and kurtosis are b1 and b2 - 3 of Joanes
and Gill, "Comparing measures of sample skewness and kurtosis", The Statistician 47 (1998), the definitions
of pymfe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from metafeatures.arrays import FloatArray

N_BINS = 10


def _sd(v: FloatArray) -> float:
    return float(v.std(ddof=1)) if v.size > 1 else np.nan


def _central_moment_ratio(v: FloatArray, order: int) -> float:
    """Central moment of this order over the power of the sample standard deviation."""
    sd = _sd(v)
    if not sd > 1e-14 * np.abs(v).max():  # rounding noise of a constant is no spread
        return np.nan
    return float(np.mean(((v - v.mean()) / sd) ** order))


def _histogram(v: FloatArray) -> FloatArray:
    counts, _ = np.histogram(v, bins=N_BINS)
    return counts / v.size


SUMMARIES: dict[str, Callable[[FloatArray], float | FloatArray]] = {
    "mean": lambda v: float(v.mean()),
    "sd": _sd,
    "min": lambda v: float(v.min()),
    "q1": lambda v: float(np.quantile(v, 0.25)),
    "median": lambda v: float(np.median(v)),
    "q3": lambda v: float(np.quantile(v, 0.75)),
    "max": lambda v: float(v.max()),
    "range": lambda v: float(np.ptp(v)),
    "iqr": lambda v: float(np.subtract(*np.quantile(v, (0.75, 0.25)))),
    "var": lambda v: float(v.var(ddof=1)) if v.size > 1 else np.nan,
    "skewness": lambda v: _central_moment_ratio(v, 3),
    "kurtosis": lambda v: _central_moment_ratio(v, 4) - 3.0,
    "count": lambda v: float(v.size),
    "sum": lambda v: float(v.sum()),
    "sum_of_squares": lambda v: float(np.square(v).sum()),
    "norm": lambda v: float(np.linalg.norm(v)),
    "histogram": _histogram,
}
DEFAULT_SUMMARIES = ("mean", "sd", "min", "q1", "median", "q3", "max", "skewness", "kurtosis")


def summary_names(summaries: Iterable[str]) -> list[str]:
    """Suffixes that these summaries produce, in order.

    Examples
    --------
    >>> summary_names(["mean", "histogram"])[:3]
    ['mean', 'histogram.0', 'histogram.1']
    """
    names = []
    for summary in summaries:
        names += [f"histogram.{i}" for i in range(N_BINS)] if summary == "histogram" else [summary]
    return names


def summarise(values: FloatArray, summaries: Iterable[str]) -> dict[str, float]:
    """Summaries of the finite elements of `values`; those without a value come as NaN.

    Parameters
    ----------
    values : ndarray of shape (k,), float64
    summaries : iterable of str
        Keys of `SUMMARIES`.

    Returns
    -------
    dict of str to float
        By suffix, see `summary_names`.

    Examples
    --------
    >>> summarise(np.array([1.0, 2.0, np.nan, 6.0]), ["mean", "median", "count"])
    {'mean': 3.0, 'median': 2.0, 'count': 3.0}
    """
    finite = values[np.isfinite(values)]
    out: dict[str, float] = {}
    for summary in summaries:
        if finite.size == 0:
            out |= dict.fromkeys(summary_names([summary]), np.nan)
            continue
        try:
            value = SUMMARIES[summary](finite)
        except ValueError:  # numpy's histogram has no bins for a range near the smallest spacing of floats
            value = np.full(N_BINS, np.nan)
        out |= dict(zip(summary_names([summary]), np.atleast_1d(value).tolist(), strict=True))
    return out
