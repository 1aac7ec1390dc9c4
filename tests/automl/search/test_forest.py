from __future__ import annotations

import numpy as np
import pytest

from automl.search.forest import Forest


def wave(X: np.ndarray) -> np.ndarray:
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(0).random((400, 4))


def test_it_learns(points: np.ndarray) -> None:
    forest = Forest(points, wave(points), np.random.default_rng(0))
    new = np.random.default_rng(1).random((500, 4))
    mean, variance = forest.predict(new)
    error = (wave(new) - mean) ** 2
    assert error.mean() < 0.1 * wave(new).var()
    unsure = variance > np.median(variance)
    assert error[unsure].mean() > 1.5 * error[~unsure].mean()


def test_variance_is_small_where_there_are_data_and_larger_away(points: np.ndarray) -> None:
    near = points[:, 0] < 0.5
    forest = Forest(points[near], wave(points[near]), np.random.default_rng(0))
    away = np.column_stack([np.full(50, 0.9), np.random.default_rng(1).random((50, 3))])
    assert forest.predict(away)[1].mean() > 5 * forest.predict(points[near])[1].mean()


def test_same_generator_same_forest(points: np.ndarray) -> None:
    a, b = (Forest(points, wave(points), np.random.default_rng(4)).predict(points + 0.01) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_conditioning_moves_the_mean_of_the_leaf_and_leaves_the_rest(points: np.ndarray) -> None:
    forest = Forest(points, wave(points), np.random.default_rng(0))
    seen = np.tile(points[:1], (5, 1))
    other = forest.conditioned(seen, np.full(5, 10.0))
    before, after = forest.predict(points[:1])[0][0], other.predict(points[:1])[0][0]
    assert after == pytest.approx((before + 5 * 10.0) / 6, rel=0.05)  # leaves hold a single point
    assert np.mean(forest.predict(points[1:])[0] == other.predict(points[1:])[0]) > 0.8
    assert forest.predict(points[:1])[0][0] == before


def test_conditioning_matches_sums_by_hand() -> None:
    X, y = np.array([[0.1], [0.1], [0.8]]), np.array([1.0, 1.0, 5.0])
    forest = Forest(X, y, np.random.default_rng(0)).conditioned(np.array([[0.1], [0.1]]), np.array([2.0, 4.0]))
    mean, variance = forest.predict(np.array([[0.1]]))
    assert mean == pytest.approx([2.0]) and variance == pytest.approx([np.var([1, 1, 2, 4])])
