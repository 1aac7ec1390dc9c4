"""The table encoder over containers and kinds of columns."""

from __future__ import annotations

import datetime
import decimal
import logging
import pickle
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from automl.encoding import TableEncoder
from automl.table import Table

NUMBERS = np.array([[1.5, 2.0, -3.25], [0.0, 7.0, 1e-3], [4.0, 2.0, 11.0], [9.5, 1.0, 0.125]])


def equal(one: Table, other: Table) -> bool:
    dense = [t.numeric.toarray() if t.is_sparse else t.numeric for t in (one, other)]
    return (
        np.array_equal(dense[0], dense[1], equal_nan=True)
        and np.array_equal(one.codes, other.codes)
        and one.cardinalities == other.cardinalities
    )


def fit_twice(X):
    """Fit, and check that transform of the same rows gives the same table."""
    encoder = TableEncoder()
    table = encoder.fit_transform(X)
    assert equal(table, encoder.transform(X))
    return encoder, table


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def memory_map(tmp_path):
    path = tmp_path / "X.npy"
    np.save(path, NUMBERS)
    return np.load(path, mmap_mode="r")


CONTAINERS = {
    "array": lambda _: NUMBERS.copy(),
    "by column": lambda _: np.asfortranarray(NUMBERS),
    "strided": lambda _: np.repeat(NUMBERS, 2, axis=0)[::2],
    "big endian": lambda _: NUMBERS.astype(">f8"),
    "longdouble": lambda _: NUMBERS.astype(np.longdouble),
    "read-only": lambda _: read_only(NUMBERS),
    "memory map": memory_map,
    "objects": lambda _: NUMBERS.astype(object),
    "texts": lambda _: NUMBERS.astype(str),
    "bytes": lambda _: NUMBERS.astype("S"),
    "list": lambda _: NUMBERS.tolist(),
    "masked": lambda _: np.ma.MaskedArray(NUMBERS, mask=False),
    "pandas": lambda _: pd.DataFrame(NUMBERS),
    "pandas nullable": lambda _: pd.DataFrame(NUMBERS).convert_dtypes(),
    "pandas sparse": lambda _: pd.DataFrame(NUMBERS).astype(pd.SparseDtype(float, 0.0)),
    "pandas arrow": lambda _: pd.DataFrame(NUMBERS).astype(pd.ArrowDtype(pa.float64())),
    "polars": lambda _: pl.DataFrame(NUMBERS),
    "pyarrow": lambda _: pa.table({str(k): column for k, column in enumerate(NUMBERS.T)}),
    "csr": lambda _: sparse.csr_array(NUMBERS),
    "csc matrix": lambda _: sparse.csc_matrix(NUMBERS),
    "coo": lambda _: sparse.coo_array(NUMBERS),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_of_numbers(container, tmp_path):
    encoder, table = fit_twice(CONTAINERS[container](tmp_path))
    assert np.array_equal(table.numeric, NUMBERS)
    assert table.codes.shape == (4, 0)
    assert encoder.n_features_in == 3
    assert set(encoder.kinds.values()) == {"numeric"}


FRAME = pd.DataFrame(
    {
        "number": [1.5, None, 3.0, 4.0],
        "whole": [3, 1, 4, 1],
        "truth": [True, False, True, True],
        "word": ["b", "a", None, "b"],
    }
)
FRAMES = {
    "pandas": FRAME,
    "pandas object": FRAME.astype(object),
    "pandas nullable": FRAME.convert_dtypes(),
    "pandas python strings": FRAME.astype({"word": pd.StringDtype("python")}),
    "polars": pl.DataFrame(
        {name: FRAME[name].astype(object).where(FRAME[name].notna(), None).tolist() for name in FRAME}
    ),
    "pyarrow": pa.Table.from_pandas(FRAME),
    "rows": FRAME.astype(object).to_numpy().tolist(),
}


@pytest.mark.parametrize("container", FRAMES)
def test_containers_of_mixed_columns(container):
    encoder, table = fit_twice(FRAMES[container])
    assert table.numeric.tolist()[0] == [1.5, 3.0, 1.0]
    assert np.isnan(table.numeric[1, 0])
    assert table.codes.ravel().tolist() == [1, 0, -1, 1]
    assert table.cardinalities == (2,)
    assert list(encoder.kinds.values()) == ["numeric", "numeric", "boolean", "categorical"]


DAYS = ["2020-01-31", "2021-02-28", "2022-03-15", "2020-01-31"]
STAMPS = pd.Series(pd.to_datetime(DAYS))
SECONDS = [1580428800.0, 1614470400.0, 1647302400.0, 1580428800.0]
COLUMNS = {
    # name: (column, kind, first numeric column or codes)
    "floats": ([0.5, np.nan, 2.0, 1.0], "numeric", [0.5, np.nan, 2.0, 1.0]),
    "infinite": ([0.5, np.inf, -np.inf, 1.0], "numeric", [0.5, np.nan, np.nan, 1.0]),
    "big integers": ([2**60, 2**61, 2**62, 1], "numeric", [2.0**60, 2.0**61, 2.0**62, 1.0]),
    "python integers": (pd.Series([10**30, 1, 2, None], dtype=object), "numeric", [1e30, 1, 2, np.nan]),
    "beyond float": (pd.Series([10**400, 1, 2, 3], dtype=object), "numeric", [np.nan, 1, 2, 3]),
    "unsigned": (np.array([0, 255, 3, 4], dtype=np.uint8), "numeric", [0, 255, 3, 4]),
    "half": (np.array([0.5, 1, 2, 3], dtype=np.float16), "numeric", [0.5, 1, 2, 3]),
    "booleans": ([True, False, True, True], "boolean", [1, 0, 1, 1]),
    "nullable integer": (pd.array([1, None, 3, 4], dtype="Int64"), "numeric", [1, np.nan, 3, 4]),
    "nullable boolean": (pd.array([True, None, False, True], dtype="boolean"), "boolean", [1, np.nan, 0, 1]),
    "boolean or none": (pd.Series([True, None, False, True], dtype=object), "boolean", [1, np.nan, 0, 1]),
    "decimal": ([decimal.Decimal("1.5"), decimal.Decimal(2), None, decimal.Decimal(3)], "numeric", [1.5, 2, np.nan, 3]),
    "numbers as text": (["1.5", " 2 ", "", "1e3"], "numeric", [1.5, 2, np.nan, 1000]),
    "numbers and null words": (["1.5", "?", "NA", "3"], "numeric", [1.5, np.nan, np.nan, 3]),
    "sparse": (pd.arrays.SparseArray([0.0, 1.0, 0.0, 2.0]), "numeric", [0, 1, 0, 2]),
    "durations": (pd.to_timedelta(["1h", None, "2h", "3h"]), "numeric", [3600, np.nan, 7200, 10800]),
    "dates": (STAMPS, "datetime", SECONDS),
    "dates in zone": (STAMPS.dt.tz_localize("Etc/GMT-1"), "datetime", [second - 3600 for second in SECONDS]),
    "dates as text": (DAYS, "datetime", SECONDS),
    "python dates": ([datetime.date.fromisoformat(d) for d in DAYS], "datetime", SECONDS),
    "periods": (pd.PeriodIndex(DAYS, freq="D"), "datetime", SECONDS),
    "categories": (pd.Categorical(["x", "y", None, "x"], ["y", "unused", "x"]), "categorical", [0, 1, -1, 0]),
    "ordered": (pd.Categorical(["lo", "hi", None], ["lo", "mid", "hi"], ordered=True), "categorical", [0, 1, -1]),
    "numbers as categories": (pd.Categorical([3, 1, 3, 2]), "categorical", [2, 0, 2, 1]),
    "intervals": (pd.cut(pd.Series([1, 5, 9, 5]), [0, 4, 6, 10]), "categorical", [0, 1, 2, 1]),
    "leading zeros": (["007", "008", "007", "010"], "categorical", [0, 1, 0, 2]),
    "mixed": (pd.Series([1, "a", 2.5, None], dtype=object), "categorical", [0, 2, 1, -1]),
    "unhashable": (pd.Series([{"a": 1}, [1, 2], {"a": 1}, None], dtype=object), "categorical", [1, 0, 1, -1]),
    "times of day": ([datetime.time(1), datetime.time(2), None, datetime.time(1)], "categorical", [0, 1, -1, 0]),
    "bytes": ([b"x", b"y", None, b"x"], "categorical", [0, 1, -1, 0]),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_kinds_of_columns(name):
    values, kind, expected = COLUMNS[name]
    encoder, table = fit_twice(pd.DataFrame({name: values}))
    assert encoder.kinds == {name: kind}
    block = table.codes if kind == "categorical" else table.numeric
    assert np.array_equal(block[:, 0], expected, equal_nan=kind != "categorical")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([2.0, 2.0, 2.0], "constant"),
        (["a", "a", "a"], "constant"),
        (pd.Categorical(["a", "a", "a"], ["a", "b"]), "constant"),
        (STAMPS.iloc[[0, 0, 0]].reset_index(drop=True), "constant"),
        (["1", "1.0", "1e0"], "constant"),
        ([np.nan, np.nan, np.inf], "all missing"),
        ([None, None, None], "all missing"),
        (pd.to_datetime([None, None, None]), "all missing"),
        (pd.array([None, None, None], dtype="Int64"), "all missing"),
    ],
)
def test_columns_that_tell_nothing_are_dropped(values, reason):
    encoder, table = fit_twice(pd.DataFrame({"empty": values, "full": [1, 2, 3]}))
    assert encoder.dropped == {"empty": reason}
    assert table.numeric.ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize("values", [[1.0, np.nan, 1.0], ["a", None, "a"]])
def test_one_value_with_gaps_is_kept(values):
    encoder, table = fit_twice(pd.DataFrame({"gaps": values, "full": [1, 2, 3]}))
    assert not encoder.dropped
    assert table.n_columns == 2


def test_a_table_that_tells_nothing_keeps_one_column():
    encoder, table = fit_twice(pd.DataFrame({"a": [1, 1], "b": ["x", "x"]}))
    assert table.numeric.tolist() == [[0.0], [0.0]]
    assert encoder.feature_names == ("zero",)


def test_duplicated_and_other_names():
    X = pd.DataFrame(np.arange(12.0).reshape(3, 4), columns=["a", "a", 7, ("m", 1)])
    encoder, table = fit_twice(X)
    assert list(encoder.kinds) == ["a", "a.1", "7", "('m', 1)"]
    assert encoder.feature_names_in is None
    assert equal(encoder.transform(X.iloc[:, [3, 0, 1, 2]]), table)


def test_feature_names_in():
    assert TableEncoder_fitted(pd.DataFrame({"a": [1, 2]})).feature_names_in.tolist() == ["a"]
    assert TableEncoder_fitted(pl.DataFrame({"a": [1, 2]})).feature_names_in.tolist() == ["a"]
    assert TableEncoder_fitted(pd.DataFrame([[1], [2]])).feature_names_in is None
    assert TableEncoder_fitted([[1], [2]]).feature_names_in is None


def TableEncoder_fitted(X) -> TableEncoder:
    encoder = TableEncoder()
    encoder.fit_transform(X)
    return encoder


class TestPredict:
    """What may be different in the tables that come after fit."""

    frame = pd.DataFrame({"n": [1.0, 2.0, 3.0], "c": ["x", "y", "x"], "i": [1, 2, 3]})

    @pytest.fixture
    def encoder(self):
        return TableEncoder_fitted(self.frame)

    def test_columns_in_another_order(self, encoder):
        assert equal(encoder.transform(self.frame[["i", "c", "n"]]), encoder.transform(self.frame))

    def test_missing_columns_are_named(self, encoder):
        with pytest.raises(ValueError, match=r"Feature names seen at fit time, yet now missing:\n- c\n- n"):
            encoder.transform(self.frame[["i"]])

    def test_unseen_columns_are_left_out_and_logged(self, encoder, caplog):
        with caplog.at_level(logging.WARNING):
            table = encoder.transform(self.frame.assign(more=1))
        assert equal(table, encoder.transform(self.frame))
        assert "more" in caplog.text

    def test_array_of_another_width(self):
        encoder = TableEncoder_fitted(np.eye(5))
        with pytest.raises(ValueError, match="X has 3 features, but Model is expecting 5 features as input"):
            encoder.transform(np.eye(3), estimator_name="Model")

    def test_names_on_one_side_only(self, encoder):
        with pytest.warns(UserWarning, match="X does not have valid feature names, but Model was fitted with"):
            table = encoder.transform(self.frame.to_numpy(), estimator_name="Model")
        assert equal(table, encoder.transform(self.frame))
        with pytest.warns(UserWarning, match="X has feature names, but Model was fitted without"):
            TableEncoder_fitted(np.eye(2)).transform(
                pd.DataFrame(np.eye(2), columns=["a", "b"]), estimator_name="Model"
            )

    def test_one_row(self, encoder):
        assert encoder.transform(self.frame.iloc[[1]]).codes.tolist() == [[1]]

    def test_unseen_category(self, encoder):
        assert encoder.transform(self.frame.assign(c=["z", "y", None])).codes.ravel().tolist() == [-1, 1, -1]

    def test_missing_where_fit_saw_none(self, encoder):
        table = encoder.transform(self.frame.assign(i=[None, 2, 3]))
        assert np.isnan(table.numeric[0, 1])

    def test_numbers_as_text_and_infinite(self, encoder, caplog):
        with caplog.at_level(logging.WARNING):
            table = encoder.transform(self.frame.assign(n=["1", "two", None], i=[np.inf, 2.0, 3.0]))
        assert np.array_equal(table.numeric, [[1, np.nan], [np.nan, 2], [np.nan, 3]], equal_nan=True)
        assert "column 'n': 1 of 3 cells are not numbers" in caplog.text

    @pytest.mark.parametrize("arrived", [["3", "1", "4"], [3.0, 1.0, 4.0], pd.Categorical([3, 1, 4]), [3, 1, 4]])
    def test_categories_in_another_type(self, arrived):
        encoder = TableEncoder_fitted(pd.DataFrame({"c": pd.Categorical([1, 2, 3, 1])}))
        assert encoder.transform(pd.DataFrame({"c": arrived})).codes.ravel().tolist() == [2, 0, -1]

    def test_dates_in_another_type(self):
        encoder = TableEncoder_fitted(pd.DataFrame({"d": STAMPS}))
        expected = encoder.transform(pd.DataFrame({"d": STAMPS}))
        for arrived in (DAYS, [datetime.date.fromisoformat(d) for d in DAYS], STAMPS.astype("datetime64[s]")):
            assert equal(encoder.transform(pd.DataFrame({"d": arrived})), expected)
        assert np.isnan(encoder.transform(pd.DataFrame({"d": ["never"]})).numeric).all()

    def test_fit_dense_then_sparse_and_back(self):
        encoder = TableEncoder_fitted(NUMBERS)
        assert equal(encoder.transform(sparse.csr_array(NUMBERS)), encoder.transform(NUMBERS))

    def test_values_too_large_for_the_type_of_fit_are_clipped(self):
        encoder = TableEncoder_fitted(np.array([[1], [2]], dtype=np.int8))
        found = encoder.transform(np.array([[1e300], [-1e300], [np.inf]])).numeric.ravel()
        assert np.isfinite(found[:2]).all()
        assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("X", "dtype"),
    [
        (np.array([[0.1], [0.2]]), np.float64),
        (np.array([[0.1], [0.2]], dtype=np.float32), np.float32),
        (np.array([[1], [2**24]]), np.float32),
        (np.array([[1], [2**24 + 1]]), np.float64),
        (np.array([[True], [False]]), np.float32),
        (np.array([[0.5], [np.nan], [2.0]]), np.float32),
        (pd.DataFrame({"d": STAMPS}), np.float64),
    ],
)
def test_float32_where_nothing_is_lost(X, dtype):
    assert TableEncoder().fit_transform(X).numeric.dtype == dtype


def test_a_fitting_array_is_not_copied_but_protected():
    X = np.random.default_rng(0).normal(size=(50, 3))
    table = TableEncoder().fit_transform(X)
    assert np.shares_memory(table.numeric, X)
    assert not table.numeric.flags.writeable
    assert X.flags.writeable


def test_input_is_never_changed():
    X = np.array([[np.inf, 1.0], [2.0, np.nan], [3.0, 1.0]])
    before = X.copy()
    TableEncoder().fit_transform(X)
    assert np.array_equal(X, before, equal_nan=True)
    csr = sparse.csr_array(np.array([[np.inf, 0.0], [1.0, 2.0]]))
    TableEncoder().fit_transform(csr)
    assert np.isinf(csr.data).any()


def test_large_sparse_stays_sparse(caplog):
    X = sparse.random_array((4000, 3000), density=0.001, format="csc", random_state=0)
    X = sparse.csc_array(sparse.hstack([X, sparse.csc_array((4000, 1))]))
    encoder, table = fit_twice(X)
    assert table.is_sparse
    assert encoder.dropped["x3000"] == "constant"
    assert table.n_columns == len(encoder.kinds)
    rows = X.tocsr()[:10]
    assert equal(encoder.transform(rows.toarray()), encoder.transform(rows))
    broken = rows.tolil()
    broken[0, 0] = np.nan
    assert np.isfinite(encoder.transform(broken).numeric.data).all()
    assert "taken as 0" in caplog.text


BAD = {
    "one dimension": (np.arange(3.0), ValueError, "Reshape your data"),
    "series": (pd.Series([1.0, 2.0]), ValueError, "Reshape your data"),
    "scalar": (np.float64(3), ValueError, "Expected 2D array, got scalar array"),
    "three dimensions": (np.zeros((2, 2, 2)), ValueError, r"Found array with dim 3. Model expected <= 2"),
    "no rows": (np.zeros((0, 3)), ValueError, r"0 sample\(s\) \(shape=\(0, 3\)\) while .* required by Model"),
    "no columns": (np.zeros((12, 0)), ValueError, r"0 feature\(s\) \(shape=\(12, 0\)\) while a minimum of 1"),
    "empty frame": (pd.DataFrame(), ValueError, r"0 sample\(s\)"),
    "frame without columns": (pd.DataFrame(index=range(3)), ValueError, r"0 feature\(s\)"),
    "complex": (np.ones((2, 2)) * 1j, ValueError, "Complex data not supported"),
    "complex column": (pd.DataFrame({"z": [1j, 2j]}), ValueError, "Complex data not supported"),
    "complex sparse": (sparse.csr_array(np.eye(2) * 1j), ValueError, "Complex data not supported"),
    "complex objects": (np.array([[1j], [2j]], dtype=object), ValueError, "Complex data not supported"),
    "ragged": ([[1.0, 2.0], [3.0]], ValueError, "unequal length"),
    "structured": (np.zeros(2, dtype=[("a", "f8")]), TypeError, r"pass pandas.DataFrame\(X\)"),
    "none": (None, TypeError, "X must be a table .* got NoneType"),
    "text": ("table.csv", TypeError, "X must be a table .* got str"),
    "dict": ({"a": [1]}, TypeError, "X must be a table .* got dict"),
    "lazy": (pl.LazyFrame({"a": [1]}), TypeError, "collect"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_tables_that_cannot_be_read(name):
    X, error, message = BAD[name]
    with pytest.raises(error, match=message):
        TableEncoder().fit_transform(X, estimator_name="Model")


def test_polars_without_pyarrow(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    X = pl.DataFrame(
        {
            "n": [1, None, 3],
            "s": ["a", "b", None],
            "c": pl.Series(["x", "y", "x"], dtype=pl.Categorical),
            "e": pl.Series(["x", "y", "x"], dtype=pl.Enum(["y", "x"])),
            "d": [datetime.date(2020, 1, 1), None, datetime.date(2021, 2, 2)],
            "t": pl.Series([datetime.timedelta(hours=1), None, datetime.timedelta(hours=2)]),
            "l": [[1], [2], [1]],
        }
    )
    encoder, table = fit_twice(X)
    assert list(encoder.kinds.values()) == ["numeric", *["categorical"] * 3, "datetime", "numeric", "categorical"]
    assert table.codes.tolist() == [[0, 0, 0, 0], [1, 1, 1, 1], [-1, 0, 0, 0]]


def random_text(rng, n):
    words = np.array(["senior", "junior", "sales", "office", "engineer", "manager", "north", "south", "data", "field"])
    return [" ".join(words[rng.integers(0, len(words), 5)]) + f" {k}" for k in range(n)]


def everything(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "digit": rng.integers(0, 9, n).astype(str),
            "city": rng.choice(["Paris", "Rome", "Oslo"], n),
            "id": [f"k{k // 2 if k < 60 else k}" for k in range(n)],
            "text": random_text(rng, n),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
            "gone": None,
        }
    )


def test_every_kind_at_once_and_pickled():
    X = everything()
    encoder, table = fit_twice(X)
    assert encoder.kinds == {
        "number": "numeric", "digit": "numeric", "city": "categorical", "id": "identifier", "text": "text",
        "when": "datetime",
    }  # fmt: skip
    assert encoder.dropped == {"gone": "all missing"}
    assert len(encoder.feature_names) == table.n_columns
    assert encoder.categories["city"] == ["Oslo", "Paris", "Rome"]
    assert equal(pickle.loads(pickle.dumps(encoder)).transform(X), table)


def test_saved_by_skops():
    skops = pytest.importorskip("skops.io")
    X = everything()
    encoder, table = fit_twice(X)
    data = skops.dumps(encoder)
    unknown = skops.get_untrusted_types(data=data)
    assert all(name.startswith("automl.encoding.") for name in unknown)
    assert equal(skops.loads(data, trusted=unknown).transform(X), table)


def test_rows_are_encoded_independently_of_each_other():
    X = everything()
    encoder, table = fit_twice(X)
    rows = np.random.default_rng(1).permutation(len(X))[:20]
    assert equal(encoder.transform(X.iloc[rows]), table.take(rows))


def test_order_of_the_rows_of_fit_does_not_matter():
    X = everything()
    rows = np.random.default_rng(1).permutation(len(X))
    assert equal(TableEncoder().fit_transform(X.iloc[rows]), TableEncoder().fit_transform(X).take(rows))


def mixed(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns: dict[str, object] = {f"n{k}": rng.normal(size=n) for k in range(10)}
    columns |= {f"i{k}": rng.integers(0, 100, n) for k in range(4)}
    columns |= {f"s{k}": rng.choice([f"v{v}" for v in range(50 * (k + 1))], n) for k in range(4)}
    columns |= {"c": pd.Categorical(rng.choice(["x", "y"], n))}
    columns |= {"d": pd.Timestamp("2020") + pd.to_timedelta(rng.integers(0, 10**8, n), unit="s")}
    return pd.DataFrame(columns)


SPEED = {
    "mixed frame": (lambda: mixed(20_000), 0.05),
    "long array": (lambda: np.random.default_rng(0).normal(size=(200_000, 30)), 0.2),
    "wide array": (lambda: np.random.default_rng(0).normal(size=(2_000, 5_000)), 0.3),
    "wide frame": (lambda: pd.DataFrame(np.random.default_rng(0).normal(size=(2_000, 5_000))).add_prefix("f"), 0.3),
}


@pytest.mark.parametrize("name", SPEED)
def test_speed(name):
    make, seconds = SPEED[name]
    X = make()
    TableEncoder().fit_transform(X)
    start = time.process_time()
    TableEncoder().fit_transform(X)
    assert time.process_time() - start < 5 * seconds
