from __future__ import annotations

from collections.abc import Callable

import numpy as np

from knowledge_base import KnowledgeBase

Fill = Callable[..., None]


def test_a_snapshot_answers_several_questions_of_one_state(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb, metafeatures={"size": 1.0})
    with kb.snapshot() as view:
        fill(kb, "c1")
        near = view.nearest_tasks({"size": 1.0}, task_type="binary")
        assert len(view.best_configurations(near["task_id"], metric="roc_auc")) == 1
        assert view.outcomes()["content_hash"].tolist() == ["c0"]
        assert len(view.trials_of("c0")) == 1
        assert not view.has_content("c1")
    assert kb.fold() == 1
    assert kb.has_content("c1")


def test_ids_may_come_as_a_series_an_array_or_a_generator(kb: KnowledgeBase, fill: Fill) -> None:
    fill(kb)
    ids = kb.outcomes()["task_id"]
    for given in (ids, ids.to_numpy(), np.asarray(ids).tolist(), (task_id for task_id in ids)):
        assert len(kb.best_configurations(given, metric="roc_auc")) == 1
    assert len(kb.outcomes(task_ids=ids)) == 1
    assert kb.loss_matrix(task_type="binary", metric="roc_auc", task_ids=np.array([], dtype=np.int64)).empty
