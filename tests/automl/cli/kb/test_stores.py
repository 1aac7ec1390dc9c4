from __future__ import annotations

import duckdb
import pytest

from automl.cli.kb.stores import n_inbox_files, need_store, opened
from automl.cli.user_errors import UserError
from knowledge_base import KnowledgeBase, Locked

IN_EVERY_COMMAND = pytest.mark.parametrize("command", [["stats"], ["check"], ["export", "out"]], ids=lambda c: c[0])


def test_the_default_is_the_users_own(own_path):
    with opened(None) as store:
        assert store.path == own_path.resolve()


def test_the_default_lies_over_what_ships(store, monkeypatch):
    monkeypatch.setattr("knowledge_base.default.shipped_paths", lambda: [store])
    with opened(None) as found:
        assert found.has_content("c0")


def test_what_a_store_refuses_is_a_user_error(store):
    with pytest.raises(UserError, match="try again later") as raised, opened(str(store)):
        raise Locked("held: try again later")
    assert isinstance(raised.value.__cause__, Locked)


def test_a_bug_stays_what_it_is(store):
    with pytest.raises(RuntimeError, match="a bug"), opened(str(store)):
        raise RuntimeError("a bug")


def test_what_duckdb_makes_of_an_interrupt_is_one(store):
    with pytest.raises(KeyboardInterrupt), opened(str(store)):
        raise RuntimeError("Query interrupted")


def test_an_inbox_alone_is_a_store(tmp_path):
    store = KnowledgeBase(tmp_path / "new.duckdb")
    with pytest.raises(UserError, match=r"no knowledge base at .*new\.duckdb"):
        need_store(store)
    task = {"content_hash": "c", "task_type": "binary", "metric": "roc_auc"}
    store.writer(task=task, metafeatures={}, metafeatures_version=None, space_version=None, provenance={})
    need_store(store)
    assert n_inbox_files(store.path) == 1


@IN_EVERY_COMMAND
def test_a_store_of_a_newer_version_is_refused(kb, store, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    with duckdb.connect(str(store)) as connection:
        connection.execute("INSERT INTO precedent_migration VALUES (99, 'later', now())")
    done = kb(*command, "--store", store)
    assert done.code == 2
    assert done.err.startswith(f"automl kb {command[0]}: error: {store} has version 99 ")
    assert "upgrade precedent-automl" in done.err


@IN_EVERY_COMMAND
def test_what_is_no_store_is_refused(kb, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("no store")
    done = kb(*command, "--store", tmp_path / "notes.txt")
    assert done.code == 2
    assert "notes.txt is no knowledge base" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["stats", "check"])
def test_a_store_that_another_process_holds_is_told_so(kb, store, monkeypatch, command):
    monkeypatch.setattr("knowledge_base.connections.backoff", lambda wait_s: [None])  # try once
    with duckdb.connect(str(store)):
        done = kb(command, "--store", store)
    assert done.code == 2
    assert done.err.startswith(f"automl kb {command}: error: Another process holds {store}")


@pytest.mark.parametrize("command", [["check"], ["export", "out"]], ids=lambda c: c[0])
def test_a_store_that_is_not_there_is_told_so(kb, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    done = kb(*command, "--store", "typo.duckdb")
    assert done.code == 2
    assert f"no knowledge base at {tmp_path.resolve() / 'typo.duckdb'}" in done.err
    assert list(tmp_path.iterdir()) == []
