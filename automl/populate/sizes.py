"""The sizes of a task's table, as far as a translation depends on them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from automl.task import Problem


@dataclass(frozen=True)
class Sizes:
    """Sizes of a table without its target.

    Parameters
    ----------
    n_rows : int
    n_numeric, n_categorical : int
        Columns by kind.
    n_categories : int
        Different values of all categorical columns together.
    largest : int
        Most different values of one categorical column, 0 without such columns.
    has_missing : bool
        Whether a value is missing, or that is unknown.
    """

    n_rows: int
    n_numeric: int
    n_categorical: int = 0
    n_categories: int = 0
    largest: int = 0
    has_missing: bool = True


def sizes_of(qualities: Mapping[str, float], task_type: Problem) -> Sizes | None:
    """Read the sizes from OpenML's qualities of a data set; None where one is missing.

    OpenML counts the target as a feature, and columns that are no predictors. Its statistics of distinct values are -1
    where no predictor is categorical; they leave the target out on most data sets and have it in on some older ones,
    which rounded to whole values is hardly a difference.

    Examples
    --------
    >>> credit_g = {"NumberOfInstances": 1000.0, "NumberOfNumericFeatures": 7.0, "NumberOfSymbolicFeatures": 14.0}
    >>> credit_g |= {"MeanNominalAttDistinctValues": 56 / 13, "MaxNominalAttDistinctValues": 11.0}
    >>> sizes_of(credit_g, "binary")
    Sizes(n_rows=1000, n_numeric=7, n_categorical=13, n_categories=56, largest=11, has_missing=True)
    """
    n_rows = qualities.get("NumberOfInstances", math.nan)
    n_numeric = qualities.get("NumberOfNumericFeatures", math.nan) - (task_type == "regression")
    n_categorical = qualities.get("NumberOfSymbolicFeatures", math.nan) - (task_type != "regression")
    mean = qualities.get("MeanNominalAttDistinctValues", math.nan)
    largest = qualities.get("MaxNominalAttDistinctValues", math.nan)
    if n_categorical == 0 or mean < 0:
        n_categorical, mean, largest = 0.0, 0.0, 0.0
    numbers = (n_rows, n_numeric, n_categorical, n_categorical * mean, largest)
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        return None
    has_missing = qualities.get("NumberOfMissingValues") != 0
    counts = [round(number) for number in numbers]
    return Sizes(counts[0], counts[1], counts[2], counts[3], counts[4], has_missing)
