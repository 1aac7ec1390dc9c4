"""The core set: what every fit computes, and what tasks are compared by."""

from __future__ import annotations

# Written by scripts/choose_core.py from evidence; docs/metafeatures-measured.md has what it is worth.
CORE: tuple[str, ...] = (
    "n_rows",
    "log_n_rows",
    "n_columns",
    "log_n_columns",
    "rows_per_column",
    "log_rows_per_column",
    "class_share.min",
    "minority_class_share",
    "log_class_imbalance",
    "rows_per_class",
    "target_autocorrelation",
    "target_correlation.max",
    "absolute_skewness.max",
    "strong_correlation_share",
    "adjusted_skewness.max",
    "normalised_column_entropy.mean",
    "normalised_column_entropy.sd",
    "column_concentration.median",
    "subsample_nearest_neighbour",
    "subsample_linear_advantage",
)
