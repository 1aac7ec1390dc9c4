"""Sizes, ratios, column kinds, missing values and class shares."""

from __future__ import annotations

import numpy as np

from metafeatures.arrays import FloatArray
from metafeatures.contingency import entropy
from metafeatures.feature import Feature, UndefinedError
from metafeatures.intermediates import Intermediates

BINARY = 2


def n_rows(t: Intermediates) -> float:
    """Rows with a target."""
    return t.n_rows


def log_n_rows(t: Intermediates) -> float:
    """Natural logarithm of the number of rows."""
    return float(np.log(t.n_rows))


def n_columns(t: Intermediates) -> float:
    """Columns, the target not counted."""
    return t.n_columns


def log_n_columns(t: Intermediates) -> float:
    """Natural logarithm of the number of columns."""
    return float(np.log(t.n_columns))


def columns_per_row(t: Intermediates) -> float:
    """Columns over rows."""
    return t.n_columns / t.n_rows


def rows_per_column(t: Intermediates) -> float:
    """Rows over columns."""
    return t.n_rows / t.n_columns


def log_rows_per_column(t: Intermediates) -> float:
    """Natural logarithm of rows over columns."""
    return float(np.log(t.n_rows / t.n_columns))


def n_numeric(t: Intermediates) -> float:
    """Numeric columns, dates and durations among them."""
    return t.n_numeric


def n_categorical(t: Intermediates) -> float:
    """Categorical columns: text, categories, booleans."""
    return t.n_categorical


def numeric_share(t: Intermediates) -> float:
    """Numeric columns over columns."""
    return t.n_numeric / t.n_columns


def categorical_share(t: Intermediates) -> float:
    """Categorical columns over columns."""
    return t.n_categorical / t.n_columns


def categorical_per_numeric(t: Intermediates) -> float:
    """Categorical columns over numeric ones."""
    return t.n_categorical / t.n_numeric


def numeric_per_categorical(t: Intermediates) -> float:
    """Numeric columns over categorical ones."""
    return t.n_numeric / t.n_categorical


def n_binary(t: Intermediates) -> float:
    """Columns of either kind with exactly two distinct known values."""
    return float(np.sum(t.profile.n_distinct == BINARY) + np.sum(t.cardinality == BINARY))


def binary_share(t: Intermediates) -> float:
    """Binary columns over columns."""
    return n_binary(t) / t.n_columns


def n_binary_categorical(t: Intermediates) -> float:
    """Categorical columns with exactly two levels."""
    return float(np.sum(t.cardinality == BINARY))


def n_constant(t: Intermediates) -> float:
    """Columns with at most one distinct known value."""
    return float(np.sum(t.profile.n_distinct < BINARY) + np.sum(t.cardinality < BINARY))


def n_missing(t: Intermediates) -> float:
    """Missing cells."""
    return t.missing.total


def missing_share(t: Intermediates) -> float:
    """Missing cells over cells."""
    return t.missing.total / (t.n_rows * t.n_columns)


def n_incomplete_rows(t: Intermediates) -> float:
    """Rows with a missing cell."""
    return t.missing.incomplete_rows


def incomplete_rows_share(t: Intermediates) -> float:
    """Rows with a missing cell over rows."""
    return t.missing.incomplete_rows / t.n_rows


def incomplete_columns_share(t: Intermediates) -> float:
    """Columns with a missing cell over columns."""
    return float(np.sum(t.missing.numeric > 0) + np.sum(t.missing.categorical > 0)) / t.n_columns


def column_missing_share(t: Intermediates) -> FloatArray:
    """Missing share of each column."""
    return np.concatenate([t.missing.numeric, t.missing.categorical]) / t.n_rows


def infinite_share(t: Intermediates) -> float:
    """Infinite cells over cells; elsewhere they count as missing."""
    return float(t.missing.infinite.sum()) / (t.n_rows * t.n_columns)


def cardinality(t: Intermediates) -> FloatArray:
    """Levels of each categorical column."""
    return t.cardinality


def log_cardinality(t: Intermediates) -> FloatArray:
    """Natural logarithm of the levels of each categorical column."""
    return np.log(np.maximum(t.cardinality, 1.0))


def total_cardinality(t: Intermediates) -> float:
    """Levels of all categorical columns together."""
    return float(t.cardinality.sum())


def numeric_cardinality(t: Intermediates) -> FloatArray:
    """Distinct values of each numeric column."""
    return t.profile.n_distinct


def distinct_share(t: Intermediates) -> FloatArray:
    """Distinct values over known values of each numeric column."""
    return t.profile.n_distinct / np.where(t.profile.n_known > 0, t.profile.n_known, np.nan)


def cardinality_at_two(t: Intermediates) -> float:
    """Product of the two largest numbers of distinct values over the columns and a categorical target."""
    return _largest_product(t, 2)


def cardinality_at_three(t: Intermediates) -> float:
    """Product of the three largest numbers of distinct values over the columns and a categorical target."""
    return _largest_product(t, 3)


def cardinality_at_four(t: Intermediates) -> float:
    """Product of the four largest numbers of distinct values over the columns and a categorical target."""
    return _largest_product(t, 4)


def _largest_product(t: Intermediates, k: int) -> float:
    counts = np.concatenate([t.profile.n_distinct, t.cardinality, [float(t.n_classes)] * t.is_classification])
    if len(counts) < k:
        raise UndefinedError(f"fewer than {k} columns")
    return float(np.prod(np.sort(counts)[-k:]))


def n_classes(t: Intermediates) -> float:
    """Classes that occur."""
    return t.n_classes


def log_n_classes(t: Intermediates) -> float:
    """Natural logarithm of the number of classes."""
    return float(np.log(t.n_classes))


def class_share(t: Intermediates) -> FloatArray:
    """Share of the rows in each class."""
    return t.class_counts / t.n_rows


def majority_class_size(t: Intermediates) -> float:
    """Rows of the largest class."""
    return float(t.class_counts.max())


def minority_class_size(t: Intermediates) -> float:
    """Rows of the smallest class."""
    return float(t.class_counts.min())


def majority_class_share(t: Intermediates) -> float:
    """Share of the largest class: the accuracy of the constant predictor."""
    return float(t.class_counts.max()) / t.n_rows


def minority_class_share(t: Intermediates) -> float:
    """Share of the smallest class."""
    return float(t.class_counts.min()) / t.n_rows


def log_class_imbalance(t: Intermediates) -> float:
    """Natural logarithm of the largest over the smallest class."""
    return float(np.log(t.class_counts.max() / t.class_counts.min()))


def class_balance(t: Intermediates) -> float:
    """Entropy of the classes over the logarithm of their number; 1 is balanced."""
    if t.n_classes < BINARY:
        raise UndefinedError("fewer than two classes")
    return entropy(t.class_counts) / float(np.log2(t.n_classes))


def rows_per_class(t: Intermediates) -> float:
    """Rows over classes."""
    return t.n_rows / t.n_classes


def same_class_runs(t: Intermediates) -> float:
    """Share of neighbouring rows, in the order of the table, that have the same class."""
    return float(np.mean(t.table.target[1:] == t.table.target[:-1]))


STATLOG = "Michie et al., Machine Learning, Neural and Statistical Classification, 1994"
FEURER = "Feurer et al., Initializing Bayesian hyperparameter optimization via meta-learning, AAAI 2015"
OPENML = "OpenML data qualities"
HOUSE = "this project"
KALOUSIS = "Kalousis and Theoharis, NOEMON, IDA 1999"

FEATURES = [
    Feature(n_rows, STATLOG, "constant"),
    Feature(log_n_rows, FEURER, "constant"),
    Feature(n_columns, STATLOG, "constant"),
    Feature(log_n_columns, FEURER, "constant", needs=("columns",)),
    Feature(columns_per_row, KALOUSIS, "constant"),
    Feature(
        rows_per_column,
        "Kuba et al., Exploiting sampling and meta-learning, 2002",
        "constant",
        needs=("columns",),
    ),
    Feature(log_rows_per_column, FEURER, "constant", needs=("columns",)),
    Feature(
        n_numeric,
        "Engels and Theusinger, Using a data metric for preprocessing advice, ECAI 1998",
        "constant",
    ),
    Feature(
        n_categorical,
        "Engels and Theusinger, Using a data metric for preprocessing advice, ECAI 1998",
        "constant",
    ),
    Feature(numeric_share, OPENML, "constant", needs=("columns",)),
    Feature(categorical_share, OPENML, "constant", needs=("columns",)),
    Feature(categorical_per_numeric, FEURER, "constant", needs=("numeric",)),
    Feature(numeric_per_categorical, FEURER, "constant", needs=("categorical",)),
    Feature(n_binary, STATLOG, "sort"),
    Feature(binary_share, OPENML, "sort", needs=("columns",)),
    Feature(n_binary_categorical, OPENML),
    Feature(n_constant, HOUSE, "sort"),
    Feature(n_missing, OPENML),
    Feature(missing_share, FEURER, needs=("columns",)),
    Feature(n_incomplete_rows, OPENML),
    Feature(incomplete_rows_share, FEURER),
    Feature(incomplete_columns_share, FEURER, needs=("columns",)),
    Feature(column_missing_share, HOUSE, per="column", needs=("columns",)),
    Feature(infinite_share, HOUSE, needs=("columns",)),
    Feature(cardinality, OPENML, per="column", needs=("categorical",)),
    Feature(log_cardinality, HOUSE, per="column", needs=("categorical",)),
    Feature(total_cardinality, FEURER, needs=("categorical",)),
    Feature(numeric_cardinality, OPENML, "sort", per="column", needs=("numeric",)),
    Feature(distinct_share, HOUSE, "sort", per="column", needs=("numeric",)),
    Feature(cardinality_at_two, OPENML, "sort"),
    Feature(cardinality_at_three, OPENML, "sort"),
    Feature(cardinality_at_four, OPENML, "sort"),
    Feature(n_classes, STATLOG, needs=("classification",)),
    Feature(log_n_classes, HOUSE, needs=("classification",)),
    Feature(class_share, "Lindner and Studer, AST, PKDD 1999", per="class", needs=("classification",)),
    Feature(majority_class_size, OPENML, needs=("classification",)),
    Feature(minority_class_size, OPENML, needs=("classification",)),
    Feature(majority_class_share, OPENML, needs=("classification",)),
    Feature(minority_class_share, FEURER, needs=("classification",)),
    Feature(log_class_imbalance, HOUSE, needs=("classification",)),
    Feature(
        class_balance,
        "Lorena et al., How complex is your classification problem?, CSUR 2019",
        needs=("classification",),
    ),
    Feature(rows_per_class, HOUSE, needs=("classification",)),
    Feature(same_class_runs, OPENML, needs=("classification", "two rows")),
]
