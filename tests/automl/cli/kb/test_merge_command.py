from __future__ import annotations

import duckdb
import pytest

from knowledge_base import KnowledgeBase


def test_what_is_new_is_counted_once(kb, fill, store, own_path, tmp_path):
    other = tmp_path / "other.duckdb"
    fill(other, "c1", task_type="regression")
    done = kb("merge", store, other)
    assert done.code == 0
    assert done.out.splitlines() == [
        f"store: {own_path.resolve()}",
        f"{store}: 1 task, 1 study, 2 configurations, 2 outcomes, 1 meta-feature, 1 provenance new",
        f"{other}: 1 task, 1 study, 2 configurations, 2 outcomes, 1 meta-feature new",
    ]
    assert kb("merge", store).out.splitlines()[1] == f"{store}: nothing new"
    assert len(KnowledgeBase(own_path).outcomes()) == 4


def test_outcomes_that_wait_beside_the_other_are_told_of(kb, fill, store, own_path):
    with duckdb.connect(str(store)):  # who closes a writer cannot fold its file in now
        fill(store, "c1")
    done = kb("merge", store)
    assert done.code == 0
    assert done.err.startswith(f"automl kb merge: warning: {store}: outcomes in 1 inbox file beside it were left out; ")
    assert len(KnowledgeBase(own_path).outcomes()) == 2


@pytest.mark.parametrize(
    ("other", "message"),
    [("nowhere.duckdb", "no such file"), (".", "`automl kb import`"), ("store.duckdb", "is the store itself")],
)
def test_what_cannot_be_merged_is_refused(kb, store, tmp_path, monkeypatch, other, message):
    monkeypatch.chdir(tmp_path)
    done = kb("merge", other, "--store", store)
    assert done.code == 2
    assert done.err.startswith(f"automl kb merge: error: {other}: ")
    assert message in done.err
