"""Table: two blocks of columns that stay together."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import sparse

from automl.table import Numeric, Table

NUMERIC = np.array([[0.5, np.nan], [1.5, 2.5], [3.5, 4.5]])
CODES = np.array([[0], [-1], [2]], dtype=np.int32)


@pytest.mark.parametrize("numeric", [NUMERIC, sparse.csr_array(np.nan_to_num(NUMERIC))], ids=["dense", "sparse"])
def test_rows_are_taken_from_both_blocks(numeric: Numeric) -> None:
    table = Table(numeric, CODES, (3,))
    assert (len(table), table.n_columns, table.is_sparse) == (3, 3, sparse.issparse(numeric))
    part = table.take(np.array([2, 0, 2]))
    assert len(part) == 3
    assert part.codes[:, 0].tolist() == [2, 0, 2]
    assert part.cardinalities == (3,)
    block = part.numeric.toarray() if part.is_sparse else part.numeric
    assert block[:, 0].tolist() == [3.5, 0.5, 3.5]
    assert part.is_sparse == table.is_sparse


def test_taken_rows_are_a_copy() -> None:
    table = Table(NUMERIC.copy(), CODES.copy(), (3,))
    part = table.take(np.array([0, 1, 2]))
    part.numeric[0, 0] = 99.0
    part.codes[0, 0] = 1
    assert table.numeric[0, 0] == 0.5
    assert table.codes[0, 0] == 0


def test_columns_of_one_kind_only_and_no_rows() -> None:
    table = Table(np.zeros((4, 0)), np.zeros((4, 2), dtype=np.int32), (1, 1))
    assert (len(table), table.n_columns) == (4, 2)
    assert len(table.take(np.array([], dtype=int))) == 0
    assert pickle.loads(pickle.dumps(table)).cardinalities == (1, 1)
