"""Evaluation: split, build, fit, predict, score; one trial in a worker."""

from __future__ import annotations

import math
import pickle
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.algorithms import ALGORITHMS
from automl.algorithms.base import FitContext
from automl.decision import tune_decision
from automl.folds import FoldResult, FoldStore
from automl.metrics import RECORDED, Metric, resolve_metric
from automl.splits import SplitPlan
from automl.table import Table
from automl.task import Shape
from automl.trial import Outcome, Status, Trial

# What training may take of a fold's time; the rest is for predicting and for keeping the model.
_FIT_SHARE = 0.85
# A fold is begun where there is this share of what the finished ones took, and may take so much more than they did.
_NEARLY, _MORE = 0.8, 1.25

Array = npt.NDArray[Any]


class CrossValidation:
    """Evaluates a trial fold by fold and keeps each finished fold in a FoldStore.

    Folds that were finished before (by a lower rung, or by a fit that is resumed) are not computed again. Of a trial
    that names its fold, that one is evaluated.

    Parameters
    ----------
    table : Table
    y : ndarray of shape (n_rows,)
        Class codes (int64) or targets (float64).
    sample_weight : ndarray of float64, shape (n_rows,), or None
    plan : SplitPlan
    shape : Shape
    metric : Metric
    store : FoldStore
    seed : int
        Seeds the order in which rows are left out at a lower row fidelity.
    end : float or None
        `time.monotonic` moment at which the search ends: a trial that waited for a worker has less than its limit.
    """

    def __init__(
        self,
        table: Table,
        y: Array,
        sample_weight: Array | None,
        plan: SplitPlan,
        *,
        shape: Shape,
        metric: Metric,
        store: FoldStore,
        seed: int,
        end: float | None = None,
    ):
        self.table, self.y, self.sample_weight, self.plan = table, y, sample_weight, plan
        self.shape, self.metric, self.store, self.seed = shape, metric, store, seed
        self.end = end
        classes = np.arange(shape.n_classes) if shape.n_classes else None
        self._recorded = {name: resolve_metric(name, shape.problem, classes) for name in RECORDED[shape.problem]}

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        """Evaluate one trial; exceptions of learners pass through to the executor, which gives them a status."""
        start = time.monotonic()
        ends = [end for end in (self.end, None if time_limit_s is None else start + time_limit_s) if end is not None]
        deadline = min(ends, default=None)
        results: list[FoldResult] = []
        known = self.store.finished(trial.configuration, trial.fidelity)
        for fold in trial.folds:
            if fold not in known:
                usual_s = float(np.mean([each.fit_seconds for each in known.values()])) if known else 0.0
                limit_s = None if deadline is None else _limit_s(deadline, trial.fidelity.folds - len(known), usual_s)
                if limit_s is not None and limit_s <= _NEARLY * usual_s:
                    break
                try:
                    known[fold] = self._evaluate_fold(trial, fold, limit_s)
                except FloatingPointError as error:
                    return outcome_of_folds(results, time.monotonic() - start, Status.INVALID, str(error))
            results.append(known[fold])
        seconds = time.monotonic() - start
        if len(results) < len(trial.folds):
            return outcome_of_folds(results, seconds, Status.TIMEOUT)
        return outcome_of_folds(results, seconds)

    def _evaluate_fold(self, trial: Trial, fold: int, limit_s: float | None) -> FoldResult:
        train, valid = self._rows(trial, fold)
        table = self.table if trial.columns is None else self.table.widened(trial.columns)
        X, y = table.take(train), self.y[train]
        weight = None if self.sample_weight is None else self.sample_weight[train]
        X_valid, y_valid = table.take(valid), self.y[valid]
        now = time.monotonic()
        deadline = None if limit_s is None else now + limit_s
        context = FitContext(trial.fidelity.iterations, deadline, (X_valid, y_valid))
        configuration = trial.configuration
        learner = ALGORITHMS[configuration.algorithm].build(configuration.values, self.shape, trial.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            learner.fit(X, y, weight, context)
            fitted = time.monotonic()
            prediction = learner.predict(X_valid)
        predicted = time.monotonic()
        if not np.isfinite(prediction).all():
            raise FloatingPointError("the model predicts values that are not finite")
        valid_weight = None if self.sample_weight is None else self.sample_weight[valid]
        model = pickle.dumps(learner, protocol=5)
        result = FoldResult(
            prediction=prediction.astype(np.float32),
            loss=self._loss(y_valid, prediction, valid_weight),
            metrics=self._metrics(y_valid, prediction, valid_weight),
            fit_seconds=fitted - now,
            predict_seconds=predicted - fitted,
            model_mb=len(model) / 1e6,
        )
        self.store.write(configuration, trial.fidelity, fold, result, model)
        return result

    def _rows(self, trial: Trial, fold: int) -> tuple[Array, Array]:
        train, valid = self.plan.folds[fold]
        if trial.fidelity.rows < 1.0:
            order = np.random.default_rng([self.seed, fold]).permutation(len(train))
            train = np.sort(train[order[: max(2, math.ceil(len(train) * trial.fidelity.rows))]])
        return train, valid

    def _loss(self, y: Array, prediction: Array, weight: Array | None) -> float:
        def loss(prediction: Array) -> float:
            return self.metric.loss(y, prediction, weight)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self.metric.tunes_decision:  # models are compared at the labels that they would give in the end
                # One factor a class, tuned on the few rows of a fold, would make every model look good.
                sweeps = 2 if self.shape.problem == "binary" else 0
                prediction = prediction * tune_decision(prediction, loss, sweeps=sweeps)
            return loss(prediction)

    def _metrics(self, y: Array, prediction: Array, weight: Array | None) -> dict[str, float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {name: float(metric.score(y, prediction, weight)) for name, metric in self._recorded.items()}


def _limit_s(deadline: float, n_folds: int, usual_s: float) -> float:
    """Seconds that the next fold may train: its share of what is left, or what the finished ones took and some more.

    Two folds whose models are as good as those before are worth more than four that were all cut short.
    """
    left_s = _FIT_SHARE * (deadline - time.monotonic())
    return min(left_s, max(left_s / n_folds, _MORE * usual_s))


def outcome_of_folds(
    folds: Sequence[FoldResult | None], seconds: float, status: Status = Status.OK, error: str | None = None
) -> Outcome:
    """Sum up folds, None for one that has not finished.

    A fold whose rows leave the metric undefined does not count in the loss. What is told of a trial that ran out of
    time is how many folds had finished, whatever `error` says.
    """
    results = [fold for fold in folds if fold is not None]
    losses = tuple(math.nan if fold is None else fold.loss for fold in folds)
    defined = [loss for loss in losses if not math.isnan(loss)]
    loss = float(np.mean(defined)) if defined and status is Status.OK else math.nan
    if status is Status.OK and not math.isfinite(loss):
        status, error = Status.INVALID, "the metric is undefined or infinite on every fold"
        loss = math.nan
    if status is Status.TIMEOUT:
        error = f"{len(results)} folds within its time limit"
    return Outcome(
        status=status,
        loss=loss,
        seconds=seconds,
        fold_losses=losses,
        metrics=_mean_metrics([result.metrics for result in results]),
        fit_seconds=sum(result.fit_seconds for result in results),
        predict_seconds=sum(result.predict_seconds for result in results),
        error=error,
    )


def _mean_metrics(folds: list[dict[str, float]]) -> Mapping[str, float]:
    if not folds:
        return {}
    scores = {name: [fold[name] for fold in folds if not math.isnan(fold[name])] for name in folds[0]}
    means = {name: float(np.mean(known)) for name, known in scores.items() if known}
    return {name: mean for name, mean in means.items() if math.isfinite(mean)}
