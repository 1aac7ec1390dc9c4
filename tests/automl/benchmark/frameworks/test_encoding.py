from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from automl.benchmark.frameworks.encoding import Encoding


def table(**columns):
    return pd.DataFrame(columns)


def test_codes_are_those_of_fit_whatever_comes_later():
    seen = table(a=["x", "y", "z"], b=pd.Categorical(["hi", "lo", "hi"], categories=["lo", "hi"]))
    later = table(a=["z", "new", None], b=pd.Categorical(["hi", "odd", None]))
    encoding = Encoding.of(seen)
    nan = np.nan
    assert_frame_equal(encoding.numbers(seen), table(c0=[0.0, 1, 2], c1=[1.0, 0, 1]))
    assert_frame_equal(encoding.numbers(later), table(c0=[2, nan, nan], c1=[1, nan, nan]))
    assert encoding.with_categories(later)["c0"].cat.categories.tolist() == ["x", "y", "z"]


def test_numbers_of_every_kind_become_floats():
    X = table(
        flag=[True, False],
        nullable=pd.array([1, None], dtype="Int64"),
        infinite=[np.inf, -2.0],
        date=pd.to_datetime(["1970-01-03", None]),
        zoned=pd.to_datetime(["1970-01-02 12:00", None]).tz_localize("UTC"),
        duration=pd.to_timedelta([36, None], unit="h"),
    )
    encoded = Encoding.of(X).numbers(X)
    np.testing.assert_array_equal(
        encoded.to_numpy(), [[1, 1, np.nan, 2, 1.5, 1.5], [0, np.nan, -2, np.nan, np.nan, np.nan]]
    )
    assert set(encoded.dtypes) == {np.dtype("float64")}


def test_objects_are_told_apart_by_their_text():
    X = table(mixed=[True, None, False], day=[datetime.date(2020, 1, 2), datetime.date(2020, 1, 1), None])
    np.testing.assert_array_equal(Encoding.of(X).numbers(X).to_numpy(), [[1, 1], [np.nan, 0], [0, np.nan]])


def test_names_of_columns_do_not_matter():
    X = pd.DataFrame([[1.0, "a"]], columns=['{"json": [1]}', 7])
    assert list(Encoding.of(X).with_categories(X)) == ["c0", "c1"]


def test_a_column_without_a_value_is_left_out():
    X = table(empty=[np.nan, np.nan], none=[None, None], x=[1.0, 2.0])
    assert list(Encoding.of(X).numbers(X)) == ["c2"]
