"""scripts/collect.py on a small real table: a dense matrix, and nothing done twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from knowledge_base import KnowledgeBase

ROOT = Path(__file__).parents[2]


def collect(store: Path, n: int) -> str:
    command = [sys.executable, str(ROOT / "scripts" / "collect.py"), "--store", str(store), "--tables", "2"]
    command += ["--folder", str(ROOT / "tests" / "data"), "--max-rows", "80", "--configurations", str(n), "--jobs", "2"]
    command += ["--predictions", str(store.parent / "predictions")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_outcomes_are_collected_once_and_a_longer_list_adds_to_a_shorter_one(tmp_path: Path) -> None:
    path = tmp_path / "collected.duckdb"
    first, again, longer = collect(path, 2), collect(path, 2), collect(path, 4)
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
