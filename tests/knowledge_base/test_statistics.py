from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase
from knowledge_base.statistics import QUERIES


def test_the_store_is_counted(tmp_path: Path, kb: KnowledgeBase, fill: Callable[..., None]) -> None:
    fill(kb, "c0", {"k0": 0.3, "k1": None})
    fill(kb, "c1", {"k0": 0.2})
    over = KnowledgeBase(tmp_path / "over.duckdb", below=[kb.path])
    fill(over, "c2", {"k0": 0.2}, task_type="regression", space_version="2")
    stats = over.stats()
    assert list(stats) == list(QUERIES)
    assert stats["totals"]["store"].tolist() == [str(over.path), str(kb.path)]
    assert stats["totals"]["n_outcomes"].tolist() == [1, 3]
    below = {name: frame[frame["store"] == str(kb.path)].drop(columns="store") for name, frame in stats.items()}
    assert below["totals"]["hours"].item() == pytest.approx(4.5 / 3600)
    assert below["statuses"].to_dict("list") == {"status": ["ok", "crash"], "n_outcomes": [2, 1],
                                                 "share": pytest.approx([2 / 3, 1 / 3])}
    assert below["algorithms"][["n_configurations", "n_outcomes", "n_tasks"]].to_numpy().tolist() == [[2, 3, 2]]
    assert below["coverage"].to_dict("records") == [{"task_type": "binary", "metric": "roc_auc", "n_tasks": 2,
                                                     "n_configurations": 1, "n_cells": 2, "share_known": 1.0}]
    assert below["months"]["n_studies"].tolist() == [2]


def test_nothing_is_counted_where_nothing_is(kb: KnowledgeBase) -> None:
    assert all(len(frame) == 0 for frame in kb.stats().values())
