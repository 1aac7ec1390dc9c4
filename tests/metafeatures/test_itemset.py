"""Shares of values and of exactly one of two values."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared

from metafeatures.feature import UndefinedError
from metafeatures.groups import itemset


def test_worked_out_by_hand() -> None:
    codes = np.array([[0, 0], [0, 1], [1, 1], [1, -1]])
    t = shared(np.empty((4, 0)), [0, 1, 0, 1], codes=codes)
    assert itemset.item_share(t).tolist() == [0.5, 0.5, 0.25, 0.5]
    # Pairs (a=0, b=0), (a=0, b=1), (a=1, b=0), (a=1, b=1)
    assert itemset.either_item_share(t).tolist() == [0.25, 0.5, 0.75, 0.5]


def test_one_column_has_no_pairs() -> None:
    with pytest.raises(UndefinedError):
        itemset.either_item_share(shared(np.arange(30.0)[:, None], np.arange(30) % 2))


def test_many_values_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itemset, "MAX_ITEMS", 4)
    codes = np.column_stack([np.arange(40), np.arange(40) % 2, np.arange(40) % 2])
    t = shared(np.empty((40, 0)), np.arange(40) % 2, codes=codes)
    assert sorted(itemset.either_item_share(t)) == [0.0, 0.0, 1.0, 1.0]
