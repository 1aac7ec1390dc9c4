"""Metrics: any scikit-learn scorer or callable as a loss over predictions, with fast paths for the usual ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

from automl.fast_scores import FAST, Score, Weights
from automl.task import Problem

Array = npt.NDArray[Any]

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
_BINARY = ("roc_auc", "f1", "precision", "recall", "jaccard")
_MULTICLASS = ("top_k_accuracy",)  # the best two of two classes are always right


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
    best : float or None
        The score of a perfect prediction; None where unknown or without bound.
    """

    name: str
    on_labels: bool
    score: Score
    best: float | None

    @property
    def tunes_decision(self) -> bool:
        """Whether another choice of labels than the most probable one can score better."""
        return self.on_labels and self.name != "accuracy"

    def is_perfect(self, loss: float) -> bool:
        """Whether no prediction could score better."""
        return self.best is not None and loss <= 0.0

    def loss(self, y: Array, prediction: Array, sample_weight: Weights = None) -> float:
        """Distance from the best score, or the negative score where that is unknown; minimised."""
        return (self.best or 0.0) - float(self.score(y, prediction, sample_weight))


def resolve_metric(metric: str | Callable[..., float], problem: Problem, classes: Array | None) -> Metric:
    """Find the metric for a task.

    Parameters
    ----------
    metric : str or callable
        ``"auto"`` (roc_auc, neg_log_loss or neg_root_mean_squared_error), a scorer's name, or a scorer
        ``scorer(estimator, X, y)``. A scorer is given the user's labels, and an X of zeros in place of the table.
    problem : {"binary", "multiclass", "regression"}
    classes : ndarray of shape (n_classes,) or None
        The user's labels, in the order of the class codes. For a binary task the second is the positive class.

    Returns
    -------
    Metric

    Raises
    ------
    ValueError
        If the name is unknown, the metric does not fit the problem, or a callable fails on a try-out.

    Examples
    --------
    >>> m = resolve_metric("auto", "regression", None)
    >>> m.name, m.loss(np.array([0.0, 2.0]), np.array([0.0, 0.0]))
    ('neg_root_mean_squared_error', 1.4142135623730951)
    """
    if callable(metric):
        return _from_callable(metric, problem, classes)
    name = AUTO[problem] if metric == "auto" else ALIASES.get(metric, metric)
    if name not in get_scorer_names():
        raise ValueError(
            f"metric {metric!r} is unknown; give a scikit-learn scorer name such as {AUTO[problem]!r} "
            "(sklearn.metrics.get_scorer_names() lists them), a callable scorer, or 'auto'"
        )
    return _from_name(name, metric, problem, 0 if classes is None else len(classes))


def _from_name(name: str, given: str, problem: Problem, n_classes: int) -> Metric:
    is_regression = any(part in name for part in _REGRESSION)
    if any(part in name for part in _CLUSTERING) or is_regression != (problem == "regression"):
        raise _misfit(given, problem)
    if name in (_BINARY if problem == "multiclass" else _MULTICLASS):
        raise _misfit(given, problem)
    scorer: _Scorer = get_scorer(name)
    on_labels = problem != "regression" and scorer._response_method == "predict"
    is_bounded = name != "positive_likelihood_ratio"
    best = (1.0 if scorer._sign > 0 else 0.0) if is_bounded else None
    if name in FAST:
        return Metric(name, on_labels, FAST[name], best)
    options = [(True, True), (True, False), (False, True), (False, False)]
    attempts = [partial(_score, scorer, on_labels, weight, labels) for weight, labels in options]
    try:
        return Metric(name, on_labels, _first_that_scores(attempts, n_classes), best)
    except (ValueError, TypeError) as error:
        raise _misfit(given, problem) from error


def _misfit(name: str, problem: Problem) -> ValueError:
    remedy = {"binary": "'roc_auc' or 'neg_log_loss'", "multiclass": "'neg_log_loss', 'roc_auc_ovr' or 'f1_macro'"}
    better = remedy.get(problem, "'neg_root_mean_squared_error' or 'r2'")
    return ValueError(f"metric {name!r} does not fit a {problem} task; use {better}")


def _from_callable(scorer: Callable[..., float], problem: Problem, classes: Array | None) -> Metric:
    function = getattr(scorer, "_score_func", scorer)
    name = f"callable:{getattr(function, '__name__', type(function).__name__)}"
    asked: set[str] = set()
    attempts = [partial(_call_scorer, scorer, classes, weighted, asked.add) for weighted in (True, False)]
    try:
        chosen = _first_that_scores(attempts, 0 if classes is None else len(classes))
    except Exception as error:  # the user's code may raise anything
        raise ValueError(f"metric {name!r} fails on a {problem} try-out: {type(error).__name__}: {error}") from error
    score = partial(_call_scorer, scorer, classes, chosen.args[2], _ignore)
    return Metric(name, problem != "regression" and asked == {"predict"}, score, None)


def _ignore(method: str) -> None:
    """Take no note of which method was asked."""


def _first_that_scores(attempts: Sequence[partial[float]], n_classes: int) -> partial[float]:
    """Find the first way of calling that works on a small example, or raise the last one's error."""
    if n_classes:
        y = np.repeat(np.arange(n_classes), 2)
        prediction = np.full((len(y), n_classes), 1.0 / n_classes)
    else:
        y, prediction = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 3.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for attempt in attempts[:-1]:
            with suppress(Exception):
                attempt(y, prediction, np.ones(len(y)))
                return attempt
        attempts[-1](y, prediction, np.ones(len(y)))
    return attempts[-1]


def _score(
    scorer: _Scorer,
    on_labels: bool,
    takes_weight: bool,
    takes_labels: bool,
    y: Array,
    prediction: Array,
    sample_weight: Weights,
) -> float:
    lacks_classes = prediction.ndim == 2 and len(np.unique(y)) < prediction.shape[1]
    kwargs = dict(scorer._kwargs)
    if takes_weight and sample_weight is not None:
        kwargs["sample_weight"] = sample_weight
    if on_labels:
        prediction = prediction.argmax(axis=1)
    elif prediction.ndim == 2 and prediction.shape[1] == 2:
        prediction = prediction[:, 1]
    elif prediction.ndim == 2 and takes_labels:
        kwargs["labels"] = np.arange(prediction.shape[1])
    try:
        return scorer._sign * float(scorer._score_func(y, prediction, **kwargs))
    except (ValueError, ZeroDivisionError):
        if lacks_classes:  # the rows leave the score undefined, whatever the prediction
            return float("nan")
        raise


class _Stand:
    """Answers like a fitted estimator with predictions made before, and notes what it is asked."""

    def __init__(self, prediction: Array, classes: Array | None, note: Callable[[str], None]):
        self._prediction = prediction
        self._note = note
        if classes is not None:
            self.classes_ = classes

    def __sklearn_tags__(self) -> Tags:
        is_classifier = hasattr(self, "classes_")
        return Tags(
            estimator_type="classifier" if is_classifier else "regressor",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if is_classifier else None,
            regressor_tags=None if is_classifier else RegressorTags(),
        )

    def fit(self, X: Any, y: Any) -> _Stand:
        return self

    def predict(self, X: Any) -> Array:
        self._note("predict")
        if self._prediction.ndim == 1:
            return self._prediction
        return np.asarray(self.classes_[self._prediction.argmax(axis=1)])

    def predict_proba(self, X: Any) -> Array:
        self._note("predict_proba")
        return self._prediction


def _call_scorer(
    scorer: Callable[..., float],
    classes: Array | None,
    takes_weight: bool,
    note: Callable[[str], None],
    y: Array,
    prediction: Array,
    sample_weight: Weights,
) -> float:
    labels = y if classes is None else classes[y]
    weight = {"sample_weight": sample_weight} if takes_weight and sample_weight is not None else {}
    return float(scorer(_Stand(prediction, classes, note), np.zeros((len(y), 1)), labels, **weight))
