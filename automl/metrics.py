"""Metrics: any scikit-learn scorer or callable as a loss over predictions, with fast paths for the usual ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.metrics import get_scorer, get_scorer_names

from automl.task import Problem

Array = npt.NDArray[Any]
Weights = Array | None

ALIASES = {
    "auc": "roc_auc",
    "log_loss": "neg_log_loss",
    "rmse": "neg_root_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mse": "neg_mean_squared_error",
}
AUTO: dict[Problem, str] = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "regression": "neg_root_mean_squared_error",
}
# Scores that every outcome carries beside its loss, so that the store serves fits by other metrics.
RECORDED: dict[Problem, tuple[str, ...]] = {
    "binary": ("roc_auc", "neg_log_loss", "accuracy", "balanced_accuracy", "average_precision"),
    "multiclass": ("neg_log_loss", "accuracy", "balanced_accuracy"),
    "regression": ("neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"),
}
_CLUSTERING = ("rand_score", "mutual_info", "v_measure", "homogeneity", "completeness", "fowlkes_mallows")
_REGRESSION = ("_error", "r2", "explained_variance", "d2_absolute", "d2_pinball", "_deviance")


def _is_regression_name(name: str) -> bool:
    return any(part in name for part in _REGRESSION)


class _Scorer(Protocol):
    _score_func: Callable[..., float]
    _sign: int
    _kwargs: dict[str, Any]
    _response_method: Any


@dataclass(frozen=True)
class Metric:
    """A metric as a loss over predictions.

    Parameters
    ----------
    name : str
        The scikit-learn scorer's name, or ``"callable:NAME"``.
    on_labels : bool
        Whether it looks at predicted classes rather than probabilities.
    score : callable
        (y, prediction, sample_weight) -> float, greater is better as scikit-learn has it. For classification y holds
        class codes and prediction the probabilities, shape (n_rows, n_classes).
    best : float
        The score of a perfect prediction; 0 where unknown.
    """

    name: str
    on_labels: bool
    score: Callable[[Array, Array, Weights], float]
    best: float

    @property
    def tunes_decision(self) -> bool:
        """Whether another choice of labels than the most probable one can score better."""
        return self.on_labels and self.name != "accuracy"

    def is_perfect(self, loss: float) -> bool:
        """Whether no prediction could score better."""
        return loss <= 0.0 and not self.name.startswith("callable:")

    def loss(self, y: Array, prediction: Array, sample_weight: Weights = None) -> float:
        """Distance from the best score, minimised."""
        return self.best - float(self.score(y, prediction, sample_weight))


def resolve_metric(metric: str | Callable[..., float], problem: Problem, classes: Array | None) -> Metric:
    """Find the metric for a task.

    Parameters
    ----------
    metric : str or callable
        ``"auto"`` (roc_auc, neg_log_loss or neg_root_mean_squared_error), a scorer's name, or a scorer
        ``scorer(estimator, X, y)``.
    problem : {"binary", "multiclass", "regression"}
    classes : ndarray of shape (n_classes,) or None
        The user's labels, in the order of the class codes.

    Returns
    -------
    Metric

    Raises
    ------
    ValueError
        If the name is unknown or the metric does not fit the problem.

    Examples
    --------
    >>> m = resolve_metric("auto", "regression", None)
    >>> m.name, m.loss(np.array([0.0, 2.0]), np.array([0.0, 0.0]))
    ('neg_root_mean_squared_error', 1.4142135623730951)
    """
    if callable(metric) and not hasattr(metric, "_score_func"):
        name = getattr(metric, "__name__", type(metric).__name__)
        return Metric(f"callable:{name}", problem != "regression", partial(_call_scorer, metric, classes), 0.0)
    if isinstance(metric, str):
        name = AUTO[problem] if metric == "auto" else ALIASES.get(metric, metric)
        if name not in get_scorer_names():
            raise ValueError(
                f"metric {metric!r} is unknown; give a scikit-learn scorer name such as {AUTO[problem]!r} "
                "(sklearn.metrics.get_scorer_names() lists them), a callable scorer, or 'auto'"
            )
        scorer = get_scorer(name)
        if any(part in name for part in _CLUSTERING) or _is_regression_name(name) != (problem == "regression"):
            raise _misfit(name, problem)
    else:
        name, scorer = f"callable:{metric._score_func.__name__}", metric  # type: ignore[attr-defined]
    response = scorer._response_method
    on_labels = problem != "regression" and (response == "predict" or response == ("predict",))
    best = 1.0 if isinstance(metric, str) and scorer._sign > 0 else 0.0
    score = _FAST[name] if name in _FAST else partial(_score, scorer, on_labels)
    if name == "roc_auc" and problem != "binary":
        raise _misfit(name, problem)
    found = Metric(name, on_labels, score, best)
    _dry_run(found, problem, 0 if classes is None else len(classes))
    return found


def _misfit(name: str, problem: Problem) -> ValueError:
    remedy = {
        "binary": "'roc_auc' or 'neg_log_loss'",
        "multiclass": "'neg_log_loss', 'roc_auc_ovr' or 'f1_macro'",
    }
    better = remedy.get(problem, "'neg_root_mean_squared_error' or 'r2'")
    return ValueError(f"metric {name!r} does not fit a {problem} task; use {better}")


def _dry_run(metric: Metric, problem: Problem, n_classes: int) -> None:
    """Raise a ValueError when the metric cannot score this kind of task at all."""
    if problem == "regression":
        y, prediction = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 3.0])
    else:
        y = np.repeat(np.arange(n_classes), 2)
        prediction = np.full((len(y), n_classes), 1.0 / n_classes)
    try:
        metric.score(y, prediction, None)
    except (ValueError, TypeError) as error:
        raise _misfit(metric.name, problem) from error


def _score(scorer: _Scorer, on_labels: bool, y: Array, prediction: Array, sample_weight: Weights) -> float:
    if on_labels:
        prediction = prediction.argmax(axis=1)
    elif prediction.ndim == 2 and prediction.shape[1] == 2:
        prediction = prediction[:, 1]
    kwargs = dict(scorer._kwargs)
    if sample_weight is not None:
        kwargs["sample_weight"] = sample_weight
    if prediction.ndim == 2:
        kwargs.setdefault("labels", np.arange(prediction.shape[1]))
    try:
        return scorer._sign * float(scorer._score_func(y, prediction, **kwargs))
    except TypeError:  # this score takes no weights or labels
        return scorer._sign * float(scorer._score_func(y, prediction, **scorer._kwargs))


class _Stand:
    """Answers like a fitted estimator with predictions made before."""

    def __init__(self, prediction: Array, classes: Array | None):
        self._prediction = prediction
        self._estimator_type = "regressor" if classes is None else "classifier"
        if classes is not None:
            self.classes_ = classes

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        kind = self._estimator_type
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if kind == "classifier" else None,
            regressor_tags=RegressorTags() if kind == "regressor" else None,
        )

    def fit(self, X: Any, y: Any) -> _Stand:
        return self

    def predict(self, X: Any) -> Array:
        if self._prediction.ndim == 1:
            return self._prediction
        return np.asarray(self.classes_[self._prediction.argmax(axis=1)])

    def predict_proba(self, X: Any) -> Array:
        return self._prediction


def _call_scorer(
    scorer: Callable[..., float], classes: Array | None, y: Array, prediction: Array, sample_weight: Weights
) -> float:
    labels = y if classes is None else classes[y]
    return float(scorer(_Stand(prediction, classes), np.zeros((len(y), 1)), labels))


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


def _balanced_accuracy(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    weights = np.ones(len(y)) if sample_weight is None else sample_weight
    n_classes = prediction.shape[1]
    total = np.bincount(y, weights=weights, minlength=n_classes)
    hit = np.bincount(y, weights=weights * (prediction.argmax(axis=1) == y), minlength=n_classes)
    present = total > 0
    return float((hit[present] / total[present]).mean())


def _rmse(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    return -float(np.sqrt(np.average((y - prediction) ** 2, weights=sample_weight)))


def _mae(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    return -float(np.average(np.abs(y - prediction), weights=sample_weight))


def _r2(y: Array, prediction: Array, sample_weight: Weights = None) -> float:
    residual = np.average((y - prediction) ** 2, weights=sample_weight)
    spread = np.average((y - np.average(y, weights=sample_weight)) ** 2, weights=sample_weight)
    return float(1 - residual / spread) if spread > 0 else float(residual == 0)


# Equal to scikit-learn's (tested), without its input checks: greedy selection scores thousands of times.
_FAST: dict[str, Callable[[Array, Array, Weights], float]] = {
    "roc_auc": roc_auc,
    "neg_log_loss": _neg_log_loss,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "neg_root_mean_squared_error": _rmse,
    "neg_mean_absolute_error": _mae,
    "r2": _r2,
}
