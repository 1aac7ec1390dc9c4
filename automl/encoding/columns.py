"""The three raw forms in which a column of the user's table can arrive, and the ways between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import infer_dtype

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
# Words that stand for "no value" among cells that otherwise are numbers or dates. Among categories they stay words.
NULL_WORDS = frozenset({"", "?", "-", "--", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "<na>", "missing"})
COMPLEX = "Complex data not supported\nPass the real and the imaginary part apart."
BOOLEAN_WORDS = {"True": 1.0, "False": 0.0}


@dataclass(frozen=True)
class Numbers:
    """Numbers; missing values are NaN."""

    numbers: Array
    is_boolean: bool = False


@dataclass(frozen=True)
class Moments:
    """Points in time, in seconds since 1970-01-01 UTC; missing values are NaN."""

    seconds: Floats


@dataclass(frozen=True)
class Labels:
    """Distinct texts and the one that each row holds, -1 where missing.

    `declared` tells that the user's container calls the column categorical, `ordered` that its categories have
    an order.
    """

    codes: npt.NDArray[np.int64]
    texts: list[str]
    declared: bool = False
    ordered: bool = False

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Rows per text, shape (n_texts,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def spread(self, per_text: Array, missing: Any) -> Array:
        """Give each row the value of its text; `missing` where it has none."""
        return np.append(per_text, np.asarray([missing], dtype=per_text.dtype))[self.codes]


Column = Numbers | Moments | Labels


def even_sample(texts: list[str], n: int) -> list[str]:
    """Take up to n texts evenly from their sorted order, so that the order of rows does not matter."""
    return texts if len(texts) <= n else sorted(texts)[:: -(-len(texts) // n)]


def cell_text(cell: object) -> str:
    """Write a cell so that equal values read alike, whichever type they arrive in.

    Examples
    --------
    >>> [cell_text(c) for c in (" a ", 2, 2.0, np.float32(0.5), True, b"x", {"k": 1})]
    ['a', '2', '2', '0.5', 'True', 'x', "{'k': 1}"]
    """
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace").strip()
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


def labels(codes: Array, cells: Any, declared: bool = False, ordered: bool = False) -> Labels:
    """Build `Labels` from codes into distinct cells; cells that read alike become one text."""
    texts = [cell_text(cell) for cell in cells]
    position: dict[str, int] = {}
    for text in texts:
        if text:
            position.setdefault(text, len(position))
    codes = np.asarray(codes, dtype=np.int64)
    if len(position) != len(texts):
        lookup = np.asarray([position.get(text, -1) for text in texts] + [-1], dtype=np.int64)
        codes = lookup[codes]
    return Labels(codes, list(position), declared, ordered)


def factorised(values: Any) -> Labels:
    """Build `Labels` from a column of hashable cells."""
    codes, cells = pd.factorize(values)
    return labels(codes, np.asarray(cells, dtype=object))


def from_objects(values: Array) -> Column:
    """Read a column of Python objects by what its cells are.

    Examples
    --------
    >>> from_objects(np.array([1, None, 2.5], dtype=object)).numbers.tolist()
    [1.0, nan, 2.5]
    >>> from_objects(np.array(["a", None, "b", "a"], dtype=object)).texts
    ['a', 'b']
    """
    found = infer_dtype(values, skipna=True)
    if found in ("integer", "floating", "mixed-integer-float", "decimal", "boolean"):
        return Numbers(_to_float(values), is_boolean=found == "boolean")
    if found in ("datetime", "datetime64", "date"):
        return Moments(seconds_of(pd.to_datetime(pd.Series(values, dtype=object), errors="coerce", utc=True)))
    if found in ("timedelta", "timedelta64"):
        duration = pd.to_timedelta(pd.Series(values, dtype=object), errors="coerce")
        return Numbers(duration.dt.total_seconds().to_numpy(np.float64))
    if found in ("string", "empty"):
        return factorised(values)
    if found == "complex":
        raise ValueError(COMPLEX)
    cells = np.empty(len(values), dtype=object)
    cells[:] = [None if missing else cell_text(cell) for cell, missing in zip(values, pd.isna(values), strict=True)]
    return factorised(cells)


def _to_float(values: Array) -> Floats:
    try:
        return pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    except OverflowError:  # integers beyond the range of float64
        return np.asarray([_float_or_nan(cell) for cell in values], dtype=np.float64)


def _float_or_nan(cell: Any) -> float:
    try:
        return float(cell)
    except (OverflowError, TypeError, ValueError):
        return np.nan


def seconds_of(times: Any) -> Floats:
    """Turn datetime64 values (a Series, time zones allowed, or an array) into seconds since 1970 UTC."""
    if isinstance(times, pd.Series):
        if times.dt.tz is not None:
            times = times.dt.tz_convert("UTC").dt.tz_localize(None)
        times = times.to_numpy(dtype="datetime64[us]")
    times = np.asarray(times).astype("datetime64[us]")
    seconds = times.astype(np.int64) / 1e6
    seconds[np.isnat(times)] = np.nan
    return np.asarray(seconds, dtype=np.float64)


def text_numbers(texts: list[str]) -> Floats:
    """Parse texts as numbers; NaN where a text is none.

    Examples
    --------
    >>> text_numbers(["1.5", "2e3", "True", "?"]).tolist()
    [1.5, 2000.0, 1.0, nan]
    """
    values = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(np.float64)
    if np.isnan(values).any():
        words = [BOOLEAN_WORDS.get(text, np.nan) for text in texts]
        values = np.where(np.isnan(values), words, values)
    return np.asarray(values, dtype=np.float64)


def to_numbers(column: Column) -> Array:
    """Read any column as numbers, shape (n_rows,); NaN where a cell is none."""
    if isinstance(column, Numbers):
        return column.numbers
    if isinstance(column, Moments):
        return column.seconds
    return column.spread(text_numbers(column.texts), np.nan)


def to_labels(column: Column) -> Labels:
    """Read any column as texts."""
    if isinstance(column, Labels):
        return column
    if isinstance(column, Moments):
        codes, seconds = pd.factorize(column.seconds)
        return labels(codes, (seconds * 1e6).astype("datetime64[us]").astype("datetime64[s]").astype(str))
    codes, cells = pd.factorize(column.numbers)
    if column.is_boolean:
        return labels(codes, cells.astype(bool))
    return labels(codes, cells)
