from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge_base import KnowledgeBase

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forked")
_ROOT = Path(__file__).parents[2]


def run(task: str, path: Path, *numbers: int) -> dict[str, Any]:
    result = subprocess.run([sys.executable, str(Path(__file__).with_name("writers.py")), task, str(path),
                             *map(str, numbers)], capture_output=True, check=False, text=True,
                            env={**os.environ, "PYTHONPATH": str(_ROOT)})
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.parametrize("rounds", [24, pytest.param(200, marks=pytest.mark.slow)])
def test_no_killed_process_loses_or_doubles_an_outcome_that_it_had_recorded(tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "knowledge.duckdb"
    acknowledged = run("kill", path, rounds, 7)["acknowledged"]
    kb = KnowledgeBase(path)
    report = kb.check(repair=True)
    stored = kb.outcomes()["configuration_id"]
    assert report.is_ok, report.problems
    assert (report.waiting, report.live, report.quarantined) == (0, 0, 0)
    assert stored.is_unique
    assert set(acknowledged) <= set(stored)
    # At most one outcome a kill was written but not yet acknowledged.
    assert len(stored) - len(acknowledged) <= rounds
    assert len(acknowledged) > 5 * rounds


@pytest.mark.clock
@pytest.mark.parametrize(("processes", "outcomes"), [(4, 300), pytest.param(8, 10_000, marks=pytest.mark.slow)])
def test_processes_that_write_at_once_lose_nothing_and_readers_see_whole_studies(tmp_path: Path, processes: int,
                                                                                 outcomes: int) -> None:
    path = tmp_path / "knowledge.duckdb"
    kb, seen, stop = KnowledgeBase(path), [], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            seen.append(kb.outcomes().groupby("content_hash").size().tolist())

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(watch)
        took = run("race", path, processes, outcomes)["took"]
        stop.set()
        reader.result()
    kb.fold()
    stored = kb.outcomes()
    assert len(stored) == processes * outcomes
    assert not stored.duplicated(["study_id", "number"]).any()
    assert stored.groupby("content_hash").size().tolist() == [outcomes] * processes
    assert kb.check().is_ok
    assert seen
    assert all(size == outcomes for sizes in seen for size in sizes)
    assert np.percentile(took, 99) <= 0.05
