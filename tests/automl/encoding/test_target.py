"""Which problem a target poses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from automl.encoding.target import encode_classes, encode_groups, infer_problem, read_vector

CLASSIFICATION = {
    "texts": ["a", "b", "c"],
    "booleans": [True, False],
    "two numbers": [0, 1, 1, 0],
    "two numbers once each": [3, 9],
    "few whole numbers": np.arange(60) % 20,
    "whole floats": np.arange(60) % 3 + 0.0,
    "categories of many numbers": pd.Categorical(range(100)),
    "series of categories": pd.Series(range(100), dtype="category"),
    "nullable": pd.Series([1, 2, 1, 2], dtype="Int64"),
    "polars texts": pl.Series(["a", "b"]),
}
REGRESSION = {
    "fractions": [0.5, 1.0, 1.0],
    "two fractions": [0.5, 0.25, 0.5],
    "many whole numbers": np.arange(210) % 21,
    "crowded whole numbers": [1, 2, 3, 4],
    "whole floats": np.arange(50.0),
    "polars": pl.Series([0.5, 1.5]),
}


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_classes(name):
    assert infer_problem(CLASSIFICATION[name]) == "classification"


@pytest.mark.parametrize("name", REGRESSION)
def test_amounts(name):
    assert infer_problem(REGRESSION[name]) == "regression"


@pytest.mark.parametrize("y", [None, [1, None], [[1, 2], [3, 4]], [1.0, np.inf], np.array([1j, 2])])
def test_what_poses_no_problem(y):
    with pytest.raises(ValueError):
        infer_problem(y)


def test_objects_get_the_type_they_have():
    assert read_vector(np.array([1, 2], dtype=object), "y").dtype == np.int64
    assert read_vector(np.array([1, 2.5], dtype=object), "y").dtype == np.float64
    assert read_vector(np.array([True, False], dtype=object), "y").dtype == bool
    assert read_vector(np.array(["a", "b"], dtype=object), "y").dtype == object


def test_many_text_classes_are_sorted():
    y = np.array([f"c{k % 300}" for k in range(3000)], dtype=object)
    codes, classes = encode_classes(y, trimmed=False)
    assert np.array_equal(classes, np.unique(y))
    assert np.array_equal(classes[codes], y)


def test_group_codes_depend_on_the_labels_alone():
    labels = np.array(["b", "a", "c", "a"])
    order = np.array([2, 0, 3, 1])
    assert np.array_equal(encode_groups(labels, 4)[order], encode_groups(labels[order], 4))
