"""Raw columns and the ways between them."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from automl.encoding.columns import (
    Labels,
    Moments,
    Numbers,
    cell_text,
    even_sample,
    factorised,
    from_objects,
    labels,
    seconds_of,
    text_numbers,
    to_labels,
    to_numbers,
)


def objects(*cells):
    values = np.empty(len(cells), dtype=object)
    values[:] = cells
    return values


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ((3, 3.0, np.int8(3), np.float32(3), "3", " 3 ", b"3"), "3"),
        ((True, np.True_, "True"), "True"),
        ((0.5, "0.5"), "0.5"),
    ],
)
def test_equal_cells_read_alike(cells, text):
    assert {cell_text(cell) for cell in cells} == {text}


def test_cells_that_read_alike_become_one():
    found = labels(np.array([0, 1, 2, 3, -1]), [1, "1", " a", ""])
    assert found.texts == ["1", "a"]
    assert found.codes.tolist() == [0, 0, 1, -1, -1]


def test_counts_and_spread():
    found = factorised(objects("a", "b", None, "a"))
    assert found.counts.tolist() == [2, 1]
    assert found.spread(np.array([1.0, 2.0]), np.nan).tolist()[:2] == [1.0, 2.0]
    assert np.isnan(found.spread(np.array([1.0, 2.0]), np.nan)[2])
    assert Labels(np.array([-1]), []).spread(np.zeros(0, dtype=np.int32), -1).tolist() == [-1]


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        ((1, None, 2.5), Numbers),
        ((True, None), Numbers),
        ((datetime.timedelta(1), None), Numbers),
        ((datetime.date(2020, 1, 1), None), Moments),
        ((pd.Timestamp("2020", tz="UTC"), pd.NaT), Moments),
        (("a", None), Labels),
        ((None, None), Labels),
        ((1, "a"), Labels),
        (([1], {}), Labels),
    ],
)
def test_objects_are_read_by_what_they_are(cells, form):
    assert isinstance(from_objects(objects(*cells)), form)


def test_seconds():
    times = pd.Series(pd.to_datetime(["1970-01-02", None, "1969-12-31 23:59:59.5"], format="mixed"))
    expected = [86400.0, np.nan, -0.5]
    for form in (times, times.to_numpy(), times.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")):
        assert np.array_equal(seconds_of(form), expected, equal_nan=True)


def test_text_numbers():
    found = text_numbers(["1", "-2.5e1", "True", "False", "one", "", "inf"])
    assert np.array_equal(found, [1, -25, 1, 0, np.nan, np.nan, np.inf], equal_nan=True)


@pytest.mark.parametrize("column", [Numbers(np.array([1.0, np.nan, 2.5])), factorised(objects("1", None, "2.5"))])
def test_numbers_and_labels_lead_to_each_other(column):
    assert np.array_equal(to_numbers(column), [1, np.nan, 2.5], equal_nan=True)
    found = to_labels(column)
    assert (found.texts, found.codes.tolist()) == (["1", "2.5"], [0, -1, 1])


def test_moments_as_labels_and_numbers():
    column = Moments(np.array([86400.0, np.nan]))
    assert to_labels(column).texts == ["1970-01-02T00:00:00"]
    assert to_numbers(column)[0] == 86400


def test_even_sample_does_not_depend_on_order():
    texts = [f"{k:03}" for k in range(100)]
    found = even_sample(texts, 7)
    assert found == even_sample(texts[::-1], 7)
    assert len(found) <= 7
    assert found[0] == "000"
    assert found[-1] > "080"
