"""Summaries equal numpy's and scipy's, and say NaN where there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metafeatures.summaries import SUMMARIES, summarise, summary_names


@pytest.fixture(scope="module")
def v() -> np.ndarray:
    return np.random.default_rng(0).gamma(2.0, size=57)


def test_moments(v: np.ndarray) -> None:
    found = summarise(np.append(v, [np.nan, np.inf]), SUMMARIES)
    assert found["mean"] == pytest.approx(v.mean())
    assert found["sd"] ** 2 == pytest.approx(found["var"]) == pytest.approx(v.var(ddof=1))
    assert found["iqr"] == pytest.approx(stats.iqr(v))
    assert found["skewness"] == pytest.approx(stats.skew(v) * (56 / 57) ** 1.5)
    assert found["kurtosis"] == pytest.approx((stats.kurtosis(v) + 3) * (56 / 57) ** 2 - 3)
    assert found["count"] == 57
    assert found["norm"] ** 2 == pytest.approx(found["sum_of_squares"])
    assert sum(value for name, value in found.items() if name.startswith("histogram")) == pytest.approx(1.0)


def test_names_match() -> None:
    assert list(summarise(np.arange(5.0), SUMMARIES)) == summary_names(SUMMARIES)


def test_one_element_has_a_mean_and_no_spread() -> None:
    found = summarise(np.array([3.0]), SUMMARIES)
    assert found["mean"] == found["median"] == found["max"] == 3.0
    assert np.isnan([found["sd"], found["skewness"], found["kurtosis"]]).all()


def test_nothing_has_nothing() -> None:
    assert np.isnan(list(summarise(np.array([np.nan]), SUMMARIES).values())).all()


def test_equal_elements_have_no_shape() -> None:
    assert np.isnan(summarise(np.full(9, 0.1), ["skewness"])["skewness"])


def test_a_range_of_one_ulp_has_no_histogram() -> None:
    found = summarise(np.array([1.0, np.nextafter(1.0, 2.0)]), ["histogram"])
    assert np.isnan(found["histogram.0"])
