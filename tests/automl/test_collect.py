"""scripts/collect.py on a small real table: a dense matrix, and nothing done twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from automl.algorithms import full_space
from knowledge_base import KnowledgeBase

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def run(script: str, store: Path, *arguments: object) -> str:
    command = [sys.executable, ROOT / "scripts" / script, "--folder", ROOT / "tests" / "data", "--store", store]
    command += ["--max-rows", 80, *arguments]
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, check=True).stdout


def collect(store: Path, n: int, *arguments: object) -> str:
    return run("collect.py", store, "--tables", 2, "--configurations", n, "--jobs", 2, *arguments)


def test_outcomes_are_collected_once_and_a_longer_list_adds_to_a_shorter_one(tmp_path: Path) -> None:
    path = tmp_path / "collected.duckdb"
    keep = ("--predictions", tmp_path / "predictions")
    first, again, longer = collect(path, 2, *keep), collect(path, 2, *keep), collect(path, 4, *keep)
    assert again.count("nothing new") == 2
    assert "nothing new" not in first + longer
    outcomes = KnowledgeBase(path).outcomes(full_fidelity=None)
    per_task = outcomes.groupby("task_id")["configuration_id"].agg(["size", "nunique"])
    assert len(per_task) == 2
    assert (per_task["size"] == per_task["nunique"]).all()
    assert per_task["size"].min() >= 3  # an optional algorithm may be missing
    assert set(outcomes["metric"]) <= {"roc_auc", "neg_log_loss", "neg_root_mean_squared_error"}
    for folder in (tmp_path / "predictions").iterdir():
        task = np.load(folder / "task.npz")
        found = [np.load(path) for path in folder.glob("*.npz") if path.name != "task.npz"]
        assert len(found) >= 3
        for folds in found:
            assert sum(len(folds[number]) for number in folds) == (task["fold"] >= 0).sum() == len(task["y"])


def test_what_long_searches_found_is_collected_on_the_other_tables(tmp_path: Path) -> None:
    path, searched = tmp_path / "collected.duckdb", tmp_path / "searched.duckdb"
    long = ("search_long.py", searched, "--tables", 2, "--time-budget", 4, "--include", "linear")
    assert run(*long).count("trials") == 2
    assert not run(*long)
    assert collect(path, 24, "--best-of", searched, "--include", "linear")
    known = KnowledgeBase(searched).outcomes()
    outcomes = KnowledgeBase(path).outcomes(full_fidelity=None)
    assert set(known["algorithm"]) == set(outcomes["algorithm"]) == {"linear"}
    both = outcomes.merge(known, on=["configuration_id", "algorithm", "task_type"])
    spaces = {problem: full_space(problem) for problem in set(both["task_type"])}
    found_by_search = [
        row for row in both.itertuples() if row.configuration_id != spaces[row.task_type].default(row.algorithm).id
    ]
    assert any(row.task_id_x != row.task_id_y for row in found_by_search)


def test_smaller_tables_are_passed_over(tmp_path: Path) -> None:
    assert not collect(tmp_path / "collected.duckdb", 2, "--min-rows", 10_000)
