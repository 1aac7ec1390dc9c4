from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from knowledge_base import KnowledgeBase

Fill = Callable[..., None]


@pytest.fixture
def filled(kb: KnowledgeBase, fill: Fill) -> KnowledgeBase:
    fill(kb, "c0", {"k0": 0.3, "k1": 0.1, "k2": None}, metafeatures={"size": 1.0, "skew": 0.0})
    fill(kb, "c1", {"k0": 0.2, "k3": 0.4}, metafeatures={"size": 2.0, "skew": 0.5}, space_version="2")
    fill(kb, "c2", {"k0": 0.5}, metafeatures={"size": 4.0}, metric="accuracy")
    fill(kb, "c3", {"k0": 9.0}, metafeatures={"size": 2.0}, task_type="regression", metric="r2")
    return kb


def ids(kb: KnowledgeBase) -> dict[str, int]:
    frame = kb.outcomes().drop_duplicates("content_hash")
    return dict(zip(frame["content_hash"], frame["task_id"], strict=True))


def test_outcomes_are_left_out_by_each_condition(filled: KnowledgeBase) -> None:
    def contents(**conditions: object) -> list[str]:
        return filled.outcomes(**conditions)["content_hash"].tolist()  # type: ignore[arg-type]

    assert contents() == ["c0"] * 3 + ["c1"] * 2 + ["c2", "c3"]
    assert contents(metric="accuracy") == ["c2"]
    assert contents(task_type="regression") == ["c3"]
    assert contents(space_version="2") == ["c1", "c1"]
    assert contents(status="crash") == ["c0"]
    assert contents(status=["ok", "crash"], exclude_content=["c0", "c1"]) == ["c2", "c3"]
    assert contents(task_ids=[ids(filled)["c2"]]) == ["c2"]
    assert contents(task_ids=[]) == []
    assert contents(full_fidelity=False) == []
    assert contents(task_type="'; DROP TABLE outcome; --") == []


def test_the_loss_matrix_holds_the_best_loss(filled: KnowledgeBase, fill: Fill) -> None:
    fill(filled, "c0", {"k0": 0.25}, seed=1)
    fill(filled, "c0", {"k0": 0.9}, seed=2)
    matrix = filled.loss_matrix(task_type="binary", metric="roc_auc")
    where = ids(filled)
    expected = pd.DataFrame([[0.25, 0.1, np.nan], [0.2, np.nan, 0.4]], index=[where["c0"], where["c1"]],
                            columns=["k0", "k1", "k3"]).sort_index()
    pd.testing.assert_frame_equal(matrix, expected, check_names=False, check_column_type=False)
    assert matrix.index.name == "task_id"
    assert filled.loss_matrix(task_type="binary", metric="roc_auc", exclude_content=["c0"]).shape == (1, 2)
    assert filled.loss_matrix(task_type="binary", metric="roc_auc", space_version="2").shape == (1, 2)
    assert filled.loss_matrix(task_type="binary", metric="roc_auc", task_ids=[where["c0"]]).shape == (1, 2)
    assert filled.loss_matrix(task_type="multiclass", metric="roc_auc").shape == (0, 0)


def test_the_seconds_are_those_of_a_fold(filled: KnowledgeBase) -> None:
    losses, seconds = filled.matrices(task_type="binary", metric="roc_auc")
    pd.testing.assert_frame_equal(losses, filled.loss_matrix(task_type="binary", metric="roc_auc"))
    assert seconds.index.equals(losses.index)
    assert seconds.columns.equals(losses.columns)
    assert np.array_equal(seconds.isna(), losses.isna())
    assert set(np.unique(seconds.to_numpy())[:1]) == {1.25 / 5}


def test_best_configurations_come_in_the_order_of_the_tasks(filled: KnowledgeBase) -> None:
    where = ids(filled)
    best = filled.best_configurations([where["c1"], where["c0"]], metric="roc_auc", n_per_task=1)
    assert best["configuration_id"].tolist() == ["k0", "k1"]
    assert best["loss"].tolist() == [0.2, 0.1]
    assert best["rank"].tolist() == [1, 1]
    assert best["configuration"].tolist() == ['{"name":"k0"}', '{"name":"k1"}']
    assert best.columns.tolist() == ["task_id", "configuration_id", "algorithm", "configuration", "loss", "rank",
                                     "seconds"]
    assert filled.best_configurations([where["c0"]], metric="roc_auc", n_per_task=9)["rank"].tolist() == [1, 2]
    assert len(filled.best_configurations([], metric="roc_auc")) == 0


def test_the_nearest_tasks_are_of_the_same_type_and_not_excluded(filled: KnowledgeBase) -> None:
    near = filled.nearest_tasks({"size": 1.1, "skew": 0.1}, task_type="binary", k=2)
    assert near["content_hash"].tolist() == ["c0", "c1"]
    assert near["distance"].is_monotonic_increasing
    assert near["n_rows"].tolist() == [150, 150]
    near = filled.nearest_tasks({"size": 1.1}, task_type="binary", exclude_content=["c0"])
    assert near["content_hash"].tolist() == ["c1", "c2"]
    assert len(filled.nearest_tasks({}, task_type="binary")) == 0
    assert len(filled.nearest_tasks({"unheard": 1.0}, task_type="binary")) == 0


def test_metafeatures_of_several_versions_are_kept_apart(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb, "c0", metafeatures={"a": 1.0}, metafeatures_version="1")
    fill(kb, "c0", metafeatures={"a": 5.0}, metafeatures_version="2")
    fill(kb, "c1", metafeatures={"a": 4.0}, metafeatures_version="1")

    def order(**version: str) -> list[str]:
        return kb.nearest_tasks({"a": 5.0}, task_type="binary", metafeatures_version=version.get("v"))[
            "content_hash"].tolist()

    assert order() == ["c0", "c1"]
    assert order(v="1") == ["c1", "c0"]
    assert order(v="2") == ["c0"]


def test_a_tables_own_past_is_found_by_its_content(filled: KnowledgeBase, fill: Fill) -> None:
    fill(filled, "c0", {"k9": 0.5}, seed=3)
    assert len(filled.trials_of("c0")) == 4
    assert filled.trials_of("c0", seed=3)["configuration_id"].tolist() == ["k9"]
    assert len(filled.trials_of("c0", metric="accuracy")) == 0
    assert filled.has_content("c0")
    assert not filled.has_content("C0")


def test_layers_are_read_as_one_and_nothing_twice(tmp_path: Path, filled: KnowledgeBase, fill: Fill) -> None:
    own = KnowledgeBase(tmp_path / "own.duckdb", below=[filled.path, tmp_path / "missing.duckdb"])
    assert len(own.outcomes()) == 7
    own.merge(filled.path)
    fill(own, "c0", {"k0": 0.05, "k5": 0.01})
    fill(own, "c9", {"k0": 0.7}, metafeatures={"size": 1.1, "skew": 0.1})
    assert len(own.outcomes()) == 10
    assert len(filled.outcomes()) == 7
    task = ids(own)["c0"]
    assert own.best_configurations([task], metric="roc_auc", n_per_task=2)["loss"].tolist() == [0.01, 0.05]
    matrix = own.loss_matrix(task_type="binary", metric="roc_auc")
    assert [matrix.loc[task, name] for name in ("k0", "k1", "k5")] == [0.05, 0.1, 0.01]
    near = own.nearest_tasks({"size": 1.1, "skew": 0.1}, task_type="binary")
    assert near["content_hash"].tolist() == ["c9", "c0", "c1", "c2"]
    assert own.has_content("c1")


def test_a_store_that_is_not_there_yet_is_empty(kb: KnowledgeBase) -> None:
    assert len(kb.outcomes()) == 0
    assert kb.loss_matrix(task_type="binary", metric="roc_auc").empty
    assert len(kb.nearest_tasks({"a": 1.0}, task_type="binary")) == 0
    assert len(kb.best_configurations([1], metric="roc_auc")) == 0
    assert not kb.has_content("c0")


def test_the_latest_outcomes_of_each_task_are_given_oldest_first(filled: KnowledgeBase, fill: Fill) -> None:
    fill(filled, "c0", {"k7": 0.7, "k8": 0.8}, seed=1)
    where = ids(filled)
    found = filled.latest_outcomes([where["c1"], where["c0"]], metric="roc_auc", n_per_task=3)
    names = {json.loads(text)["name"] for text in found.loc[found["task_id"] == where["c1"], "configuration"]}
    assert names == {"k0", "k3"}
    of_c0 = found[found["task_id"] == where["c0"]]
    assert [json.loads(text)["name"] for text in of_c0["configuration"]] == ["k2", "k7", "k8"]
    assert of_c0["status"].tolist() == ["crash", "ok", "ok"]
    assert of_c0["loss"].isna().tolist() == [True, False, False]
    assert filled.latest_outcomes([], metric="roc_auc").empty
    assert filled.latest_outcomes([where["c2"]], metric="roc_auc").empty


def test_scores_by_the_metric_stand_in_where_it_was_never_searched_for(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb, "searched", {"k0": 0.3, "k1": 0.1}, metric="accuracy")
    fill(kb, "searched", {"k0": 0.7, "k2": 0.2})  # each outcome has an accuracy of 0.75 beside
    fill(kb, "other", {"k0": 0.7, "k2": 0.2, "k3": None})
    where = ids(kb)
    matrix, seconds = kb.matrices(task_type="binary", metric="accuracy", or_recorded=True)
    assert matrix.loc[where["searched"]].dropna().to_dict() == {"k0": 0.3, "k1": 0.1}
    assert matrix.loc[where["other"]].dropna().to_dict() == {"k0": -0.75, "k2": -0.75}
    assert np.array_equal(seconds.isna(), matrix.isna())
    assert kb.loss_matrix(task_type="binary", metric="accuracy").shape == (1, 2)
    assert kb.matrices(task_type="binary", metric="f1", or_recorded=True)[0].shape == (0, 0)


def test_metafeatures_of_tasks_make_a_matrix(filled: KnowledgeBase, fill: Fill) -> None:
    fill(filled, "c0", {"k0": 0.3}, metafeatures={"size": 7.0}, metafeatures_version="2", seed=9)
    where = ids(filled)
    frame = filled.metafeatures(task_type="binary")
    assert frame.index.is_monotonic_increasing
    assert frame.columns.tolist() == ["size", "skew"]
    assert frame.loc[where["c0"]].tolist() == [7.0, 0.0]
    assert frame.loc[where["c2"], "size"] == 4.0
    assert np.isnan(frame.loc[where["c2"], "skew"])
    assert filled.metafeatures(version="1").loc[where["c0"], "size"] == 1.0
    assert filled.metafeatures(task_ids=[where["c3"]]).shape == (1, 1)
    assert filled.metafeatures(task_ids=[]).empty


def test_algorithms_count_whatever_came_of_them(filled: KnowledgeBase, fill: Fill) -> None:
    where = ids(filled)
    assert filled.algorithms([where["c0"], where["c1"]]) == {"knn"}
    assert filled.algorithms([]) == set()


def test_configurations_are_told_by_identifier(filled: KnowledgeBase) -> None:
    found = filled.configurations(["k3", "k0", "unknown"])
    assert found["configuration_id"].tolist() == ["k0", "k3"]
    assert found["configuration"].tolist() == ['{"name":"k0"}', '{"name":"k3"}']
