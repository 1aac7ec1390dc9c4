"""Preprocessor: a table to the matrix that one learner wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from automl.preprocessing.categorical import CodesEncoder
from automl.preprocessing.numeric import NumericSteps
from automl.preprocessing.selection import Selector
from automl.table import Table
from automl.trial import Value

Array = npt.NDArray[Any]

# One-hot columns stay sparse where the dense matrix would be larger than this.
_DENSE_CELLS = 20_000_000


class Preprocessor:
    """Encode, impute, scale and select; fitted on training rows only, then frozen.

    Parameters
    ----------
    values : mapping
        A configuration with any of the names that `space_of` declares; a step that is not named is left out
        (categories then stay ordinal, missing values stay NaN).
    n_classes : int
        0 for regression.
    seed : int
        Seeds the folds of target encoding.
    dtype : numpy dtype
        Of the matrix.
    dense : bool
        Whether the learner cannot read a sparse matrix.

    Attributes
    ----------
    categorical_columns : list of int
        Columns of the matrix that hold category codes, as the encoding ``native`` leaves them.

    Examples
    --------
    >>> table = Table(np.array([[1.0], [np.nan], [3.0]]), np.array([[0], [1], [-1]], dtype=np.int32), (2,))
    >>> p = Preprocessor({"encoding": "onehot", "imputation": "mean"}, n_classes=2, seed=0)
    >>> p.fit_transform(table, np.array([0, 1, 1]), None).tolist()
    [[1.0, 0.0, 0.0, 1.0, 0.0], [2.0, 0.0, 0.0, 0.0, 1.0], [3.0, 0.0, 1.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        values: Mapping[str, Value],
        n_classes: int,
        seed: int,
        *,
        dtype: npt.DTypeLike = np.float64,
        dense: bool = False,
    ) -> None:
        self.n_classes, self.dtype, self.dense = n_classes, np.dtype(dtype).name, dense
        self.codes = CodesEncoder(
            str(values.get("encoding", "ordinal")), int(values.get("onehot_limit", 20)), n_classes, seed
        )
        self.numeric = NumericSteps(str(values.get("imputation", "native")), str(values.get("scaling", "none")))
        selection = str(values.get("selection", "none"))
        share = float(values.get("selection_share", 1.0))
        self.selector = None if selection == "none" else Selector(selection, share)

    def fit_transform(self, table: Table, y: Array, sample_weight: Array | None) -> Any:
        """Fit on training rows and give their matrix.

        Parameters
        ----------
        table : Table
        y : ndarray, shape (n_rows,)
            Class codes 0 to n_classes - 1, or targets.
        sample_weight : ndarray of float64, shape (n_rows,), or None

        Returns
        -------
        ndarray or csr_array, shape (n_rows, at least 1)
        """
        numbers, asis = self.codes.fit_transform(table.cardinalities, table.codes, y, sample_weight)
        # Decided here once: a learner must not meet another layout at predict time.
        self.sparse_out = not self.dense and (
            table.is_sparse or (sparse.issparse(asis) and asis.shape[1] * len(table) > _DENSE_CELLS)
        )
        scaled = self.numeric.fit_transform(self._numbers(table, numbers), sample_weight)
        native = self.codes.encoding == "native"
        self.categorical_columns = list(range(scaled.shape[1], scaled.shape[1] + asis.shape[1])) if native else []
        X = self._join(scaled, asis)
        return X if self.selector is None else self.selector.fit(X, y, self.n_classes > 0).transform(X)

    def transform(self, table: Table) -> Any:
        """Give the matrix of rows, encoded as in training."""
        numbers, asis = self.codes.transform(table.codes)
        X = self._join(self.numeric.transform(self._numbers(table, numbers)), asis)
        return X if self.selector is None else self.selector.transform(X)

    def _numbers(self, table: Table, encoded: Array) -> Any:
        numeric: Any = table.numeric
        if table.is_sparse and not self.dense:
            return sparse.hstack([numeric, sparse.csr_array(encoded)], format="csr", dtype=self.dtype)
        numeric = numeric.toarray() if table.is_sparse else numeric
        if not encoded.shape[1]:
            return numeric.astype(self.dtype, copy=False)
        return np.hstack([numeric, encoded], dtype=self.dtype, casting="same_kind")

    def _join(self, scaled: Any, asis: Any) -> Any:
        if self.sparse_out:
            return _with_short_indices(sparse.hstack([scaled, asis], format="csr", dtype=self.dtype))
        if not asis.shape[1]:
            # A learner wants at least one column, where the table may have none to give.
            return scaled if scaled.shape[1] else np.zeros((scaled.shape[0], 1), dtype=self.dtype)
        dense = asis.toarray() if sparse.issparse(asis) else asis
        return np.hstack([scaled, dense], dtype=self.dtype, casting="same_kind")


def _with_short_indices(X: Any) -> Any:
    """Give a sparse matrix int32 indices, the only ones that most of scikit-learn reads."""
    if X.indices.dtype == np.int32 or max(X.nnz, *X.shape) > np.iinfo(np.int32).max:
        return X
    parts = (X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32))
    return sparse.csr_array(parts, shape=X.shape)
