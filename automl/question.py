"""The question of a fit: the checked data, how it is split, what is optimised."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from automl.canonical import canonicalise
from automl.dataset import Dataset, load_dataset
from automl.metrics import Metric, resolve_metric
from automl.splits import SplitPlan, plan_splits, user_splits
from automl.task import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What is to be fitted.

    Parameters
    ----------
    dataset : Dataset
    plan : SplitPlan
    metric : Metric
    task : Task
    """

    dataset: Dataset
    plan: SplitPlan
    metric: Metric
    task: Task


def pose_question(
    X: Any,
    y: Any,
    *,
    kind: Literal["classification", "regression"],
    sample_weight: Any = None,
    groups: Any = None,
    metric: str | Callable[..., float] = "auto",
    cv: Any = None,
    seed: int = 0,
    estimator_name: str = "AutoML",
) -> Question:
    """Check what the user handed over, and plan the splits.

    Parameters
    ----------
    X, y, sample_weight, groups, metric, cv
        As in `AutoMLClassifier`.
    kind : {"classification", "regression"}
    seed : int
    estimator_name : str
        Who is speaking in messages.

    Returns
    -------
    Question

    Raises
    ------
    ValueError, TypeError
        If something cannot be used; the message names what and the remedy.

    Examples
    --------
    >>> question = pose_question([[i / 2] for i in range(20)], [0, 1] * 10, kind="classification")
    >>> question.task.problem, question.task.metric, question.plan.name
    ('binary', 'roc_auc', '5-fold stratified')
    """
    dataset = load_dataset(
        X, y, problem=kind, sample_weight=sample_weight, groups=groups, estimator_name=estimator_name
    )
    found = resolve_metric(metric, dataset.problem, dataset.classes)
    if cv is None:
        dataset, _ = canonicalise(dataset)
        plan = plan_splits(
            dataset.y,
            n_classes=dataset.n_classes,
            n_columns=dataset.table.n_columns,
            groups=dataset.groups,
            seed=seed,
        )
    else:
        given = user_splits(
            cv,
            np.zeros((dataset.n_source_rows, 1)),
            _source_target(dataset),
            groups,
            is_classification=kind == "classification",
            seed=seed,
        )
        dataset, folds = canonicalise(dataset, given.folds)
        plan = SplitPlan(tuple(folds or ()), given.name)
    found, plan = _fit_together(found, dataset, plan)
    task = Task(dataset.problem, dataset.n_classes, found.name, plan.name, len(plan.folds), seed)
    return Question(dataset, plan, found, task)


def _source_target(dataset: Dataset) -> npt.NDArray[Any]:
    """Targets of the rows as the user gave them; rows of weight zero, which were left out, have -1."""
    target = np.full(dataset.n_source_rows, -1, dtype=dataset.y.dtype)
    target[dataset.source_rows] = dataset.y
    return target


def _fit_together(metric: Metric, dataset: Dataset, plan: SplitPlan) -> tuple[Metric, SplitPlan]:
    """Put folds that define the metric first, for a first look; where none does, fall back on log loss."""
    if dataset.classes is None:
        return metric, plan
    even = np.full((len(dataset), dataset.n_classes), 1.0 / dataset.n_classes)
    undefined = [math.isnan(metric.loss(dataset.y[valid], even[valid])) for _, valid in plan.folds]
    if all(undefined):
        logger.warning("%s is undefined on every fold, a class is too small; neg_log_loss is used instead", metric.name)
        return resolve_metric("neg_log_loss", dataset.problem, dataset.classes), plan
    order = sorted(range(len(undefined)), key=lambda fold: undefined[fold])
    return metric, replace(plan, folds=tuple(plan.folds[fold] for fold in order))
