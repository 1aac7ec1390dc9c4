"""What the plain baselines are given in place of strings, categories and dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_DAY_S = 86_400.0


@dataclass(frozen=True)
class Encoding:
    """The columns that had a value in fit, and the categories of those that are no numbers, booleans, dates, durations.

    Columns go by their positions, so any name will do. Dates and durations become days; infinite values are missing;
    categories that fit did not see are missing.

    Examples
    --------
    >>> X = pd.DataFrame({"size": ["S", "L", None], "bought": pd.to_datetime(["1970-01-02", None, "1970-01-03"])})
    >>> encoding = Encoding.of(X)
    >>> encoding.numbers(X).to_numpy().tolist()
    [[1.0, 1.0], [0.0, nan], [nan, 2.0]]
    """

    columns: tuple[int, ...]
    categories: Mapping[int, pd.Index[Any]]

    @classmethod
    def of(cls, X: pd.DataFrame) -> Encoding:
        """Remember the columns and categories of a table."""
        columns = tuple(i for i in range(X.shape[1]) if X.iloc[:, i].notna().any())
        categories = {i: _text(X.iloc[:, i]).cat.categories for i in columns if not _is_number(X.iloc[:, i])}
        return cls(columns, categories)

    def with_categories(self, X: pd.DataFrame) -> pd.DataFrame:
        """Floats and pandas categories."""
        return pd.DataFrame({f"c{i}": self._column(i, X.iloc[:, i]) for i in self.columns}, index=X.index)

    def numbers(self, X: pd.DataFrame) -> pd.DataFrame:
        """Floats alone: categories become their positions in the order that they had in fit."""
        table = self.with_categories(X)
        for i in self.categories:
            codes = table[f"c{i}"].cat.codes.astype("float64")
            table[f"c{i}"] = codes.where(codes >= 0)
        return table

    def _column(self, i: int, column: pd.Series[Any]) -> pd.Series[Any]:
        if i in self.categories:
            return _text(column).cat.set_categories(self.categories[i])
        if column.dtype.kind == "M":
            column = column - pd.Timestamp(0, tz=column.dt.tz)
        if column.dtype.kind == "m":
            column = column.dt.total_seconds() / _DAY_S
        values = column.to_numpy("float64", na_value=np.nan)
        return pd.Series(np.where(np.isfinite(values), values, np.nan), index=column.index)


def _is_number(column: pd.Series[Any]) -> bool:
    types = pd.api.types
    return bool(
        types.is_numeric_dtype(column.dtype)
        or types.is_datetime64_any_dtype(column.dtype)
        or types.is_timedelta64_dtype(column.dtype)
    )


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Categories of strings."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return column.map(str, na_action="ignore").astype("category")
