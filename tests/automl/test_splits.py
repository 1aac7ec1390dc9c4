"""Split plans: every row has its place, groups stay whole, small tables and small classes are no error."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from automl.splits import HOLDOUT_ABOVE_CELLS, THREE_FOLDS_ABOVE_CELLS, SplitPlan, plan_splits, user_splits


def check(plan: SplitPlan, n_rows: int, *, partition: bool) -> None:
    assert plan.folds
    for train, valid in plan.folds:
        assert len(train) and len(valid)
        assert train.dtype == valid.dtype == np.intp
        assert not set(train) & set(valid)
        assert set(train) | set(valid) <= set(range(n_rows))
    if partition:
        assert sorted(np.concatenate([valid for _, valid in plan.folds])) == list(range(n_rows))
        assert all(len(train) + len(valid) == n_rows for train, valid in plan.folds)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**31), n_rows=st.integers(2, 60), n_classes=st.sampled_from([0, 2, 3, 7]))
def test_every_row_is_validated_once(seed: int, n_rows: int, n_classes: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_rows) if n_classes else rng.normal(size=n_rows)
    plan = plan_splits(y, n_classes=n_classes, n_columns=4, seed=seed)
    check(plan, n_rows, partition=True)
    assert len(plan.folds) == min(5, n_rows)


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    n_rows=st.integers(2, 40),
    n_groups=st.integers(2, 12),
    n_classes=st.sampled_from([0, 2, 4]),
    by_class=st.booleans(),
)
def test_groups_are_never_torn(seed: int, n_rows: int, n_groups: int, n_classes: int, by_class: bool) -> None:
    rng = np.random.default_rng(seed)
    groups = np.concatenate([[0, 1], rng.integers(n_groups, size=n_rows - 2)])
    y = rng.integers(n_classes, size=n_rows) if n_classes else rng.normal(size=n_rows)
    if by_class and n_classes:
        y = groups % n_classes
    for plan in (
        plan_splits(y, n_classes=n_classes, n_columns=4, groups=groups, seed=seed),
        user_splits(3, np.zeros((n_rows, 1)), y, groups, is_classification=n_classes > 0),
    ):
        check(plan, n_rows, partition=True)
        assert "by group" in plan.name
        for train, valid in plan.folds:
            assert not set(groups[train]) & set(groups[valid])


def test_groups_keep_classes_even_where_they_can() -> None:
    groups = np.repeat(np.arange(50), 4)
    y = np.tile([0, 0, 0, 1], 50)
    plan = plan_splits(y, n_classes=2, n_columns=4, groups=groups)
    assert [y[valid].mean() for _, valid in plan.folds] == [0.25] * 5


def test_a_single_group_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="single group; give at least two, or leave groups out"):
        plan_splits(np.arange(6) % 2, n_classes=2, n_columns=2, groups=np.zeros(6))
    with pytest.raises(ValueError, match="single group"):
        user_splits(2, np.zeros((6, 1)), np.arange(6) % 2, np.zeros(6), is_classification=True)


def test_classes_are_spread_evenly() -> None:
    y = np.repeat([0, 1, 2], [50, 100, 25])
    plan = plan_splits(y, n_classes=3, n_columns=4)
    assert plan.name == "5-fold stratified"
    for _, valid in plan.folds:
        assert np.bincount(y[valid]).tolist() == [10, 20, 5]


def test_a_class_smaller_than_the_folds_is_told_once_and_not_by_scikit_learn(caplog: Any) -> None:
    y = np.array([0] * 30 + [1] * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan = plan_splits(y, n_classes=2, n_columns=4)
    check(plan, 32, partition=True)
    assert sum((y[valid] == 1).any() for _, valid in plan.folds) == 2
    assert "smallest class has 2 rows, fewer than the 5 folds" in caplog.text


@pytest.mark.parametrize("n_rows", range(2, 11))
def test_tiny_tables_with_a_class_a_row(n_rows: int) -> None:
    plan = plan_splits(np.arange(n_rows), n_classes=n_rows, n_columns=2)
    check(plan, n_rows, partition=True)


@pytest.mark.parametrize("n_classes", [0, 2])
def test_large_tables_have_fewer_folds(n_classes: int) -> None:
    y = np.arange(1000) % 2 if n_classes else np.linspace(0, 1, 1000)

    def plan(cells: int, groups: Any = None) -> SplitPlan:
        return plan_splits(y, n_classes=n_classes, n_columns=cells // 1000, groups=groups)

    assert len(plan(THREE_FOLDS_ABOVE_CELLS).folds) == 5
    assert len(plan(THREE_FOLDS_ABOVE_CELLS + 1000).folds) == 3
    assert len(plan(HOLDOUT_ABOVE_CELLS).folds) == 3
    holdout = plan(HOLDOUT_ABOVE_CELLS + 1000)
    assert holdout.name == "holdout 25%"
    assert [(len(train), len(valid)) for train, valid in holdout.folds] == [(750, 250)]
    check(holdout, 1000, partition=False)
    assert len(plan(THREE_FOLDS_ABOVE_CELLS + 1000, groups=np.arange(1000) // 10).folds) == 3


def test_a_holdout_of_a_huge_table_is_a_smaller_share() -> None:
    plan = plan_splits(np.arange(150_000) % 2, n_classes=2, n_columns=100)
    assert plan.name == "holdout 13%"


def test_a_rare_class_is_not_left_to_a_holdout() -> None:
    y = np.array([0] * 995 + [1] * 5)
    plan = plan_splits(y, n_classes=2, n_columns=HOLDOUT_ABOVE_CELLS)
    assert len(plan.folds) == 3
    assert all((y[valid] == 1).any() for _, valid in plan.folds)


@pytest.mark.parametrize("groups", [None, np.arange(40) // 4])
def test_the_seed_decides(groups: Any) -> None:
    y = np.arange(40) % 2

    def valid_rows(seed: int) -> list[list[int]]:
        plan = plan_splits(y, n_classes=2, n_columns=3, groups=groups, seed=seed)
        return [valid.tolist() for _, valid in plan.folds]

    assert valid_rows(1) == valid_rows(1)
    assert valid_rows(1) != valid_rows(2)


X = np.zeros((40, 1))
Y = np.arange(40) % 2


@pytest.mark.parametrize(
    ("cv", "n_folds", "name"),
    [
        (4, 4, "k-fold (4 folds)"),
        (np.int64(4), 4, "k-fold (4 folds)"),
        (KFold(3, shuffle=True, random_state=0), 3, "KFold (3 folds)"),
        (RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0), 6, "RepeatedStratifiedKFold (6 folds)"),
        (TimeSeriesSplit(4), 4, "TimeSeriesSplit (4 folds)"),
        (ShuffleSplit(2, random_state=0), 2, "ShuffleSplit (2 folds)"),
        (LeaveOneOut(), 40, "LeaveOneOut (40 folds)"),
        (PredefinedSplit(np.arange(40) % 5 - 1), 4, "PredefinedSplit (4 folds)"),
    ],
)
def test_the_users_splitter_is_taken_as_it_is(cv: Any, n_folds: int, name: str) -> None:
    plan = user_splits(cv, X, Y, None, is_classification=True)
    check(plan, 40, partition=False)
    assert plan.name == name
    assert len(plan.folds) == n_folds
    if hasattr(cv, "split"):
        for (train, valid), (expected_train, expected_valid) in zip(plan.folds, cv.split(X, Y), strict=True):
            assert train.tolist() == expected_train.tolist()
            assert valid.tolist() == expected_valid.tolist()


def test_time_is_never_turned_back() -> None:
    plan = user_splits(TimeSeriesSplit(5), X, Y, None, is_classification=True)
    assert all(train.max() < valid.min() for train, valid in plan.folds)


def test_a_number_stratifies_classes_only() -> None:
    y = np.repeat([0, 1], 20)
    for _, valid in user_splits(4, X, y, None, is_classification=True).folds:
        assert y[valid].mean() == 0.5
    rows = user_splits(4, X, y.astype(float), None, is_classification=False).folds[0][1]
    assert rows.tolist() == list(range(10))


def test_the_users_group_splitter_gets_the_groups() -> None:
    groups = np.arange(40) // 8
    for train, valid in user_splits(GroupKFold(5), X, Y, groups, is_classification=True).folds:
        assert not set(groups[train]) & set(groups[valid])
    with pytest.raises(ValueError, match="groups"):
        user_splits(GroupKFold(5), X, Y, None, is_classification=True)


def test_iterables_of_positions_and_of_masks() -> None:
    first = np.arange(40) < 30
    for pairs in (
        [(np.flatnonzero(first), np.flatnonzero(~first))],
        [(first, ~first)],
        [(list(range(30)), range(30, 40))],
    ):
        for cv in (pairs, iter(pairs)):
            plan = user_splits(cv, X, Y, None, is_classification=True)
            assert plan.folds[0][0].tolist() == list(range(30))
            assert plan.folds[0][1].tolist() == list(range(30, 40))


class NoFolds:
    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        return 0

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        return iter(())


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ("five", "cv"),
        (1, "k-fold"),
        (41, "n_splits=41"),
        (NoFolds(), "gives no folds"),
        ([], "gives no folds"),
        ([([], [1, 2])], "a fold without rows"),
        ([([1, 2], [])], "a fold without rows"),
        ([([0, 1], [40])], "rows that a table of 40 rows does not have"),
        ([([0, -1], [2])], "rows that a table of 40 rows does not have"),
        ([1, 2], "cannot split this table"),
    ],
)
def test_bad_cv_is_refused(cv: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        user_splits(cv, X, Y, None, is_classification=True)
