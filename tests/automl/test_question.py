"""The question of a fit: what is asked follows from the data, whoever hands it over and in whatever order."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from real_tables import load_table
from sklearn.model_selection import TimeSeriesSplit

from automl.question import pose_question


def test_the_order_of_rows_does_not_change_the_question() -> None:
    X, y = load_table("hepatitis")
    order = np.random.default_rng(0).permutation(len(y))
    one = pose_question(X, y, kind="classification", seed=3)
    other = pose_question(X.iloc[order], y.iloc[order], kind="classification", seed=3)
    assert one.dataset.content_hash == other.dataset.content_hash
    assert one.task == other.task


def test_another_seed_splits_otherwise() -> None:
    X, y = load_table("hepatitis")
    plans = [pose_question(X, y, kind="classification", seed=seed).plan.digest() for seed in (0, 1)]
    assert plans[0] != plans[1]


def test_a_splitter_of_the_user_is_followed_row_by_row() -> None:
    X = np.arange(40.0)[:, None] ** 2
    y = np.sin(np.arange(40.0))
    question = pose_question(X, y, kind="regression", cv=TimeSeriesSplit(3))
    assert len(question.plan.folds) == 3
    for train, valid in question.plan.folds:  # later rows are judged by models of earlier ones
        assert question.dataset.table.numeric[train].max() < question.dataset.table.numeric[valid].min()


def test_groups_are_kept_together() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 5)
    question = pose_question(rng.normal(size=(100, 2)), rng.normal(size=100), kind="regression", groups=groups)
    found = question.dataset.groups
    assert found is not None
    for train, valid in question.plan.folds:
        assert not set(found[train]) & set(found[valid])


def test_a_metric_that_no_fold_defines_gives_way_to_one_that_is_defined(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="automl.question")
    y = np.repeat(["a", "b"], 20)
    one_class = [(np.arange(30), np.arange(30, 40))]
    question = pose_question(np.arange(40.0)[:, None], y, kind="classification", metric="roc_auc", cv=one_class)
    assert question.metric.name == question.task.metric == "neg_log_loss"
    assert "neg_log_loss is used instead" in caplog.text


@pytest.mark.parametrize("seed", range(5))
def test_a_fold_that_defines_the_metric_comes_first(seed: int) -> None:
    """Three rows of a class are in three folds of five; a first look at another would tell nothing."""
    y = np.repeat(["n", "p"], [117, 3])
    question = pose_question(np.arange(120.0)[:, None] / 7, y, kind="classification", seed=seed)
    has_both = [len(set(question.dataset.y[valid])) == 2 for _, valid in question.plan.folds]
    assert has_both == [True, True, True, False, False]
    assert question.metric.name == "roc_auc"


@pytest.mark.parametrize(
    ("metric", "kind", "message"),
    [("rmse", "classification", "rmse"), ("roc_auc", "regression", "roc_auc"), ("aucc", "classification", "aucc")],
)
def test_a_metric_that_does_not_fit_is_named(metric: str, kind: str, message: str) -> None:
    y = [0, 1] * 10 if kind == "classification" else [0.5 * i for i in range(20)]
    with pytest.raises(ValueError, match=message):
        pose_question([[i / 2] for i in range(20)], y, kind=kind, metric=metric)  # type: ignore[arg-type]
