"""Intermediates are computed once, on samples whose classes are coded without gaps."""

from __future__ import annotations

import numpy as np
import pytest
from metafeatures_tables import shared

from metafeatures.feature import TimeLimitError
from metafeatures.groups import landmarking, linearity, overlap
from metafeatures.intermediates import MAX_PAIRED_COLUMNS, Intermediates
from metafeatures.sampling import RowLimits


def test_once_is_once() -> None:
    calls = []

    def count(t: Intermediates) -> int:
        calls.append(t)
        return len(calls)

    t = shared(np.eye(3), [0, 1, 0])
    assert [t.once(count), t.once(count)] == [1, 1]


def test_long_loops_stop_at_the_deadline() -> None:
    late = Intermediates(shared(np.eye(30), [0, 1, 2] * 10).table, RowLimits(), random_state=0, deadline=0.0)
    for feature in (landmarking.best_node, landmarking.worst_node, linearity.linear_error, overlap.collective_overlap):
        with pytest.raises(TimeLimitError, match="time limit"):
            feature(late)


def test_many_columns_are_looked_at_on_fewer_rows() -> None:
    X, y = np.random.default_rng(0).normal(size=(300, 40)), [0, 1] * 150
    assert len(shared(X, y, limits=RowLimits(cells=4_000, subsample=50)).column_sample.target) == 100
    assert len(shared(X, y, limits=RowLimits(cells=4_000, subsample=200)).column_sample.target) == 200
    assert len(shared(X, y, limits=RowLimits.unlimited()).column_sample.target) == 300


def test_samples_have_their_sizes_and_codes() -> None:
    limits = RowLimits(columns=400, models=200, pairs=50, subsample=20)
    y = np.repeat(np.arange(100), 10)
    t = shared(np.arange(1_000.0)[:, None], y, task="multiclass", limits=limits)
    assert len(t.column_sample.target) == 400
    assert len(t.model_sample.target) == 200
    assert 50 <= len(t.pair_sample.target) <= 62
    assert 20 <= len(t.subsample.target) <= 25
    for sample in (t.column_sample, t.pair_sample, t.subsample):
        assert np.array_equal(np.unique(sample.target), np.arange(sample.target.max() + 1))
    assert t.n_classes == 100


def test_whole_table_is_its_own_sample() -> None:
    t = shared(np.eye(5), [0, 1, 0, 1, 0])
    assert t.column_sample is t.model_sample is t.table


def test_wide_tables_are_paired_in_part() -> None:
    t = shared(np.random.default_rng(0).normal(size=(5, MAX_PAIRED_COLUMNS + 10)), [0, 1, 0, 1, 0])
    assert t.numeric_moments.correlation.shape == (MAX_PAIRED_COLUMNS, MAX_PAIRED_COLUMNS)


def test_level_counts_leave_out_what_does_not_occur() -> None:
    t = shared(np.empty((4, 0)), [0, 1, 0, 1], codes=np.array([[0, 5], [0, -1], [2, 5], [-1, 7]]))
    assert t.cardinality.tolist() == [2, 2]
    assert [counts.tolist() for counts in t.level_counts] == [[2, 1], [2, 1]]
