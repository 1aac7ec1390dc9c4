"""Canonical rows: copies of a row and its weight are two ways to say the same, and are told in one way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.dataset import Dataset
from automl.encoding.fingerprint import Hashes, combine, membership_hashes, row_hashes
from automl.table import Table

Rows = npt.NDArray[np.int64]
Split = tuple[Rows, Rows]
# Beyond this copies are left as they are: what they could change is small and the sort is not.
MAX_ROWS = 200_000
# With more rows than this per distinct row, copies become weights. With fewer they stay rows, because some learners
# know no weights: of 127 public tables, 30 have a continuous column and copies, and only one has so many of them.
MAX_COPIES = 1.25
_BLOCK_ROWS = 1024
# Share of distinct rows with a value of their own above which a column tells rows apart.
_OWN_VALUES = 0.9


@dataclass(frozen=True)
class CanonicalRows:
    """The rows to learn from.

    Parameters
    ----------
    indices : ndarray of int64, shape (n_new,)
        Rows of the table, in an order that depends on their content only. A row may occur more than once.
    weights : ndarray of float64, shape (n_new,), or None
    keys : ndarray of int64, shape (n_rows,)
        Number of the distinct row that each row of the table is a copy of.
    """

    indices: Rows
    weights: npt.NDArray[np.float64] | None
    keys: Rows


def canonical_rows(
    table: Table,
    y: npt.NDArray[Any],
    sample_weight: npt.NDArray[np.float64] | None = None,
    signature: Hashes | None = None,
) -> CanonicalRows | None:
    """Find rows that are copies, and say so in one way.

    Rows equal in all columns, target and signature are copies where some column of numbers tells distinct rows apart;
    elsewhere rows that agree are no surprise, and each counts. A row of weight 3 is the same as three copies of
    weight 1. Where there are on average at most `MAX_COPIES` copies, and a whole number of each, they become rows;
    else weights.

    Parameters
    ----------
    table : Table
    y : ndarray, shape (n_rows,)
    sample_weight : ndarray of float64, shape (n_rows,), or None
    signature : ndarray of uint64, shape (n_rows,), or None
        What else tells rows apart: groups and folds.

    Returns
    -------
    CanonicalRows or None
        None where rows stay as they are: no copies and no weights, no such column, or more than `MAX_ROWS` rows.

    Examples
    --------
    >>> table = Table(np.array([[0.5], [1.5], [0.5]]), np.zeros((3, 0), dtype=np.int32), ())
    >>> found = canonical_rows(table, np.array([1, 0, 1]))
    >>> sorted(zip(found.indices.tolist(), found.weights.tolist()))
    [(0, 2.0), (1, 1.0)]
    """
    if len(table) > MAX_ROWS or not _has_fractions(table):
        return None
    hashes = row_hashes(table, y)
    if signature is not None:
        hashes = combine(hashes, signature)
    _, first, keys = np.unique(hashes, return_index=True, return_inverse=True)
    counts = np.bincount(keys, weights=sample_weight)
    if (counts == 1).all() or (len(first) < len(table) and not _are_told_apart(table, first)):
        return None
    if (counts == np.floor(counts)).all() and counts.sum() <= MAX_COPIES * len(first):
        return CanonicalRows(np.repeat(first, counts.astype(np.int64)), None, keys)
    return CanonicalRows(first, counts.astype(np.float64), keys)


def _are_told_apart(table: Table, distinct: Rows) -> bool:
    """Whether nearly all distinct rows have a value of their own in some column of numbers."""
    if table.is_sparse:  # the values that are there are few; they tell rows apart together
        return True
    rows = np.unique(table.numeric[distinct[:_BLOCK_ROWS]], axis=0)
    known = (column[~np.isnan(column)] for column in rows.T)
    return any(len(np.unique(k)) >= _OWN_VALUES * len(k) for k in known if 2 * len(k) >= len(rows))


def _has_fractions(table: Table) -> bool:
    """Whether some number is not whole."""
    values: Any = table.numeric.data if table.is_sparse else table.numeric
    blocks = (values[start : start + _BLOCK_ROWS] for start in range(0, len(values), _BLOCK_ROWS))
    return any(bool(((block != np.floor(block)) & ~np.isnan(block)).any()) for block in blocks)


def canonicalise(dataset: Dataset, splits: Iterable[Split] | None = None) -> tuple[Dataset, list[Split] | None]:
    """Put the rows of a dataset into canonical form, and splits of the user's rows with them.

    Copies of a row that the user's splits treat alike end on the same sides of them. Weights are relative: they are
    scaled to a mean of 1, and weights that all are equal are no weights.

    Parameters
    ----------
    dataset : Dataset
    splits : iterable of (train, test) index arrays, or None
        Of the rows as the user handed them over.

    Returns
    -------
    dataset : Dataset
    splits : list of (train, test) index arrays of its rows, or None

    Raises
    ------
    ValueError
        A split reaches beyond the rows, or keeps no row to train or test on.
    """
    given = None if splits is None else _checked_splits(splits, dataset.n_source_rows)
    signature = None
    if dataset.groups is not None:
        signature = membership_hashes([dataset.groups])
    if given is not None:
        folds = membership_hashes([_members(part, dataset) for split in given for part in split])
        signature = folds if signature is None else combine(signature, folds)
    rows = canonical_rows(dataset.table, dataset.y, dataset.sample_weight, signature)
    if rows is None:
        n = len(dataset)
        rows = CanonicalRows(np.arange(n), dataset.sample_weight, np.arange(n))
        changed = replace(dataset, sample_weight=_relative(rows.weights))
    else:
        changed = replace(
            dataset,
            table=dataset.table.take(rows.indices),
            y=dataset.y[rows.indices],
            sample_weight=_relative(rows.weights),
            groups=None if dataset.groups is None else dataset.groups[rows.indices],
            source_rows=dataset.source_rows[rows.indices],
        )
    return changed, None if given is None else _remapped(given, rows, dataset)


def _relative(weights: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64] | None:
    if weights is None or (weights == weights[0]).all():
        return None
    return np.asarray(weights / weights.mean())


def _checked_splits(splits: Iterable[Split], n_rows: int) -> list[Split]:
    checked = []
    for number, (train, test) in enumerate(splits):
        parts = [np.asarray(part) for part in (train, test)]
        if any(part.dtype.kind not in "iu" and part.size for part in parts):
            raise ValueError(f"cv: split {number} must hold row numbers, two arrays of integers.")
        if any(part.size and not -n_rows <= part.min() <= part.max() < n_rows for part in parts):
            raise ValueError(f"cv: split {number} names rows that do not exist; X has {n_rows} rows.")
        checked.append((parts[0].astype(np.int64) % n_rows, parts[1].astype(np.int64) % n_rows))
    return checked


def _members(part: Rows, dataset: Dataset) -> npt.NDArray[np.int64]:
    member = np.zeros(dataset.n_source_rows, dtype=np.int64)
    member[part] = 1
    return member[dataset.source_rows]


def _remapped(splits: list[Split], rows: CanonicalRows, dataset: Dataset) -> list[Split]:
    """Turn splits of the user's rows into splits of the canonical rows."""
    key_of_source = np.full(dataset.n_source_rows, -1, dtype=np.int64)
    key_of_source[dataset.source_rows] = rows.keys
    key_of_new = rows.keys[rows.indices]
    remapped = []
    for number, split in enumerate(splits):
        new = []
        for part, side in zip(split, ("train", "test"), strict=True):
            keys = key_of_source[part]
            chosen = np.zeros(int(rows.keys.max()) + 1, dtype=bool)
            chosen[keys[keys >= 0]] = True
            new.append(np.flatnonzero(chosen[key_of_new]))
            if not len(new[-1]):
                raise ValueError(f"cv: split {number} has no row of positive weight to {side} on.")
        remapped.append((new[0], new[1]))
    return remapped
