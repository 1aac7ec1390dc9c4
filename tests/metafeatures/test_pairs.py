"""Distances between rows."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import mixed
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from metafeatures import arrays, pairs
from metafeatures.tabular import Table, make_table


def slow_gower(a: Table, i: int, j: int) -> float:
    parts = []
    for x, z in zip(a.numeric[i], a.numeric[j], strict=True):
        parts += [abs(x - z)] if np.isfinite(x) and np.isfinite(z) else []
    for c, d in zip(a.categorical[i], a.categorical[j], strict=True):
        parts += [float(c != d)] if c >= 0 and d >= 0 else []
    return float(np.mean(parts)) if parts else 1.0


def test_gower_by_its_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_CELLS", 90)
    X, y = mixed(30)
    table = pairs.scaled(make_table(X, y, categorical=None, task="auto"))
    expected = [[slow_gower(table, i, j) for j in range(30)] for i in range(30)]
    np.testing.assert_allclose(pairs.gower(table, table), expected, atol=1e-6)


def test_scaled_spans_the_unit_interval_and_keeps_holes() -> None:
    X = np.array([[1.0, 5.0, np.nan], [np.nan, 5.0, np.nan], [3.0, 5.0, np.inf]])
    found = pairs.scaled(make_table(X, [0, 1, 1], categorical=None, task="auto")).numeric
    np.testing.assert_array_equal(found, [[0.0, 0.0, np.nan], [np.nan, 0.0, np.nan], [1.0, 0.0, np.nan]])


def test_nearest_enemies() -> None:
    points = np.array([0.0, 1.0, 3.0, 7.0])
    distances = np.abs(points[:, None] - points).astype(np.float32)
    index, distance = pairs.nearest_enemies(distances, np.array([0, 0, 1, 0]))
    assert index.tolist() == [2, 2, 1, 2]
    assert distance.tolist() == [3.0, 2.0, 2.0, 4.0]


def test_new_rows_lie_between_rows_of_their_class() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [10, 5])
    table = make_table(y[:, None] * 10.0 + rng.random((15, 1)), y, categorical=y[:, None], task="auto")
    made = pairs.between(table, *pairs.class_pairs(y, rng), rng)
    np.testing.assert_array_equal(made.target, y)
    np.testing.assert_array_equal(made.categorical[:, 0], y)
    np.testing.assert_array_equal(np.floor(made.numeric[:, 0] / 10.0), y)


def test_spanning_tree_is_as_short_as_any() -> None:
    points = np.random.default_rng(0).normal(size=(60, 3))
    distances = cdist(points, points).astype(np.float32)
    parent = pairs.spanning_tree(distances)
    assert parent[0] == 0
    expected = minimum_spanning_tree(distances.astype(np.float64)).sum()
    assert distances[np.arange(60), parent].sum() == pytest.approx(expected)
    steps = parent
    for _ in range(60):  # every row leads back to the first
        steps = parent[steps]
    assert not steps.any()
