"""Suites: which tables are run, and how each is split into outer folds."""

from __future__ import annotations

import csv
import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold

from automl.dataset import infer_problem

Fold = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
TaskType = Literal["binary", "multiclass", "regression"]

METRICS: dict[TaskType, str] = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "regression": "neg_root_mean_squared_error",
}
"""What a table is scored by: the choice of AMLB (Gijsbers et al., 2024)."""


class Rows(NamedTuple):
    """The rows of a table as its source has them.

    Parameters
    ----------
    X : DataFrame, shape (n_rows, n_columns)
    y : Series, shape (n_rows,)
        Classes or amounts of any type, none missing.
    folds : sequence of (train rows, test rows), optional
        Positions, where the source brings its own splits.
    """

    X: pd.DataFrame
    y: pd.Series[Any]
    folds: Sequence[Fold] | None = None


@dataclass(frozen=True)
class BenchmarkTable:
    """One table of a suite.

    Parameters
    ----------
    suite : str
        Where it comes from.
    name : str
    task : {"binary", "multiclass", "regression"}
    read : callable
        Gives its `Rows`.
    """

    suite: str
    name: str
    task: TaskType
    read: Callable[[], Rows]

    @property
    def metric(self) -> str:
        """Name of a scikit-learn scorer."""
        return METRICS[self.task]


def outer_folds(rows: Rows, task: TaskType, n_folds: int) -> list[Fold]:
    """Give the outer folds: the source's own first ones, or shuffled (for classes, stratified) ones of a fixed seed.

    Raises
    ------
    ValueError
        If there are fewer folds, or rows, than asked for.
    """
    if rows.folds is not None:
        if len(rows.folds) < n_folds:
            raise ValueError(f"it comes with folds of its own, {len(rows.folds)}: ask for no more by --outer-folds")
        return list(rows.folds[:n_folds])
    if n_folds < 2:
        raise ValueError("it comes without folds of its own, and one is no split: give --outer-folds 2 or more")
    if len(rows.y) < n_folds:
        raise ValueError(f"it has {len(rows.y)} rows, too few for {n_folds} outer folds: give a lower --outer-folds")
    sizes = rows.y.astype(str).value_counts()
    stratified = task != "regression" and sizes.min() >= 2 and sizes.max() >= n_folds
    splitter = (StratifiedKFold if stratified else KFold)(n_folds, shuffle=True, random_state=0)
    with warnings.catch_warnings():  # of a class smaller than the number of folds: it is then in fewer test parts
        warnings.simplefilter("ignore", UserWarning)
        return list(splitter.split(np.arange(len(rows.y)), rows.y.astype(str) if stratified else None))


def read_suite(source: str) -> list[BenchmarkTable]:
    """Read what a suite consists of; tables themselves are read when they are run.

    Parameters
    ----------
    source : str
        A folder with ``catalog.csv`` (columns name, target, and task if it is not to be inferred) and one Parquet or
        CSV file each, or ``FILE:TARGET``, a Parquet or CSV file and its target. For OpenML's, see
        `automl.benchmark.suite_openml`.

    Raises
    ------
    ValueError
        If the source is neither; says what is missing.
    """
    path = Path(source)
    if path.is_dir():
        return _of_folder(path)
    for colon in (i for i, character in enumerate(source) if character == ":"):  # names may have some themselves
        file = Path(source[:colon])
        if file.is_file():
            return [_of_file("files", file.stem, file, source[colon + 1 :], None)]
    raise ValueError(
        f"{source} is no suite: give a folder with a catalog.csv, a table as FILE:TARGET, openml/s/NUMBER for a suite "
        "or openml/t/NUMBER for a task of OpenML"
    )


def choose(
    tables: Sequence[BenchmarkTable], names: Sequence[str] | None = None, per_type: int | None = None
) -> list[BenchmarkTable]:
    """Choose tables by name, or so many of each task type: those whose names hash lowest, which nobody has picked.

    Raises
    ------
    ValueError
        If a name is not among them.
    """
    chosen = list(tables)
    if names is not None:
        known = {table.name for table in tables}
        unknown = sorted(set(names) - known)
        if unknown:
            raise ValueError(f"no table {unknown[0]!r} in the suite; it has: {', '.join(sorted(known))}")
        chosen = [table for table in tables if table.name in names]
    if per_type is None:
        return chosen
    ordered = sorted(chosen, key=lambda table: hashlib.sha256(table.name.encode()).hexdigest())
    return [table for task in METRICS for table in [each for each in ordered if each.task == task][:per_type]]


def _of_folder(folder: Path) -> list[BenchmarkTable]:
    listing = folder / "catalog.csv"
    if not listing.is_file():
        raise ValueError(f"{folder} has no catalog.csv: write one with the columns name, target and task")
    with listing.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        missing = {"name", "target"} - set(reader.fieldnames or ())
        rows = [{name: value or "" for name, value in row.items()} for row in reader]
    if missing:
        raise ValueError(f"{listing} lacks the column {sorted(missing)[0]}: it needs name, target and, if wanted, task")
    if not rows:
        raise ValueError(f"{listing} names no table: give it a line for each")
    suite = folder.resolve().name
    return [
        _of_file(suite, row["name"], _file_of(folder, row["name"]), row["target"], row.get("task") or None)
        for row in rows
    ]


def _file_of(folder: Path, name: str) -> Path:
    files = [folder / f"{name}{ending}" for ending in (".parquet", ".csv")]
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{folder / 'catalog.csv'} names {name!r}, which leads out of the folder")
    file = next((path for path in files if path.is_file()), None)
    if file is None:
        raise ValueError(
            f"{folder / 'catalog.csv'} names {name!r}, but there is no {files[0].name} and no {files[1].name}"
        )
    return file


def _of_file(suite: str, name: str, file: Path, target: str, task: str | None) -> BenchmarkTable:
    if task is None:
        return BenchmarkTable(suite, name, _inferred(_read(file, target).y), lambda: _read(file, target))
    for known in METRICS:
        if task == known:
            return BenchmarkTable(suite, name, known, lambda: _read(file, target))
    raise ValueError(f"{name} has the task {task!r}: give it one of {', '.join(METRICS)}")


def _inferred(y: pd.Series[Any]) -> TaskType:
    if infer_problem(y) == "regression":
        return "regression"
    return "binary" if y.nunique() == 2 else "multiclass"


def _read(file: Path, target: str) -> Rows:
    frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    if target not in frame:
        raise ValueError(f"{file} has no column {target!r}; it has: {', '.join(map(str, frame))}")
    frame = frame[frame[target].notna()].reset_index(drop=True)
    y = frame.pop(target)
    return Rows(frame, y)
