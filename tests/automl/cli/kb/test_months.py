from __future__ import annotations

import pandas as pd
import pytest

from automl.cli.kb.months import MOST_PERIODS, periods


def counted(**counts: int) -> pd.DataFrame:
    months = [name.removeprefix("m").replace("_", "-") for name in counts]
    return pd.DataFrame({"month": months, "n_outcomes": list(counts.values())})


def test_two_years_are_shown_by_month():
    rows = periods(counted(m2023_01=1, m2024_12=3))
    assert len(rows) == MOST_PERIODS
    assert (rows[0], rows[1], rows[-1]) == (("2023-01", 1), ("2023-02", 0), ("2024-12", 3))


def test_more_are_shown_by_year():
    assert periods(counted(m2023_01=1, m2023_05=4, m2025_01=3)) == [("2023", 5), ("2024", 0), ("2025", 3)]


@pytest.mark.parametrize("first", ["0001-01", "1970-01"])
def test_a_clock_that_is_far_off_does_not_hide_the_rest(first):
    rows = periods(pd.DataFrame({"month": [first, "2026-11"], "n_outcomes": [1, 5]}))
    assert len(rows) == MOST_PERIODS
    assert rows[-1] == ("2026", 5)


def test_without_any_date_there_is_one_row():
    assert periods(pd.DataFrame({"month": [None], "n_outcomes": [4]})) == [("no date", 4)]
