"""Scores without input checks, equal to scikit-learn's: greedy selection and decision tuning call them by the thousand.

Each takes class codes or targets, the prediction (probabilities of shape (n_rows, n_classes) or targets) and weights or
None; greater is better.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Array = npt.NDArray[Any]
Weights = Array | None
Score = Callable[[Array, Array, Weights], float]


def roc_auc(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    """Area under the ROC curve of a binary task by ranks (Mann-Whitney), ties counted half."""
    score = prediction[:, 1]
    positive = y == 1
    if sample_weight is None:
        n_pos = int(positive.sum())
        n_neg = len(y) - n_pos
        if n_pos == 0 or n_neg == 0:
            return float("nan")
        return float((rankdata(score)[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))
    _, place = np.unique(score, return_inverse=True)
    w_pos = np.bincount(place, weights=sample_weight * positive)
    w_neg = np.bincount(place, weights=sample_weight * ~positive)
    total = w_pos.sum() * w_neg.sum()
    below = np.cumsum(w_neg) - w_neg
    return float((w_pos * (below + w_neg / 2)).sum() / total) if total > 0 else float("nan")


def _neg_log_loss(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    eps = np.finfo(np.float64).eps
    total = prediction.sum(axis=1)
    p = np.clip(prediction[np.arange(len(y)), y] / np.where(total > 0, total, 1.0), eps, 1 - eps)
    return float(np.average(np.log(p), weights=sample_weight))


def _accuracy(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    return float(np.average(prediction.argmax(axis=1) == y, weights=sample_weight))


def _rmse(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    return -float(np.sqrt(np.average((y - prediction) ** 2, weights=sample_weight)))


def _mae(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    return -float(np.average(np.abs(y - prediction), weights=sample_weight))


def _r2(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    if len(y) < 2:
        return float("nan")
    residual = np.average((y - prediction) ** 2, weights=sample_weight)
    spread = np.average((y - np.average(y, weights=sample_weight)) ** 2, weights=sample_weight)
    return float(1 - residual / spread) if spread > 0 else float(residual == 0)


def _confusion(y: Array, prediction: Array, sample_weight: Weights) -> Array:
    k = prediction.shape[1]
    return np.bincount(y * k + prediction.argmax(axis=1), sample_weight, minlength=k * k).reshape(k, k)


def _share(part: Array, whole: Array) -> Array:
    """Divide; 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def _balanced_accuracy(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    table = _confusion(y, prediction, sample_weight)
    total = table.sum(axis=1)
    present = total > 0
    return float((table.diagonal()[present] / total[present]).mean())


def _matthews(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    table = _confusion(y, prediction, sample_weight).astype(np.float64)
    true, given, n = table.sum(axis=1), table.sum(axis=0), table.sum()
    spread = (n**2 - true @ true) * (n**2 - given @ given)
    return float((table.trace() * n - true @ given) / np.sqrt(spread)) if spread > 0 else 0.0


def _per_class(kind: str, average: str, y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    """F1, precision, recall or Jaccard index of the classes, averaged as scikit-learn does."""
    table = _confusion(y, prediction, sample_weight)
    hit, true, given = table.diagonal(), table.sum(axis=1), table.sum(axis=0)
    part, whole = {
        "f1": (2 * hit, true + given),
        "precision": (hit, given),
        "recall": (hit, true),
        "jaccard": (hit, true + given - hit),
    }[kind]
    if average == "binary":
        return float(_share(part[1], whole[1]))
    if average == "micro":
        return float(_share(part.sum(), whole.sum()))
    shares = _share(part, whole)
    return float(shares[true + given > 0].mean()) if average == "macro" else float(shares @ true / true.sum())


def _all_per_class() -> dict[str, Score]:
    names: dict[str, Score] = {}
    for kind in ("f1", "precision", "recall", "jaccard"):
        names[kind] = partial(_per_class, kind, "binary")
        for average in ("macro", "micro", "weighted"):
            names[f"{kind}_{average}"] = partial(_per_class, kind, average)
    return names


FAST: dict[str, Score] = {
    "roc_auc": roc_auc,
    "neg_log_loss": _neg_log_loss,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "matthews_corrcoef": _matthews,
    **_all_per_class(),
    "neg_root_mean_squared_error": _rmse,
    "neg_mean_absolute_error": _mae,
    "r2": _r2,
}
