"""The graph of near rows against networks that are known."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, shared

from metafeatures.feature import UndefinedError
from metafeatures.groups import network


def test_two_pairs() -> None:
    t = shared(np.array([[0.0], [1.0], [10.0], [11.0]]), [0, 0, 1, 1])
    np.testing.assert_array_equal(t.once(network.adjacency_of), np.kron(np.eye(2), [[0, 1], [1, 0]]))
    assert network.edge_sparsity(t) == pytest.approx(1 - 2 / 6)
    assert network.clustering_deficit(t) == 1.0


def test_no_edge_between_classes() -> None:
    t = shared(np.array([[0.0], [0.1], [5.0], [5.1]]), [0, 1, 0, 1])
    assert network.edge_sparsity(t) == 1.0
    with pytest.raises(UndefinedError):
        network.hub_deficit(t)


def test_triangles_by_counting() -> None:
    t = shared(*blobs(2, rows=30, apart=1.0))
    a = t.once(network.adjacency_of)
    np.testing.assert_array_equal(a, a.T)
    assert not a.diagonal().any()
    a = a.astype(int)
    closed, paths = np.trace(a @ a @ a), (a @ a).sum() - np.trace(a @ a)
    assert network.clustering_deficit(t) == pytest.approx(1 - closed / paths)


def test_hubs_are_the_leading_eigenvector() -> None:
    t = shared(*blobs(2, rows=30, apart=1.0))
    score = 1 - network.hub_deficit(t)
    a = t.once(network.adjacency_of)
    assert score.max() == 1.0
    np.testing.assert_allclose(a @ score, np.linalg.eigvalsh(a)[-1] * score, atol=1e-4)


def test_mixed_classes_have_fewer_edges() -> None:
    easy, hard = shared(*blobs(3, apart=9.0)), shared(*blobs(3, apart=0.3))
    assert network.edge_sparsity(easy) < network.edge_sparsity(hard)
