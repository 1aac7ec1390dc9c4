from __future__ import annotations

import math

import pandas as pd
import pytest

from automl.benchmark.report import statistics
from automl.benchmark.report.statistics import average_ranks, critical_difference, wilson, win_rates

# Area under the curve of four learners on 14 data sets: Demšar (2006), table 6.
DEMSAR = pd.DataFrame(
    [
        (0.763, 0.768, 0.771, 0.798), (0.599, 0.591, 0.590, 0.569), (0.954, 0.971, 0.968, 0.967),
        (0.628, 0.661, 0.654, 0.657), (0.882, 0.888, 0.886, 0.898), (0.936, 0.931, 0.916, 0.931),
        (0.661, 0.668, 0.609, 0.685), (0.583, 0.583, 0.563, 0.625), (0.775, 0.838, 0.866, 0.875),
        (1.000, 1.000, 1.000, 1.000), (0.940, 0.962, 0.965, 0.962), (0.619, 0.666, 0.614, 0.669),
        (0.972, 0.981, 0.9751, 0.975), (0.957, 0.978, 0.946, 0.970),
    ],
    columns=["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"],
)  # fmt: skip


def test_ranks_and_tests_are_those_of_the_published_example():
    found = statistics.tested_ranks(DEMSAR)
    assert found.ranks.round(3).to_dict() == {"C4.5+m+cf": 1.964, "C4.5+m": 2.0, "C4.5+cf": 2.893, "C4.5": 3.143}
    # 9.28 in the paper, whose formula leaves ties uncorrected; scipy's corrects them.
    uncorrected = 12 * 14 / (4 * 5) * (sum(r * r for r in found.ranks) - 4 * 25 / 4)
    assert uncorrected == pytest.approx(9.28, abs=0.01)
    assert found.statistic >= uncorrected
    assert found.is_rejected
    # At 0.05 the post-hoc test finds no difference of the best from the second; the distance is 1.25.
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)
    assert found.told_apart("C4.5+m") == []


@pytest.mark.parametrize(("k", "q"), [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)])
def test_critical_values_are_those_of_the_published_table(k, q):
    assert critical_difference(k, 30) == pytest.approx(q * math.sqrt(k * (k + 1) / 180), abs=0.002)


def test_ties_share_a_rank():
    assert average_ranks(pd.DataFrame({"b": [1.0], "a": [1.0], "c": [0.0]})).to_dict() == {"a": 1.5, "b": 1.5, "c": 3.0}


def test_two_frameworks_have_a_sign_test():
    found = statistics.tested_ranks(pd.DataFrame({"x": [1.0] * 9 + [0.0], "y": [0.5] * 10}))
    assert (found.test, found.statistic) == ("sign", 9.0)
    assert found.p_value == pytest.approx(0.0215, abs=1e-4)
    assert found.told_apart("x") == ["y"]


@pytest.mark.parametrize("names", [["x"], ["x", "y"], ["x", "y", "z"]])
def test_where_all_are_alike_nothing_is_tested(names):
    found = statistics.tested_ranks(pd.DataFrame({name: [0.5, 0.6, 0.7] for name in names}))
    assert found.test == "none" and not found.is_rejected
    assert all(found.told_apart(name) == [] for name in names)


def test_one_table_tells_nothing_apart():
    found = statistics.tested_ranks(pd.DataFrame({"x": [0.9], "y": [0.8], "z": [0.7]}))
    assert list(found.ranks) == [1.0, 2.0, 3.0]
    assert not found.is_rejected


def test_win_rates_count_ties_as_half_and_mirror():
    scores = pd.DataFrame({"x": [3.0, 2.0, 1.0, 1.0], "y": [1.0, 1.0, 1.0, 2.0]})
    found = win_rates(scores)
    assert found.rate.loc["x", "y"] == 2.5 / 4
    assert found.rate.loc["x", "y"] + found.rate.loc["y", "x"] == 1.0
    assert found.low.loc["x", "y"] == pytest.approx(1.0 - found.high.loc["y", "x"])
    assert math.isnan(found.rate.loc["x", "x"])


@pytest.mark.parametrize(
    ("wins", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)]
)
def test_intervals_stay_within_0_and_1(wins, n, low, high):
    assert wilson(wins, n) == pytest.approx((low, high), abs=1e-4)
