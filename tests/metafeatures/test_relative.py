"""Ranks of the landmarkers."""

from __future__ import annotations

import numpy as np
from metafeatures_tables import blobs
from scipy.stats import rankdata

import metafeatures
from metafeatures.groups import landmarking


def test_ranks_follow_the_means() -> None:
    values = metafeatures.extract(
        *blobs(3, apart=1.5), groups=["landmarking", "relative"], summaries=["mean", "sd"]
    ).values
    names = [feature.name for feature in landmarking.FEATURES]
    for summary in ("mean", "sd"):
        found = [values[f"{name}_{summary}_rank"] for name in names]
        np.testing.assert_array_equal(found, rankdata([values[f"{name}.{summary}"] for name in names]))


def test_regression_ranks_what_there_is() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    result = metafeatures.extract(X, X[:, 0], task="regression", groups=["relative"])
    assert result.values["linear_mean_rank"] == 6
    assert result.missing["naive_bayes_mean_rank"] == "defined for classification only"
