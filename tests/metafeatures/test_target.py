"""Relations of the columns with the target."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared
from scipy import stats
from sklearn.feature_selection import f_classif

from metafeatures.feature import UndefinedError
from metafeatures.groups import target


@pytest.fixture(scope="module")
def t():
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=400)
    X = np.column_stack([np.log(y), -y, rng.normal(size=400), np.ones(400)])
    return shared(X, y, task="regression")


def test_correlations(t) -> None:
    X, y = t.table.numeric, t.table.target
    np.testing.assert_allclose(
        target.target_correlation(t)[:3], [abs(stats.pearsonr(X[:, j], y).statistic) for j in range(3)]
    )
    np.testing.assert_allclose(target.target_rank_correlation(t)[:2], 1.0)
    assert np.isnan(target.target_correlation(t)[3])


def test_shape_of_the_target_does_not_move_with_scale(t) -> None:
    scaled = shared(t.table.numeric, t.table.target * 1e250, task="regression")
    for feature in (target.target_skewness, target.log_target_tail_weight, target.log_target_variation):
        assert feature(scaled) == pytest.approx(feature(t), rel=1e-9)


def test_counts_in_the_target() -> None:
    y = np.array([0.0] * 10 + [1.0, 2.0, 3.0, 90.0] + [1.5, 2.5] * 3)
    t = shared(np.eye(20), y, task="regression")
    assert target.target_zero_share(t) == 0.5
    assert target.target_distinct_share(t) == 7 / 20
    assert target.target_outlier_share(t) == 1 / 20


def test_autocorrelation() -> None:
    y = np.sin(np.linspace(0, 20, 500))
    assert target.target_autocorrelation(shared(np.ones((500, 1)), y, task="regression")) > 0.98


def test_correlation_ratio_is_the_f_test() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 200)
    X = rng.normal(size=(200, 2)) + y[:, None]
    ratio = target.correlation_ratio(shared(X, y))
    f = ratio / 2 / ((1 - ratio) / (200 - 3))
    np.testing.assert_allclose(f, f_classif(X, y)[0])


def test_holes_that_follow_the_target_are_seen() -> None:
    y = np.repeat([0, 1], 50)
    X = np.column_stack([np.where(y == 1, np.nan, 1.0), np.where(np.arange(100) % 2, np.nan, 1.0), np.ones(100)])
    np.testing.assert_allclose(target.missing_target_relation(shared(X, y)), [1.0, 0.0], atol=1e-12)
    with pytest.raises(UndefinedError):
        target.missing_target_relation(shared(np.ones((4, 1)), [0, 1, 0, 1]))
