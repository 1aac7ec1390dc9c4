"""Ledger: what was salvaged, what is forgotten, when it is enough."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl import ledger as ledger_module
from automl.budget import Budget
from automl.folds import FoldResult, FoldStore
from automl.ledger import Ledger, candidates_of
from automl.metrics import resolve_metric
from automl.trial import Configuration, Fidelity, Outcome, Status, Trial

LOOK, FULL = Fidelity(1), Fidelity(3)
ACCURACY = resolve_metric("accuracy", "binary", np.arange(2))


class Recorder:
    def __init__(self) -> None:
        self.rows: list[tuple[Trial, Outcome]] = []

    def append(self, trial: Trial, outcome: Outcome) -> None:
        self.rows.append((trial, outcome))


class Progress:
    def __init__(self) -> None:
        self.full: list[bool] = []

    def update(self, trial: Trial, outcome: Outcome, *, full: bool) -> None:
        self.full.append(full)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def make_ledger(folder: Path, metric: Any = ACCURACY) -> tuple[Any, Clock]:
    clock = Clock()
    parts: tuple[Any, ...] = (metric, FoldStore(folder), Recorder(), Progress(), FULL, Budget(60.0, clock=clock))
    return Ledger(*parts), clock


def trial(k: int, fidelity: Fidelity = FULL) -> Trial:
    return Trial(k, Configuration("knn", {"k": k}), fidelity, seed=0)


def ok(*losses: float) -> Outcome:
    return Outcome(Status.OK, float(np.mean(losses)), 1.0, fold_losses=losses)


def finish(store: FoldStore, asked: Trial, *losses: float) -> None:
    for fold, loss in enumerate(losses):
        result = FoldResult(np.zeros(2, dtype=np.float32), loss, {"accuracy": 1 - loss}, 2.0, 0.5, 1.0)
        store.write(asked.configuration, asked.fidelity, fold, result, pickle.dumps("model"))


def test_every_outcome_is_kept_recorded_and_shown(tmp_path: Path) -> None:
    ledger, _ = make_ledger(tmp_path)
    pairs = [
        (trial(0, LOOK), ok(0.5)),
        (trial(0), ok(0.5, 0.4, 0.3)),
        (trial(1), Outcome.failed(Status.CRASH, "no", 1)),
    ]
    for asked, outcome in pairs:
        assert ledger(asked, outcome) is False
    assert ledger.history == ledger.recorder.rows == pairs
    assert ledger.progress.full == [False, True, True]


def test_a_failure_without_folds_stays_as_it_is(tmp_path: Path) -> None:
    ledger, _ = make_ledger(tmp_path)
    outcome = Outcome.failed(Status.CRASH, "no", 1.0)
    ledger(trial(0), outcome)
    assert ledger.history[0][1] is outcome
    assert math.isnan(ledger.first_model_s)


def test_the_time_of_the_first_model_is_taken_once(tmp_path: Path) -> None:
    ledger, clock = make_ledger(tmp_path)
    for now, outcome in [(1.0, Outcome.failed(Status.CRASH, "no", 1)), (2.5, ok(0.5)), (4.0, ok(0.4))]:
        clock.now = now
        ledger(trial(0, LOOK), outcome)
    assert ledger.first_model_s == 2.5


def test_the_size_of_the_largest_models_is_known(tmp_path: Path) -> None:
    ledger, _ = make_ledger(tmp_path)
    for k, size in enumerate((3_000, 9_000, 1_000)):
        for fold in range(3):
            result = FoldResult(np.zeros(2, dtype=np.float32), 0.1, {}, 0.1, 0.1, size / 1e6)
            ledger.store.write(trial(k).configuration, FULL, fold, result, b"m" * size)
        ledger(trial(k), ok(0.1, 0.1, 0.1))
    ledger(trial(9), Outcome.failed(Status.CRASH, "no", 1.0))
    assert ledger.largest_mb == pytest.approx(0.027)


def test_only_a_perfect_full_evaluation_is_enough(tmp_path: Path) -> None:
    ledger, _ = make_ledger(tmp_path)
    assert not ledger(trial(0, LOOK), ok(0.0))
    assert not ledger(trial(1), ok(0.0, 0.0, 0.003))
    assert not ledger(trial(2), Outcome.failed(Status.TIMEOUT, "late", 1.0, fold_losses=(0.0, 0.0)))
    assert ledger(trial(3), ok(0.0, 0.0, 0.0))


def test_a_metric_without_a_known_best_is_never_perfect(tmp_path: Path) -> None:
    ledger, _ = make_ledger(tmp_path, resolve_metric("positive_likelihood_ratio", "binary", np.arange(2)))
    assert not ledger(trial(0), ok(-50.0, -50.0, -50.0))


def test_the_worst_learners_are_forgotten(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ledger_module, "KEEP_OF_ALGORITHM", 3)
    monkeypatch.setattr(ledger_module, "_FORGET_EVERY", 3)
    ledger, _ = make_ledger(tmp_path)
    losses = [0.5, 0.1, 0.4, 0.2, 0.6, 0.3]
    for k, loss in enumerate(losses):
        finish(ledger.store, trial(k), loss, loss, loss)
        ledger(trial(k), ok(loss, loss, loss))
    kept = [k for k in range(6) if ledger.store.finished(trial(k).configuration, FULL)]
    assert kept == [1, 3, 5]
    assert len(ledger.history) == 6


def test_full_models_are_not_forgotten_for_lucky_first_looks(tmp_path: Path, monkeypatch: Any) -> None:
    """The first fold may be easier than the others; losses on it do not compare."""
    monkeypatch.setattr(ledger_module, "KEEP_OF_ALGORITHM", 3)
    monkeypatch.setattr(ledger_module, "_FORGET_EVERY", 3)
    ledger, _ = make_ledger(tmp_path)
    for k in range(3):
        finish(ledger.store, trial(k), 0.1, 0.8, 0.9 + k / 100)
        ledger(trial(k), ok(0.1, 0.8, 0.9 + k / 100))
    for k in range(3, 9):
        loss = 0.1 + k / 100
        finish(ledger.store, trial(k, LOOK), loss)
        ledger(trial(k, LOOK), ok(loss))
    kept = [k for k in range(9) if ledger.store.finished(trial(k).configuration, FULL)]
    assert kept == [0, 1, 2, 3, 4, 5]


def test_a_promoted_configuration_counts_by_its_last_loss(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ledger_module, "KEEP_OF_ALGORITHM", 2)
    monkeypatch.setattr(ledger_module, "_FORGET_EVERY", 2)
    ledger, _ = make_ledger(tmp_path)
    for k, losses in enumerate([(0.3, 0.3, 0.3), (0.0, 0.9, 0.9), (0.4, 0.4, 0.4)]):
        finish(ledger.store, trial(k), *losses)
        ledger(trial(k, LOOK), ok(losses[0]))
        ledger(trial(k), ok(*losses))
    assert [k for k in range(3) if ledger.store.finished(trial(k).configuration, FULL)] == [0, 2]


def test_of_twins_one_is_kept_and_each_algorithm_has_its_own(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ledger_module, "KEEP_OF_ALGORITHM", 2)
    monkeypatch.setattr(ledger_module, "_FORGET_EVERY", 6)
    ledger, _ = make_ledger(tmp_path)
    losses = [0.1, 0.1, 0.2, 0.3]
    asked = [trial(k) for k in range(4)] + [Trial(4, Configuration("mlp", {}), FULL, seed=0), trial(5, LOOK)]
    for each, loss in zip(asked, [*losses, 0.9, 0.1], strict=True):
        n_folds = each.fidelity.folds
        finish(ledger.store, each, *[loss] * n_folds)
        ledger(each, ok(*[loss] * n_folds))
    kept = [k for k, each in enumerate(asked) if ledger.store.finished(each.configuration, each.fidelity)]
    assert kept == [0, 2, 4, 5]


def test_candidates_have_folds_and_the_most_rows(tmp_path: Path) -> None:
    store, part = FoldStore(tmp_path), Fidelity(1, rows=0.2)
    finish(store, trial(0, part), 0.5)
    finish(store, trial(1, part), 0.5)
    asked = [trial(0, part), trial(1, part), trial(2, part)]
    history = [(each, ok(0.5)) for each in asked]
    found = candidates_of(history, store)
    assert [(c.configuration.values["k"], c.fidelity) for c in found] == [(0, part), (1, part)]
    finish(store, trial(1), 0.4, 0.3)
    history.append((trial(1), Outcome.failed(Status.TIMEOUT, "late", 1.0, fold_losses=(0.4, 0.3))))
    [candidate] = candidates_of(history, store)
    assert (candidate.configuration.values["k"], candidate.fidelity) == (1, FULL)
    assert sorted(candidate.folds) == [0, 1]


def test_candidates_whatever_the_order_of_outcomes(tmp_path: Path) -> None:
    store = FoldStore(tmp_path)
    finish(store, trial(0), 0.5, 0.5, 0.5)
    history = [(trial(0), ok(0.5, 0.5, 0.5)), (trial(0, LOOK), ok(0.5))]
    for each in (history, history[::-1]):
        [candidate] = candidates_of(each, store)
        assert sorted(candidate.folds) == [0, 1, 2]
    assert candidates_of([], store) == []


def test_incumbents_are_the_best_on_all_folds_and_when_they_came(tmp_path: Path) -> None:
    ledger, clock = make_ledger(tmp_path)
    outcomes = [(LOOK, ok(0.1)), (FULL, ok(0.5, 0.3, 0.4)), (FULL, ok(0.6, 0.6, 0.6)), (FULL, ok(0.2, 0.2, 0.2))]
    outcomes.append((FULL, Outcome(Status.TIMEOUT, math.nan, 1.0, fold_losses=(0.1,))))
    for number, (fidelity, outcome) in enumerate(outcomes):
        clock.now = float(number)
        ledger(trial(number, fidelity), outcome)
    assert ledger.incumbents == [
        {"trials": 2, "seconds": 1.0, "loss": pytest.approx(0.4)},
        {"trials": 4, "seconds": 3.0, "loss": pytest.approx(0.2)},
    ]
