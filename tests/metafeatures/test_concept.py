"""Concept measures against a plain loop over pairs of rows."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, shared

from metafeatures import arrays
from metafeatures.groups import concept


def test_against_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK_CELLS", 200)
    X, y = blobs(2, rows=12, apart=2.0, width=2)
    t = shared(X, y)
    Z = (X - X.min(axis=0)) / np.ptp(X, axis=0)
    i = 5
    near, shell = np.zeros(24), np.zeros(24)
    distance = np.sqrt(((Z - Z[i]) ** 2).sum(axis=1))
    for j in set(range(24)) - {i}:
        near[j] = 2 ** (-2 * distance[j] / (np.sqrt(2) - distance[j]))
        shell[j] = 2.0 ** -max(1, np.ceil(distance[j]))
    assert concept.concept_variation(t)[i] == pytest.approx(near @ (y != y[i]) / near.sum())
    assert concept.weighted_distance(t)[i] == pytest.approx(near @ distance / near.sum())
    assert concept.shell_concept_variation(t)[i] == pytest.approx(shell @ (y != y[i]))
    assert concept.cohesiveness(t)[i] == pytest.approx(shell.sum())


def test_variation_rises_with_mixing() -> None:
    easy, hard = shared(*blobs(3, apart=9.0)), shared(*blobs(3, apart=0.3))
    assert concept.concept_variation(easy).mean() < concept.concept_variation(hard).mean()


def test_a_smooth_target_varies_less_than_noise() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((200, 1))
    smooth, noise = (shared(X, y, task="regression") for y in (X[:, 0], rng.random(200)))
    assert concept.concept_variation(smooth).mean() < concept.concept_variation(noise).mean()


def test_constant_columns_leave_equal_weights() -> None:
    t = shared(np.ones((6, 1)), [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(concept.concept_variation(t), 0.6)
