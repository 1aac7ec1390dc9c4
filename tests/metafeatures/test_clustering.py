"""Cluster indices equal scikit-learn's and their definitions, whatever the chunks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from metafeatures_tables import blobs, shared
from scipy.spatial.distance import cdist, pdist
from scipy.stats import pointbiserialr
from sklearn.metrics import silhouette_score

from metafeatures import arrays
from metafeatures.feature import UndefinedError
from metafeatures.groups import clustering


@pytest.fixture
def t(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arrays, "CHUNK_CELLS", 1_000)
    X, y = blobs(3, apart=1.5)
    order = np.random.default_rng(0).permutation(len(y))[:-7]
    return shared(X[order], y[order])


def test_silhouette(t) -> None:
    assert clustering.silhouette(t) == pytest.approx(silhouette_score(t.table.numeric, t.table.target))


def test_point_biserial(t) -> None:
    same = [a == b for a, b in itertools.combinations(t.table.target, 2)]
    expected = pointbiserialr(same, pdist(t.table.numeric)).statistic
    assert clustering.same_class_distance_correlation(t) == pytest.approx(expected)


def test_mean_class_distance_and_dunn(t) -> None:
    classes = [t.table.numeric[t.table.target == k] for k in range(3)]
    between = [cdist(a, b) for a, b in itertools.combinations(classes, 2)]
    assert clustering.mean_class_distance(t) == pytest.approx(np.mean([d.mean() for d in between]))
    widest = max(pdist(rows).max() for rows in classes)
    assert clustering.dunn_index(t) == pytest.approx(min(d.min() / d.size for d in between) / widest)


def test_classes() -> None:
    t = shared(np.eye(20), [0] * 16 + [1] * 4)
    assert clustering.n_small_classes(t) == 1
    assert clustering.class_entropy_nats(t) == pytest.approx(-(0.8 * np.log(0.8) + 0.2 * np.log(0.2)))


def test_apart_is_better_than_mixed() -> None:
    near, far = shared(*blobs(3, apart=0.5)), shared(*blobs(3, apart=9.0))
    assert clustering.davies_bouldin_index(far) < clustering.davies_bouldin_index(near)
    assert clustering.calinski_harabasz_index(far) > clustering.calinski_harabasz_index(near)
    assert clustering.same_class_distance_correlation(far) < clustering.same_class_distance_correlation(near)


def test_points_for_classes_are_undefined() -> None:
    with pytest.raises(UndefinedError):
        clustering.dunn_index(shared([[0.0], [0.0], [1.0]], [0, 0, 1]))
    with pytest.raises(UndefinedError):
        clustering.davies_bouldin_index(shared([[0.0], [1.0]], [0, 1]))
