"""Evaluation of one trial: fold by fold, with algorithms that do what the test says."""

from __future__ import annotations

import math
import pickle
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from automl import evaluation
from automl.algorithms import ALGORITHMS
from automl.algorithms.base import Algorithm, FitContext
from automl.evaluation import CrossValidation, outcome_of_folds
from automl.folds import FoldResult, FoldStore
from automl.metrics import resolve_metric
from automl.splits import SplitPlan, plan_splits
from automl.table import Table
from automl.task import Problem, Shape
from automl.trial import Configuration, Fidelity, Status, Trial

N_ROWS = 90
FITS: list[dict[str, Any]] = []


class Scripted:
    """Predicts by the function that the configuration names; notes what it was trained on."""

    def __init__(self, behaviour: str, shape: Shape, seed: int):
        self.behaviour, self.shape, self.seed = behaviour, shape, seed

    def fit(self, X: Table, y: Any, sample_weight: Any, context: FitContext) -> None:
        warnings.warn("of no interest", UserWarning, stacklevel=2)
        rows = X.numeric[:, 0].astype(int).tolist()  # type: ignore[index]
        FITS.append({"rows": rows, "y": y, "weight": sample_weight, "context": context, "seed": self.seed})
        BEHAVIOURS[self.behaviour](len(FITS))
        self.mean = np.average(y, weights=sample_weight)

    def predict(self, X: Table) -> Any:
        if self.behaviour == "not finite":
            return np.full(len(X), np.nan)
        if self.shape.n_classes:
            right = X.numeric[:, 1].astype(int)  # type: ignore[index]
            if self.behaviour == "noise":
                return np.random.default_rng(self.seed).dirichlet(np.ones(self.shape.n_classes), size=len(X))
            if self.behaviour == "timid":
                return np.column_stack([0.9 - 0.2 * right, 0.1 + 0.2 * right])
            return 0.8 * np.eye(self.shape.n_classes)[right] + 0.2 / self.shape.n_classes
        return np.full(len(X), self.mean)


def _raise_on_third(n: int) -> None:
    if n == 3:
        raise RuntimeError("third")


BEHAVIOURS: dict[str, Callable[[int], None]] = {
    "good": lambda n: None,
    "timid": lambda n: None,
    "noise": lambda n: None,
    "not finite": lambda n: None,
    "raises": _raise_on_third,
    "slow": lambda n: time.sleep(0.06),
}


def _build(values: Mapping[str, Any], shape: Shape, seed: int) -> Scripted:
    return Scripted(str(values["behaviour"]), shape, seed)


@pytest.fixture(autouse=True)
def scripted(monkeypatch: Any) -> None:
    FITS.clear()
    algorithm = Algorithm("scripted", lambda problem: ConfigurationSpace(), _build)
    monkeypatch.setattr(evaluation, "ALGORITHMS", MappingProxyType({**ALGORITHMS, "scripted": algorithm}))


def cross_validation(
    folder: Path, problem: Problem = "regression", *, metric: str = "auto", weight: Any = None, y: Any = None,
    plan: SplitPlan | None = None,
) -> CrossValidation:  # fmt: skip
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[problem]
    if y is None:
        y = np.arange(N_ROWS) % n_classes if n_classes else np.arange(N_ROWS, dtype=float)
    numeric = np.column_stack([np.arange(N_ROWS), y]).astype(float)  # row number and the answer
    table = Table(numeric, np.zeros((N_ROWS, 0), dtype=np.int32), ())
    shape = Shape(problem, n_classes, N_ROWS, 2, 0)
    classes = np.arange(n_classes) if n_classes else None
    return CrossValidation(
        table, y, weight, plan or plan_splits(y, n_classes=n_classes, n_columns=2), shape=shape,
        metric=resolve_metric(metric, problem, classes), store=FoldStore(folder), seed=3,
    )  # fmt: skip


def trial(behaviour: str = "good", fidelity: Fidelity | None = None, seed: int = 11) -> Trial:
    return Trial(0, Configuration("scripted", {"behaviour": behaviour}), fidelity or Fidelity(5), seed)


def test_losses_are_those_of_the_folds(tmp_path: Path) -> None:
    evaluate = cross_validation(tmp_path)
    outcome = evaluate(trial(), None)
    expected = []
    for train, valid in evaluate.plan.folds:
        expected.append(math.sqrt(((evaluate.y[valid] - evaluate.y[train].mean()) ** 2).mean()))
    assert outcome.status is Status.OK
    assert outcome.fold_losses == pytest.approx(expected)
    assert outcome.loss == pytest.approx(np.mean(expected))
    assert outcome.metrics["neg_root_mean_squared_error"] == pytest.approx(-outcome.loss)
    assert set(outcome.metrics) == {"neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"}
    assert 0 < outcome.fit_seconds <= outcome.seconds
    assert 0 < outcome.predict_seconds <= outcome.seconds


def test_learners_see_the_training_rows_only(tmp_path: Path) -> None:
    weight = np.linspace(1, 2, N_ROWS)
    evaluate = cross_validation(tmp_path, weight=weight)
    evaluate(trial(seed=77), None)
    for fit, (train, valid) in zip(FITS, evaluate.plan.folds, strict=True):
        assert fit["rows"] == train.tolist()
        assert fit["y"].tolist() == evaluate.y[train].tolist()
        assert fit["weight"].tolist() == weight[train].tolist()
        assert fit["seed"] == 77
        table, y = fit["context"].valid
        assert table.numeric[:, 0].tolist() == valid.tolist()
        assert y.tolist() == evaluate.y[valid].tolist()
        assert fit["context"].deadline is None


def test_weights_enter_the_loss(tmp_path: Path) -> None:
    weight = np.where(np.arange(N_ROWS) < 45, 10.0, 1.0)
    evaluate = cross_validation(tmp_path, weight=weight)
    outcome = evaluate(trial(), None)
    train, valid = evaluate.plan.folds[0]
    mean = np.average(evaluate.y[train], weights=weight[train])
    squares = np.average((evaluate.y[valid] - mean) ** 2, weights=weight[valid])
    assert outcome.fold_losses[0] == pytest.approx(math.sqrt(squares))


def test_finished_folds_are_kept_and_not_computed_again(tmp_path: Path) -> None:
    evaluate = cross_validation(tmp_path)
    look = evaluate(trial(fidelity=Fidelity(1)), None)
    assert len(FITS) == 1
    whole = evaluate(trial(), None)
    assert len(FITS) == 5
    assert whole.fold_losses[0] == look.fold_losses[0]
    again = evaluate(trial(), None)
    assert len(FITS) == 5
    assert (again.loss, again.fold_losses, again.metrics) == (whole.loss, whole.fold_losses, whole.metrics)
    model = evaluate.store.model(trial().configuration, Fidelity(5), 4)
    kept = evaluate.store.finished(trial().configuration, Fidelity(5))[4]
    valid = evaluate.plan.folds[4][1]
    assert kept.prediction.dtype == np.float32
    assert kept.prediction == pytest.approx(model.predict(evaluate.table.take(valid)))
    assert kept.model_mb > 0


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_share_of_the_rows_trains_all_validate(tmp_path: Path, share: float) -> None:
    evaluate = cross_validation(tmp_path)
    evaluate(trial(fidelity=Fidelity(2, rows=share)), None)
    for fit, (train, valid) in zip(FITS, evaluate.plan.folds, strict=False):
        assert len(fit["rows"]) == math.ceil(share * len(train))
        assert set(fit["rows"]) < set(train)
        assert fit["rows"] == sorted(fit["rows"])
        assert len(fit["context"].valid[1]) == len(valid)
    few = set(FITS[0]["rows"])
    evaluate(trial(seed=99, fidelity=Fidelity(1, rows=0.8)), None)
    assert few < set(FITS[2]["rows"])  # more rows are the same rows and further ones, whatever the trial's seed


def test_iterations_are_handed_on(tmp_path: Path) -> None:
    cross_validation(tmp_path)(trial(fidelity=Fidelity(1, iterations=0.25)), None)
    assert FITS[0]["context"].iterations == 0.25


def test_time_that_runs_out_leaves_the_finished_folds(tmp_path: Path) -> None:
    outcome = cross_validation(tmp_path)(trial("slow"), 0.15)
    assert outcome.status is Status.TIMEOUT
    assert 1 <= len(outcome.fold_losses) <= 4
    assert math.isnan(outcome.loss)
    assert outcome.error == f"{len(outcome.fold_losses)} folds within its time limit"
    assert outcome.metrics


def test_each_fold_has_its_share_of_the_time(tmp_path: Path) -> None:
    start = time.monotonic()
    cross_validation(tmp_path)(trial(), 100.0)
    deadlines = [fit["context"].deadline - start for fit in FITS]
    assert deadlines[0] == pytest.approx(17.0, abs=2.0)  # some of the time is for predicting
    assert deadlines[-1] == pytest.approx(85.0, abs=2.0)
    assert deadlines == sorted(deadlines)


def test_a_fold_has_as_long_as_those_before_it_or_is_not_begun(tmp_path: Path) -> None:
    """A model that is cut short would spoil the mean over the folds' models."""
    evaluate = cross_validation(tmp_path)
    evaluate(trial("slow", Fidelity(1)), None)  # 0.06 s
    FITS.clear()
    assert len(evaluate(trial("slow"), 0.04).fold_losses) == 1
    assert not FITS
    start = time.monotonic()
    outcome = evaluate(trial("slow"), 0.2)
    assert FITS[0]["context"].deadline - start == pytest.approx(1.25 * 0.06, abs=0.03)  # its share is 0.04
    assert 2 <= len(outcome.fold_losses) <= 4


def test_the_end_of_the_search_shortens_a_trial_that_began_late(tmp_path: Path) -> None:
    evaluate = cross_validation(tmp_path)
    evaluate.end = time.monotonic() + 10.0
    for time_limit_s in (100.0, None):
        FITS.clear()
        evaluate(trial(), time_limit_s)
        assert FITS == [] or FITS[-1]["context"].deadline < evaluate.end
    outcome = cross_validation(tmp_path / "other")(trial("slow"), None)
    assert outcome.status is Status.OK
    late = cross_validation(tmp_path / "late")
    late.end = time.monotonic() + 0.15
    assert late(trial("slow"), 100.0).status is Status.TIMEOUT


def test_an_exception_is_the_executors_to_handle_and_loses_no_fold(tmp_path: Path) -> None:
    evaluate = cross_validation(tmp_path)
    with pytest.raises(RuntimeError, match="third"):
        evaluate(trial("raises"), None)
    assert sorted(evaluate.store.finished(trial("raises").configuration, Fidelity(5))) == [0, 1]


def test_predictions_that_are_not_finite_are_invalid(tmp_path: Path) -> None:
    outcome = cross_validation(tmp_path)(trial("not finite"), None)
    assert outcome.status is Status.INVALID
    assert outcome.error is not None
    assert "not finite" in outcome.error


def test_learners_warn_nobody(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cross_validation(tmp_path)(trial(), None).ok


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_folds_that_lack_a_class_do_not_count(tmp_path: Path, problem: Problem) -> None:
    """roc_auc is undefined where one class is missing; the other folds decide."""
    n_classes = 2 if problem == "binary" else 3
    y = np.zeros(N_ROWS, dtype=int)
    y[40:] = np.arange(50) % n_classes
    rows = np.arange(N_ROWS)
    folds = tuple((np.setdiff1d(rows, valid), valid) for valid in (rows[:30], rows[40:70]))
    metric = "roc_auc" if problem == "binary" else "average_precision"
    evaluate = cross_validation(tmp_path, problem, metric=metric, y=y, plan=SplitPlan(folds, "two"))
    outcome = evaluate(trial(fidelity=Fidelity(2)), None)
    assert outcome.ok
    assert math.isnan(outcome.fold_losses[0])
    assert outcome.loss == outcome.fold_losses[1] == 0.0
    if problem == "binary":
        assert outcome.metrics["roc_auc"] == 1.0
    assert outcome.metrics["accuracy"] == 1.0


def test_models_are_compared_at_the_labels_they_would_give(tmp_path: Path) -> None:
    """Always most probable is the large class; the order of the probabilities is right."""
    y = (np.arange(N_ROWS) % 6 == 0).astype(int)

    evaluate = cross_validation(tmp_path, "binary", metric="f1", y=y)
    assert evaluate(trial("timid"), None).loss == pytest.approx(0.0)


def test_noise_does_not_look_good_on_small_folds(tmp_path: Path) -> None:
    """Two of three labels are wrong by chance; tuning on 18 rows must not hide much of that."""
    evaluate = cross_validation(tmp_path, "multiclass", metric="balanced_accuracy")
    losses = [
        evaluate(trial("noise", fidelity=Fidelity(5, rows=seed / 10), seed=seed), None).loss for seed in range(1, 9)
    ]
    assert np.mean(losses) > 0.6


def test_the_evaluator_travels_to_a_worker(tmp_path: Path) -> None:
    evaluate = cross_validation(tmp_path, "multiclass", metric="f1_macro")
    there = pickle.loads(pickle.dumps(evaluate))
    there.store = FoldStore(tmp_path / "there")
    assert there(trial(), None).fold_losses == evaluate(trial(), None).fold_losses


def fold(loss: float, **metrics: float) -> FoldResult:
    return FoldResult(np.zeros(1, dtype=np.float32), loss, metrics, 1.0, 0.5, 1.0)


def test_a_loss_that_is_undefined_or_infinite_on_every_fold_is_invalid() -> None:
    for losses in ([math.nan, math.nan], [math.inf, 0.5]):
        outcome = outcome_of_folds([fold(loss) for loss in losses], 1.0)
        assert (outcome.status, outcome.error) == (
            Status.INVALID, "the metric is undefined or infinite on every fold",
        )  # fmt: skip
        assert len(outcome.fold_losses) == 2


def test_recorded_scores_are_means_of_the_folds_that_define_them() -> None:
    outcome = outcome_of_folds([fold(0.1, a=1.0, b=math.nan), fold(0.2, a=3.0, b=4.0), fold(0.3, a=2.0, b=6.0)], 1.0)
    assert outcome.metrics == {"a": 2.0, "b": 5.0}
    nowhere = outcome_of_folds([fold(0.1, a=math.nan, b=math.inf)], 1.0)
    assert nowhere.metrics == {}
    assert outcome_of_folds([], 1.0, Status.TIMEOUT).metrics == {}


def test_further_columns_are_seen_in_training_and_in_validation(tmp_path: Path) -> None:
    evaluate = cross_validation(tmp_path)
    columns = np.arange(N_ROWS, dtype=np.float32)[:, np.newaxis] + 1000
    configuration = Configuration("scripted", {"behaviour": "good"}, base=("a" * 16,))
    evaluate(Trial(0, configuration, Fidelity(5), 0, "stacked", columns), None)
    valid, _ = FITS[0]["context"].valid
    assert valid.numeric[:, 2].tolist() == (valid.numeric[:, 0] + 1000).tolist()
    evaluate(trial(), None)  # the same without them is another configuration: nothing is taken from its folds
    assert len(FITS) == 10
    assert FITS[-1]["context"].valid[0].numeric.shape[1] == 2
