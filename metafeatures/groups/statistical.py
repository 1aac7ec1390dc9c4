"""Distribution of the numeric columns and their relation to each other."""

from __future__ import annotations

import numpy as np

from metafeatures.arrays import FloatArray
from metafeatures.columns import blocks, known_sum, lower_triangle, sort_columns, sorted_quantiles
from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.intermediates import Intermediates

TRIMMED = 0.2
MAD_TO_SD = 1.4826
WHISKER = 1.5
MAX_NORMALITY_ROWS = 5_000
STRONG_CORRELATION = 0.5


def column_mean(t: Intermediates) -> FloatArray:
    """Mean of each numeric column."""
    return t.profile.mean


def column_sd(t: Intermediates) -> FloatArray:
    """Standard deviation (n - 1) of each numeric column."""
    return t.profile.sd


def column_variance(t: Intermediates) -> FloatArray:
    """Variance (n - 1) of each numeric column."""
    return t.profile.sd**2


def column_min(t: Intermediates) -> FloatArray:
    """Minimum of each numeric column."""
    return t.profile.min


def column_max(t: Intermediates) -> FloatArray:
    """Maximum of each numeric column."""
    return t.profile.max


def column_median(t: Intermediates) -> FloatArray:
    """Median of each numeric column."""
    return t.profile.median


def column_range(t: Intermediates) -> FloatArray:
    """Maximum less minimum of each numeric column."""
    return t.profile.max - t.profile.min


def column_iqr(t: Intermediates) -> FloatArray:
    """Upper less lower quartile of each numeric column."""
    return t.profile.q3 - t.profile.q1


def column_mad(t: Intermediates) -> FloatArray:
    """Median absolute deviation from the median of each numeric column, times 1.4826."""
    parts = []
    for block, count in blocks(t.sorted_numeric):
        medians = sorted_quantiles(block, count, np.array([0.5]))[0]
        deviations = sort_columns(np.abs(block - medians[:, None]).T)
        parts.append(sorted_quantiles(deviations, count, np.array([0.5]))[0])
    return MAD_TO_SD * np.concatenate(parts)


def column_trimmed_mean(t: Intermediates) -> FloatArray:
    """Mean of each numeric column without its lowest and highest fifth."""
    parts = []
    for block, count in blocks(t.sorted_numeric):
        cut = (TRIMMED * count).astype(np.intp)
        place = np.arange(block.shape[1])
        kept = (place >= cut[:, None]) & (place < (count - cut)[:, None])
        parts.append(np.sum(block, axis=1, where=kept) / kept.sum(axis=1))
    return np.concatenate(parts)


def column_geometric_mean(t: Intermediates) -> FloatArray:
    """Geometric mean of each numeric column without negative values; zero if one is zero."""
    parts = []
    for block, count in blocks(t.sorted_numeric):
        logs = known_sum(np.log(np.where(block > 0, block, 1.0)), count)
        means = np.exp(logs / count)
        parts.append(np.where(block[:, 0] > 0, means, np.where(block[:, 0] == 0, 0.0, np.nan)))
    return np.concatenate(parts)


def column_harmonic_mean(t: Intermediates) -> FloatArray:
    """Harmonic mean of each numeric column without negative values; zero if one is zero."""
    parts = []
    for block, count in blocks(t.sorted_numeric):
        means = count / known_sum(1.0 / np.where(block > 0, block, np.inf), count)
        parts.append(np.where(block[:, 0] > 0, means, np.where(block[:, 0] == 0, 0.0, np.nan)))
    return np.concatenate(parts)


def skewness(t: Intermediates) -> FloatArray:
    """Third central moment over the cubed standard deviation (n - 1) of each numeric column (b1)."""
    return t.profile.skewness


def kurtosis(t: Intermediates) -> FloatArray:
    """Fourth central moment over the fourth power of the standard deviation (n - 1), less 3 (b2)."""
    return t.profile.kurtosis


def adjusted_skewness(t: Intermediates) -> FloatArray:
    """Skewness of each numeric column, adjusted to be unbiased under normality (G1)."""
    n = t.profile.n_known
    return t.profile.skewness * n**2 / np.where(n > 2, (n - 1) * (n - 2), np.nan)


def adjusted_kurtosis(t: Intermediates) -> FloatArray:
    """Excess kurtosis of each numeric column, adjusted to be unbiased under normality (G2)."""
    n = t.profile.n_known
    few = np.where(n > 3, (n - 2) * (n - 3), np.nan)
    return (t.profile.kurtosis + 3) * n**2 * (n + 1) / ((n - 1) * few) - 3 * (n - 1) ** 2 / few


def absolute_skewness(t: Intermediates) -> FloatArray:
    """Absolute skewness of each numeric column, as log(1 + value)."""
    return np.log1p(np.abs(t.profile.skewness))


def log_tail_weight(t: Intermediates) -> FloatArray:
    """Kurtosis of each numeric column above the least possible one, as log(1 + value)."""
    return np.log1p(np.maximum(t.profile.kurtosis + 2.0, 0.0))


def log_coefficient_of_variation(t: Intermediates) -> FloatArray:
    """Standard deviation over the absolute mean of each numeric column, as log(1 + value)."""
    mean = np.abs(t.profile.mean)
    return np.log1p(t.profile.sd / np.where(mean > 0, mean, np.nan))


def sparsity(t: Intermediates) -> FloatArray:
    """Rows per distinct value of each column, scaled to 0 (all differ) to 1 (constant)."""
    distinct = np.concatenate([t.profile.n_distinct, t.cardinality])
    known = np.concatenate([t.profile.n_known, t.n_rows - t.missing.categorical])
    return (known / np.where(distinct > 0, distinct, np.nan) - 1.0) / np.where(known > 1, known - 1.0, np.nan)


def zero_share(t: Intermediates) -> FloatArray:
    """Share of zeros among the known values of each numeric column."""
    parts = [(block == 0).sum(axis=1) / count for block, count in blocks(t.sorted_numeric)]
    return np.concatenate(parts)


def mode_share(t: Intermediates) -> FloatArray:
    """Share of the most frequent level among the known values of each categorical column."""
    return np.array([c.max() / c.sum() if c.size else np.nan for c in t.level_counts])


def outlier_share(t: Intermediates) -> FloatArray:
    """Share of the values of each numeric column outside 1.5 interquartile ranges from the quartiles."""
    parts = []
    for block, count in blocks(t.sorted_numeric):
        q1, q3 = sorted_quantiles(block, count, np.array([0.25, 0.75]))
        reach = WHISKER * (q3 - q1)
        outside = (block < (q1 - reach)[:, None]) | (block > (q3 + reach)[:, None])
        parts.append(outside.sum(axis=1) / count)
    return np.concatenate(parts)


def n_columns_with_outliers(t: Intermediates) -> float:
    """Numeric columns with a value outside 1.5 interquartile ranges from the quartiles."""
    p = t.profile
    reach = WHISKER * (p.q3 - p.q1)
    return float(np.sum((p.min < p.q1 - reach) | (p.max > p.q3 + reach)))


def n_normal_columns(t: Intermediates) -> float:
    """Numeric columns where Shapiro-Wilk on the first 5,000 rows does not reject normality at 0.05."""
    from scipy.stats import shapiro

    rows = t.column_sample.numeric[:MAX_NORMALITY_ROWS]
    known = (column[np.isfinite(column)] for column in rows.T)
    return float(sum(bool(shapiro(column).pvalue > 0.05) for column in known if len(column) >= 3))


def correlation(t: Intermediates) -> FloatArray:
    """Absolute Pearson correlation of each pair of numeric columns."""
    return np.abs(lower_triangle(t.numeric_moments.correlation))


def covariance(t: Intermediates) -> FloatArray:
    """Absolute covariance of each pair of numeric columns."""
    return np.abs(lower_triangle(t.numeric_moments.covariance))


def strong_correlation_share(t: Intermediates) -> float:
    """Share of the pairs of numeric columns with an absolute correlation of at least 0.5."""
    values = correlation(t)
    return float(np.sum(values >= STRONG_CORRELATION)) / values.size


def covariance_eigenvalues(t: Intermediates) -> FloatArray:
    """Eigenvalues of the covariance matrix of the numeric columns."""
    covariance_matrix = t.numeric_moments.covariance
    if not np.isfinite(covariance_matrix).all():
        raise UndefinedError("two columns have no rows in common, or overflow")
    return np.asarray(np.linalg.eigvalsh(covariance_matrix))


STATLOG = "Michie et al., Machine Learning, Neural and Statistical Classification, 1994"
ALI = "Ali and Smith-Miles, On learning algorithm selection for classification, ASOC 2006"
CASTIELLO = "Castiello et al., Meta-data: characterization of input features, MDAI 2005"
ENGELS = "Engels and Theusinger, Using a data metric for preprocessing advice, ECAI 1998"
SALAMA = "Salama et al., Employment of neural network and rough set in meta-learning, 2013"
KOPF = "Köpf and Iglezakis, Combination of task description strategies, IDDM 2002"
JOANES = "Joanes and Gill, Comparing measures of sample skewness and kurtosis, The Statistician 1998"
HOUSE = "this project"
_NUMERIC: tuple[Need, ...] = ("numeric",)

FEATURES = [
    Feature(skewness, STATLOG, "sort", "column", _NUMERIC),
    Feature(kurtosis, STATLOG, "sort", "column", _NUMERIC),
    Feature(absolute_skewness, HOUSE, "sort", "column", _NUMERIC),
    Feature(log_tail_weight, HOUSE, "sort", "column", _NUMERIC),
    Feature(log_coefficient_of_variation, HOUSE, "sort", "column", _NUMERIC),
    Feature(sparsity, SALAMA, "sort", "column", ("columns",)),
    Feature(zero_share, HOUSE, "sort", "column", _NUMERIC),
    Feature(mode_share, HOUSE, "linear", "column", ("categorical",)),
    Feature(outlier_share, HOUSE, "sort", "column", _NUMERIC),
    Feature(n_columns_with_outliers, KOPF, "sort", needs=_NUMERIC),
    Feature(correlation, CASTIELLO, "linear", "column pair", ("two numeric",)),
    Feature(strong_correlation_share, SALAMA, "linear", needs=("two numeric",)),
    Feature(covariance, CASTIELLO, "linear", "column pair", ("two numeric",)),
    Feature(covariance_eigenvalues, ALI, "linear", "column", ("numeric", "two rows")),
    Feature(column_mean, ENGELS, "sort", "column", _NUMERIC),
    Feature(column_sd, ENGELS, "sort", "column", _NUMERIC),
    Feature(column_variance, CASTIELLO, "sort", "column", _NUMERIC),
    Feature(column_min, ENGELS, "sort", "column", _NUMERIC),
    Feature(column_median, ENGELS, "sort", "column", _NUMERIC),
    Feature(column_max, ENGELS, "sort", "column", _NUMERIC),
    Feature(column_range, ALI, "sort", "column", _NUMERIC),
    Feature(column_iqr, ALI, "sort", "column", _NUMERIC),
    Feature(column_mad, ALI, "sort", "column", _NUMERIC),
    Feature(column_trimmed_mean, ENGELS, "sort", "column", _NUMERIC),
    Feature(column_geometric_mean, ALI, "sort", "column", _NUMERIC),
    Feature(column_harmonic_mean, ALI, "sort", "column", _NUMERIC),
    Feature(adjusted_skewness, JOANES, "sort", "column", _NUMERIC),
    Feature(adjusted_kurtosis, JOANES, "sort", "column", _NUMERIC),
    Feature(
        n_normal_columns,
        "Kopf et al., Meta-analysis: from data characterisation, PKDD 2000",
        "sort",
        needs=_NUMERIC,
    ),
]
