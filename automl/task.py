"""Task: what is asked of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Problem = Literal["binary", "multiclass", "regression"]
PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Task:
    """Problem type, metric, split plan and seed.

    Parameters
    ----------
    problem : {"binary", "multiclass", "regression"}
    n_classes : int
        0 for regression.
    metric : str
        Name of the metric that is optimised.
    split : str
        The split plan in words, such as ``"5-fold stratified"``.
    n_folds : int
    seed : int
    """

    problem: Problem
    n_classes: int
    metric: str
    split: str
    n_folds: int
    seed: int

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.problem != "regression"


@dataclass(frozen=True)
class Shape:
    """What an algorithm may know of the table before it is built: sizes, never values.

    Parameters
    ----------
    problem : {"binary", "multiclass", "regression"}
    n_classes : int
        0 for regression.
    n_rows, n_numeric, n_categorical : int
        Rows of the whole table and its columns by kind.
    is_sparse, is_weighted : bool
    """

    problem: Problem
    n_classes: int
    n_rows: int
    n_numeric: int
    n_categorical: int
    is_sparse: bool = False
    is_weighted: bool = False
