"""Everything a user may hand over, and everything that is refused at the door."""

from __future__ import annotations

import pickle
import time
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from automl.dataset import Dataset, load_dataset

X = np.array([[0.5, 1.0], [1.5, 1.0], [2.5, 3.0], [0.25, 2.0], [4.0, 5.0], [1.0, 0.0]])
LABELS = [1, 0, 1, 2, 0, 1]
AMOUNTS = [0.5, 1.0, -2.0, 3.25, 0.0, 8.0]


def refused(message, *args, error=ValueError, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match=message):
            load_dataset(*args, estimator_name="Model", **options)


TARGETS = {
    "integers": (LABELS, [0, 1, 2]),
    "negative": ([-1, 1, -1, 1, 1, 1], [-1, 1]),
    "whole floats": (np.array(LABELS, dtype=float), [0.0, 1.0, 2.0]),
    "small integers": (np.array(LABELS, dtype=np.uint8), [0, 1, 2]),
    "booleans": ([True, False, True, True, False, True], [False, True]),
    "texts": (["b", "a", "b", "c", "a", "b"], ["a", "b", "c"]),
    "fixed-width texts": (np.array(["b", "a", "b", "ccc", "a", "b"]), ["a", "b", "ccc"]),
    "object texts": (np.array(["b", "a", "b", "c", "a", "b"], dtype=object), ["a", "b", "c"]),
    "object integers": (np.array(LABELS, dtype=object), [0, 1, 2]),
    "pandas": (pd.Series(LABELS, index=list("uvwxyz")), [0, 1, 2]),
    "pandas strings": (pd.Series(["b", "a", "b", "c", "a", "b"], dtype="string"), ["a", "b", "c"]),
    "pandas integers": (pd.Series(LABELS, dtype="Int64"), [0, 1, 2]),
    "pandas booleans": (pd.Series([True, False, True, True, False, True], dtype="boolean"), [False, True]),
    "categories": (pd.Series(pd.Categorical(["b", "a", "b", "c", "a", "b"], ["c", "b", "a", "z"])), ["a", "b", "c"]),
    "integer categories": (pd.Categorical(LABELS, [2, 1, 0]), [0, 1, 2]),
    "polars": (pl.Series(["b", "a", "b", "c", "a", "b"]), ["a", "b", "c"]),
}


@pytest.mark.parametrize("name", TARGETS)
def test_classes(name):
    y, classes = TARGETS[name]
    dataset = load_dataset(X, y, problem="classification")
    assert dataset.classes.tolist() == classes
    assert dataset.classes[dataset.y].tolist() == list(y)
    assert dataset.y.dtype == np.int64
    assert dataset.problem == ("binary" if len(classes) == 2 else "multiclass")
    assert dataset.shape.n_classes == dataset.n_classes == len(classes)


def test_classes_keep_their_type():
    for y in (
        np.array(["b", "a", "b", "a", "a", "b"]),
        np.array([1, 0, 1, 0, 0, 1], dtype=np.int8),
        np.array(LABELS, float),
    ):
        dataset = load_dataset(X, y, problem="classification")
        assert dataset.classes.dtype == y.dtype
        assert np.array_equal(dataset.classes, np.unique(y))


@pytest.mark.parametrize(
    "y",
    [
        AMOUNTS,
        np.array(AMOUNTS, dtype=np.float32),
        np.array(AMOUNTS, dtype=object),
        pd.Series(AMOUNTS, dtype="Float64"),
        pl.Series(AMOUNTS),
    ],
)
def test_amounts(y):
    dataset = load_dataset(X, y, problem="regression")
    assert dataset.y.tolist() == AMOUNTS
    assert dataset.y.dtype == np.float64
    assert dataset.classes is None
    assert dataset.problem == "regression"


def test_shape():
    frame = pd.DataFrame({"n": [1.0, None, 3.0], "c": ["a", "b", "a"], "d": ["x", "y", "z"]})
    shape = load_dataset(frame, [0, 1, 1], sample_weight=[1, 2, 3]).shape
    assert (shape.n_rows, shape.n_numeric, shape.n_categorical) == (3, 1, 2)
    assert shape.is_weighted
    assert not shape.is_sparse
    plain = load_dataset(X, LABELS).shape
    assert not plain.is_weighted
    large = sparse.random_array((4000, 3000), density=0.001, random_state=0)
    assert load_dataset(large, np.arange(4000) % 2).shape.is_sparse


def test_a_column_vector_is_taken_with_a_warning():
    with pytest.warns(
        DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"
    ) as caught:
        dataset = load_dataset(X, np.array(LABELS)[:, None])
    assert len(caught) == 1
    assert dataset.classes[dataset.y].tolist() == LABELS
    with pytest.warns(DataConversionWarning):
        load_dataset(X, pd.DataFrame({"y": LABELS}))


def test_the_target_tells_the_problem():
    assert load_dataset(X, LABELS[:3] * 2).problem == "binary"
    assert load_dataset(X, AMOUNTS).problem == "regression"
    assert load_dataset(X, pd.Categorical(range(6))).problem == "multiclass"


class TestRefused:
    """Every message names what is wrong and what to do."""

    def test_missing_target(self):
        refused("This Model estimator requires y to be passed, but the target y is None. Pass one", X, None)

    def test_target_of_other_length(self):
        refused("inconsistent numbers of samples: X has 6 rows, y has 5 values. Pass one", X, LABELS[:5])

    @pytest.mark.parametrize("problem", ["classification", "regression", None])
    def test_target_with_gaps(self, problem):
        for y in ([1.0, np.nan, 1, 0, 1, 0], [1, None, 1, 0, 1, 0], pd.Series([1, None, 1, 0, 1, 0], dtype="Int64")):
            refused("Input y contains NaN. Leave out the 1 of 6 rows", X, y, problem=problem)

    def test_texts_with_gaps(self):
        for missing in (None, np.nan, pd.NA):
            refused("Input y contains NaN", X, np.array(["a", missing, "b", "a", "b", "a"], dtype=object))
        refused("Input y contains NaN", X, pd.Categorical(["a", None, "b", "a", "b", "a"]))

    @pytest.mark.parametrize("problem", ["classification", "regression", None])
    def test_infinite_target(self, problem):
        refused("Input y contains infinity", X, [1.0, np.inf, 1, 0, 1, 0], problem=problem)

    def test_one_class(self):
        refused("at least 2 classes.*only one class: 1", X, [1] * 6, problem="classification")
        refused("at least 2 classes", X, ["a"] * 6)

    def test_one_class_left_by_the_weights(self):
        refused("only one class after the rows of weight zero", X, [0, 1] * 3, sample_weight=[0, 1] * 3)

    def test_continuous_classes(self):
        refused("Unknown label type: continuous.*AutoMLRegressor", X, AMOUNTS, problem="classification")

    def test_mixed_classes(self):
        refused(r"y mixes texts and numbers; convert it with y.astype\(str\)", X, np.array([1, "a"] * 3, dtype=object))

    def test_text_amounts(self):
        refused(r"y holds text; convert numbers with y.astype\(float\)", X, list("abcabc"), problem="regression")

    def test_equal_amounts(self):
        refused("All values of y are equal", X, [2.5] * 6, problem="regression")

    def test_dates_as_target(self):
        refused("y holds datetime64", X, pd.Series(pd.date_range("2020", periods=6)), problem="regression")

    def test_complex(self):
        refused("Complex data not supported", X * 1j, LABELS)
        refused("Complex data not supported", X, np.array(LABELS) * 1j)
        refused("Complex data not supported", X, (np.array(LABELS) * 1j).astype(object))

    def test_target_of_other_shape(self):
        refused(r"y should be a 1d array, got an array of shape \(6, 2\)", X, X)
        refused(r"y should be a 1d array, got an array of shape \(\)", X, 3)
        refused("y should be a 1d array", X, [[1], [1, 2], [0], [1], [2], [1]])
        refused("y is a sparse matrix", X, sparse.csr_array(np.ones((6, 1))), error=TypeError)

    def test_table_of_other_shape(self):
        refused(r"0 sample\(s\)", np.zeros((0, 3)), [])
        refused(
            r"0 feature\(s\) \(shape=\(12, 0\)\) while a minimum of 1 is required by Model",
            np.zeros((12, 0)),
            [0, 1] * 6,
        )
        refused("1 sample", np.ones((1, 10)), [1])
        refused("Reshape your data", np.arange(6.0), LABELS)
        refused("dim 3", np.zeros((6, 2, 2)), LABELS)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            (np.ones(12), "X has 6 rows, sample_weight has 12 values"),
            (np.ones((6, 2)), "sample_weight should be a 1d array"),
            (np.ones((6, 1)), "sample_weight should be a 1d array"),
            (1.0, "sample_weight should be a 1d array"),
            ([1, 1, -1, 1, 1, 1], "negative values. Give weight 0"),
            ([1, 1, np.nan, 1, 1, 1], "contains NaN or infinity"),
            ([1, 1, np.inf, 1, 1, 1], "contains NaN or infinity"),
            (np.zeros(6), "at least one non-zero number"),
            (list("abcdef"), "sample_weight must hold numbers"),
        ],
    )
    def test_weights(self, weights, message):
        refused(message, X, LABELS, sample_weight=weights)

    def test_groups(self):
        refused("X has 6 rows, groups has 2 values", X, LABELS, groups=[1, 2])
        refused("groups contains NaN. Name a group", X, LABELS, groups=["a", None, "b", "a", "b", "a"])


def test_rows_of_weight_zero_are_gone():
    frame = pd.DataFrame({"n": [1.0, 2.0, 3.0, 4.0], "c": ["a", "b", "only here", "a"], "k": [0, 0, 1, 0]})
    weights = np.array([1.0, 2.0, 0.0, 1.0])
    dataset = load_dataset(frame, ["u", "v", "w", "u"], sample_weight=weights, groups=["z", "y", "x", "z"])
    kept = frame.iloc[[0, 1, 3]]
    alone = load_dataset(kept, ["u", "v", "u"])
    assert dataset.classes.tolist() == ["u", "v"]
    assert dataset.encoder.categories == {"c": ["a", "b"]}
    assert dataset.encoder.dropped == {"k": "constant"}
    assert dataset.sample_weight.tolist() == [1, 2, 1]
    assert dataset.groups.tolist() == [1, 0, 1]
    assert dataset.source_rows.tolist() == [0, 1, 3]
    assert dataset.n_source_rows == 4
    assert dataset.content_hash == alone.content_hash
    assert weights.tolist() == [1, 2, 0, 1]


@pytest.mark.parametrize(
    "groups", [[3, 1, 3, 2, 1, 1], list("cacbaa"), pd.Categorical(list("cacbaa")), ["x", 1, "x", "w", 1, 1]]
)
def test_groups_of_any_label(groups):
    codes = load_dataset(X, LABELS, groups=groups).groups
    assert codes.dtype == np.int64
    assert codes[0] == codes[2] != codes[1]
    assert codes[1] == codes[4] == codes[5]


class TestContentHash:
    def frame(self, n: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.integers(0, 5, n), "c": rng.choice(list("xyz"), n)})
        frame.loc[::9, "a"] = np.nan
        return frame, rng.integers(0, 3, n)

    def hash_of(self, frame, y, **options):
        return load_dataset(frame, y, **options).content_hash

    def test_the_order_of_rows_does_not_count(self):
        frame, y = self.frame()
        rows = np.random.default_rng(1).permutation(len(frame))
        assert self.hash_of(frame, y) == self.hash_of(frame.iloc[rows], y[rows])

    def test_the_container_does_not_count(self):
        frame, y = self.frame()
        others = [frame.convert_dtypes(), pl.from_pandas(frame), frame.astype(object), frame.astype({"b": "float32"})]
        assert {self.hash_of(other, y) for other in others} == {self.hash_of(frame, y)}

    def test_names_of_classes_and_weights_do_not_count(self):
        frame, y = self.frame()
        assert self.hash_of(frame, y) == self.hash_of(frame, np.array(["r", "s", "t"])[y], sample_weight=y + 1.0)

    def test_parts_and_changes_count(self):
        frame, y = self.frame()
        one_cell = frame.copy()
        one_cell.loc[7, "b"] += 1
        swapped = y.copy()
        first, second = 0, int(np.flatnonzero(y != y[0])[0])
        swapped[[first, second]] = y[[second, first]]
        found = [
            self.hash_of(frame, y),
            self.hash_of(frame[:200], y[:200]),
            self.hash_of(frame[200:], y[200:]),
            self.hash_of(pd.concat([frame, frame]), np.tile(y, 2)),
            self.hash_of(one_cell, y),
            self.hash_of(frame, swapped),
        ]
        assert len(set(found)) == len(found)

    def test_halves_of_a_doubled_table_are_one(self):
        frame, y = self.frame()
        assert self.hash_of(frame[:200], y[:200]) == self.hash_of(frame[:200].copy(), y[:200].copy())

    def test_sparse_equals_itself_shuffled(self):
        table = sparse.random_array((4000, 3000), density=0.001, format="csr", random_state=0)
        y = np.arange(4000) % 2
        rows = np.random.default_rng(1).permutation(4000)
        assert self.hash_of(table, y) == self.hash_of(table[rows], y[rows])
        assert self.hash_of(table, y) != self.hash_of(table, 1 - y)


def test_a_dataset_is_frozen_and_travels():
    dataset = load_dataset(X, LABELS)
    with pytest.raises(AttributeError):
        dataset.y = None  # type: ignore[misc]
    copy = pickle.loads(pickle.dumps(dataset))
    assert isinstance(copy, Dataset)
    assert copy.shape == dataset.shape
    assert len(copy) == 6


def test_speed():
    rng = np.random.default_rng(0)
    table, y = rng.normal(size=(200_000, 30)), rng.integers(0, 2, 200_000)
    load_dataset(table, y)
    start = time.process_time()
    load_dataset(table, y)
    assert time.process_time() - start < 1.0
