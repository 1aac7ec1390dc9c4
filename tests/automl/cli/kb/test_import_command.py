from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase

ASLIB = Path(__file__).parents[5] / "shared" / "aslib"


def test_folders_and_stores_are_told_apart(kb, fill, store, own_path, tmp_path):
    KnowledgeBase(store).export(tmp_path / "out")
    other = tmp_path / "other.duckdb"
    fill(other, "c1")
    done = kb("import", tmp_path / "out", other, store)
    assert done.code == 0
    assert done.out.splitlines() == [
        f"store: {own_path.resolve()}",
        f"{tmp_path / 'out'}: 1 task, 1 study, 2 configurations, 2 outcomes, 1 meta-feature, 1 provenance new",
        f"{other}: 1 task, 1 study, 2 outcomes, 1 meta-feature new",
        f"{store}: nothing new",
    ]


def test_nothing_is_begun_where_a_source_is_missing(kb, store, own_path):
    done = kb("import", store, "nowhere")
    assert (done.code, done.out) == (2, "")
    assert done.err == "automl kb import: error: nowhere: no such file or folder\n"
    assert not own_path.exists()


def test_what_was_brought_in_before_an_error_stays(kb, store, own_path, tmp_path):
    (tmp_path / "empty").mkdir()
    done = kb("import", store, tmp_path / "empty")
    assert done.code == 2
    assert "2 outcomes" in done.out
    assert "lacks task.parquet" in done.err
    assert len(KnowledgeBase(own_path).outcomes()) == 2


def test_a_place_that_cannot_be_written_to_is_told(kb, store, monkeypatch):
    def refuse(path: str | Path, *arguments: int) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr("knowledge_base.locks.os", type("ReadOnlyOs", (), {**vars(os), "open": staticmethod(refuse)}))
    done = kb("import", store)
    assert done.code == 2
    assert "cannot be written to (Read-only file system)" in done.err


@pytest.mark.skipif(not ASLIB.is_dir(), reason="needs the folder ../shared/aslib")
def test_an_aslib_scenario_is_known_by_its_description(kb, own_path, tmp_path):
    whole = ASLIB / "log_loss_multiclass.classification_dense"
    scenario = Path(shutil.copytree(whole, tmp_path / "scenario"))
    runs = (whole / "algorithm_runs.arff").read_text().splitlines(keepends=True)
    start = 1 + next(place for place, line in enumerate(runs) if line.strip().upper() == "@DATA")
    (scenario / "algorithm_runs.arff").write_text("".join(runs[: start + 3]))  # all of them take half a minute
    done = kb("import", scenario)
    assert done.code == 0, done.err
    assert done.out.splitlines()[1] == f"{scenario}: 3 tasks, 3 outcomes, 3 foreign configurations new"
    assert len(KnowledgeBase(own_path).outcomes()) == 3
    assert kb("import", scenario).out.splitlines()[1] == f"{scenario}: nothing new; 3 outcomes were known"
