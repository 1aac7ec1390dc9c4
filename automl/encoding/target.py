"""The target, weights and groups: vectors beside the table, checked."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import infer_dtype
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from automl.encoding.columns import COMPLEX

Array = npt.NDArray[Any]
# Whole numbers of more distinct values than this are amounts, not classes.
_MAX_NUMBERED_CLASSES = 20
_MIN_ROWS_PER_NUMBERED_CLASS = 2


def read_vector(values: Any, name: str) -> Array:
    """Read one value per row from any container; as y, the one column of a 2D container will do.

    Raises
    ------
    ValueError
        Not one value per row, or complex numbers.
    """
    if sparse.issparse(values):
        raise TypeError(f"{name} is a sparse matrix; pass {name}.toarray().ravel().")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} should be a 1d array, but its elements are of unequal length: {error}") from error
    if array.ndim == 2 and array.shape[1] == 1 and name == "y":
        array = array.ravel()
    if array.ndim != 1:
        raise ValueError(f"{name} should be a 1d array, got an array of shape {array.shape} instead.")
    if array.dtype.kind == "c":
        raise ValueError(COMPLEX)
    return _plain(array) if array.dtype == object else array


def _plain(array: Array) -> Array:
    """Give Python objects that all are numbers or all are booleans the type they have."""
    if pd.isna(array).any():
        return array
    found = infer_dtype(array, skipna=False)
    if found == "boolean":
        return array.astype(bool)
    if found in ("integer", "floating", "mixed-integer-float", "decimal"):
        return np.asarray(pd.to_numeric(pd.Series(array)).to_numpy())
    if found == "complex":
        raise ValueError(COMPLEX)
    return array


def check_target(y: Any, n_rows: int, estimator_name: str) -> Array:
    """Read y and refuse one that is missing, of another length, or holds missing or infinite values."""
    if y is None:
        raise ValueError(
            f"This {estimator_name} estimator requires y to be passed, but the target y is None. "
            "Pass one target value per row of X."
        )
    target = read_vector(y, "y")
    if np.asarray(y).ndim == 2:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
            "(n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=3,
        )
    check_length(target, n_rows, "y")
    n_missing = int(pd.isna(target).sum())
    if n_missing:
        raise ValueError(f"Input y contains NaN. Leave out the {n_missing} of {n_rows} rows whose target is missing.")
    if target.dtype.kind == "f" and np.isinf(target).any():
        raise ValueError(
            "Input y contains infinity or a value too large for dtype('float64'). Leave these rows out or clip them."
        )
    if target.dtype.kind in "mM":
        raise ValueError(f"Unknown label type: y holds {target.dtype}; pass seconds or days as numbers instead.")
    return target


def check_length(values: Array, n_rows: int, name: str) -> None:
    """Refuse a vector that has not one value per row."""
    if len(values) != n_rows:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {n_rows} rows, "
            f"{name} has {len(values)} values. Pass one value of {name} per row of X."
        )


def infer_problem(y: Any) -> Literal["classification", "regression"]:
    """Tell from the target whether classes or amounts are to be predicted.

    Text, categories and booleans are classes. Numbers are amounts when one of them is not whole, when there are
    more than 20 distinct ones, or when more than two distinct ones have fewer than 2 rows each on average.

    Parameters
    ----------
    y : array-like, shape (n_rows,)

    Raises
    ------
    ValueError
        y is None, not one value per row, or holds missing values.

    Examples
    --------
    >>> infer_problem(["a", "b"]), infer_problem([0, 1, 1, 0]), infer_problem([0.5, 1.0, 2.0])
    ('classification', 'classification', 'regression')
    """
    if y is None:
        raise ValueError("fit requires y to be passed, but the target y is None. Pass one target value per row of X.")
    if isinstance(getattr(y, "dtype", None), pd.CategoricalDtype):
        return "classification"
    target = read_vector(y, "y")
    check_target(target, len(target), "fit")
    if target.dtype.kind not in "iuf":
        return "classification"
    if target.dtype.kind == "f" and (target != np.floor(target)).any():
        return "regression"
    n_distinct = len(pd.unique(target))
    crowded = n_distinct <= 2 or n_distinct * _MIN_ROWS_PER_NUMBERED_CLASS <= len(target)
    return "classification" if n_distinct <= _MAX_NUMBERED_CLASSES and crowded else "regression"


def encode_classes(target: Array, trimmed: bool) -> tuple[npt.NDArray[np.int64], Array]:
    """Give class codes and the sorted classes.

    Raises
    ------
    ValueError
        Continuous targets, texts beside numbers, or a single class.
    """
    if target.dtype.kind == "f" and (target != np.floor(target)).any():
        raise ValueError(
            "Unknown label type: continuous. A classifier predicts discrete classes; for a continuous target use "
            "AutoMLRegressor, or cut it into classes with pandas.cut(y, ...)."
        )
    codes, distinct = pd.factorize(target)
    try:
        order = np.argsort(distinct)
    except TypeError as error:
        raise ValueError("Unknown label type: y mixes texts and numbers; convert it with y.astype(str).") from error
    if len(distinct) < 2:
        after = " after the rows of weight zero are removed" if trimmed else ""
        raise ValueError(
            f"Classification needs samples of at least 2 classes, but y contains only one class{after}: "
            f"{distinct[:1].tolist()[0]!r}. Add rows of another class."
        )
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], np.asarray(distinct)[order].astype(target.dtype)


def check_amounts(target: Array) -> npt.NDArray[np.float64]:
    """Give the targets of a regression as float64.

    Raises
    ------
    ValueError
        Text, or values that all are equal.
    """
    if target.dtype.kind not in "iufb":
        raise ValueError(
            "Unknown label type: y holds text; convert numbers with y.astype(float), or use AutoMLClassifier for "
            "classes."
        )
    amounts = target.astype(np.float64)
    if (amounts == amounts[0]).all():
        raise ValueError(f"All values of y are equal ({amounts[0]:g}): there is nothing to learn. Check the target.")
    return amounts


def check_weights(sample_weight: Any, n_rows: int) -> npt.NDArray[np.float64] | None:
    """Give sample weights as float64, None when none were given.

    Raises
    ------
    ValueError
        Of another shape, missing, infinite, negative, or all zero.
    """
    if sample_weight is None:
        return None
    weights = read_vector(sample_weight, "sample_weight")
    check_length(weights, n_rows, "sample_weight")
    try:
        weights = weights.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("sample_weight must hold numbers; pass one non-negative number per row.") from error
    if not np.isfinite(weights).all():
        raise ValueError("Input sample_weight contains NaN or infinity. Give weight 0 to rows that should not count.")
    if (weights < 0).any():
        raise ValueError("sample_weight holds negative values. Give weight 0 to rows that should not count.")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def encode_groups(groups: Any, n_rows: int) -> npt.NDArray[np.int64] | None:
    """Give group codes that depend on the labels alone, None when no groups were given.

    Raises
    ------
    ValueError
        Of another length, or with missing labels.
    """
    if groups is None:
        return None
    labels = read_vector(groups, "groups")
    check_length(labels, n_rows, "groups")
    if pd.isna(labels).any():
        raise ValueError("Input groups contains NaN. Name a group for every row.")
    try:
        codes, _ = pd.factorize(labels, sort=True)
    except TypeError:  # labels of several types have no order among them
        codes, _ = pd.factorize(labels.astype(str), sort=True)
    return codes.astype(np.int64)
