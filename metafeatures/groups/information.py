"""Entropies and what the columns tell about the target.

Numeric columns, and the target of a regression, take part as equal-frequency bins, as many as the cube root
of the rows. Rows where a column is missing are left out of that column's measures.
"""

from __future__ import annotations

import itertools

import numpy as np

from metafeatures import contingency
from metafeatures.arrays import FloatArray
from metafeatures.feature import Feature, UndefinedError
from metafeatures.intermediates import Intermediates

MAX_CONCENTRATION_COLUMNS = 12


def target_entropy(t: Intermediates) -> float:
    """Entropy of the classes, or of the bins of a numeric target, in bits."""
    counts = t.class_counts if t.is_classification else np.bincount(t.target_codes)
    return contingency.entropy(counts)


def column_entropy(t: Intermediates) -> FloatArray:
    """Entropy of each discrete column, in bits."""
    return np.array([contingency.entropy(np.bincount(codes[codes >= 0])) for codes in t.discrete.T])


def normalised_column_entropy(t: Intermediates) -> FloatArray:
    """Entropy of each discrete column over the logarithm of its number of values."""
    counts = [contingency.level_counts(codes) for codes in t.discrete.T]
    return np.array([contingency.entropy(c) / np.log2(len(c)) if len(c) > 1 else np.nan for c in counts])


def joint_entropy(t: Intermediates) -> FloatArray:
    """Joint entropy of each discrete column and the target, in bits."""
    return np.array([contingency.entropy(table.cells) for table in t.contingency])


def mutual_information(t: Intermediates) -> FloatArray:
    """Mutual information of each discrete column and the target, in bits."""
    return np.array([contingency.mutual_information(table) for table in t.contingency])


def categorical_mutual_information(t: Intermediates) -> FloatArray:
    """Mutual information of each categorical column and the target, in bits."""
    return mutual_information(t)[: t.n_categorical]


def categorical_entropy(t: Intermediates) -> FloatArray:
    """Entropy of each categorical column, in bits."""
    return column_entropy(t)[: t.n_categorical]


def uncertainty_coefficient(t: Intermediates) -> FloatArray:
    """Mutual information of each discrete column and the target over the entropy of the target."""
    ratios = []
    for table in t.contingency:
        entropy = contingency.entropy(table.margin_second)
        ratios.append(contingency.mutual_information(table) / entropy if entropy > 0 else np.nan)
    return np.array(ratios)


def equivalent_n_columns(t: Intermediates) -> float:
    """Entropy of the target over the mean mutual information of the columns with it."""
    information = float(np.nanmean(mutual_information(t)))
    if not information > 0:
        raise UndefinedError("no column has mutual information with the target")
    return target_entropy(t) / information


def noise_to_signal(t: Intermediates) -> float:
    """Entropy of the columns beyond their mutual information with the target, over that information."""
    information = float(np.nansum(mutual_information(t)))
    if not information > 0:
        raise UndefinedError("no column has mutual information with the target")
    return float(np.nansum(column_entropy(t)) - information) / information


def target_concentration(t: Intermediates) -> FloatArray:
    """Goodman and Kruskal's tau of each discrete column, predicted from the target."""
    return np.array([contingency.goodman_kruskal_tau(table) for table in t.contingency])


def column_concentration(t: Intermediates) -> FloatArray:
    """Goodman and Kruskal's tau of each ordered pair of discrete columns, of at most 12 drawn at random."""
    codes = t.discrete
    chosen = np.arange(codes.shape[1])
    if len(chosen) > MAX_CONCENTRATION_COLUMNS:
        chosen = t.rng(10).choice(len(chosen), MAX_CONCENTRATION_COLUMNS, replace=False)
    pairs = itertools.permutations(chosen, 2)
    return np.array([contingency.goodman_kruskal_tau(contingency.cross(codes[:, a], codes[:, b])) for a, b in pairs])


STATLOG = "Michie et al., Machine Learning, Neural and Statistical Classification, 1994"
KALOUSIS = "Kalousis and Hilario, Model selection via meta-learning, IJAIT 2001"
OPENML = "OpenML data qualities"
HOUSE = "this project"

FEATURES = [
    Feature(target_entropy, STATLOG),
    Feature(
        uncertainty_coefficient,
        "Theil, On the estimation of relationships, AJS 1970",
        "sort",
        "column",
        ("columns",),
    ),
    Feature(mutual_information, STATLOG, "sort", "column", ("columns",)),
    Feature(column_entropy, STATLOG, "sort", "column", ("columns",)),
    Feature(normalised_column_entropy, "Castiello et al., Meta-data, MDAI 2005", "sort", "column", ("columns",)),
    Feature(joint_entropy, STATLOG, "sort", "column", ("columns",)),
    Feature(categorical_entropy, OPENML, "linear", "column", ("categorical",)),
    Feature(categorical_mutual_information, OPENML, "linear", "column", ("categorical",)),
    Feature(equivalent_n_columns, STATLOG, "sort", needs=("columns",)),
    Feature(noise_to_signal, STATLOG, "sort", needs=("columns",)),
    Feature(target_concentration, KALOUSIS, "sort", "column", ("columns",)),
    Feature(column_concentration, KALOUSIS, "sort", "column pair", ("columns",)),
]
