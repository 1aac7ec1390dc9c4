"""The design matrix and the counts of holes."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import mixed

from metafeatures import arrays
from metafeatures.design import count_missing, design_matrix, min_max_scale, standardise
from metafeatures.feature import UndefinedError
from metafeatures.tabular import make_table


def test_numeric_table_comes_out_as_it_is() -> None:
    X = np.random.default_rng(0).normal(size=(9, 2))
    assert design_matrix(make_table(X, np.arange(9) % 2, categorical=None, task="auto")) is X


def test_only_common_levels_get_an_indicator() -> None:
    codes = np.array([[0], [0], [1], [1], [2], [3]], dtype=np.int32)
    table = make_table(np.empty((6, 0)), [0, 1] * 3, categorical=codes, task="auto")
    np.testing.assert_array_equal(design_matrix(table, max_levels=2), np.eye(3)[[0, 0, 1, 1, 2, 2]][:, :2])


def test_mixed_table_is_finite_and_counts_its_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_CELLS", 100)
    X, y = mixed()
    table = make_table(X, y, categorical=None, task="auto")
    matrix = design_matrix(table)
    assert matrix.shape == (200, 2 + 3 + 2)
    assert np.isfinite(matrix).all()
    counts = count_missing(table)
    assert counts.total == X.isna().sum().sum()
    assert counts.incomplete_rows == X.isna().any(axis=1).sum()


def test_values_beyond_float32_are_scaled() -> None:
    X = np.array([[1e300, 1e-300, 1.0], [-5e299, 3e-300, np.nan]])
    matrix = design_matrix(make_table(X, [0, 1], categorical=None, task="auto"))
    np.testing.assert_allclose(matrix, [[1.0, 1 / 3, 1.0], [-0.5, 1.0, 1.0]])


def test_nothing_known_is_undefined() -> None:
    table = make_table(np.empty((2, 0)), [0, 1], categorical=np.full((2, 1), -1), task="auto")
    with pytest.raises(UndefinedError):
        design_matrix(table)


def test_scaling_leaves_constants_at_zero() -> None:
    X = np.array([[1.0, 7.0], [3.0, 7.0]])
    np.testing.assert_allclose(standardise(X), [[-1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(min_max_scale(X), [[0.0, 0.0], [1.0, 0.0]])
