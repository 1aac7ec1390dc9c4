"""Split plans: which rows train and which validate, fold by fold."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    check_cv,
)

logger = logging.getLogger(__name__)
Fold = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]

FOLDS = 5
# Above these many cells (rows x columns) whole cross-validation costs more than its smaller error is worth.
THREE_FOLDS_ABOVE_CELLS = 4_000_000
HOLDOUT_ABOVE_CELLS = 12_000_000


@dataclass(frozen=True)
class SplitPlan:
    """Folds and what they are called.

    Parameters
    ----------
    folds : tuple of (train, valid) ndarrays of row positions
    name : str
        In words, such as ``"5-fold stratified"``.
    """

    folds: tuple[Fold, ...]
    name: str

    def digest(self) -> str:
        """Hash of the folds, equal for equal folds."""
        found = blake2b(digest_size=12)
        for train, valid in self.folds:
            found.update(np.ascontiguousarray(train).tobytes() + b"|" + np.ascontiguousarray(valid).tobytes() + b"/")
        return found.hexdigest()


def plan_splits(
    y: npt.NDArray[Any],
    *,
    n_classes: int,
    n_columns: int,
    groups: npt.NDArray[Any] | None = None,
    seed: int = 0,
) -> SplitPlan:
    """Choose folds by the size of the table; classes are spread evenly, groups are never torn apart.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Class codes, or targets when `n_classes` is 0.
    n_classes, n_columns : int
    groups : ndarray of shape (n_rows,) or None
    seed : int

    Returns
    -------
    SplitPlan

    Raises
    ------
    ValueError
        If `groups` holds one group only.

    Examples
    --------
    >>> plan = plan_splits(np.arange(40) % 2, n_classes=2, n_columns=3)
    >>> plan.name, len(plan.folds)
    ('5-fold stratified', 5)
    """
    n = len(y)
    cells = n * n_columns
    places = np.zeros(n)
    most = 3 if cells > THREE_FOLDS_ABOVE_CELLS else FOLDS
    if groups is not None:
        return _by_group(most, y, groups, seed, is_classification=n_classes > 0)
    smallest = int(np.bincount(y.astype(np.intp), minlength=n_classes).min()) if n_classes else n
    if cells > HOLDOUT_ABOVE_CELLS and smallest >= 10:
        kind = StratifiedShuffleSplit if n_classes else ShuffleSplit
        size = max(0.1, min(0.25, 20_000 / n))
        return SplitPlan(_folds(kind(1, test_size=size, random_state=seed).split(places, y)), f"holdout {size:.0%}")
    k = min(most, n)
    if n_classes and smallest < k:
        logger.warning(
            "the smallest class has %d rows, fewer than the %d folds; folds that lack it are validated without it",
            smallest, k,
        )  # fmt: skip
    if n_classes and int(np.bincount(y.astype(np.intp)).max()) >= k:
        folds = _quiet_split(StratifiedKFold(k, shuffle=True, random_state=seed), places, y)
        return SplitPlan(folds, f"{k}-fold stratified")
    return SplitPlan(_folds(KFold(k, shuffle=True, random_state=seed).split(places)), f"{k}-fold")


def _by_group(most: int, y: npt.NDArray[Any], groups: Any, seed: int, *, is_classification: bool) -> SplitPlan:
    """Spread groups over at most `most` folds, and classes evenly where their sizes allow it."""
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError("groups holds a single group; give at least two, or leave groups out")
    k = min(most, n_groups)
    places, name = np.zeros(len(y)), f"{k}-fold by group"
    if is_classification and int(np.unique(y, return_counts=True)[1].max()) >= k:
        folds = _quiet_split(StratifiedGroupKFold(k, shuffle=True, random_state=seed), places, y, groups)
        if all(len(valid) for _, valid in folds):  # it may leave a fold without rows
            return SplitPlan(folds, name)
    return SplitPlan(_folds(GroupKFold(k, shuffle=True, random_state=seed).split(places, y, groups)), name)


def user_splits(
    cv: Any, X: Any, y: npt.NDArray[Any], groups: Any, *, is_classification: bool, seed: int = 0
) -> SplitPlan:
    """Take the user's `cv`: a number of folds, a scikit-learn splitter, or an iterable of (train, valid).

    A number is as in scikit-learn, folds in the order of the rows, unless there are groups: those stay whole.

    Raises
    ------
    ValueError
        If it gives no fold, a fold with no rows on one side, or rows that the table does not have.
    """
    if isinstance(cv, int | np.integer) and groups is not None and cv > 1:
        return _by_group(int(cv), y, groups, seed, is_classification=is_classification)
    try:
        splitter = check_cv(cv, y, classifier=is_classification)
        folds = _quiet_split(splitter, X, y, groups)
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(f"cv={cv!r} cannot split this table: {error}") from error
    if not folds or any(len(train) == 0 or len(valid) == 0 for train, valid in folds):
        raise ValueError(f"cv={cv!r} gives no folds, or a fold without rows; give a number of folds or a splitter")
    if any(rows.min() < 0 or rows.max() >= len(y) for fold in folds for rows in fold):
        raise ValueError(f"cv={cv!r} names rows that a table of {len(y)} rows does not have")
    name = "k-fold" if isinstance(cv, int | np.integer) else type(cv).__name__
    return SplitPlan(folds, f"{name} ({len(folds)} folds)")


def _quiet_split(splitter: Any, X: Any, y: Any, groups: Any = None) -> tuple[Fold, ...]:
    with warnings.catch_warnings():  # told once, in our words
        warnings.filterwarnings("ignore", message="The least populated class")
        return _folds(splitter.split(X, y, groups))


def _folds(pairs: Iterable[tuple[Any, Any]]) -> tuple[Fold, ...]:
    return tuple((_positions(train), _positions(valid)) for train, valid in pairs)


def _positions(rows: Any) -> npt.NDArray[np.intp]:
    """Row positions from positions or a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)
