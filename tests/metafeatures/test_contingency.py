"""Contingency tables and entropies against scikit-learn and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score

from metafeatures import contingency


def test_mutual_information_equals_sklearn() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 6, 400)
    b = np.where(rng.random(400) < 0.5, a % 3, rng.integers(0, 4, 400))
    found = contingency.mutual_information(contingency.cross(a, b))
    assert found == pytest.approx(mutual_info_score(a, b) / np.log(2))


def test_dense_and_sparse_counting_agree() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 5_000, 300), rng.integers(0, 5_000, 300)
    wide = contingency.cross(a, b)
    narrow = contingency.cross(np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1])
    assert contingency.entropy(wide.cells) == pytest.approx(contingency.entropy(narrow.cells))
    assert wide.n == narrow.n == 300


def test_missing_codes_are_left_out() -> None:
    table = contingency.cross(np.array([0, 0, 1, -1, 1]), np.array([0, 1, -1, 1, 1]))
    assert table.n == 3
    assert table.margin_first.tolist() == [2, 1]
    assert np.isnan(contingency.entropy(contingency.cross(np.array([-1]), np.array([0])).cells))


def test_tau_is_one_for_a_function_and_zero_for_independence() -> None:
    a = np.repeat([0, 1, 2], 20)
    assert contingency.goodman_kruskal_tau(contingency.cross(a // 2, a)) == pytest.approx(1.0)
    assert contingency.goodman_kruskal_tau(contingency.cross(a, np.tile([0, 1], 30))) == pytest.approx(0.0)
    assert np.isnan(contingency.goodman_kruskal_tau(contingency.cross(a * 0, a)))


@pytest.mark.parametrize("rows", [1, 7, 8, 26, 27, 28, 1_000])
def test_bins_hold_equal_shares(rows: int) -> None:
    values = np.random.default_rng(2).permutation(rows).astype(float)[:, None]
    counts = np.bincount(contingency.discretise(values)[:, 0])
    assert len(counts) == round(rows ** (1 / 3) - 0.4999999)
    assert counts.max() - counts.min() <= 1


def test_bins_of_ties_and_tiny_scales() -> None:
    column = np.repeat([0.0, 1e-12, 5e-12], [50, 30, 20])[:, None]
    codes = contingency.discretise(column)[:, 0]
    assert pd.Series(codes).groupby(column[:, 0]).nunique().tolist() == [1, 1, 1]
    assert len(np.unique(codes)) > 1


def test_class_scatter_splits_the_sum_of_squares() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(1e6, 1, size=(500, 3)), rng.integers(0, 4, 500)
    X[rng.random(X.shape) < 0.1] = np.nan
    scatter = contingency.class_scatter(X, y)
    total = np.nansum((X - np.nanmean(X, axis=0)) ** 2, axis=0)
    np.testing.assert_allclose(scatter.within + scatter.between, total, rtol=1e-8)
    np.testing.assert_allclose(scatter.means[2], np.nanmean(X[y == 2], axis=0))
