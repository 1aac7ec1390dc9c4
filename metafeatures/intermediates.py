"""What several meta-features share, each computed once per table and only when asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np

from metafeatures import columns, contingency, design
from metafeatures.arrays import FloatArray, IntArray
from metafeatures.columns import ColumnProfile, PairMoments
from metafeatures.contingency import Contingency
from metafeatures.feature import TimeLimitError
from metafeatures.sampling import RowLimits, stratified_rows
from metafeatures.tabular import Table

MAX_PAIRED_COLUMNS = 1_000
MAX_CLASS_PAIRS = 500
T = TypeVar("T")


class Intermediates:
    """Shared intermediates of one table.

    Everything is a property that computes on first access and keeps its result. Counts are exact over all
    rows; the rest is over the samples that `limits` allows.

    Parameters
    ----------
    table : Table
    limits : RowLimits
    random_state : int
        Seed of the samples and of every model.
    deadline : float
        Reading of `time.perf_counter` after which long loops give up.

    Examples
    --------
    >>> from metafeatures.tabular import make_table
    >>> table = make_table(np.array([[1.0], [2.0], [np.nan]]), [0, 1, 1], categorical=None, task="auto")
    >>> shared = Intermediates(table, RowLimits(), random_state=0)
    >>> shared.n_rows, shared.profile.mean.tolist(), shared.class_counts.tolist()
    (3, [1.5], [1, 2])
    """

    def __init__(self, table: Table, limits: RowLimits, random_state: int, deadline: float = math.inf) -> None:
        self.table = table
        self.limits = limits
        self.random_state = random_state
        self.deadline = deadline
        self.is_classification: bool = table.task != "regression"
        self.n_rows: int = table.numeric.shape[0]
        self.n_numeric: int = table.numeric.shape[1]
        self.n_categorical: int = table.categorical.shape[1]
        self.n_columns: int = self.n_numeric + self.n_categorical

        self._kept: dict[Callable[..., Any], Any] = {}

    def once(self, compute: Callable[[Intermediates], T]) -> T:
        """Result of ``compute(self)``, computed at the first call: for what one group alone shares.

        Parameters
        ----------
        compute : callable
            A function of a module, not a lambda: it is the key.
        """
        if compute not in self._kept:
            self._kept[compute] = compute(self)
        return cast(T, self._kept[compute])

    def check_time(self) -> None:
        """Raise `TimeLimitError` after the deadline; for loops over models, folds or pairs of classes."""
        if time.perf_counter() >= self.deadline:
            raise TimeLimitError

    def rng(self, stream: int) -> np.random.Generator:
        """A generator of its own for each use, so that no result depends on what else was computed."""
        return np.random.default_rng([self.random_state, stream])

    def _sample(self, size: int, stream: int) -> Table:
        if self.n_rows <= size:
            return self.table
        sample = self.table.take(stratified_rows(self.table.target, size, self.rng(stream)))
        if not self.is_classification:
            return sample
        codes = np.unique(sample.target, return_inverse=True)[1]  # a class may be lost, codes stay without gaps
        return replace(sample, target=codes)

    # Samples of rows

    @cached_property
    def column_sample(self) -> Table:
        """Rows for statistics of columns."""
        least = self.limits.subsample
        return self._sample(min(self.limits.columns, max(self.limits.cells // max(1, self.n_columns), least)), 0)

    @cached_property
    def model_sample(self) -> Table:
        """Rows for models."""
        return self._sample(self.limits.models, 1)

    @cached_property
    def pair_sample(self) -> Table:
        """Rows for work on all pairs of rows."""
        return self._sample(self.limits.pairs, 2)

    @cached_property
    def subsample(self) -> Table:
        """Rows for the cheap landmarkers."""
        return self._sample(self.limits.subsample, 3)

    # Target

    @cached_property
    def class_counts(self) -> IntArray:
        """Rows of each class, all rows."""
        return np.bincount(self.table.target) if self.is_classification else np.empty(0, dtype=np.int32)

    @property
    def n_classes(self) -> int:
        """Classes that occur; 0 for regression."""
        return len(self.class_counts)

    @cached_property
    def target_profile(self) -> ColumnProfile:
        """Profile of a numeric target, all rows; arrays of shape (1,)."""
        return columns.profile_columns(columns.sort_columns(self.table.target[:, None]))

    @cached_property
    def target_codes(self) -> IntArray:
        """Class codes on the column sample; of a numeric target, its equal-frequency bins."""
        target = self.column_sample.target
        return target if self.is_classification else contingency.discretise(target[:, None])[:, 0]

    # Missing values and levels, all rows

    @cached_property
    def missing(self) -> design.MissingCounts:
        """Missing and infinite values, counted over all rows."""
        return design.count_missing(self.table)

    @cached_property
    def level_counts(self) -> list[IntArray]:
        """Per categorical column the rows of each level that occurs, all rows."""
        return [contingency.level_counts(self.table.categorical[:, j]) for j in range(self.n_categorical)]

    @cached_property
    def cardinality(self) -> FloatArray:
        """Levels per categorical column."""
        return np.array([len(counts) for counts in self.level_counts], dtype=np.float64)

    # Numeric columns, column sample

    @cached_property
    def sorted_numeric(self) -> FloatArray:
        """Numeric columns as sorted rows, missing ones last."""
        return columns.sort_columns(self.column_sample.numeric)

    @cached_property
    def profile(self) -> ColumnProfile:
        """Counts, moments and quartiles of the numeric columns."""
        return columns.profile_columns(self.sorted_numeric)

    @cached_property
    def numeric_moments(self) -> PairMoments:
        """Covariance and correlation of the numeric columns, of 1,000 drawn at random where there are more."""
        numeric = self.column_sample.numeric
        if self.n_numeric > MAX_PAIRED_COLUMNS:
            numeric = numeric[:, np.sort(self.rng(4).choice(self.n_numeric, MAX_PAIRED_COLUMNS, replace=False))]
        return columns.pair_moments(numeric)

    @cached_property
    def class_scatter(self) -> contingency.ClassScatter:
        """Sums and squares of the numeric columns within and between classes."""
        sample = self.column_sample
        return contingency.class_scatter(sample.numeric, sample.target)

    # Information

    @cached_property
    def discrete(self) -> IntArray:
        """Categorical columns and equal-frequency bins of the numeric ones, -1 for missing."""
        sample = self.column_sample
        return np.hstack([sample.categorical, contingency.discretise(sample.numeric, self.sorted_numeric)])

    @cached_property
    def contingency(self) -> list[Contingency]:
        """Each discrete column against the target."""
        codes, target = self.discrete, self.target_codes
        return [contingency.cross(codes[:, j], target) for j in range(codes.shape[1])]

    # Models and pairs of rows

    @cached_property
    def model_matrix(self) -> FloatArray:
        """Design matrix of the model sample."""
        return design.design_matrix(self.model_sample)

    @cached_property
    def class_pairs(self) -> list[tuple[int, int]]:
        """Pairs of classes of the model sample, 500 drawn at random where there are more."""
        n_classes = int(self.model_sample.target.max()) + 1
        first, second = np.triu_indices(n_classes, k=1)
        chosen = np.sort(self.rng(5).permutation(len(first))[:MAX_CLASS_PAIRS])
        return list(zip(first[chosen].tolist(), second[chosen].tolist(), strict=True))

    @cached_property
    def subsample_matrix(self) -> FloatArray:
        """Standardised design matrix of the subsample."""
        return design.standardise(design.design_matrix(self.subsample))

    @cached_property
    def pair_matrix(self) -> FloatArray:
        """Design matrix of the pair sample."""
        return design.design_matrix(self.pair_sample)
