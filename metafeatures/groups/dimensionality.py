"""How many directions the columns really span, and how unequal the classes are."""

from __future__ import annotations

import numpy as np

from metafeatures.feature import Feature, Need, UndefinedError
from metafeatures.intermediates import Intermediates

EXPLAINED = 0.95


def n_principal_components_of(t: Intermediates) -> int:
    """Components of the unscaled design matrix needed for 95 % of its variance."""
    x = t.model_matrix - t.model_matrix.mean(axis=0)
    gram = x.T @ x if x.shape[1] <= x.shape[0] else x @ x.T
    variances = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0)
    if not variances.sum() > 0:
        raise UndefinedError("all columns are constant")
    return int(np.searchsorted(np.cumsum(variances) / variances.sum(), EXPLAINED, side="right")) + 1


def principal_components_per_row(t: Intermediates) -> float:
    """Principal components for 95 % of the variance over rows (T3)."""
    return t.once(n_principal_components_of) / len(t.model_matrix)


def principal_components_per_column(t: Intermediates) -> float:
    """Principal components for 95 % of the variance over columns of the design matrix (T4)."""
    return t.once(n_principal_components_of) / int(t.model_matrix.shape[1])


def design_columns_per_row(t: Intermediates) -> float:
    """Columns of the design matrix over its rows (T2)."""
    return int(t.model_matrix.shape[1]) / len(t.model_matrix)


def class_imbalance_index(t: Intermediates) -> float:
    """One less the inverse of the imbalance ratio for many classes; 0 is balanced (C2)."""
    counts = t.class_counts
    ratio = (len(counts) - 1) / len(counts) * float(np.sum(counts / (t.n_rows - counts)))
    return 1.0 - 1.0 / ratio


LORENA = "Lorena et al., How complex is your classification problem?, CSUR 2019"
_COLUMNS: tuple[Need, ...] = ("columns", "two rows")

FEATURES = [
    Feature(class_imbalance_index, LORENA, needs=("two classes",)),
    Feature(design_columns_per_row, LORENA, needs=_COLUMNS),
    Feature(principal_components_per_row, LORENA, "model", needs=_COLUMNS),
    Feature(principal_components_per_column, LORENA, "model", needs=_COLUMNS),
]
