"""Searches on OpenML's tasks: on its own splits, resumed, one failure not stopping the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openml_tables
import pytest
from openml_server import Fault, OpenMLServer

from automl import AutoMLClassifier
from automl.populate.effort import Effort
from automl.populate.runs import TaskRun, run_tasks
from automl.recording import ENSEMBLE
from knowledge_base import KnowledgeBase
from knowledge_base.openml_client import OpenMLClient

EFFORT = Effort(time_budget=None, max_trials=6, n_jobs=1)
TASK = openml_tables.FIRST_TASK


@pytest.fixture
def store(tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge.duckdb")


def test_outcomes_are_on_openmls_own_splits(store: KnowledgeBase, client: OpenMLClient) -> None:
    (run,) = run_tasks(store, client, [TASK], EFFORT)
    assert (run.status, run.trials, run.name) == ("done", 6, client.task(TASK).dataset_name)
    rows = store.outcomes(full_fidelity=None)
    assert (rows["algorithm"] == ENSEMBLE).tolist() == [False] * 6 + [True]
    assert rows["split"].unique().tolist() == [f"OpenMLSplits ({client.task(TASK).n_folds} folds)"]


def test_what_was_done_is_known_and_another_effort_is_another_run(store: KnowledgeBase, client: OpenMLClient) -> None:
    first = run_tasks(store, client, [TASK], EFFORT)[0]
    again = run_tasks(store, client, [TASK], EFFORT)[0]
    assert again.status == "known"
    assert (again.loss, again.trials) == (first.loss, first.trials)
    more = run_tasks(store, client, [TASK], Effort(time_budget=None, max_trials=5, n_jobs=1))[0]
    assert more.status == "done"


def test_half_a_line_of_a_killed_process_is_no_run(store: KnowledgeBase, client: OpenMLClient) -> None:
    run_tasks(store, client, [TASK], EFFORT)
    journal = Path(f"{store.path}.populated.jsonl")
    journal.write_text(journal.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert run_tasks(store, client, [TASK], EFFORT)[0].status == "done"
    assert run_tasks(store, client, [TASK], EFFORT)[0].status == "known"


def test_a_task_that_fails_does_not_stop_the_others(
    store: KnowledgeBase, client: OpenMLClient, server: OpenMLServer
) -> None:
    told: list[TaskRun] = []
    server.misbehave(Fault.UNAVAILABLE, times=3, kind="task")
    runs = run_tasks(store, client, [TASK, TASK], EFFORT, on_run=told.append)
    assert [run.status for run in runs] == ["failed", "done"]
    assert "503" in runs[0].error
    assert told == runs


def test_ctrl_c_ends_all_and_the_task_is_not_called_done(
    store: KnowledgeBase, client: OpenMLClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(model: AutoMLClassifier, X: Any, y: Any, resume: bool) -> AutoMLClassifier:
        model.fit_report_ = {"interrupted": True}
        return model

    with monkeypatch.context() as patch:
        patch.setattr(AutoMLClassifier, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_tasks(store, client, [TASK, TASK + 1], EFFORT)
    assert run_tasks(store, client, [TASK], EFFORT)[0].status == "done"
