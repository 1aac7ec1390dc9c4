"""`automl kb populate` against the stand-in server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openml_evaluations as made
import openml_tables
import pytest
from openml_server import OpenMLServer
from openml_uploads import KEY

from knowledge_base import KnowledgeBase

TASK = str(openml_tables.FIRST_TASK)


@pytest.fixture
def populate(server: OpenMLServer, kb: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    def run(*arguments: str) -> Any:
        where = ("--server", server.url, "--cache", tmp_path / "cache", "--requests-per-s", "1000")
        return kb("populate", *arguments, *where)

    return run


def test_evaluations_end_with_a_summary_and_the_reasons(populate: Callable[..., Any], own_path: Path) -> None:
    done = populate("evaluations", "--flows", str(made.MADE_ADABOOST), str(made.MADE_J48))
    assert done.code == 0
    assert f"flow {made.MADE_ADABOOST}: 120 evaluations of 4 tasks: 0 translated, 120 foreign, 0 rejected" in done.out
    assert "120  foreign: learners of weka are not translated" in done.out
    assert len(KnowledgeBase(own_path).outcomes()) == 240
    again = populate("evaluations", "--flows", str(made.MADE_ADABOOST))
    assert "120 known before" in again.out


def test_runs_tell_of_each_task_and_fail_where_one_failed(populate: Callable[..., Any]) -> None:
    effort = ("--time-budget", "none", "--max-trials", "4", "--n-jobs", "1")
    done = populate("runs", "--tasks", TASK, *effort)
    assert done.code == 0
    assert f"1/1 task {TASK}" in done.out
    assert done.out.endswith("1 done\n")
    failed = populate("runs", "--tasks", "999", TASK, *effort)
    assert failed.code == 1
    assert "task 999 -: failed" in failed.out
    assert failed.out.endswith("1 failed, 1 known\n")


@pytest.mark.parametrize("what", ["evaluations", "runs"])
def test_nothing_to_do_says_what_to_give(populate: Callable[..., Any], what: str) -> None:
    done = populate(what)
    assert done.code == 2
    assert "--tasks" in done.err


EFFORT = ("--time-budget", "none", "--max-trials", "4", "--n-jobs", "1")


def test_an_upload_without_a_key_is_refused_before_any_work(
    populate: Callable[..., Any], server: OpenMLServer, own_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENML_API_KEY", raising=False)
    done = populate("runs", "--tasks", TASK, "--upload", *EFFORT)
    assert done.code == 2
    assert "set OPENML_API_KEY, or give --api-key KEY" in done.err
    assert server.count() == 0 and not own_path.exists()
    monkeypatch.setenv("OPENML_API_KEY", KEY)
    done = populate("evaluations", "--tasks", TASK, "--upload")
    assert done.code == 2 and "--upload goes with runs" in done.err
    done = populate("runs", "--tasks", TASK, "--upload", "--api-key", "wrong", *EFFORT)
    assert done.code == 2 and "does not accept the API key" in done.err
    assert not server.uploads.runs


def test_an_upload_tells_the_id_of_the_run_and_not_the_key(
    populate: Callable[..., Any], server: OpenMLServer, own_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openml_tables, "_N_FOLDS", 2)
    monkeypatch.setenv("OPENML_API_KEY", KEY)
    populate("runs", "--tasks", TASK, *EFFORT)
    assert {request.method for request in server.requests} == {"GET"}
    for _ in range(2):
        done = populate("runs", "--tasks", TASK, "--upload", *EFFORT)
        (run_id,) = server.uploads.runs
        assert done.code == 0 and f"uploaded as run {run_id}" in done.out
        assert KEY not in done.out + done.err
    files = [path for path in own_path.parent.rglob("*") if path.is_file()]
    assert files and not [path for path in files if KEY.encode() in path.read_bytes()]
