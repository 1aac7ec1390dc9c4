from __future__ import annotations

import json

from automl.cli.kb.summary import as_json, summarise
from knowledge_base import KnowledgeBase


def test_layers_are_counted_apart(fill, store, tmp_path):
    over = tmp_path / "over.duckdb"
    fill(over, "c1")
    fill(over, "c2", {"configuration_id": "old", "algorithm": "gone", "configuration": {}})
    summary = summarise(KnowledgeBase(over, below=[store]))
    assert (summary.layers, summary.layers_below) == ([str(over), str(store)], [str(store)])
    assert [summary.n_outcomes(layer) for layer in summary.layers] == [5, 2]
    assert [check.n_outdated for check in summary.space_checks.values()] == [1, 0]
    assert summary.of_layer(str(store))["algorithms"]["algorithm"].tolist() == ["knn", "linear"]


def test_files_that_wait_are_counted(store):
    kb = KnowledgeBase(store)
    task = {"content_hash": "c1", "task_type": "binary", "metric": "roc_auc"}
    with kb.writer(task=task, metafeatures={}, metafeatures_version=None, space_version=None, provenance={}):
        assert summarise(kb).n_inbox_files == 1


def test_a_summary_is_json(store):
    summary = summarise(KnowledgeBase(store))
    values = json.loads(json.dumps(as_json(summary), allow_nan=False))
    assert values["exists"] is True
    assert values["tables"]["totals"] == [
        {
            "store": str(store), "n_tasks": 1, "n_studies": 1, "n_configurations": 2, "n_outcomes": 2,
            "n_algorithms": 2, "hours": values["tables"]["totals"][0]["hours"],
        }
    ]  # fmt: skip
    assert values["current_space"][0]["n_outdated"] == 0


def test_a_store_that_is_not_there(tmp_path):
    values = as_json(summarise(KnowledgeBase(tmp_path / "new.duckdb")))
    assert values["exists"] is False
    assert values["tables"]["totals"] == values["current_space"] == []
