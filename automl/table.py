"""Table: the encoded columns that every learner sees, cheap to memory-map and to slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Numeric = Any  # ndarray of floats, or scipy.sparse.csr_array, which has no type stubs


@dataclass(frozen=True)
class Table:
    """Rows in two blocks: numbers and category codes.

    Parameters
    ----------
    numeric : ndarray of float32 or float64, shape (n_rows, n_numeric), or csr_array
        Missing values are NaN, infinities do not occur. A sparse block has no missing values.
    codes : ndarray of int32, shape (n_rows, n_categorical)
        Category codes from 0; -1 stands for missing and for categories that fit did not see.
    cardinalities : tuple of int
        Number of categories per column of `codes`, as frozen at fit.

    Examples
    --------
    >>> t = Table(np.array([[0.5], [np.nan]]), np.array([[0], [-1]], dtype=np.int32), (3,))
    >>> len(t), t.take(np.array([1])).codes.tolist()
    (2, [[-1]])
    """

    numeric: Numeric
    codes: npt.NDArray[np.int32]
    cardinalities: tuple[int, ...]

    def __len__(self) -> int:
        return int(self.codes.shape[0])

    @property
    def is_sparse(self) -> bool:
        """Whether the numeric block is a sparse matrix."""
        return bool(sparse.issparse(self.numeric))

    @property
    def n_columns(self) -> int:
        """Number of numeric and categorical columns together."""
        return int(self.numeric.shape[1] + self.codes.shape[1])

    def widened(self, columns: npt.NDArray[np.floating]) -> Table:
        """Give the table with further numeric columns, shape (n_rows, n); for a dense one."""
        numeric = np.concatenate([self.numeric, columns.astype(self.numeric.dtype)], axis=1)
        return Table(numeric, self.codes, self.cardinalities)

    def take(self, rows: npt.NDArray[np.integer]) -> Table:
        """Copy the given rows into a new table."""
        return Table(self.numeric[rows], self.codes[rows], self.cardinalities)
