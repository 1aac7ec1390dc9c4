"""Codes of categories."""

from __future__ import annotations

import numpy as np

from automl.encoding import categories as module
from automl.encoding.categories import CategoryEncoder, IdentifierEncoder
from automl.encoding.columns import Labels, Numbers, factorised


def column(*cells):
    return factorised(np.array(cells, dtype=object))


def test_sorted_unless_ordered():
    assert list(CategoryEncoder.fit(column("b", "c", "a")).codes) == ["a", "b", "c"]
    ordered = Labels(np.array([0, 1, 2]), ["low", "mid", "high"], declared=True, ordered=True)
    assert list(CategoryEncoder.fit(ordered).codes) == ["low", "mid", "high"]


def test_unseen_and_missing():
    encoder = CategoryEncoder.fit(column("b", "a"))
    found = encoder.encode(column("a", "z", None))
    assert found.tolist() == [0, -1, -1]
    assert found.dtype == np.int32


def test_the_most_frequent_are_kept(monkeypatch):
    monkeypatch.setattr(module, "MAX_CATEGORIES", 2)
    encoder = CategoryEncoder.fit(column("d", "c", "c", "b", "b", "a", "a", "a"))
    assert list(encoder.codes) == ["a", "b"]


def test_numbers_find_their_category():
    encoder = CategoryEncoder.fit(column("1", "2"))
    assert encoder.encode(Numbers(np.array([2.0, 1.0, 7.0, np.nan]))).tolist() == [1, 0, -1, -1]


def test_identifiers():
    fitted = column("k1", "k2", "k1", "k3", "k1", None)
    encoder = IdentifierEncoder.fit(fitted)
    assert encoder.encode(fitted).tolist() == [0, -1, 0, -1, 0, -1]
    assert np.array_equal(encoder.frequencies(fitted), [3, 1, 3, 1, 3, np.nan], equal_nan=True)
    assert encoder.frequencies(column("new")).tolist() == [1]
