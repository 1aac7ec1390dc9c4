"""OpenML's evaluation measures as metrics of ours, and their values as losses on the scale of our own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from automl.task import Problem

# Definitions: OpenML's evaluation engine (Output.java), which takes them from Weka's Evaluation. Averages over classes
# are weighted by the number of rows of each class. Measures that are not here have no counterpart among scikit-learn's
# scorers (kappa, average_cost, information scores) or are relative to the mean of the training targets
# (root_relative_squared_error, relative_absolute_error).
_LABELS = {
    "predictive_accuracy": "accuracy",
    "f_measure": "f1_weighted",
    "precision": "precision_weighted",
    "recall": "recall_weighted",
    "weighted_recall": "recall_weighted",
    "unweighted_recall": "balanced_accuracy",
}
METRICS: Mapping[Problem, Mapping[str, str]] = MappingProxyType(
    {
        "binary": MappingProxyType(_LABELS | {"area_under_roc_curve": "roc_auc"}),
        "multiclass": MappingProxyType(_LABELS | {"area_under_roc_curve": "roc_auc_ovr_weighted"}),
        # Of a classification these two are errors of predicted probabilities, which we do not measure.
        "regression": MappingProxyType(
            {
                "root_mean_squared_error": "neg_root_mean_squared_error",
                "mean_absolute_error": "neg_mean_absolute_error",
            }
        ),
    }
)


def metric_of(measure: str, task_type: Problem) -> str | None:
    """Name our metric that equals a measure of OpenML on tasks of this type, or None.

    Examples
    --------
    >>> metric_of("area_under_roc_curve", "multiclass"), metric_of("root_mean_squared_error", "binary")
    ('roc_auc_ovr_weighted', None)
    """
    return METRICS[task_type].get(measure)


def score_and_loss(metric: str, value: float) -> tuple[float, float]:
    """Turn a published value into the score and the loss that `automl.metrics` gives for the same prediction.

    Parameters
    ----------
    metric : str
        One that `metric_of` gave.
    value : float
        As OpenML publishes it: a share in [0, 1], or an error of at least 0.

    Returns
    -------
    score : float
        Greater is better, as scikit-learn's scorer has it.
    loss : float
        Distance from the best score.

    Raises
    ------
    ValueError
        If the measure cannot have this value.

    Examples
    --------
    >>> score_and_loss("accuracy", 0.75), score_and_loss("neg_mean_absolute_error", 2.5)
    ((0.75, 0.25), (-2.5, 2.5))
    """
    is_error = metric.startswith("neg_")
    if not 0.0 <= value <= (math.inf if is_error else 1.0) or math.isinf(value):
        raise ValueError(f"{metric} cannot come from the published value {value}")
    return (-value, value) if is_error else (value, 1.0 - value)
