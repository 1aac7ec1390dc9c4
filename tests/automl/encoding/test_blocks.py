"""The layout of the two blocks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from automl.encoding.blocks import DenseBlocks, SparseBlocks
from automl.encoding.containers import read_table

FRAME = pd.DataFrame(
    {
        "first": ["1", "2", "3"],
        "constant": [7, 7, 7],
        "word": ["b", "a", "b"],
        "when": pd.to_datetime(["2020-01-01", "2020-02-02", "2021-01-01"]),
        "last": [0.5, np.nan, 1.5],
    }
)


def test_blocks_keep_the_order_of_the_table():
    raw = read_table(FRAME, "Model")
    blocks = DenseBlocks.fit(raw, raw.names)
    assert blocks.numeric_names[0] == "first"
    assert blocks.numeric_names[1].startswith("when:")
    assert blocks.numeric_names[-1] == "last"
    assert blocks.code_names == ["word"]
    assert blocks.categories == {"word": ["a", "b"]}
    table = blocks.encode(raw, np.arange(5))
    assert table.numeric.shape == (3, len(blocks.numeric_names))
    assert table.numeric[:, 0].tolist() == [1, 2, 3]
    assert np.array_equal(table.numeric[:, -1], [0.5, np.nan, 1.5], equal_nan=True)
    assert table.codes.tolist() == [[1], [0], [1]]
    assert table.cardinalities == (2,)


def test_columns_are_found_where_they_are():
    raw = read_table(FRAME, "Model")
    blocks = DenseBlocks.fit(raw, raw.names)
    order = np.array([4, 2, 0, 1, 3])
    moved = read_table(FRAME.iloc[:, order], "Model")
    one, other = blocks.encode(raw, np.arange(5)), blocks.encode(moved, np.argsort(order))
    assert np.array_equal(one.numeric, other.numeric, equal_nan=True)
    assert np.array_equal(one.codes, other.codes)


def test_sparse_blocks():
    X = np.array([[0.0, 1.5, 0.0], [0.0, 0.0, 2.0]])
    raw = read_table(sparse.csr_array(X), "Model")
    blocks = SparseBlocks.fit(raw, ["a", "b", "c"])
    assert blocks.dropped == {"a": "constant"}
    assert blocks.numeric_names == ["b", "c"]
    for form in (sparse.csc_matrix(X), X, pd.DataFrame(X.astype(str), columns=list("abc"))):
        found = blocks.encode(read_table(form, "Model"), np.arange(3))
        assert found.numeric.toarray().tolist() == [[1.5, 0], [0, 2]]
        assert found.numeric.dtype == np.float32
    assert blocks.encode(raw, np.array([0, 2, 1])).numeric.toarray().tolist() == [[0, 1.5], [2, 0]]


def test_an_empty_sparse_table_keeps_a_column():
    raw = read_table(sparse.csr_array((3, 2)), "Model")
    assert SparseBlocks.fit(raw, ["a", "b"]).encode(raw, np.arange(2)).numeric.shape == (3, 1)
