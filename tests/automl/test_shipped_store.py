"""What ships: small, sound, traceable, and of use to a fit of today."""

from __future__ import annotations

import pandas as pd
import pytest

import metafeatures
from automl.cli.kb.current_space import check_space, current_spaces
from knowledge_base import KnowledgeBase
from knowledge_base.default import shipped_paths

MOST_MB = 10.0


@pytest.fixture(scope="module")
def outcomes() -> pd.DataFrame:
    return pd.concat([KnowledgeBase(path, read_only=True).outcomes() for path in shipped_paths()])


def test_it_is_there_and_small() -> None:
    assert shipped_paths()
    assert sum(path.stat().st_size for path in shipped_paths()) < MOST_MB * 1e6


def test_every_outcome_can_be_traced(outcomes: pd.DataFrame) -> None:
    assert len(outcomes) >= 12_000
    assert outcomes["content_hash"].nunique() > 100
    assert outcomes["seed"].notna().all()
    studies = pd.concat([KnowledgeBase(path, read_only=True).studies() for path in shipped_paths()])
    names = studies[["content_hash", "name"]].drop_duplicates()
    assert names["name"].notna().all()
    assert names["content_hash"].is_unique
    assert names["name"].value_counts().max() <= 2  # a large table is there at two sizes


def test_losses_are_in_folds_and_several_metrics(outcomes: pd.DataFrame) -> None:
    done = outcomes[outcomes["status"] == "ok"]
    assert done["fold_losses"].map(len).min() >= 3
    assert done["metrics"].map(len).min() >= 3


def test_its_configurations_are_those_of_the_current_space() -> None:
    for path in shipped_paths():
        assert check_space(path, current_spaces()).n_outdated == 0, "collect again: scripts/collect.py"


def test_its_metafeatures_are_those_that_a_fit_computes() -> None:
    query = {"log_n_rows": 6.0, "log_n_columns": 2.0}
    for path in shipped_paths():
        store = KnowledgeBase(path, read_only=True)
        for kind in ("binary", "multiclass", "regression"):
            near = store.nearest_tasks(query, task_type=kind, k=200, metafeatures_version=metafeatures.VERSION)
            assert len(near) > 25
            assert near["distance"].max() > 0.0
