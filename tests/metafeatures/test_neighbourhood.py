"""Neighbourhood measures on points of a line, worked out by hand, and between easy and hard tasks."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, mixed, shared

from metafeatures.groups import neighbourhood


@pytest.fixture(scope="module")
def t():
    return shared(np.array([[0.0], [1.0], [2.0], [4.0], [5.0], [10.0]]), [0, 0, 1, 1, 1, 0])


def test_worked_out_by_hand(t) -> None:
    # Tree edges 0-1, 1-2, 2-4, 4-5, 5-10; those between classes join 1, 2, 5 and 10.
    assert neighbourhood.borderline_share(t) == pytest.approx(4 / 6)
    assert neighbourhood.nearest_neighbour_error(t).tolist() == [0, 0, 1, 0, 0, 1]
    ratio = np.array([1 / 2, 1 / 1, 2 / 1, 1 / 3, 1 / 4, 9 / 5])
    np.testing.assert_allclose(neighbourhood.friend_to_enemy_distance(t), 1 - 1 / (1 + ratio), rtol=1e-5)


def test_local_sets(t) -> None:
    points, enemy = np.array([0, 1, 2, 4, 5, 10.0]), np.array([2, 1, 1, 3, 4, 5.0])
    nearer = np.abs(points[:, None] - points) < enemy
    assert neighbourhood.local_set_share(t) == pytest.approx(1 - nearer.sum() / 36)


def test_spheres(t) -> None:
    # Radii: 1 and 2 meet half way (0.5); the others reach the sphere of their nearest enemy.
    enemies, distances = t.once(neighbourhood.enemies_of)
    np.testing.assert_allclose(neighbourhood._radii(enemies, distances) * 10, [1.5, 0.5, 0.5, 2.5, 3.5, 1.5], rtol=1e-5)
    # The one of 4 (or of 5) covers 2, 4 and 5, that of 0 covers 0 and 1, that of 10 itself.
    assert neighbourhood.hypersphere_share(t) == pytest.approx(3 / 6)


def test_rows_in_a_ring_of_enemies_have_radii() -> None:
    radii = neighbourhood._radii(np.array([1, 2, 0]), np.array([1.0, 1.0, 1.0]))
    assert radii.tolist() == [0.5, 0.5, 0.5]


def test_equal_rows_are_joined() -> None:
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    assert neighbourhood.borderline_share(shared(X, [0, 1, 0, 1])) == 1.0


@pytest.mark.parametrize(
    "feature",
    [
        neighbourhood.borderline_share,
        neighbourhood.friend_to_enemy_distance,
        neighbourhood.nearest_neighbour_error,
        neighbourhood.nearest_neighbour_nonlinearity,
        neighbourhood.hypersphere_share,
        neighbourhood.local_set_share,
    ],
)
def test_mixed_classes_are_harder(feature) -> None:
    easy, hard = shared(*blobs(3, apart=9.0)), shared(*blobs(3, apart=0.3))
    assert np.mean(feature(easy)) < np.mean(feature(hard))


def test_categorical_columns_and_holes_take_part() -> None:
    t = shared(*mixed())
    assert 0.0 < neighbourhood.nearest_neighbour_error(t).mean() < 0.5
    assert 0.0 < neighbourhood.nearest_neighbour_nonlinearity(t).mean() < 0.5
