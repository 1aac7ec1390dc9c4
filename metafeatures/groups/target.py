"""Distribution of a numeric target and its relation to the numeric columns; the latter for classes, too."""

from __future__ import annotations

import numpy as np

from metafeatures.arrays import FloatArray
from metafeatures.columns import midranks
from metafeatures.feature import Feature, UndefinedError
from metafeatures.intermediates import Intermediates

WHISKER = 1.5


def target_skewness(t: Intermediates) -> float:
    """Skewness of the target (b1)."""
    return float(t.target_profile.skewness[0])


def target_kurtosis(t: Intermediates) -> float:
    """Excess kurtosis of the target (b2)."""
    return float(t.target_profile.kurtosis[0])


def signed_log_target_skewness(t: Intermediates) -> float:
    """Sign of the target's skewness times log(1 + its size)."""
    value = target_skewness(t)
    return float(np.sign(value) * np.log1p(abs(value)))


def log_target_tail_weight(t: Intermediates) -> float:
    """Kurtosis of the target above the least possible one, as log(1 + value)."""
    return float(np.log1p(max(target_kurtosis(t) + 2.0, 0.0)))


def log_target_variation(t: Intermediates) -> float:
    """Standard deviation of the target over its absolute mean, as log(1 + value)."""
    mean = abs(float(t.target_profile.mean[0]))
    if mean == 0:
        raise UndefinedError("the mean of the target is zero")
    return float(np.log1p(float(t.target_profile.sd[0]) / mean))


def target_distinct_share(t: Intermediates) -> float:
    """Distinct values of the target over rows."""
    return float(t.target_profile.n_distinct[0]) / t.n_rows


def target_outlier_share(t: Intermediates) -> float:
    """Share of the target outside 1.5 interquartile ranges from its quartiles."""
    p, target = t.target_profile, t.table.target
    reach = WHISKER * (p.q3 - p.q1)
    return float(np.mean((target < p.q1 - reach) | (target > p.q3 + reach)))


def target_zero_share(t: Intermediates) -> float:
    """Share of zeros in the target."""
    return float(np.mean(t.table.target == 0))


def target_autocorrelation(t: Intermediates) -> float:
    """Correlation of the target with itself one row later, in the order of the table."""
    target = t.table.target - t.target_profile.mean[0]
    return float(target[1:] @ target[:-1] / (target @ target))


def target_correlation(t: Intermediates) -> FloatArray:
    """Absolute Pearson correlation of each numeric column with the target."""
    return _absolute_correlations(t.column_sample.numeric, t.column_sample.target)


def target_rank_correlation(t: Intermediates) -> FloatArray:
    """Absolute Spearman correlation of each numeric column with the target."""
    sample = t.column_sample
    target = midranks(sample.target)
    ranks = (midranks(column) for column in sample.numeric.T)
    return np.concatenate([_absolute_correlations(column[:, None], target) for column in ranks])


def correlation_ratio(t: Intermediates) -> FloatArray:
    """Share of the variance of each numeric column that lies between the classes."""
    scatter = t.class_scatter
    total = scatter.within + scatter.between
    varies = total > 0
    return np.where(varies, scatter.between / np.where(varies, total, 1.0), np.nan)


def missing_target_relation(t: Intermediates) -> FloatArray:
    """Absolute correlation of being missing with the target, of each column with holes.

    For classification, the largest over the indicators of the classes.
    """
    sample = t.column_sample
    holes = np.hstack([~np.isfinite(sample.numeric), sample.categorical < 0])
    holes = holes[:, holes.any(axis=0) & ~holes.all(axis=0)].astype(np.float64)
    if holes.shape[1] == 0:
        raise UndefinedError("no column is partly missing")
    if not t.is_classification:
        return _absolute_correlations(holes, sample.target)
    per_class = [_absolute_correlations(holes, (sample.target == k).astype(np.float64)) for k in range(t.n_classes)]
    return np.asarray(np.max(np.nan_to_num(per_class), axis=0))


def _absolute_correlations(columns: FloatArray, target: FloatArray) -> FloatArray:
    """Pearson correlation of each column with the target over the rows where the column is known."""
    out = np.full(columns.shape[1], np.nan)
    for j in range(columns.shape[1]):
        known = np.isfinite(columns[:, j])
        x, y = columns[known, j].astype(np.float64), target[known]
        if x.size > 1 and np.ptp(x) > 0 and np.ptp(y) > 0:
            x, y = x - x.mean(), y - y.mean()
            out[j] = abs(x @ y) / np.sqrt((x @ x) * (y @ y))
    return np.asarray(np.minimum(out, 1.0))


HOUSE = "this project"
REGRESSION = "Lorena et al., Data complexity meta-features for regression problems, Machine Learning 2018"
SOARES = "Soares et al., A meta-learning method to select the kernel width in SVR, Machine Learning 2004"

FEATURES = [
    Feature(target_skewness, SOARES, "sort", needs=("regression",)),
    Feature(target_kurtosis, SOARES, "sort", needs=("regression",)),
    Feature(signed_log_target_skewness, HOUSE, "sort", needs=("regression",)),
    Feature(log_target_tail_weight, HOUSE, "sort", needs=("regression",)),
    Feature(log_target_variation, SOARES, "sort", needs=("regression",)),
    Feature(target_distinct_share, HOUSE, "sort", needs=("regression",)),
    Feature(target_outlier_share, SOARES, "sort", needs=("regression",)),
    Feature(target_zero_share, HOUSE, needs=("regression",)),
    Feature(target_autocorrelation, HOUSE, needs=("regression", "two rows")),
    Feature(target_correlation, REGRESSION, per="column", needs=("regression", "numeric")),
    Feature(target_rank_correlation, REGRESSION, "sort", "column", ("regression", "numeric")),
    Feature(
        correlation_ratio,
        "Lorena et al., How complex is your classification problem?, CSUR 2019",
        per="column",
        needs=("two classes", "numeric"),
    ),
    Feature(missing_target_relation, HOUSE, per="column", needs=("columns",)),
]
