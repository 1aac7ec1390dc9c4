from __future__ import annotations

import json
from functools import partial

import duckdb
import pytest

from automl.cli.kb.current_space import check_space
from knowledge_base import KnowledgeBase, schema

FOREIGN = {"configuration_id": "f", "algorithm": "\x1b[31mflow[bold]", "configuration": {"C": 1}}


def test_what_the_store_holds_is_shown(kb, fill, store):
    fill(store, "c1", FOREIGN, source="openml")
    fill(store, "c2", task_type="regression")
    done = kb("stats", "--store", store)
    assert (done.code, done.err) == (0, "")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0].startswith(f"store: {store} (")
    assert "7 outcomes of 5 configurations of 3 algorithms on 3 tasks, found in 3 studies and 4 seconds of" in lines[1]
    for expected in ("knn 2 3 3 100 % 0.50", "linear 2 3 3 0 % 0.50", "v1 5 7"):
        assert expected in lines
    assert any(line.startswith("binary 2 5 ok 4 57.1 % fit 2 4") for line in lines)
    assert any(line.startswith("binary roc_auc 2 2 75.0 % \u2588") for line in lines)
    assert any(line.endswith("\u2588 7") for line in lines)
    assert "1 of the 5 configurations do not fit the current search space" in done.out


def test_stored_texts_are_shown_without_effect(kb, fill, store):
    fill(store, "c1", FOREIGN)
    out = kb("stats", "--store", store).out
    assert "?[31mflow[bold]" in out
    assert "\x1b" not in out


def test_a_terminal_has_colours(kb, store, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;36mAlgorithms" in kb("stats", "--store", store).out


def test_all_fit(kb, store):
    assert "all of the 2 configurations fit the current search space" in kb("stats", "--store", store).out


def test_a_sample_is_called_one(kb, store, monkeypatch):
    monkeypatch.setattr("automl.cli.kb.summary.check_space", partial(check_space, most_examined=1))
    out = kb("stats", "--store", store).out
    assert "all of 1 configurations, a random sample of all 2, fit the current search space" in out


def test_json_holds_what_the_store_counts(kb, store):
    done = kb("stats", "--store", store, "--json")
    values = json.loads(done.out)
    assert values["store"] == str(store)
    stats = KnowledgeBase(store).stats()
    assert {name: len(rows) for name, rows in values["tables"].items()} == {n: len(t) for n, t in stats.items()}


@pytest.mark.parametrize("is_there", [False, True])
def test_nothing_is_said_kindly(kb, own_path, is_there):
    if is_there:
        own_path.parent.mkdir()
        with duckdb.connect(str(own_path)) as connection:
            schema.create(connection)
    done = kb("stats")
    assert done.code == 0
    first, second = done.out.splitlines()
    assert first == f"store: {own_path.resolve()} ({'no outcomes yet' if is_there else 'not there yet'})"
    assert "automl fit" in second
    assert own_path.exists() == is_there


def test_what_ships_is_shown_below_the_users_own(kb, fill, store, own_path, monkeypatch):
    monkeypatch.setattr("knowledge_base.default.shipped_paths", lambda: [store])
    out = kb("stats").out
    assert "(not there yet)" in out
    assert "store.duckdb  ships with the package" in out
    assert f"\nof {store}\n2 outcomes " in out
    fill(own_path, "c1", FOREIGN)
    out = kb("stats").out
    assert f"\nof {own_path.resolve()}\n3 outcomes " in out
    assert "knowledge.duckdb  the user's own" in out
