"""Selection of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_selection import f_classif, f_regression

Array = npt.NDArray[Any]


def relative_variance(X: Any) -> Array:
    """Variance of each column over its squared range (of a sparse column: over its squared largest magnitude).

    Examples
    --------
    >>> relative_variance(np.array([[0.0, 5.0], [10.0, 5.0]])).tolist()
    [0.25, 0.0]
    """
    if sparse.issparse(X):
        span = abs(X).max(axis=0).toarray().ravel().astype(np.float64)
        variance = np.asarray(X.multiply(X).mean(axis=0)).ravel() - np.asarray(X.mean(axis=0)).ravel() ** 2
    else:
        span, variance = np.ptp(X, axis=0).astype(np.float64), X.var(axis=0, dtype=np.float64)
    return np.asarray(np.divide(variance, span**2, out=np.zeros_like(span), where=span > 0))


class Selector:
    """Keep the share of columns with the highest scores, at least one.

    Parameters
    ----------
    score : {"f_score", "variance"}
        ``f_score`` is the F statistic of one column against the target.
    share : float
        In (0, 1].

    Examples
    --------
    >>> X = np.array([[0.0, 3.0], [0.1, 1.0], [1.0, 3.0], [0.9, 2.0]])
    >>> Selector("f_score", 0.5).fit(X, np.array([0, 0, 1, 1]), True).columns.tolist()
    [0]
    """

    def __init__(self, score: str, share: float) -> None:
        self.score, self.share = score, share

    def fit(self, X: Any, y: Array, is_classification: bool) -> Selector:
        """Score the columns of training rows."""
        if self.score == "variance":
            scores = relative_variance(X)
        else:
            scores = (f_classif if is_classification else f_regression)(X, y)[0]
        keep = max(1, round(self.share * X.shape[1]))
        # A constant column has no F statistic (NaN); one that separates the classes perfectly has an infinite one.
        ranked = np.argsort(-np.nan_to_num(scores, nan=-1.0), kind="stable")
        self.columns = np.sort(ranked[:keep])
        return self

    def transform(self, X: Any) -> Any:
        """Keep the chosen columns."""
        return X[:, self.columns]
