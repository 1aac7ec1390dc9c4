"""Folds side by side: which go first, what a failure leaves, and the same outcome as one after another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl.execution import InProcessExecutor, PoolExecutor
from automl.folds import FoldResult, FoldStore
from automl.foldwise import FoldwiseExecutor
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

WHOLE = Fidelity(5)


def trial(number: int = 0, fidelity: Fidelity = WHOLE) -> Trial:
    return Trial(number, Configuration("knn", {"k": number}), fidelity, seed=1)


class Evaluator:
    """Fold k of any trial loses k / 10; `instead` says what becomes of some folds."""

    def __init__(self, store: FoldStore, instead: dict[int, Callable[[], Outcome]] | None = None):
        self.store, self.instead = store, instead or {}

    def __call__(self, trial: Trial, time_limit_s: float | None) -> Outcome:
        losses = []
        for fold in trial.folds:
            if fold in self.instead:
                return self.instead[fold]()
            losses.append(fold / 10)
            result = FoldResult(np.zeros(1, np.float32), losses[-1], {"r2": fold / 10}, 0.5, 0.1, 1.0)
            self.store.write(trial.configuration, trial.fidelity, fold, result, b"")
        return Outcome(Status.OK, float(np.mean(losses)), 1.0, peak_mb=10.0 + losses[-1], fold_losses=tuple(losses))


class Watched(InProcessExecutor):
    """Runs one part at a time and keeps what it was given."""

    def __init__(self, evaluator: Evaluator, n_workers: int = 1):
        super().__init__(evaluator)
        self.n_workers = n_workers
        self.asked: list[tuple[int, int | None]] = []
        self.limits: list[float | None] = []

    def submit(self, trial: Trial, time_limit_s: float | None = None) -> None:
        self.asked.append((trial.number, trial.fold))
        self.limits.append(time_limit_s)
        super().submit(trial, time_limit_s)


@pytest.fixture
def store(tmp_path: Path) -> FoldStore:
    return FoldStore(tmp_path)


def drained(executor: FoldwiseExecutor) -> list[tuple[Trial, Outcome]]:
    found = []
    while executor.pending:
        found += executor.collect()
    return found


@pytest.mark.parametrize("n_workers", [1, 2, 7])
def test_the_oldest_trial_goes_first_and_is_answered_as_a_whole(store: FoldStore, n_workers: int) -> None:
    inner = Watched(Evaluator(store), n_workers)
    executor = FoldwiseExecutor(inner, store)
    for number, fidelity in enumerate((WHOLE, Fidelity(1), WHOLE)):
        executor.submit(trial(number, fidelity), 60.0)
        assert len(inner.asked) <= n_workers + 1
    found = drained(executor)
    assert [each.number for each, _ in found] == [0, 1, 2]
    assert inner.asked == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, None), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4)]
    whole = found[0][1]
    assert whole.status is Status.OK and whole.loss == pytest.approx(0.2)
    assert whole.fold_losses == (0.0, 0.1, 0.2, 0.3, 0.4)
    assert (whole.seconds, whole.fit_seconds, whole.peak_mb) == pytest.approx((5.0, 2.5, 10.4))
    assert whole.metrics == pytest.approx({"r2": 0.2})
    assert found[1][1] == Outcome(Status.OK, 0.0, 1.0, 10.0, (0.0,))


def test_there_is_room_until_every_worker_has_a_part_and_one_waits(store: FoldStore) -> None:
    executor = FoldwiseExecutor(Watched(Evaluator(store), 2), store)
    rooms = []
    for number in range(3):
        rooms.append(executor.has_room)
        executor.submit(trial(number, Fidelity(1)))
    assert rooms == [True, True, True] and not executor.has_room
    other = FoldwiseExecutor(Watched(Evaluator(store), 2), store)
    other.submit(trial(7))
    assert not other.has_room
    for n_ended in (1, 2, 3):
        assert other.collect(1e-9) == []
        assert other.has_room == (n_ended == 3)  # two of five are left


def test_finished_folds_are_not_asked_again(store: FoldStore) -> None:
    inner = Watched(Evaluator(store))
    executor = FoldwiseExecutor(inner, store)
    executor.submit(trial(fidelity=Fidelity(1)))
    executor.submit(trial())  # before the first look has come back: its fold is asked, and read by the evaluator
    drained(executor)
    executor.submit(trial(fidelity=Fidelity(6)))
    assert drained(executor)[0][1].fold_losses == pytest.approx((0.0, 0.1, 0.2, 0.3, 0.4, 0.5))
    executor.submit(trial())
    assert executor.pending == 1
    assert drained(executor)[0][1].loss == pytest.approx(0.2)
    assert inner.asked[-1] == (0, 5)


@pytest.mark.parametrize("status", [Status.CRASH, Status.MEMORY, Status.TIMEOUT, Status.INVALID])
def test_after_a_failure_no_further_fold_is_begun_and_what_finished_is_kept(store: FoldStore, status: Status) -> None:
    inner = Watched(Evaluator(store, {2: lambda: Outcome.failed(status, "no", 0.5)}), 1)
    executor = FoldwiseExecutor(inner, store)
    executor.submit(trial(0))
    executor.submit(trial(1, Fidelity(1)))
    found = {each.number: outcome for each, outcome in drained(executor)}
    assert found[0].status is status
    assert found[0].fold_losses == pytest.approx((0.0, 0.1, math.nan, 0.3), nan_ok=True)  # the fourth was queued
    assert found[0].error == ("3 folds within its time limit" if status is Status.TIMEOUT else "no")
    assert found[0].seconds < 5.0 and found[1].ok
    assert (0, 4) not in inner.asked


@pytest.mark.parametrize("status", [Status.CRASH, Status.MEMORY, Status.TIMEOUT])
@pytest.mark.parametrize(("fidelity", "losses"), [(Fidelity(1), (0.0,)), (WHOLE, (math.nan, 0.1))])
def test_a_fold_that_finished_before_it_was_killed_counts(
    store: FoldStore, status: Status, fidelity: Fidelity, losses: tuple[float, ...]
) -> None:
    evaluator = Evaluator(store)
    first, last = (replace(trial(), fold=fold) for fold in (0, len(losses) - 1))

    def killed() -> Outcome:
        evaluator.instead = {}
        evaluator(last, None)
        return Outcome.failed(status, "no", 0.5, peak_mb=700.0)

    evaluator.instead = {first.folds[0]: killed}
    executor = FoldwiseExecutor(Watched(evaluator), store)
    executor.submit(trial(fidelity=fidelity))
    [(_, outcome)] = drained(executor)
    assert (outcome.status, outcome.peak_mb, outcome.fit_seconds) == (status, 700.0, 0.5)
    assert outcome.error == ("1 folds within its time limit" if status is Status.TIMEOUT else "no")
    assert math.isnan(outcome.loss) and outcome.fold_losses == pytest.approx(losses, nan_ok=True)
    assert outcome.metrics == {"r2": losses[-1]}


def test_a_fold_on_which_the_metric_is_undefined_is_no_failure(store: FoldStore) -> None:
    evaluator = Evaluator(store)

    def undefined() -> Outcome:
        result = FoldResult(np.zeros(1, np.float32), float("nan"), {"r2": float("nan")}, 0.5, 0.1, 1.0)
        store.write(trial().configuration, WHOLE, 1, result, b"")
        return Outcome.failed(Status.INVALID, "undefined", 1.0, fold_losses=(float("nan"),))

    evaluator.instead = {1: undefined}
    executor = FoldwiseExecutor(Watched(evaluator), store)
    executor.submit(trial())
    outcome = drained(executor)[0][1]
    assert outcome.ok and outcome.loss == pytest.approx((0.0 + 0.2 + 0.3 + 0.4) / 4)


def test_the_limit_counts_from_the_first_part(store: FoldStore) -> None:
    inner = Watched(Evaluator(store))
    executor = FoldwiseExecutor(inner, store)
    executor.submit(trial(), 60.0)
    executor.submit(trial(1, Fidelity(1)))
    drained(executor)
    limits = [limit for limit in inner.limits if limit is not None]
    assert len(limits) == 5 and limits[0] == pytest.approx(60.0, abs=0.1)
    assert limits == sorted(limits, reverse=True) and limits[-1] < limits[0]
    assert inner.limits[-1] is None


def test_a_cancelled_trial_keeps_its_folds_and_nothing_is_pending(store: FoldStore) -> None:
    executor = FoldwiseExecutor(Watched(Evaluator(store), 2), store)
    executor.submit(trial(0))
    executor.submit(trial(1))
    for _ in range(3):
        assert executor.collect(1e-9) == []
    answers = executor.cancel()
    assert [(each.number, outcome.status) for each, outcome in answers] == [(0, Status.TIMEOUT), (1, Status.TIMEOUT)]
    assert answers[0][1].fold_losses[:3] == (0.0, 0.1, 0.2)
    assert executor.pending == 0 and executor.has_room
    executor.close()
    executor.close()


def test_in_worker_processes(store: FoldStore) -> None:
    with PoolExecutor(2) as pool:
        pool.start(Evaluator(store, {3: lambda: 1 / 0}))  # type: ignore[dict-item,return-value]
        executor = FoldwiseExecutor(pool, store)
        executor.submit(trial(0), 60.0)
        ((_, outcome),) = drained(executor)
    assert outcome.status is Status.CRASH and outcome.fold_losses[:3] == (0.0, 0.1, 0.2)
    assert "ZeroDivisionError" in str(outcome.error)
