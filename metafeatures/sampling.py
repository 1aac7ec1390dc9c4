"""How many rows each kind of work looks at, and which ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RowLimits:
    """Most rows that each kind of work looks at; a larger table is sampled down to it.

    Sizes, missing shares and class counts always come from all rows.

    Parameters
    ----------
    columns : int
        Rows for statistics of columns and pairs of columns (one pass or a sort).
    cells : int
        Of a table with many columns fewer rows, so that rows times columns stay below this; never fewer than
        `subsample`.
    models : int
        Rows for models: landmarkers, trees, linear classifiers.
    pairs : int
        Rows for work on all pairs of rows; time and memory grow with its square.
    subsample : int
        Rows for the cheap landmarkers.

    Examples
    --------
    >>> RowLimits(pairs=500).pairs, RowLimits.unlimited().models > 10**15
    (500, True)
    """

    columns: int = 50_000
    cells: int = 5_000_000
    models: int = 5_000
    pairs: int = 2_000
    subsample: int = 1_000

    @classmethod
    def unlimited(cls) -> RowLimits:
        """Every row for everything, except for the cheap landmarkers, which are defined on a subsample."""
        most = int(np.iinfo(np.intp).max)
        return cls(columns=most, cells=most, models=most, pairs=most)


def stratified_rows(target: NDArray[Any], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """A random sample of rows, spread evenly over the sorted target.

    Each class keeps its share to within one row, and so does each stretch of a numeric target. A class too rare to
    be drawn joins with one row, as long as such rows are at most a quarter of the sample. This is a systematic
    sample of the rows sorted by target, rows of equal target in random order (Cochran, "Sampling Techniques",
    3rd ed., 1977, chapter 8).

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
    size : int
        Rows to take, at most ``n_rows``.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (size or a little more,), intp
        In ascending order.

    Examples
    --------
    >>> target = np.repeat([0, 1], [90, 10])
    >>> np.bincount(target[stratified_rows(target, 20, np.random.default_rng(0))]).tolist()
    [18, 2]
    """
    shuffled = rng.permutation(len(target))
    by_target = shuffled[np.argsort(target[shuffled], kind="stable")]
    start = rng.random()
    picks = ((np.arange(size) + start) * (len(target) / size)).astype(np.intp)
    chosen = by_target[np.minimum(picks, len(target) - 1)]
    if target.dtype.kind == "i":
        lost = np.setdiff1d(target, target[chosen])[: size // 4]
        chosen = np.union1d(chosen, by_target[np.searchsorted(target[by_target], lost)])
    return np.sort(chosen)
