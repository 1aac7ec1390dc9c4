"""Overlap of classes whose ranges are known."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, shared

from metafeatures.groups import overlap


@pytest.fixture(scope="module")
def t():
    a = np.array([[0.0, 0.0], [4.0, 1.0], [6.0, 5.0], [2.0, 2.0]])
    b = np.array([[4.0, 3.0], [10.0, 9.0], [5.0, 8.0], [9.0, 4.5]])
    return shared(np.vstack([a, b]), [0] * 4 + [1] * 4)


def test_worked_out_by_hand(t) -> None:
    # Common ranges: [4, 6] of [0, 10] and [3, 5] of [0, 9].
    assert overlap.overlap_volume(t) == pytest.approx([0.2 * 2 / 9])
    assert overlap.least_column_overlap(t) == pytest.approx([3 / 8])  # 5.0, 3.0, 4.5 in the second column
    # Of those three, one is of the first class: their first-column ranges are [6, 6] and [4, 9].
    assert overlap.collective_overlap(t) == pytest.approx([1 / 8])


def test_separate_classes_do_not_overlap() -> None:
    t = shared(*blobs(3, apart=50.0))
    assert overlap.least_column_overlap(t).tolist() == [0.0] * 3
    assert overlap.collective_overlap(t).tolist() == [0.0] * 3
    assert overlap.overlap_volume(t).tolist() == [0.0] * 3
    assert overlap.directional_overlap(t).max() < 0.01
    assert overlap.within_class_variance_share(t)[0] < 0.01


def test_equal_classes_overlap_wholly() -> None:
    X, _ = blobs(1, rows=20)
    t = shared(np.vstack([X, X]), np.repeat([0, 1], 20))
    np.testing.assert_allclose(overlap.overlap_volume(t), [1.0])
    np.testing.assert_allclose(overlap.collective_overlap(t), [1.0])
    np.testing.assert_allclose(overlap.directional_overlap(t), [1.0])
    np.testing.assert_allclose(overlap.within_class_variance_share(t), 1.0)


def test_mahalanobis_distance_does_not_change_with_the_basis() -> None:
    X, y = blobs(2, apart=1.0)
    turn = np.random.default_rng(0).normal(size=(3, 3))
    np.testing.assert_allclose(
        overlap.directional_overlap(shared(X @ turn, y)), overlap.directional_overlap(shared(X, y))
    )


def test_many_classes_are_sampled_in_pairs() -> None:
    t = shared(np.random.default_rng(0).normal(size=(200, 2)), np.arange(200) % 100, task="multiclass")
    assert len(overlap.overlap_volume(t)) == 500
