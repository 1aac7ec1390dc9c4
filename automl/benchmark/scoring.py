"""Scores of predictions on outer test rows, and of the constant predictor that failed runs are imputed by."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import metrics as sk

from automl.benchmark.suite import TaskType

PREDICTION = "prediction"


class InvalidPredictions(ValueError):
    """What a framework predicted cannot be scored; says why."""


def check_predictions(predictions: pd.DataFrame, task: TaskType, classes: Sequence[str], n_rows: int) -> None:
    """Refuse predictions that are not what a framework has to give.

    Raises
    ------
    InvalidPredictions
    """
    if len(predictions) != n_rows:
        raise InvalidPredictions(f"{len(predictions)} predictions for {n_rows} rows")
    if PREDICTION not in predictions:
        raise InvalidPredictions("there is no column of predictions")
    if task == "regression":
        if not np.isfinite(predictions[PREDICTION].to_numpy(dtype=float)).all():
            raise InvalidPredictions("predictions that are not finite")
        return
    if predictions[PREDICTION].isna().any():
        raise InvalidPredictions("labels are missing")
    unknown = sorted(set(predictions[PREDICTION].astype(str)) - set(classes))
    unknown += [str(name) for name in predictions if name not in (PREDICTION, *classes)]
    if unknown:
        raise InvalidPredictions(f"{unknown[0]!r} is none of the classes")
    probabilities = _probabilities(predictions, classes)
    if not np.isfinite(probabilities).all() or (probabilities < 0).any():
        raise InvalidPredictions("probabilities that are negative or not finite")
    if not np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-3):
        raise InvalidPredictions("probabilities that do not sum to one")


def score(
    predictions: pd.DataFrame, y: pd.Series[Any], task: TaskType, classes: Sequence[str]
) -> dict[str, float | None]:
    """Score by the usual metrics of the task, all greater is better, under the names of scikit-learn's scorers.

    Parameters
    ----------
    predictions : DataFrame
        Column ``prediction``, and for classes one column of probability each; a class without one has probability 0.
    y : Series
    task : {"binary", "multiclass", "regression"}
    classes : sequence of str
        All of the table, sorted; empty for regression.

    Returns
    -------
    dict of str to float or None
        None where the test rows leave a metric undefined.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if task == "regression":
            return _defined(_of_amounts(predictions[PREDICTION].to_numpy(dtype=float), y.to_numpy(dtype=float)))
        return _defined(_of_classes(predictions, y.to_numpy(dtype=str), task, list(classes)))


def constant_predictions(y_train: pd.Series[Any], n_rows: int, task: TaskType) -> pd.DataFrame:
    """Predict the mean, or the shares of the classes, of the training rows."""
    if task == "regression":
        return pd.DataFrame({PREDICTION: np.full(n_rows, y_train.astype(float).mean())})
    shares = y_train.value_counts(normalize=True).sort_index()
    frame = pd.DataFrame({str(name): np.full(n_rows, share) for name, share in shares.items()})
    return frame.assign(**{PREDICTION: str(shares.idxmax())})


def _probabilities(predictions: pd.DataFrame, classes: Sequence[str]) -> npt.NDArray[np.float64]:
    return predictions.reindex(columns=list(classes), fill_value=0.0).to_numpy(dtype=float)


def _of_amounts(predicted: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> dict[str, float]:
    return {
        "neg_root_mean_squared_error": -float(sk.root_mean_squared_error(y, predicted)),
        "neg_mean_absolute_error": -float(sk.mean_absolute_error(y, predicted)),
        "r2": float(sk.r2_score(y, predicted)),
    }


def _of_classes(
    predictions: pd.DataFrame, y: npt.NDArray[np.str_], task: TaskType, classes: list[str]
) -> dict[str, float]:
    labels = predictions[PREDICTION].astype(str).to_numpy(dtype=str)
    probabilities = _probabilities(predictions, classes)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)  # some are in single precision
    found = {
        "neg_log_loss": -float(sk.log_loss(y, probabilities, labels=classes)),
        "accuracy": float(sk.accuracy_score(y, labels)),
        "balanced_accuracy": float(sk.balanced_accuracy_score(y, labels)),
    }
    if task == "binary":
        positive = y == classes[-1]
        both = 0 < positive.sum() < len(y)
        found["roc_auc"] = float(sk.roc_auc_score(positive, probabilities[:, -1])) if both else np.nan
        found["average_precision"] = float(sk.average_precision_score(positive, probabilities[:, -1]))
    return found


def _defined(scores: dict[str, float]) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in scores.items()}
