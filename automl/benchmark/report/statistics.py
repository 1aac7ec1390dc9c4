"""Average ranks, whether they differ by more than chance, and win rates with intervals.

After Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7 (2006): Friedman's test, and
Nemenyi's for the pairs where that rejects; the sign test for two. What is compared are means over folds and seeds, one
value a table, because folds of one table are not independent of each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import scikit_posthocs
from scipy import stats

ALPHA = 0.05
# Demšar gives these as the least for which the distribution of Friedman's statistic is close to chi-squared.
LEAST_TABLES, LEAST_FRAMEWORKS = 10, 5


@dataclass(frozen=True)
class RankTest:
    """Average ranks and what a test says of them.

    Parameters
    ----------
    ranks : Series
        Framework to average rank, 1 for the best, the best first.
    n_tables : int
    test : {"friedman", "sign", "none"}
        Which test was made: for three frameworks and more, for two, and where nothing could come out of it.
    statistic : float
        Friedman's chi-squared, or the number of tables that the first one wins; missing without a test.
    p_value : float
        Missing without a test.
    critical_difference : float
        The distance of two average ranks from which on Nemenyi's test tells them apart; missing for fewer than three.
    pairs : DataFrame of shape (n_frameworks, n_frameworks)
        p-values of Nemenyi's test, all 1 where Friedman's does not reject; empty without Friedman's test.
    """

    ranks: pd.Series[float]
    n_tables: int
    test: str
    statistic: float
    p_value: float
    critical_difference: float
    pairs: pd.DataFrame

    @property
    def is_rejected(self) -> bool:
        """Whether the frameworks differ by more than chance."""
        return self.p_value < ALPHA

    def told_apart(self, framework: str) -> list[str]:
        """The frameworks that differ from one by more than chance, the best first."""
        if self.test == "sign":
            return [name for name in self.ranks.index if name != framework and self.is_rejected]
        return [name for name in self.ranks.index if name in self.pairs and self.pairs.loc[framework, name] < ALPHA]


def average_ranks(scores: pd.DataFrame) -> pd.Series[float]:
    """Mean over tables of the rank on each, ties shared.

    Parameters
    ----------
    scores : DataFrame of shape (n_tables, n_frameworks)
        Greater is better.

    Returns
    -------
    Series
        The best first; equal ones by name.

    Examples
    --------
    >>> average_ranks(pd.DataFrame({"x": [0.9, 0.8], "y": [0.7, 0.8], "z": [0.5, 0.1]})).to_dict()
    {'x': 1.25, 'y': 1.75, 'z': 3.0}
    """
    ranks = scores.rank(axis=1, ascending=False).mean()
    return ranks.sort_index().sort_values(kind="stable")


def critical_difference(n_frameworks: int, n_tables: int, alpha: float = ALPHA) -> float:
    """Nemenyi's critical difference of average ranks.

    Examples
    --------
    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    q = float(stats.studentized_range.ppf(1.0 - alpha, n_frameworks, math.inf)) / math.sqrt(2.0)
    return q * math.sqrt(n_frameworks * (n_frameworks + 1) / (6.0 * n_tables))


def tested_ranks(scores: pd.DataFrame) -> RankTest:
    """Rank frameworks and test the ranks.

    Parameters
    ----------
    scores : DataFrame of shape (n_tables, n_frameworks)
        Greater is better; no value is missing.
    """
    ranks = average_ranks(scores)
    n_tables, n_frameworks = scores.shape
    nothing = pd.DataFrame()
    if n_frameworks == 2:
        wins = int((scores[ranks.index[0]] > scores[ranks.index[1]]).sum())
        decided = int((scores[ranks.index[0]] != scores[ranks.index[1]]).sum())
        if decided:
            p = float(stats.binomtest(wins, decided).pvalue)
            return RankTest(ranks, n_tables, "sign", float(wins), p, math.nan, nothing)
    if n_frameworks < 3:
        return RankTest(ranks, n_tables, "none", math.nan, math.nan, math.nan, nothing)
    distance = critical_difference(n_frameworks, n_tables)
    # Also where ranks as far apart as they can be would not differ, or where all tie.
    if distance >= n_frameworks - 1 or ranks.max() == ranks.min():
        return RankTest(ranks, n_tables, "none", math.nan, math.nan, distance, nothing)
    ordered = scores[ranks.index]
    statistic, p = stats.friedmanchisquare(*(ordered[name] for name in ordered))
    pairs = pd.DataFrame(1.0, index=ranks.index, columns=ranks.index)
    if p < ALPHA:
        pairs = pairs * scikit_posthocs.posthoc_nemenyi_friedman(ordered.to_numpy()).to_numpy()
    return RankTest(ranks, n_tables, "friedman", float(statistic), float(p), distance, pairs)


@dataclass(frozen=True)
class WinRates:
    """Share of tables on which the framework of the row beats that of the column, ties as half; missing to itself.

    All are DataFrames of shape (n_frameworks, n_frameworks).
    """

    rate: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame


def win_rates(scores: pd.DataFrame) -> WinRates:
    """Compare each framework with each other one.

    Parameters
    ----------
    scores : DataFrame of shape (n_tables, n_frameworks)
        Greater is better; no value is missing.

    Examples
    --------
    >>> found = win_rates(pd.DataFrame({"x": [0.9, 0.8], "y": [0.7, 0.8]}))
    >>> found.rate.loc["x", "y"], found.rate.loc["y", "x"]
    (np.float64(0.75), np.float64(0.25))
    """
    names = list(scores)
    rate, low, high = (pd.DataFrame(math.nan, index=names, columns=names, dtype=float) for _ in range(3))
    for one in names:
        for other in names:
            if one != other:
                wins = float((scores[one] > scores[other]).sum() + 0.5 * (scores[one] == scores[other]).sum())
                rate.loc[one, other] = wins / len(scores)
                low.loc[one, other], high.loc[one, other] = wilson(wins, len(scores))
    return WinRates(rate, low, high)


def wilson(wins: float, n: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Interval of a share after Wilson (1927); wins may be halves, which scipy's does not take.

    Examples
    --------
    >>> tuple(round(bound, 4) for bound in wilson(7, 10))
    (0.3968, 0.8922)
    """
    z = float(stats.norm.ppf(1.0 - alpha / 2.0))
    share = wins / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)
