from __future__ import annotations

import os

import duckdb

from automl.cli.kb.check_command import report_text
from knowledge_base import CheckReport, KnowledgeBase


def test_a_sound_store(kb, store):
    done = kb("check", "--store", store)
    assert done.code == 0
    assert done.out.splitlines() == [
        f"store: {store}",
        "rows: 1 task, 1 study, 2 configurations, 2 outcomes, 1 meta-feature, 1 provenance",
        "ok: nothing is wrong",
    ]


def test_what_can_be_repaired_is(kb, store):
    with duckdb.connect(str(store)) as connection:
        connection.execute("INSERT INTO outcome FROM outcome")
    done = kb("check", "--store", store)
    assert done.code == 1
    assert "problem: 2 keys of table outcome come more than once." in done.out
    assert f"to do: `automl kb check --repair --store {store}`" in done.out
    done = kb("check", "--store", store, "--repair")
    assert done.code == 0
    assert "repaired: 2 repeated rows of table outcome were removed." in done.out
    assert done.out.endswith("ok: nothing is wrong\n")
    assert kb("check", "--store", store).code == 0


def test_what_cannot_be_repaired_comes_back_as_the_advice_says(kb, store, tmp_path):
    assert kb("export", tmp_path / "backup", "--store", store).code == 0
    with duckdb.connect(str(store)) as connection:
        connection.execute("DELETE FROM study")
    done = kb("check", "--store", store, "--repair")
    assert done.code == 1
    assert "problem: 2 rows of table outcome refer to no study." in done.out
    assert "to do: `automl kb import` an earlier export" in done.out
    assert kb("import", tmp_path / "backup", "--store", store).code == 0
    assert kb("check", "--store", store, "--repair").code == 0
    assert len(KnowledgeBase(store).outcomes()) == 2


def test_what_waits_is_no_fault_and_is_folded_in(kb, fill, store):
    with duckdb.connect(str(store)):  # who closes a writer cannot fold its file in now
        fill(store, "c1")
    done = kb("check", "--store", store)
    assert done.code == 0
    assert "inbox: 2 outcomes wait to be folded in" in done.out
    done = kb("check", "--store", store, "--repair")
    assert "repaired: 2 outcomes were folded in." in done.out
    assert "inbox" not in done.out


def test_an_inbox_without_a_database_is_checked(kb, tmp_path):
    path = tmp_path / "new.duckdb"
    task = {"content_hash": "c", "task_type": "binary", "metric": "roc_auc"}
    writer = KnowledgeBase(path).writer(
        task=task, metafeatures={}, metafeatures_version=None, space_version=None, provenance={}
    )
    done = kb("check", "--store", path)
    assert (done.code, "rows: nothing" in done.out, "inbox: 1 file is still written to" in done.out) == (0, True, True)
    os.close(writer._descriptor or -1)


def test_lines_that_were_set_aside_are_told_of(store):
    text = report_text(KnowledgeBase(store), CheckReport(quarantined=3), is_repaired=False)
    assert "inbox: 3 lines that cannot be read" in text
    assert str(store) + ".inbox" in text
