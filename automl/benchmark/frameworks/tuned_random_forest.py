"""A random forest whose `max_features` is tuned by cross-validation within the budget.

The baseline of that name in AMLB (Gijsbers et al., JMLR 25, 2024) goes through some values of this one hyperparameter
and then fits with the best, growing forests for as long as the time allows; so does this one.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

REQUIREMENTS: tuple[str, ...] = ()
VARIANTS: dict[str, dict[str, Any]] = {"tuned_random_forest": {}}
TAKES_BUDGET = True

_N_FOLDS = 5
_N_VALUES = 10
_FIRST_TREES = 10
_MOST_TREES_TUNING, _MOST_TREES = 160, 1_280
_TUNING_SHARE = 0.7
_SHARE = 0.95  # of the budget that is planned with


@dataclass(frozen=True)
class Tuned:
    """The forest of the value that was best."""

    forest: Any
    encoding: Any
    scores: dict[int, float]


def prepare(job: Any) -> str:
    """Import scikit-learn's forests."""
    from importlib.metadata import version

    import sklearn.ensemble
    import sklearn.model_selection  # noqa: F401

    import automl.benchmark.frameworks.encoding  # noqa: F401

    return version("scikit-learn")


def fit(job: Any, X: pd.DataFrame, y: pd.Series[Any]) -> Tuned:
    """Score the values in turn, the default first, each in its share of the time left; then fit with the best."""
    from automl.benchmark.frameworks.encoding import Encoding

    start = time.perf_counter()
    budget_s = math.inf if job.budget_s is None else _SHARE * job.budget_s
    encoding = Encoding.of(X)
    table = encoding.numbers(X)
    scores: dict[int, float] = {}
    values = _values(table.shape[1])
    end = start + _TUNING_SHARE * budget_s
    slowest_s = 0.0
    for i, value in enumerate(values):
        begun = time.perf_counter()
        share_s = (end - begun) / (len(values) - i)
        if scores and slowest_s > end - begun:
            break
        scores[value], first_s = _score(job, table, y, value, begun + share_s)
        slowest_s = max(slowest_s, first_s)
    best = max(scores, key=lambda value: scores[value])
    forest = _forest(job, best)
    _grow([(forest, table, y)], _MOST_TREES, start + budget_s)
    return Tuned(forest, encoding, scores)


def _values(n_columns: int) -> list[int]:
    """Numbers of columns to choose from at a split: the square root of all, half of the others below, half above."""
    root = max(1, math.isqrt(n_columns))
    below = np.linspace(1, root, _N_VALUES // 2 + 1)[:-1]
    above = np.linspace(root, n_columns, _N_VALUES // 2 + 1)[1:]
    others = {int(value) for value in (*below, *above)} - {root}
    return [root, *sorted(others)]


def _forest(job: Any, max_features: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestRegressor if job.task == "regression" else RandomForestClassifier
    return kind(_FIRST_TREES, max_features=max_features, n_jobs=job.n_cores, random_state=job.seed, warm_start=True)


def _score(job: Any, table: pd.DataFrame, y: pd.Series[Any], value: int, end: float) -> tuple[float, float]:
    """Mean score over the folds, and the seconds of the smallest forests."""
    from sklearn.metrics import get_scorer
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = KFold if job.task == "regression" else StratifiedKFold
    folds = list(kind(_N_FOLDS, shuffle=True, random_state=job.seed).split(table, y))
    forests = [_forest(job, value) for _ in folds]
    parts = [(forest, table.iloc[rows], y.iloc[rows]) for forest, (rows, _) in zip(forests, folds, strict=True)]
    first_s = _grow(parts, _MOST_TREES_TUNING, end)
    scorer = get_scorer(job.metric)
    try:
        scores = [scorer(f, table.iloc[rows], y.iloc[rows]) for f, (_, rows) in zip(forests, folds, strict=True)]
    except ValueError:  # a class is so rare that a fold lacks it
        return -math.inf, first_s
    return float(np.mean(scores)), first_s


def _grow(parts: list[tuple[Any, pd.DataFrame, pd.Series[Any]]], most_trees: int, end: float) -> float:
    """Double the forests for as long as the next doubling should end in time; the seconds of the first size."""
    first_s = last_s = 0.0
    while True:
        begun = time.perf_counter()
        for forest, table, y in parts:
            forest.fit(table, y)
        last_s = time.perf_counter() - begun
        first_s = first_s or last_s
        n_trees = parts[0][0].n_estimators
        # Doubling adds as many trees as there are: about as long as all that was grown.
        expected_s = last_s * (2 if n_trees > _FIRST_TREES else 1)
        if n_trees >= most_trees or time.perf_counter() + expected_s > end:
            return first_s
        for forest, *_ in parts:
            forest.n_estimators *= 2


def predict(model: Tuned, X: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and labels, or values."""
    table, forest = model.encoding.numbers(X), model.forest
    if not hasattr(forest, "classes_"):
        return pd.DataFrame({"prediction": forest.predict(table)})
    probabilities = pd.DataFrame(forest.predict_proba(table), columns=forest.classes_)
    return probabilities.assign(prediction=forest.classes_[probabilities.to_numpy().argmax(axis=1)])


def describe(model: Tuned) -> dict[str, Any]:
    """The value, the values that were tried, and the trees."""
    return {
        "max_features": model.forest.max_features,
        "tried": len(model.scores),
        "trees": model.forest.n_estimators,
    }
