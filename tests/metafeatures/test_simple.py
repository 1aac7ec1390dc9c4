"""Sizes, holes and class shares of a table that can be counted by hand."""

# ruff: noqa: PD011 -- `values` is a mapping here

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import metafeatures


@pytest.fixture(scope="module")
def values() -> dict[str, float]:
    X = pd.DataFrame(
        {
            "n": [1.0, 2.0, np.nan, np.inf, 5.0, 5.0, 1.0, 2.0],
            "z": [0.0, 1.0] * 4,
            "k": [3.0] * 8,
            "c": ["a", "b", "c", None, "a", "a", "a", "a"],
        }
    )
    y = ["u", "u", "u", "v", "v", "u", "w", "u"]
    return dict(metafeatures.extract(X, y, groups=["simple"], summaries=["mean", "max"]).values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_rows", 8),
        ("n_columns", 4),
        ("n_numeric", 3),
        ("n_categorical", 1),
        ("columns_per_row", 0.5),
        ("rows_per_column", 2),
        ("categorical_per_numeric", 1 / 3),
        ("numeric_per_categorical", 3),
        ("log_rows_per_column", np.log(2)),
        ("n_binary", 1),
        ("n_constant", 1),
        ("n_binary_categorical", 0),
        ("n_missing", 2),
        ("missing_share", 2 / 32),
        ("n_incomplete_rows", 2),
        ("incomplete_columns_share", 0.5),
        ("infinite_share", 1 / 32),
        ("column_missing_share.max", 1 / 8),
        ("cardinality.max", 3),
        ("numeric_cardinality.mean", 2),
        ("n_classes", 3),
        ("majority_class_size", 5),
        ("minority_class_share", 1 / 8),
        ("class_share.mean", 1 / 3),
        ("log_class_imbalance", np.log(5)),
        ("same_class_runs", 3 / 7),
        ("cardinality_at_two", 9),
        ("cardinality_at_four", 54),
        ("rows_per_class", 8 / 3),
    ],
)
def test_counted_by_hand(values: dict[str, float], name: str, value: float) -> None:
    assert values[name] == pytest.approx(value)


def test_balanced_classes_are_balanced() -> None:
    found = metafeatures.extract(np.eye(6), [0, 1, 2] * 2, groups=["simple"]).values
    assert found["class_balance"] == pytest.approx(1.0)
    assert found["log_class_imbalance"] == 0.0
