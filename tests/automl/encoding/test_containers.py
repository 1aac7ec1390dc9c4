"""Tables of every container as one form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from automl.encoding.columns import Labels, Moments, Numbers
from automl.encoding.containers import read_table

FRAME = pd.DataFrame(
    {
        "n": [1.5, 2.5, 3.5],
        "c": pd.Categorical(["a", "b", "a"]),
        "b": [True, False, True],
        "d": pd.date_range("2020", periods=3),
    }
)


def test_an_array_is_not_copied():
    X = np.ones((3, 2))
    raw = read_table(X, "Model")
    assert np.shares_memory(raw.matrix, X)
    assert raw.names is None


def test_a_uniform_frame_is_not_copied():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(3, 2)))
    assert np.shares_memory(read_table(frame, "Model").matrix, frame.to_numpy())


@pytest.mark.parametrize("X", [FRAME, pl.from_pandas(FRAME)], ids=["pandas", "polars"])
def test_columns_by_place(X):
    raw = read_table(X, "Model")
    assert [type(raw.column(place)) for place in range(4)] == [Numbers, Labels, Numbers, Moments]
    assert raw.column(2).is_boolean
    assert raw.column(0).numbers.tolist() == [1.5, 2.5, 3.5]
    assert raw.column(1).declared
    assert raw.names == list(FRAME.columns)


@pytest.mark.parametrize("n_plain", [3, 200])
def test_wide_frames_are_read_like_narrow_ones(n_plain):
    frame = pd.DataFrame({f"n{k}": np.arange(3) + k for k in range(n_plain)})
    frame["truth"] = [True, False, True]
    frame["nullable"] = pd.array([1, None, 3], dtype="Int64")
    frame["text"] = ["a", "b", "a"]
    raw = read_table(frame, "Model")
    assert raw.places.tolist() == list(range(n_plain + 2))
    assert raw.booleans == {n_plain}
    assert np.array_equal(raw.matrix[:, -1], [1, np.nan, 3], equal_nan=True)
    assert np.array_equal(raw.matrix[:, 1], [1, 2, 3])


def test_take():
    raw = read_table(FRAME, "Model").take(np.array([2, 0]))
    assert raw.n_rows == 2
    assert raw.column(0).numbers.tolist() == [3.5, 1.5]
    assert raw.column(1).texts == ["a"]
    assert raw.column(1).codes.tolist() == [0, 0]
    assert len(raw.column(3).seconds) == 2


def test_take_keeps_the_missing():
    raw = read_table(pd.DataFrame({"c": ["a", None, "b"]}), "Model").take(np.array([1, 2]))
    assert raw.column(0).texts == ["b"]
    assert raw.column(0).codes.tolist() == [-1, 0]


def test_sparse():
    raw = read_table(sparse.csc_array(np.eye(3)), "Model")
    assert raw.is_sparse
    assert raw.column(1).numbers.tolist() == [0, 1, 0]
    assert not raw.densified().is_sparse
    texts = sparse.csr_array(np.eye(2))
    texts.data = texts.data.astype(str)
    with pytest.raises(TypeError, match="must hold numbers"):
        read_table(texts, "Model")
    with pytest.raises(ValueError, match="1 dimension"):
        read_table(sparse.coo_array(np.ones(3)), "Model")


def test_an_index_of_numbers_is_no_name():
    assert read_table(pd.DataFrame(np.eye(2)), "Model").names is None
    assert read_table(pd.DataFrame(np.eye(2), columns=[1, 0]), "Model").names == ["1", "0"]
    assert not read_table(pd.DataFrame(np.eye(2), columns=[1, "a"]), "Model").names_are_text


def test_the_index_of_rows_does_not_matter():
    raw = read_table(FRAME.set_axis([9, 9, 7]), "Model")
    assert raw.column(1).codes.tolist() == [0, 1, 0]
