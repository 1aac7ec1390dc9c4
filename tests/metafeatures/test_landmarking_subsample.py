"""Each cheap landmarker does well where its learner fits the task, and badly where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import blobs, shared

from metafeatures.groups import landmarking_subsample as cheap


def test_separate_classes_are_easy_for_all() -> None:
    t = shared(*blobs(2, rows=60, apart=12.0))
    for feature in (cheap.subsample_nearest_neighbour, cheap.subsample_linear, cheap.subsample_naive_bayes):
        assert feature(t) > 0.98
    assert cheap.subsample_stump(t) > 0.98


def test_exclusive_or_is_for_neighbours_not_for_lines() -> None:
    X = np.random.default_rng(0).uniform(-1, 1, size=(600, 2))
    t = shared(X, (X[:, 0] > 0) != (X[:, 1] > 0))
    assert cheap.subsample_nearest_neighbour(t) > 0.9
    assert cheap.subsample_linear(t) < 0.65
    assert cheap.subsample_linear_advantage(t) < -0.25


def test_regression() -> None:
    X = np.random.default_rng(1).normal(size=(300, 4))
    t = shared(X, X @ [1.0, 2.0, 0.0, 0.0], task="regression")
    assert cheap.subsample_linear(t) > 0.99
    assert cheap.subsample_stump(t) > 0.3
    assert np.isnan(cheap.subsample_linear(shared(X, np.ones(300), task="regression")))


def test_components() -> None:
    x = np.random.default_rng(2).normal(size=(200, 1))
    t = shared(np.hstack([x, x, x, x]), np.arange(200) % 2)
    assert cheap.subsample_principal_share(t) == 0.25
    assert cheap.subsample_first_component_share(t) == pytest.approx(1.0)


def test_only_the_subsample_is_looked_at() -> None:
    X, y = blobs(2, rows=3_000)
    assert len(shared(X, y).subsample_matrix) == 1_000
