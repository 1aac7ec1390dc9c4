"""The table as two blocks, numeric and categorical, and a coded target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from metafeatures.arrays import FloatArray, IntArray

TaskType = Literal["binary", "multiclass", "regression"]
MAX_AUTO_CLASSES = 30
TINY = 1e-100


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the form in which meta-features read it.

    Attributes
    ----------
    numeric : ndarray of shape (n_rows, n_numeric), float32 or float64
        NaN is missing; may hold infinite values.
    categorical : ndarray of shape (n_rows, n_categorical), int32
        Codes from 0; -1 is missing.
    target : ndarray of shape (n_rows,)
        int32 class codes from 0 for classification, float64 for regression; one whose squares would overflow or
        vanish is divided by its greatest absolute value.
    task : {"binary", "multiclass", "regression"}
    """

    numeric: FloatArray
    categorical: IntArray
    target: NDArray[Any]
    task: TaskType

    def take(self, rows: NDArray[np.intp]) -> Table:
        """The table of these rows only."""
        return Table(self.numeric[rows], self.categorical[rows], self.target[rows], self.task)


def make_table(X: Any, y: ArrayLike, *, categorical: ArrayLike | None, task: str) -> Table:
    """Read a DataFrame, an array or the two blocks; rows without a target are left out.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        With `categorical`, the numeric block: it is used as it stands, without a copy.
    y : array-like of shape (n_rows,)
    categorical : array-like of shape (n_rows, n_categorical) or None
        Integer codes with -1 for missing.
    task : {"auto", "binary", "multiclass", "regression"}

    Raises
    ------
    ValueError
        If there are no rows, lengths differ, X is not two-dimensional, or no row has a target.
    """
    numeric, codes = _blocks(X) if categorical is None else (_numeric_block(X), np.asarray(categorical, np.int32))
    target = np.asarray(y.to_numpy() if isinstance(y, pd.Series) else y, dtype=None if _is_plain(y) else object)
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if numeric.ndim != 2 or codes.ndim != 2 or target.ndim != 1:
        raise ValueError("X and categorical must be two-dimensional, y one-dimensional")
    if not len(numeric) == len(codes) == len(target):
        raise ValueError(f"lengths differ: X {len(numeric)}, categorical {len(codes)}, y {len(target)}")
    kind = infer_task(target) if task == "auto" else task
    if kind not in ("binary", "multiclass", "regression"):
        raise ValueError(f"task must be auto, binary, multiclass or regression, got {task!r}")
    values, known = _code_target(target, kind)
    if not known.any():
        raise ValueError("no row has a target" if len(target) else "X has no rows")
    table = Table(numeric, codes, values, cast(TaskType, kind))
    return table if known.all() else table.take(np.flatnonzero(known))


def infer_task(y: NDArray[Any]) -> TaskType:
    """Task type from the target: numbers with fractions, or more than 30 distinct ones, mean regression.

    Examples
    --------
    >>> infer_task(np.array(["no", "yes", "no"])), infer_task(np.array([0.5, 1.5, 2.5]))
    ('binary', 'regression')
    """
    inferred = pd.api.types.infer_dtype(y, skipna=True)
    if inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        numbers = pd.to_numeric(pd.Series(y), errors="coerce").to_numpy(np.float64, na_value=np.nan)
        numbers = numbers[np.isfinite(numbers)]
        if np.any(numbers != np.floor(numbers)) or len(np.unique(numbers)) > MAX_AUTO_CLASSES:
            return "regression"
        return "binary" if len(np.unique(numbers)) <= 2 else "multiclass"
    return "binary" if pd.Series(y).nunique() <= 2 else "multiclass"


def _is_plain(y: Any) -> bool:
    """Whether numpy keeps the labels as they are (a list of mixed labels would all become text)."""
    return isinstance(y, np.ndarray | pd.Series) or not any(isinstance(v, str) for v in y)


def _code_target(target: NDArray[Any], task: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Class codes or floats, and which rows have one."""
    if task == "regression":
        numbers = pd.to_numeric(pd.Series(target), errors="coerce").to_numpy(np.float64, na_value=np.nan)
        known = np.isfinite(numbers)
        size = np.abs(numbers).max(where=known, initial=0.0)
        in_range = size == 0.0 or TINY < size < 1.0 / TINY
        return numbers if in_range else numbers / size, known
    if target.dtype.kind in "iu":
        _, codes = np.unique(target, return_inverse=True)
        return codes.astype(np.int32), np.ones(len(target), dtype=bool)
    series = pd.Series(target)
    try:
        codes = pd.factorize(series, sort=True)[0]
    except TypeError:  # labels of types that do not compare or hash
        codes = pd.factorize(series.map(str).where(series.notna()), sort=True)[0]
    return codes.astype(np.int32), np.asarray(codes >= 0)


def _numeric_block(X: Any) -> FloatArray:
    values = np.asarray(X)
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def _blocks(X: Any) -> tuple[FloatArray, IntArray]:
    if not isinstance(X, pd.DataFrame):
        values = np.asarray(X)
        if values.ndim != 2:
            raise ValueError(f"X must be two-dimensional, got {values.ndim} dimension(s)")
        if values.dtype.kind in "fiu":
            return _numeric_block(values), np.empty((len(values), 0), dtype=np.int32)
        X = pd.DataFrame(values).infer_objects()
    is_numeric = [_is_numeric(X.iloc[:, j]) for j in range(X.shape[1])]
    where = np.flatnonzero(is_numeric)
    if all(dtype.kind in "fiu" for dtype in X.dtypes.iloc[where] if isinstance(dtype, np.dtype)) and all(
        isinstance(dtype, np.dtype) for dtype in X.dtypes.iloc[where]
    ):
        numeric = _numeric_block(X.iloc[:, where].to_numpy()) if where.size else np.empty((len(X), 0))
    else:
        numeric = np.column_stack([_to_float(X.iloc[:, j]) for j in where])
    codes = np.empty((len(X), X.shape[1] - where.size), dtype=np.int32)
    for k, j in enumerate(np.flatnonzero(~np.asarray(is_numeric, dtype=bool))):
        codes[:, k] = _to_codes(X.iloc[:, j])
    return numeric, codes


def _is_numeric(column: pd.Series[Any]) -> bool:
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        dtype = dtype.subtype
    if pd.api.types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return False
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        return pd.api.types.infer_dtype(column, skipna=True) in (
            "integer",
            "floating",
            "mixed-integer-float",
            "decimal",
            "datetime",
            "datetime64",
            "date",
            "timedelta",
        )
    return (
        pd.api.types.is_numeric_dtype(dtype)
        or pd.api.types.is_datetime64_any_dtype(dtype)
        or pd.api.types.is_timedelta64_dtype(dtype)
    ) and not pd.api.types.is_complex_dtype(dtype)


def _to_float(column: pd.Series[Any]) -> FloatArray:
    """A numeric, date or duration column as float64 (seconds for times), NaN where missing."""
    if column.dtype == object:
        kind = pd.api.types.infer_dtype(column, skipna=True)
        if kind.startswith("date"):
            column = pd.to_datetime(column, errors="coerce", utc=True)
        elif kind == "timedelta":
            column = pd.to_timedelta(column, errors="coerce")
        else:
            column = pd.to_numeric(column, errors="coerce")
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = (column.dt.tz_localize(None) if column.dt.tz else column) - pd.Timestamp(0)
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        column = column.dt.total_seconds()
    return np.asarray(column.to_numpy(np.float64, na_value=np.nan))


def _to_codes(column: pd.Series[Any]) -> IntArray:
    """Codes of the values that occur, -1 where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int32)
    try:
        codes = pd.factorize(column)[0]
    except TypeError:  # values that do not hash
        codes = pd.factorize(column.map(str).where(column.notna()))[0]
    return codes.astype(np.int32)
