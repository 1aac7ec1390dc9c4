"""Frameworks on the tables that all of them have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from automl.benchmark.report.preparing import SPLIT

LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class Comparison:
    """Means over folds and seeds.

    Parameters
    ----------
    scores : DataFrame of shape (n_tables, n_points)
        Greater is better; a point is a framework, or a framework at a budget. No value is missing.
    missing_tables : tuple of str
        Tables that one of the points lacks.
    missing_points : tuple
        Points with fewer than `LEAST_COVERAGE` of the tables.
    n_missing_splits : int
        Folds and seeds of the compared tables that one of the points lacks.
    """

    scores: pd.DataFrame
    missing_tables: tuple[str, ...]
    missing_points: tuple[Any, ...]
    n_missing_splits: int


def compare(runs: pd.DataFrame, value: str, points: list[str]) -> Comparison:
    """Average a value over the folds and seeds that all points have, table by table.

    Parameters
    ----------
    runs : DataFrame
        As in `Results`.
    value : str
        The column to average.
    points : list of str
        The columns whose values make a point.

    Examples
    --------
    >>> runs = pd.DataFrame({"table": ["a", "a", "b"], "fold": 0, "seed": 0, "framework": ["x", "y", "x"],
    ...                      "score": [0.5, 0.7, 0.6]})
    >>> found = compare(runs, "score", ["framework"])
    >>> found.scores.to_dict("index"), found.missing_tables
    ({'a': {'x': 0.5, 'y': 0.7}}, ('b',))
    """
    known = runs[runs[value].notna()]
    if known.empty:
        return Comparison(pd.DataFrame(), tuple(sorted(runs["table"].unique())), (), 0)
    each = known.pivot_table(index=SPLIT, columns=points, values=value, aggfunc="mean")
    coverage = each.notna().groupby("table").any().mean()
    is_compared = coverage >= LEAST_COVERAGE
    complete = each.loc[:, is_compared].dropna()
    if complete.empty:
        return Comparison(pd.DataFrame(), tuple(sorted(runs["table"].unique())), (), 0)
    scores = complete.groupby("table").mean()
    of_compared = each.index.get_level_values("table").isin(scores.index)
    return Comparison(
        scores,
        tuple(sorted(set(runs["table"]) - set(scores.index))),
        tuple(coverage.index[~is_compared]),
        int(of_compared.sum()) - len(complete),
    )
