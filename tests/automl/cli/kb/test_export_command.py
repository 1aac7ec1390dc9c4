from __future__ import annotations

import duckdb

from knowledge_base import KnowledgeBase, ReadOnly


def test_an_export_comes_back(kb, store, tmp_path):
    done = kb("export", tmp_path / "out", "--store", store)
    assert done.code == 0
    assert f"store: {store}" in done.out
    assert f"{tmp_path / 'out'}: written" in done.out
    assert done.err == ""
    copy = KnowledgeBase(tmp_path / "copy.duckdb")
    assert copy.import_(tmp_path / "out")["outcome"] == 2


def test_a_folder_that_is_there_stays_as_it_is(kb, store, tmp_path):
    (tmp_path / "out").mkdir()
    done = kb("export", tmp_path / "out", "--store", store)
    assert done.code == 2
    assert "out exists already" in done.err
    assert list((tmp_path / "out").iterdir()) == []


def leave_in_inbox(fill, store):
    with duckdb.connect(str(store)):  # who closes a writer cannot fold its file in now
        fill(store, "c1")


def test_what_waits_in_the_inbox_is_exported(kb, fill, store, tmp_path):
    leave_in_inbox(fill, store)
    assert kb("export", tmp_path / "out", "--store", store).code == 0
    assert KnowledgeBase(tmp_path / "copy.duckdb").import_(tmp_path / "out")["study"] == 2


def test_what_cannot_be_folded_in_is_told_of(kb, fill, store, tmp_path, monkeypatch):
    leave_in_inbox(fill, store)

    def refuse(self: KnowledgeBase) -> int:
        raise ReadOnly("the inbox is read-only")

    monkeypatch.setattr(KnowledgeBase, "fold", refuse)
    done = kb("export", tmp_path / "out", "--store", store)
    assert done.code == 0
    assert done.err == ("automl kb export: warning: what waits in the inbox is left out: the inbox is read-only\n")
    assert KnowledgeBase(tmp_path / "copy.duckdb").import_(tmp_path / "out")["study"] == 1
