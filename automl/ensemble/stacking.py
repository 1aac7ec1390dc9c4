"""Stacking: a second layer of trials whose learners also see what the best configurations predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.ensemble.predictor import columns_of
from automl.ensemble.selection import Candidate
from automl.splits import SplitPlan
from automl.table import Table
from automl.trial import Configuration, Fidelity, Trial

# The models whose predictions a second layer is trained on have seen the labels of its validation rows. Where rows are
# few, or where labels are mostly noise, it learns that by heart: the loss out of fold falls, that on new rows rises. So
# it needs rows, and a first layer that leaves at most this share of what a constant loses.
MIN_ROWS = 1_000
_MOST_LEFT = 0.5
MAX_TRIALS = 6
# Learners that gain from what others predict, and are quick.
ALGORITHMS = ("lightgbm", "extra_trees", "linear", "mlp", "catboost", "xgboost")
# One configuration of each algorithm, then the best of the rest, together no larger than this.
_MAX_OF_EACH, _MAX_BASE, _MAX_COLUMNS, _MAX_MB = 6, 8, 40, 200.0

Array = npt.NDArray[Any]


def can_stack(table: Table, plan: SplitPlan) -> bool:
    """Whether the table is dense and has enough rows, each validated once."""
    if table.is_sparse or len(table) < MIN_ROWS or len(plan.folds) < 2:
        return False
    validated = np.sort(np.concatenate([valid for _, valid in plan.folds]))
    return bool(np.array_equal(validated, np.arange(len(table))))


def second_layer(
    candidates: Sequence[Candidate],
    plan: SplitPlan,
    *,
    constant_loss: float,
    first_number: int,
    seed: int,
    limit_s: float,
) -> list[Trial]:
    """Stack the best configuration of each quick algorithm on the best candidates of several algorithms.

    Parameters
    ----------
    candidates : sequence of Candidate
        Those that lack folds or rows do not take part.
    plan : SplitPlan
        One that `can_stack`.
    constant_loss : float
        What a constant prediction loses; 0 where a perfect one would not lose 0.
    first_number, seed : int
    limit_s : float
        No configuration that took longer is stacked.

    Returns
    -------
    list of Trial
        Best first, at most `MAX_TRIALS`; none where there are fewer than two candidates to stand on, or where even
        the best of them leaves much unexplained.
    """
    whole = _whole(candidates, plan)
    base = _base(whole)
    if len(base) < 2 or base[0].loss > _MOST_LEFT * constant_loss:
        return []
    names = tuple(each.configuration.id for each in base)
    columns = _columns(base, plan)
    quick = [each for each in whole if each.configuration.algorithm in ALGORITHMS and _seconds(each) <= limit_s]
    return [
        Trial(
            first_number + i,
            Configuration(each.configuration.algorithm, each.configuration.values, names),
            each.fidelity,
            seed,
            "stacked",
            columns,
        )
        for i, each in enumerate(_best_of_each(quick)[:MAX_TRIALS])
    ]


def _columns(base: Sequence[Candidate], plan: SplitPlan) -> npt.NDArray[np.float32]:
    """Out-of-fold predictions of the base, in the order of the rows."""
    rows = np.concatenate([valid for _, valid in plan.folds])
    stacked = [np.concatenate([each.folds[fold].prediction for fold in range(len(plan.folds))]) for each in base]
    found = np.concatenate([columns_of(prediction) for prediction in stacked], axis=1)
    columns = np.empty(found.shape, dtype=np.float32)
    columns[rows] = found
    return columns


def _whole(candidates: Sequence[Candidate], plan: SplitPlan) -> list[Candidate]:
    """First-layer candidates with all folds of all rows, best first."""
    full = Fidelity(len(plan.folds))
    whole = [
        each
        for each in candidates
        if each.fidelity == full and len(each.folds) == full.folds and not each.configuration.base
    ]
    return sorted(
        (each for each in whole if np.isfinite(each.loss)), key=lambda each: (each.loss, each.configuration.id)
    )


def _best_of_each(best_first: Sequence[Candidate]) -> list[Candidate]:
    seen: dict[str, Candidate] = {}
    for each in best_first:
        seen.setdefault(each.configuration.algorithm, each)
    return list(seen.values())


def _base(best_first: Sequence[Candidate]) -> list[Candidate]:
    """A few candidates of several algorithms that together are not too large."""
    various = _best_of_each(best_first)[:_MAX_OF_EACH]
    names = {each.configuration.id for each in various}
    base: list[Candidate] = []
    mb, n_columns = 0.0, 0
    for each in [*various, *(each for each in best_first if each.configuration.id not in names)]:
        width = columns_of(each.folds[0].prediction).shape[1]
        if mb + each.model_mb <= _MAX_MB and n_columns + width <= max(_MAX_COLUMNS, 2 * width):
            base.append(each)
            mb, n_columns = mb + each.model_mb, n_columns + width
        if len(base) == _MAX_BASE:
            break
    return base


def _seconds(candidate: Candidate) -> float:
    return sum(result.fit_seconds + result.predict_seconds for result in candidate.folds.values())
