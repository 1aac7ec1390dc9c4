"""TableEncoder: from any table to the blocks that every learner sees; frozen at fit."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.encoding.blocks import DenseBlocks, SparseBlocks
from automl.encoding.containers import RawTable, read_table
from automl.encoding.kinds import Kind
from automl.encoding.matching import match_columns, unique_names
from automl.table import Table

# A sparse table that is no larger than this when dense (in MB, as float64) is easier served dense.
DENSE_MB = 64


class TableEncoder:
    """Turn tables into `Table` blocks of numbers and category codes, in the way that was frozen at fit.

    Numbers and booleans become numbers, infinities count as missing; dates become their parts in UTC; few distinct
    texts become category codes, free text becomes latent components of its character n-grams; texts that nearly
    all are numbers or dates are read as such. Constant and all-missing columns are dropped. Integers beyond 2**53
    are rounded to the nearest float64.

    Attributes
    ----------
    n_features_in : int
        Columns of the table at fit.
    names : list of str, or None
        Their names as text, None for containers without names.

    Examples
    --------
    >>> import pandas as pd
    >>> encoder = TableEncoder()
    >>> table = encoder.fit_transform(pd.DataFrame({"size": [1.5, None, 3.0], "colour": ["red", "blue", "red"]}))
    >>> table.numeric.ravel().tolist(), table.codes.ravel().tolist()
    ([1.5, nan, 3.0], [1, 0, 1])
    >>> encoder.kinds
    {'size': 'numeric', 'colour': 'categorical'}
    >>> later = encoder.transform(pd.DataFrame({"colour": ["green"], "size": ["2"]}))
    >>> later.numeric.tolist(), later.codes.tolist()
    ([[2.0]], [[-1]])
    """

    def fit_transform(self, X: Any, *, estimator_name: str = "TableEncoder") -> Table:
        """Learn the columns of a table and encode it.

        Parameters
        ----------
        X : DataFrame (pandas, polars, pyarrow), array-like or sparse matrix, shape (n_rows, n_columns)
        estimator_name : str
            Who is speaking in messages.

        Raises
        ------
        ValueError, TypeError
            The table cannot be read: wrong dimensions, no rows or columns, complex numbers, unknown container.
        """
        return self.fit_transform_raw(read_table(X, estimator_name))

    def fit_transform_raw(self, raw: RawTable) -> Table:
        """As `fit_transform`, for a table that has been read already."""
        self.n_features_in = raw.n_columns
        self.names = raw.names
        self._names_are_text = raw.names_are_text
        labels = unique_names(raw.names or [f"x{place}" for place in range(raw.n_columns)])
        self._blocks: DenseBlocks | SparseBlocks
        if raw.is_sparse and 8 * raw.n_rows * raw.n_columns > DENSE_MB * 2**20:
            self._blocks = SparseBlocks.fit(raw, labels)
        else:
            raw = raw.densified()
            self._blocks = DenseBlocks.fit(raw, labels)
        return self._blocks.encode(raw, np.arange(raw.n_columns))

    def transform(self, X: Any, *, estimator_name: str = "TableEncoder") -> Table:
        """Encode a table as frozen at fit.

        Columns are found by name where both tables have names, in whatever order, and by position otherwise;
        named columns that fit did not see are left out with a logged warning. Unseen categories become -1. Cells
        that no longer are what the column was at fit become missing.

        Parameters
        ----------
        X : DataFrame (pandas, polars, pyarrow), array-like or sparse matrix, shape (n_rows, n_columns)
        estimator_name : str
            Who is speaking in messages.

        Raises
        ------
        ValueError, TypeError
            Columns are missing, or the table cannot be read.
        """
        raw = read_table(X, estimator_name)
        if (raw.names is None) != (self.names is None):
            now, then = ("does not have valid", "with") if raw.names is None else ("has", "without")
            message = f"X {now} feature names, but {estimator_name} was fitted {then} feature names"
            warnings.warn(message, UserWarning, stacklevel=2)
        columns = match_columns(self.names, raw.names, self.n_features_in, raw.n_columns, estimator_name)
        return self._blocks.encode(raw, columns)

    @property
    def feature_names_in(self) -> npt.NDArray[np.object_] | None:
        """Names of the columns at fit as scikit-learn wants them, None unless all of them are text."""
        if self.names is None or not self._names_are_text:
            return None
        return np.asarray(self.names, dtype=object)

    @property
    def kinds(self) -> dict[str, Kind]:
        """Kind of every kept column: numeric, boolean, categorical, identifier, text or datetime."""
        return dict(self._blocks.kinds)

    @property
    def dropped(self) -> dict[str, str]:
        """Reason for every column that was dropped."""
        return dict(self._blocks.dropped)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Columns of the encoded table: the numeric block, then the codes."""
        return tuple(self._blocks.numeric_names + self._blocks.code_names)

    @property
    def categories(self) -> dict[str, list[str]]:
        """Categories of every column of codes, in the order of their codes."""
        return self._blocks.categories
