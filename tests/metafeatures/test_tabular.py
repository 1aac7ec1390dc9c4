"""Reading tables of every kind into two blocks and a coded target."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from metafeatures.tabular import infer_task, make_table


def read(X: object, y: object = None, task: str = "auto", categorical: object = None):
    y = [0, 1] * (len(X) // 2) + [0] * (len(X) % 2) if y is None else y
    return make_table(X, y, categorical=categorical, task=task)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.array([1, None, 3], dtype="Int16"), [1, np.nan, 3]),
        (pd.array([0.5, None, np.inf], dtype="Float32"), [0.5, np.nan, np.inf]),
        ([decimal.Decimal("1.5"), None, decimal.Decimal(2)], [1.5, np.nan, 2]),
        (pd.to_datetime(["1970-01-02", None, "1970-01-01"]), [86400, np.nan, 0]),
        (pd.to_datetime(["1970-01-02", None, "1970-01-01"], utc=True), [86400, np.nan, 0]),
        ([datetime.date(1970, 1, 2), None, datetime.date(1970, 1, 1)], [86400, np.nan, 0]),
        (pd.to_timedelta([1, None, 3], unit="min"), [60, np.nan, 180]),
        (pd.arrays.SparseArray([0.0, 1.0, 0.0]), [0, 1, 0]),
        (np.array([1, 2, 3], dtype="uint8"), [1, 2, 3]),
    ],
    ids=["Int16", "Float32", "decimal", "datetime", "timezone", "date", "timedelta", "sparse", "uint8"],
)
def test_numeric_columns(column: object, expected: list[float]) -> None:
    table = read(pd.DataFrame({"x": column}))
    np.testing.assert_array_equal(table.numeric[:, 0], expected)
    assert table.categorical.shape == (3, 0)


@pytest.mark.parametrize(
    "column",
    [
        ["a", None, "b"],
        pd.Categorical(["a", None, "b"]),
        pd.array([True, None, False], dtype="boolean"),
        pd.array(["a", None, "b"], dtype="string"),
        [("a",), None, ("b",)],
        [["a"], None, ["b"]],
        [1, None, "b"],
        pd.PeriodIndex(["2020", None, "2021"], freq="Y"),
    ],
    ids=["text", "category", "boolean", "string", "tuples", "lists", "mixed", "period"],
)
def test_categorical_columns(column: object) -> None:
    codes = read(pd.DataFrame({"x": column})).categorical[:, 0]
    assert codes[1] == -1
    assert codes[0] != codes[2]
    assert codes.dtype == np.int32


def test_column_names_may_repeat() -> None:
    frame = pd.DataFrame([[1.0, "a", 2.0], [3.0, "b", 4.0]], columns=["x", "x", ""])
    table = read(frame)
    assert table.numeric.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_two_blocks_are_not_copied() -> None:
    numeric, codes = np.zeros((4, 2), dtype=np.float32), np.zeros((4, 1), dtype=np.int32)
    table = read(numeric, categorical=codes)
    assert table.numeric is numeric
    assert table.categorical is codes


def test_array_of_objects_is_read_as_a_frame() -> None:
    table = read(np.array([[1, "a"], [2, "b"]], dtype=object))
    assert table.numeric.tolist() == [[1.0], [2.0]]
    assert table.categorical.shape == (2, 1)


@pytest.mark.parametrize(
    ("y", "task"),
    [
        ([0, 1, 1], "binary"),
        ([0, 1, 2], "multiclass"),
        ([0.5, 1, 2], "regression"),
        ([1.0, 0.0, 1.0], "binary"),
        (["a", "b", "c"], "multiclass"),
        ([True, False, True], "binary"),
        (list(range(40)), "regression"),
        ([None, "a", "b"], "binary"),
        ([1.0, np.nan, 0.25], "regression"),
    ],
)
def test_task(y: list[object], task: str) -> None:
    assert infer_task(np.array(y, dtype=object)) == task


def test_rows_without_a_target_leave() -> None:
    table = read(np.arange(4.0)[:, None], [0.5, np.nan, np.inf, 1.5])
    assert table.numeric.ravel().tolist() == [0.0, 3.0]
    assert table.target.tolist() == [0.5, 1.5]


def test_mixed_labels_stay_apart() -> None:
    assert len(np.unique(read(np.eye(3), [1, "1", 1.5], task="multiclass").target)) == 3


def test_extreme_target_is_scaled() -> None:
    assert read(np.eye(2), [1e200, -2e200], task="regression").target.tolist() == [0.5, -1.0]
