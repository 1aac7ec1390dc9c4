"""Samples keep the shares of the classes and the shape of a numeric target."""

from __future__ import annotations

import numpy as np
import pytest

from metafeatures.sampling import RowLimits, stratified_rows


@pytest.mark.parametrize("size", [1, 10, 99, 500, 1_000])
def test_rows_are_distinct_ascending_and_as_many(size: int) -> None:
    rows = stratified_rows(np.random.default_rng(0).normal(size=1_000), size, np.random.default_rng(1))
    assert len(rows) == size
    assert np.all(np.diff(rows) > 0)
    assert rows.max(initial=0) < 1_000


def test_class_shares_are_kept_to_within_a_row() -> None:
    target = np.random.default_rng(0).permutation(np.repeat(np.arange(4), [700, 200, 90, 10]))
    counts = np.bincount(target[stratified_rows(target, 100, np.random.default_rng(1))])
    assert np.abs(counts - [70, 20, 9, 1]).max() <= 1


def test_a_rare_class_joins() -> None:
    target = np.repeat([0, 1], [9_999, 1])
    rows = stratified_rows(target, 20, np.random.default_rng(5))
    assert set(target[rows]) == {0, 1}
    assert len(rows) <= 21


def test_more_classes_than_rows_does_not_blow_up() -> None:
    assert len(stratified_rows(np.arange(10_000), 100, np.random.default_rng(0))) <= 125


def test_samples_differ_by_seed() -> None:
    target = np.zeros(1_000, dtype=int)
    first, second = (stratified_rows(target, 50, np.random.default_rng(seed)) for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_unlimited_keeps_the_subsample() -> None:
    assert RowLimits.unlimited().subsample == RowLimits().subsample
