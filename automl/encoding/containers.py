"""Any container a table may come in, read into one form."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from automl.encoding.columns import (
    COMPLEX,
    Column,
    Labels,
    Moments,
    Numbers,
    factorised,
    from_objects,
    labels,
    seconds_of,
)

Array = npt.NDArray[Any]
_FLOAT_KINDS = "iufb"


@dataclass(frozen=True)
class RawTable:
    """A table as it came: plain numbers together in one matrix, every other column by itself.

    Parameters
    ----------
    names : list of str, or None
        Names of all columns as text; None for containers without names.
    n_rows, n_columns : int
    matrix : ndarray of numbers or booleans, or csr, shape (n_rows, n_plain)
    places : ndarray of int64, shape (n_plain,)
        Which columns of the table the matrix holds, in increasing order.
    others : dict of int to Column
        The columns that the matrix does not hold.
    booleans : frozenset of int
        Columns of the matrix that hold booleans.
    names_are_text : bool
        Whether all names were text in the container.
    """

    names: list[str] | None
    n_rows: int
    n_columns: int
    matrix: Any
    places: npt.NDArray[np.int64]
    others: dict[int, Column] = field(default_factory=dict)
    booleans: frozenset[int] = frozenset()
    names_are_text: bool = True

    @property
    def is_sparse(self) -> bool:
        """Whether the table is one sparse matrix."""
        return bool(sparse.issparse(self.matrix))

    def densified(self) -> RawTable:
        """Give this table a dense matrix."""
        return replace(self, matrix=self.matrix.toarray()) if self.is_sparse else self

    def column(self, place: int) -> Column:
        """One column by its place in the table."""
        if place in self.others:
            return self.others[place]
        at = int(np.searchsorted(self.places, place))
        values = self.matrix[:, [at]].toarray().ravel() if self.is_sparse else self.matrix[:, at]
        return Numbers(values, is_boolean=place in self.booleans)

    def take(self, rows: Array) -> RawTable:
        """Copy the given rows."""
        others = {place: _take(column, rows) for place, column in self.others.items()}
        return replace(self, n_rows=len(rows), matrix=self.matrix[rows], others=others)


def _take(column: Column, rows: Array) -> Column:
    if isinstance(column, Numbers):
        return Numbers(column.numbers[rows], column.is_boolean)
    if isinstance(column, Moments):
        return Moments(column.seconds[rows])
    # Texts that no row is left with must not count as categories.
    kept, codes = np.unique(column.codes[rows], return_inverse=True)
    offset = int(len(kept) > 0 and kept[0] < 0)
    texts = [column.texts[place] for place in kept[offset:]]
    return Labels(codes.astype(np.int64) - offset, texts, column.declared, column.ordered)


def read_table(X: Any, estimator_name: str) -> RawTable:
    """Read numpy, pandas, polars, pyarrow or scipy.sparse tables, or lists of rows.

    Raises
    ------
    ValueError
        Wrong number of dimensions, no rows, no columns, complex numbers, rows of unequal length.
    TypeError
        A container that is none of the above.
    """
    if sparse.issparse(X):
        raw = _from_sparse(X)
    elif isinstance(X, pd.DataFrame):
        raw = replace(_from_pandas(X), names_are_text=all(isinstance(name, str) for name in X.columns))
    elif hasattr(X, "__narwhals_dataframe__") or type(X).__module__.split(".")[0] in ("polars", "pyarrow", "narwhals"):
        raw = _from_narwhals(X)
    else:
        raw = _from_array(_as_array(X), estimator_name)
    for count, noun in ((raw.n_rows, "sample"), (raw.n_columns, "feature")):
        if count == 0:
            raise ValueError(
                f"Found array with 0 {noun}(s) (shape=({raw.n_rows}, {raw.n_columns})) while a minimum of 1 is "
                f"required by {estimator_name}."
            )
    return raw


def _refuse_complex(dtype: Any) -> None:
    if getattr(dtype, "kind", "") == "c":
        raise ValueError(COMPLEX)


def _from_sparse(X: Any) -> RawTable:
    _refuse_complex(X.dtype)
    if X.ndim != 2:
        raise ValueError(f"Expected 2D array, got a sparse array of {X.ndim} dimension(s) instead.")
    if X.dtype.kind not in _FLOAT_KINDS:
        raise TypeError(f"A sparse table must hold numbers, not {X.dtype}.")
    return RawTable(None, X.shape[0], X.shape[1], X.tocsr(), np.arange(X.shape[1]))


def _as_array(X: Any) -> Array:
    if isinstance(X, (str, bytes, dict)) or X is None:
        raise TypeError(
            f"X must be a table (DataFrame, 2D array, sparse matrix or list of rows), got {type(X).__name__}."
        )
    if isinstance(X, np.ma.MaskedArray) and X.dtype.kind in _FLOAT_KINDS:
        return np.asarray(np.ma.filled(X.astype(np.float64), np.nan))
    try:
        array = np.asarray(X)
        # Rows that mix texts and numbers: keep the numbers numbers.
        if array.dtype.kind in "US" and not isinstance(X, np.ndarray):
            array = np.asarray(X, dtype=object)
    except ValueError as error:
        raise ValueError(f"Expected 2D array, but the rows of X are of unequal length: {error}") from error
    return array


def _from_array(array: Array, estimator_name: str) -> RawTable:
    _refuse_complex(array.dtype)
    if array.dtype.names is not None:
        raise TypeError("Structured arrays are not supported; pass pandas.DataFrame(X) instead.")
    if array.ndim < 2:
        got = "scalar array" if array.ndim == 0 else "1D array"
        raise ValueError(
            f"Expected 2D array, got {got} instead:\narray={array}.\nReshape your data either using "
            "array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) if it contains a "
            "single sample."
        )
    if array.ndim > 2:
        raise ValueError(
            f"Found array with dim {array.ndim}. {estimator_name} expected <= 2. Reshape your data to one row per "
            "sample with X.reshape(len(X), -1)."
        )
    n_rows, n_columns = array.shape
    if array.dtype.kind in _FLOAT_KINDS:
        booleans = frozenset(range(n_columns)) if array.dtype.kind == "b" else frozenset()
        if array.dtype.itemsize > 8:
            array = array.astype(np.float64)
        return RawTable(None, n_rows, n_columns, array, np.arange(n_columns), booleans=booleans)
    return _assemble(None, n_rows, [_from_vector(array[:, place]) for place in range(n_columns)])


def _from_vector(values: Array) -> Column:
    _refuse_complex(values.dtype)
    kind = values.dtype.kind
    if kind in _FLOAT_KINDS:
        return Numbers(values, is_boolean=kind == "b")
    if kind == "M":
        return Moments(seconds_of(values))
    if kind == "m":
        seconds = values.astype("timedelta64[us]").astype(np.int64) / 1e6
        return Numbers(np.where(np.isnat(values), np.nan, seconds))
    return from_objects(np.asarray(values.astype(str) if kind in "S" else values, dtype=object))


def _assemble(names: list[str] | None, n_rows: int, columns: list[Column]) -> RawTable:
    """Gather the plain numbers of separate columns into a matrix."""
    places = np.asarray([p for p, column in enumerate(columns) if isinstance(column, Numbers)], dtype=np.int64)
    plain = [column for column in columns if isinstance(column, Numbers)]
    dtype = np.result_type(*(column.numbers.dtype for column in plain)) if plain else np.dtype(np.float64)
    matrix = np.empty((n_rows, len(plain)), dtype=dtype)
    for at, column in enumerate(plain):
        matrix[:, at] = column.numbers
    others: dict[int, Column] = {p: column for p, column in enumerate(columns) if not isinstance(column, Numbers)}
    booleans = frozenset(int(p) for p, column in zip(places, plain, strict=True) if column.is_boolean)
    return RawTable(names, n_rows, len(columns), matrix, places, others, booleans)


def _from_pandas(X: pd.DataFrame) -> RawTable:
    has_names = not (X.columns.dtype.kind in "iu" and X.columns.equals(pd.RangeIndex(X.shape[1])))
    names = [str(name) for name in X.columns] if has_names else None
    dtypes = list(X.dtypes)
    plain = [isinstance(dtype, np.dtype) and dtype.kind in _FLOAT_KINDS for dtype in dtypes]
    if (plain and all(plain)) or sum(plain) > 100:  # one call for many columns is what wide frames need
        places = np.flatnonzero(plain)
        booleans = frozenset(int(p) for p in places if dtypes[p].kind == "b")
        dtype = np.result_type(*{dtypes[place] for place in places})
        matrix = (X if all(plain) else X.iloc[:, places]).to_numpy(dtype)
        if all(plain):
            return RawTable(names, len(X), X.shape[1], matrix, places, booleans=booleans)
        rest = {place: _from_series(X.iloc[:, place]) for place in range(X.shape[1]) if not plain[place]}
        if not any(isinstance(column, Numbers) for column in rest.values()):
            return RawTable(names, len(X), X.shape[1], matrix, places, rest, booleans)
    return _assemble(names, len(X), [_from_series(X.iloc[:, place]) for place in range(X.shape[1])])


def _from_series(column: pd.Series) -> Column:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categories = np.asarray(column.cat.categories, dtype=object)
        found = labels(column.cat.codes.to_numpy(), categories, declared=True, ordered=bool(dtype.ordered))
        return _take(found, np.arange(len(column)))
    if isinstance(dtype, pd.SparseDtype):
        return _from_vector(np.asarray(column))
    if isinstance(dtype, pd.PeriodDtype):
        return Moments(seconds_of(column.dt.to_timestamp()))
    if isinstance(dtype, np.dtype):
        return _from_vector(column.to_numpy())
    kind = getattr(dtype, "kind", "O")
    _refuse_complex(dtype)
    if kind in _FLOAT_KINDS:
        return Numbers(column.to_numpy(np.float64, na_value=np.nan), is_boolean=kind == "b")
    if kind == "M":
        return Moments(seconds_of(column))
    if kind == "m":
        return Numbers(column.dt.total_seconds().to_numpy(np.float64, na_value=np.nan))
    if isinstance(dtype, pd.StringDtype):
        return factorised(column)
    return from_objects(column.to_numpy(dtype=object))


def _from_narwhals(X: Any) -> RawTable:
    import narwhals.stable.v1 as nw  # comes with scikit-learn

    try:
        frame = nw.from_native(X, eager_only=True)
    except TypeError as error:
        raise TypeError(
            f"X is a {type(X).__name__}; pass a table that is in memory (collect() or to_table())."
        ) from error
    columns = [_from_narwhals_series(frame[name], nw) for name in frame.columns]
    return _assemble([str(name) for name in frame.columns], len(frame), columns)


def _from_narwhals_series(column: Any, nw: Any) -> Column:
    dtype = column.dtype
    if dtype == nw.Boolean or dtype.is_numeric():
        if dtype == nw.Boolean or dtype == nw.Decimal or column.null_count():
            column = column.cast(nw.Float64)
        return Numbers(column.to_numpy(), is_boolean=dtype == nw.Boolean)
    if dtype in (nw.Datetime, nw.Date):
        return Moments(seconds_of(column.to_numpy()))
    if dtype == nw.Duration:
        return _from_vector(column.to_numpy())
    if dtype in (nw.Categorical, nw.Enum):
        found = factorised(np.asarray(column.cast(nw.String).to_list(), dtype=object))
        return Labels(found.codes, found.texts, declared=True)
    cells = np.empty(len(column), dtype=object)
    cells[:] = column.to_list()
    return from_objects(cells)
