"""Outcomes over time, as the rows of a bar chart."""

from __future__ import annotations

import pandas as pd

MOST_PERIODS = 24


def periods(months: pd.DataFrame) -> list[tuple[str, int]]:
    """Give outcomes by month, or by year where there are too many months; what has no date comes last.

    Parameters
    ----------
    months : DataFrame
        Columns month ("2025-06", None without a date) and n_outcomes.

    Returns
    -------
    list of (str, int)
        Of months or years the last `MOST_PERIODS`, those without outcomes between others too.

    Examples
    --------
    >>> periods(pd.DataFrame({"month": ["2024-11", "2025-01", None], "n_outcomes": [5, 7, 2]}))
    [('2024-11', 5), ('2024-12', 0), ('2025-01', 7), ('no date', 2)]
    >>> periods(pd.DataFrame({"month": ["2015-11", "2024-01"], "n_outcomes": [5, 7]}))[:3]
    [('2015', 5), ('2016', 0), ('2017', 0)]
    """
    dated = months.dropna(subset=["month"])
    undated = int(months["n_outcomes"].sum() - dated["n_outcomes"].sum())
    for unit in ("M", "Y"):
        index = pd.PeriodIndex(dated["month"], freq="M").asfreq(unit)
        counts = dated["n_outcomes"].groupby(index).sum()
        if len(counts):
            counts = counts.reindex(pd.period_range(counts.index[0], counts.index[-1], freq=unit), fill_value=0)
        if len(counts) <= MOST_PERIODS:
            break
    rows = [(str(period), int(n)) for period, n in counts.tail(MOST_PERIODS).items()]
    return rows + ([("no date", undated)] if undated else [])
