"""Dataset: everything the user hands over, checked once, at the door."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from automl.encoding import TableEncoder
from automl.encoding.containers import read_table
from automl.encoding.fingerprint import content_hash
from automl.encoding.target import (
    check_amounts,
    check_target,
    check_weights,
    encode_classes,
    encode_groups,
    infer_problem,
)
from automl.table import Table
from automl.task import Problem, Shape

__all__ = ["Dataset", "infer_problem", "load_dataset"]


@dataclass(frozen=True)
class Dataset:
    """A checked and encoded table with its target.

    Parameters
    ----------
    table : Table
    y : ndarray of int64 or float64, shape (n_rows,)
        Class codes, or amounts.
    classes : ndarray, shape (n_classes,), or None
        Sorted classes as the user knows them; None for regression.
    sample_weight : ndarray of float64, shape (n_rows,), or None
        All positive.
    groups : ndarray of int64, shape (n_rows,), or None
        Group codes.
    encoder : TableEncoder
        Encodes later tables alike.
    content_hash : str
        Recognises the same rows and targets again, in whatever order.
    source_rows : ndarray of int64, shape (n_rows,)
        Place of every row in what the user handed over.
    n_source_rows : int
        How many rows that had.
    """

    table: Table
    y: npt.NDArray[Any]
    classes: npt.NDArray[Any] | None
    sample_weight: npt.NDArray[np.float64] | None
    groups: npt.NDArray[np.int64] | None
    encoder: TableEncoder
    content_hash: str
    source_rows: npt.NDArray[np.int64]
    n_source_rows: int

    def __len__(self) -> int:
        return len(self.table)

    @property
    def problem(self) -> Problem:
        """Type of the problem: binary, multiclass or regression."""
        if self.classes is None:
            return "regression"
        return "binary" if len(self.classes) == 2 else "multiclass"

    @property
    def n_classes(self) -> int:
        """Number of classes, 0 for regression."""
        return 0 if self.classes is None else len(self.classes)

    @cached_property
    def shape(self) -> Shape:
        """What algorithms may know of the data before they see it."""
        table = self.table
        return Shape(
            problem=self.problem,
            n_classes=self.n_classes,
            n_rows=len(table),
            n_numeric=table.numeric.shape[1],
            n_categorical=table.codes.shape[1],
            is_sparse=table.is_sparse,
            is_weighted=self.sample_weight is not None,
        )


def load_dataset(
    X: Any,
    y: Any,
    *,
    problem: Literal["classification", "regression"] | None = None,
    sample_weight: Any = None,
    groups: Any = None,
    estimator_name: str = "AutoML",
) -> Dataset:
    """Check everything a user hands over and encode it.

    Rows of weight zero are removed first: they count for nothing, not even as a category.

    Parameters
    ----------
    X : DataFrame (pandas, polars, pyarrow), array-like or sparse matrix, shape (n_rows, n_columns)
    y : array-like, shape (n_rows,)
    problem : {"classification", "regression"} or None
        None tells it from y, see `infer_problem`.
    sample_weight : array-like of non-negative numbers, shape (n_rows,), or None
    groups : array-like, shape (n_rows,), or None
    estimator_name : str
        Who is speaking in messages.

    Raises
    ------
    ValueError, TypeError
        Something cannot be used; the message names what and the remedy.

    Examples
    --------
    >>> dataset = load_dataset([[1.0], [2.0], [4.0]], ["no", "yes", "no"])
    >>> dataset.problem, dataset.classes.tolist(), dataset.y.tolist()
    ('binary', ['no', 'yes'], [0, 1, 0])
    """
    raw = read_table(X, estimator_name)
    target = check_target(y, raw.n_rows, estimator_name)
    weights = check_weights(sample_weight, raw.n_rows)
    group_codes = encode_groups(groups, raw.n_rows)
    if raw.n_rows < 2:
        raise ValueError(
            f"Found array with 1 sample(s) (shape=(1, {raw.n_columns})) while a minimum of 2 is required by "
            f"{estimator_name}."
        )
    if problem is None:
        problem = infer_problem(y)
    rows = np.arange(raw.n_rows)
    n_source_rows = raw.n_rows
    if weights is not None and not weights.all():
        rows = np.flatnonzero(weights)
        raw, target, weights = raw.take(rows), target[rows], weights[rows]
        group_codes = encode_groups(None if group_codes is None else group_codes[rows], len(rows))
    classes = None
    encoded: npt.NDArray[Any]
    if problem == "classification":
        encoded, classes = encode_classes(target, trimmed=len(rows) < n_source_rows)
    else:
        encoded = check_amounts(target)
    encoder = TableEncoder()
    table = encoder.fit_transform_raw(raw)
    digest = content_hash(table, encoded)
    return Dataset(table, encoded, classes, weights, group_codes, encoder, digest, rows, n_source_rows)
