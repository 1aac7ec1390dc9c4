"""scripts/collect.py on a small real table: a dense matrix, and nothing done twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from knowledge_base import KnowledgeBase

ROOT = Path(__file__).parents[2]


def collect(store: Path, n: int) -> str:
    command = [sys.executable, str(ROOT / "scripts" / "collect.py"), "--store", str(store), "--tables", "2"]
    command += ["--folder", str(ROOT / "tests" / "data"), "--max-rows", "80", "--configurations", str(n), "--jobs", "2"]
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
