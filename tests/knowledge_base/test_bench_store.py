"""scripts/bench_store.py at a small size: made outcomes come in whole, and all contestants give the same answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.once
_ROOT = Path(__file__).parents[2]


def bench(*arguments: object) -> str:
    command = [sys.executable, str(_ROOT / "scripts" / "bench_store.py"), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False,
                         env={**os.environ, "PYTHONPATH": str(_ROOT)})
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_made_store_is_loaded_asked_and_opened(tmp_path: Path) -> None:
    loaded = bench("load", "--outcomes", 3_001, "--tasks", 60, "--folder", tmp_path)
    assert re.search(r"import [\d.]+ s, [\d,]+ rows/s", loaded)
    kb = KnowledgeBase(tmp_path / "knowledge.duckdb")
    stored = kb.outcomes(full_fidelity=None)
    assert len(stored) == 3_001
    assert stored["task_id"].nunique() == 60
    assert set(stored["status"]) == {"ok", "timeout", "memory", "crash", "invalid"}
    assert stored["folds"].value_counts(normalize=True)[5] == pytest.approx(0.35, abs=0.05)
    assert stored.groupby("configuration_id")["task_id"].nunique().max() > 1
    assert kb.check().is_ok
    again = bench("load", "--outcomes", 100, "--tasks", 10, "--folder", tmp_path)
    assert "100 outcomes on 10 tasks" in again
    asked = bench("query", "--repetitions", 3, "--folder", tmp_path)
    rows = dict(re.findall(r"^(\D+?) {2,}([\d .]+)$", asked, flags=re.MULTILINE))
    assert list(rows) == ["knowledge base", "the same over Parquet", "pandas over Parquet", "SQLite"]
    assert rows["knowledge base"].split()[-2] == "1.0"  # its own ratio
    assert bench("open", "--repetitions", 2, "--folder", tmp_path).count("opened in") == 2


def test_writers_at_once_lose_nothing() -> None:
    said = bench("writers", "--processes", 3, "--outcomes", 50)
    assert "150 rows, 0 lost, 0 double" in said
    assert "99 %" in said
