"""From a table of a suite to the rows of one run, in a form that every framework is given alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from automl.benchmark import harness
from automl.benchmark.plan import Run
from automl.benchmark.scoring import PREDICTION
from automl.benchmark.suite import BenchmarkTable, Fold, Rows, TaskType, outer_folds
from automl.dataset import load_dataset


@dataclass(frozen=True)
class Split:
    """The rows of one run: what a framework fits on, and what it is tested on.

    Parameters
    ----------
    task : {"binary", "multiclass", "regression"}
    X_train, X_test : DataFrame
    y_train, y_test : Series
        Labels (str), or amounts (float).
    classes : tuple of str
        All of the table, sorted; empty for regression.
    content_hash : str
        Of the whole table.
    """

    task: TaskType
    X_train: pd.DataFrame
    y_train: pd.Series[Any]
    X_test: pd.DataFrame
    y_test: pd.Series[Any]
    classes: tuple[str, ...]
    content_hash: str


@dataclass(frozen=True)
class _Table:
    """What all runs on one table have in common."""

    X: pd.DataFrame
    y: pd.Series[Any]
    classes: tuple[str, ...]
    content_hash: str
    folds: list[Fold]


class Splits:
    """Reads a table once for all runs on it that follow each other."""

    def __init__(self) -> None:
        self._key: tuple[str, str, int] | None = None
        self._table: _Table | None = None

    def of(self, table: BenchmarkTable, run: Run) -> Split:
        """Give the rows of a run.

        Raises
        ------
        Exception
            Whatever is wrong with the table.
        """
        key = (table.suite, table.name, run.conditions.n_folds)
        if self._table is None or self._key != key:
            self._key, self._table = None, None  # let go of the one before the next is read
            self._table = _prepared(table.read(), table.task, run.conditions.n_folds)
            self._key = key
        found = self._table
        train, test = found.folds[run.fold]
        X_train, X_test = (found.X.iloc[rows].reset_index(drop=True) for rows in (train, test))
        y_train, y_test = (found.y.iloc[rows].reset_index(drop=True) for rows in (train, test))
        return Split(table.task, X_train, y_train, X_test, y_test, found.classes, found.content_hash)


def _prepared(rows: Rows, task: TaskType, n_folds: int) -> _Table:
    problem: Literal["classification", "regression"] = "regression" if task == "regression" else "classification"
    # Of the target as it is: the order of classes counts, and that of numbers is not that of their texts.
    content_hash = load_dataset(rows.X, rows.y, problem=problem).content_hash
    X = _named(rows.X)
    y = rows.y.astype(float) if task == "regression" else rows.y.astype(str)
    classes = () if task == "regression" else tuple(sorted(y.unique()))
    if task == "binary" and len(classes) != 2:
        raise ValueError(f"it is said to be binary, but its target has {len(classes)} classes")
    if PREDICTION in classes:
        raise ValueError(f"one of its classes is called {PREDICTION!r}, as the column of predictions is: rename it")
    return _Table(X, y, classes, content_hash, outer_folds(rows, task, n_folds))


def _named(X: pd.DataFrame) -> pd.DataFrame:
    """Give columns names that are strings, as files need them; all different, none that of the target in files."""
    X = X.set_axis(X.columns.map(str), axis="columns")
    if not X.columns.is_unique:
        raise ValueError(f"two of its columns are called {X.columns[X.columns.duplicated()][0]!r}: rename one")
    if harness.TARGET in X:
        raise ValueError(f"one of its columns is called {harness.TARGET!r}, as the target is in files: rename it")
    return X
