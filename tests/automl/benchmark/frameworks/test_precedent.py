"""What tells our three variants apart."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from real_tables import load_table

from automl import AutoMLClassifier
from automl.benchmark.frameworks import precedent

X, Y = load_table("hepatitis")


def job(name, store, max_trials=3):
    return SimpleNamespace(
        task="binary", metric="roc_auc", budget_s=None, max_trials=max_trials, n_cores=1, memory_limit_mb=None, seed=0,
        options=precedent.VARIANTS[name], knowledge_base=str(store),
    )  # fmt: skip


def learner(**options):
    return AutoMLClassifier(time_budget=None, n_jobs=1, random_state=0, verbose=0, **options)


def test_a_warm_start_is_told_of_and_nothing_is_recorded(tmp_path):
    store = tmp_path / "experience.duckdb"
    learner(max_trials=10, knowledge_base=store).fit(X.iloc[::2], Y.iloc[::2])
    before = store.read_bytes()
    detail = precedent.describe(precedent.fit(job("precedent", store), X.iloc[1::2], Y.iloc[1::2]))
    assert (detail["trials"], detail["experience"]) == (3, 1)
    assert 1 <= detail["members"] <= 3
    assert 0 < detail["first_model_s"] < 60
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    "name, sees_store, searcher",
    [("precedent", True, "smbo"), ("precedent_cold", False, "smbo"), ("precedent_random", False, "random")],
)
def test_only_the_warm_one_is_given_the_store(name, sees_store, searcher, tmp_path, monkeypatch):
    monkeypatch.setattr(AutoMLClassifier, "fit", lambda self, X, y: self)
    model = precedent.fit(job(name, tmp_path / "store"), X, Y)
    assert model.knowledge_base == (str(tmp_path / "store") if sees_store else None)
    assert (model.warm_start, model._options(False).searcher) == (sees_store, searcher)


@pytest.mark.parametrize("searcher, origins", [("random", {"default", "random"}), ("smbo", {"default", "model"})])
def test_random_search_has_no_model_and_full_fidelity_alone(searcher, origins):
    model = learner(max_trials=24, knowledge_base=None, include=["knn", "linear", "naive_bayes"])
    model._searcher = searcher
    board = model.fit(X, Y).leaderboard()
    assert origins <= set(board["origin"])
    assert ("model" in set(board["origin"])) == (searcher == "smbo")
    assert (board["folds"].nunique() == 1) == (searcher == "random")
