"""The second layer: what it stands on, which columns it sees, and where there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from automl.ensemble.selection import Candidate
from automl.ensemble.stacking import MIN_ROWS, can_stack, second_layer
from automl.folds import FoldResult
from automl.splits import SplitPlan, plan_splits
from automl.table import Table
from automl.trial import Configuration, Fidelity, Trial

N_ROWS, N_FOLDS = 60, 3
RNG = np.random.default_rng(0)
Y = RNG.normal(size=N_ROWS)
PLAN = SplitPlan(
    tuple((np.flatnonzero(np.arange(N_ROWS) % N_FOLDS != k), np.arange(k, N_ROWS, N_FOLDS)) for k in range(N_FOLDS)),
    "3-fold",
)


def candidate(
    name: str, loss: float, *, version: int = 0, prediction: Any = Y, n_folds: int = N_FOLDS, seconds: float = 1.0,
    mb: float = 1.0, rows: float = 1.0,
) -> Candidate:  # fmt: skip
    """A configuration with these losses on all of its folds."""
    results = {
        fold: FoldResult(prediction[PLAN.folds[fold][1]].astype(np.float32), loss, {}, seconds / N_FOLDS, 0.0, mb)
        for fold in range(n_folds)
    }
    return Candidate(Configuration(name, {"version": version}), Fidelity(N_FOLDS, rows=rows), results)


def stack(*candidates: Candidate, limit_s: float = math.inf, constant_loss: float = 1.0) -> list[Trial]:
    return second_layer(candidates, PLAN, constant_loss=constant_loss, first_number=40, seed=7, limit_s=limit_s)


def table(n_rows: int) -> Table:
    return Table(np.zeros((n_rows, 2)), np.zeros((n_rows, 0), dtype=np.int32), ())


def folds(n_rows: int, seed: int = 0) -> SplitPlan:
    return plan_splits(np.arange(n_rows, dtype=float), n_classes=0, n_columns=2, seed=seed)


def test_a_second_layer_needs_rows_that_are_dense_and_each_validated_once() -> None:
    assert can_stack(table(MIN_ROWS), folds(MIN_ROWS))
    assert not can_stack(table(MIN_ROWS - 1), folds(MIN_ROWS - 1))
    assert not can_stack(table(MIN_ROWS), SplitPlan(folds(MIN_ROWS).folds[:1], "holdout"))
    assert not can_stack(table(MIN_ROWS), SplitPlan(folds(MIN_ROWS).folds[:4], "a fifth is never validated"))
    twice = folds(MIN_ROWS).folds + folds(MIN_ROWS, seed=1).folds
    assert not can_stack(table(MIN_ROWS), SplitPlan(twice, "repeated"))
    thin = Table(sparse.csr_array((MIN_ROWS, 2)), np.zeros((MIN_ROWS, 0), dtype=np.int32), ())
    assert not can_stack(thin, folds(MIN_ROWS))


def test_the_best_of_each_quick_algorithm_is_stacked_best_first() -> None:
    pool = [
        candidate("linear", 0.3), candidate("lightgbm", 0.2), candidate("lightgbm", 0.1, version=1),
        candidate("gaussian_process", 0.05), candidate("mlp", 0.4, seconds=9.0), candidate("mlp", 0.5, version=1),
    ]  # fmt: skip
    found = stack(*pool, limit_s=5.0)
    asked = [(each.configuration.algorithm, each.configuration.values["version"]) for each in found]
    assert asked == [("lightgbm", 1), ("linear", 0), ("mlp", 1)]
    assert [each.number for each in found] == [40, 41, 42]
    assert {(each.origin, each.seed, each.fidelity) for each in found} == {("stacked", 7, Fidelity(N_FOLDS))}


def test_all_stand_on_the_best_of_several_algorithms() -> None:
    pool = [candidate("lightgbm", 0.1 + 0.01 * k, version=k) for k in range(20)] + [candidate("svm", 5.0)]
    bases = {each.configuration.base for each in stack(*pool)}
    assert len(bases) == 1
    (base,) = bases
    assert len(base) == 8
    assert base[:2] == (pool[0].configuration.id, pool[-1].configuration.id)
    assert base[2] == pool[1].configuration.id


def test_columns_lie_at_the_rows_that_they_were_predicted_for() -> None:
    shares = RNG.dirichlet(np.ones(3), size=N_ROWS)
    first, second = stack(candidate("linear", 0.1, prediction=shares), candidate("mlp", 0.2, prediction=shares[::-1]))
    assert first.columns is second.columns
    assert first.columns is not None
    assert first.columns.dtype == np.float32
    expected = np.concatenate([shares[:, 1:], shares[::-1, 1:]], axis=1)
    np.testing.assert_allclose(first.columns, expected, rtol=1e-6)


@pytest.mark.parametrize("less", [{"n_folds": 2}, {"rows": 0.2}, {"mb": 500.0}])
def test_what_is_not_whole_or_too_large_is_no_base(less: dict[str, Any]) -> None:
    assert len(stack(candidate("linear", 0.1), candidate("mlp", 0.2))) == 2
    assert stack(candidate("linear", 0.1), candidate("mlp", 0.2, **less)) == []
    assert stack(candidate("linear", 0.1)) == stack() == []


def test_nothing_is_stacked_on_what_is_stacked() -> None:
    pool = [candidate("linear", 0.1), candidate("mlp", 0.2)]
    above = stack(*pool)[0]
    again = Candidate(above.configuration, above.fidelity, candidate("linear", 0.01).folds)
    assert [each.configuration for each in stack(*pool, again)] == [each.configuration for each in stack(*pool)]


def test_where_labels_are_mostly_noise_there_is_no_second_layer() -> None:
    pool = [candidate("linear", 0.3), candidate("mlp", 0.4)]
    assert len(stack(*pool, constant_loss=0.7)) == 2
    assert stack(*pool, constant_loss=0.5) == []
    assert stack(*pool, constant_loss=0.0) == []  # no scale to measure by
