"""RunFolder: one folder a fit, gone afterwards, found again after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from automl.run_folder import KEEP_S, RunFolder


def left_behind(parent: Path, key: str, *, folds: bool = True) -> Path:
    """The folder of a process that is no more."""
    path = parent / key
    (path / "folds").mkdir(parents=True) if folds else path.mkdir(parents=True)
    if folds:
        (path / "folds" / "a.fold").write_text("kept")
    (path / "owner").write_text("999999999 1.0")
    return path


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_folder_lives_as_long_as_its_fit(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "runs", "key", resume=False) as run:
        assert run.path == tmp_path / "runs" / "key"
        assert run.path.is_dir()
        assert not run.resumed
        (run.path / "folds").mkdir()
        (run.path / "folds" / "file").write_text("x")
    assert not run.path.exists()
    assert (tmp_path / "runs").exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_fit_that_raises_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), RunFolder(tmp_path, "key", resume=False):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_without_a_parent_it_is_temporary() -> None:
    with RunFolder(None, "key", resume=True) as run:
        assert run.path.is_dir()
        assert not run.resumed
    assert not run.path.exists()


def test_resume_takes_over_what_a_dead_process_left(tmp_path: Path) -> None:
    path = left_behind(tmp_path, "key")
    with RunFolder(tmp_path, "key", resume=True) as run:
        assert run.resumed
        assert run.path == path
        assert (run.path / "folds" / "a.fold").read_text() == "kept"
    assert not path.exists()


def test_without_resume_leftovers_are_removed(tmp_path: Path) -> None:
    left_behind(tmp_path, "key")
    with RunFolder(tmp_path, "key", resume=False) as run:
        assert not run.resumed
        assert not (run.path / "folds").exists()


def test_there_may_be_nothing_to_resume(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "new", resume=True) as run:
        assert not run.resumed
    left_behind(tmp_path, "empty", folds=False)
    with RunFolder(tmp_path, "empty", resume=True) as run:
        assert not run.resumed


@pytest.mark.parametrize("resume", [False, True])
def test_a_running_fit_keeps_its_folder(tmp_path: Path, resume: bool) -> None:
    with RunFolder(tmp_path, "key", resume=False) as first:
        (first.path / "folds").mkdir()
        with RunFolder(tmp_path, "key", resume=resume) as second:
            assert second.path != first.path
            assert second.path.parent == tmp_path
            assert not second.resumed
        assert (first.path / "folds").is_dir()
        assert not second.path.exists()


def test_a_folder_of_another_running_process_is_not_taken(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from automl.run_folder import RunFolder;"
        "run = RunFolder(pathlib.Path(sys.argv[1]), 'key', resume=False); print(run.path, flush=True); input()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert owner.stdout is not None
    path = Path(owner.stdout.readline().decode().strip())
    (path / "folds").mkdir()
    with RunFolder(tmp_path, "key", resume=True) as run:
        assert run.path != path
    owner.kill()
    owner.wait()
    with RunFolder(tmp_path, "key", resume=True) as run:
        assert run.path == path
        assert run.resumed


@pytest.mark.parametrize("owner", ["", "not numbers", "12", None])
def test_a_damaged_owner_file_is_nobody(tmp_path: Path, owner: str | None) -> None:
    path = left_behind(tmp_path, "key")
    (path / "owner").unlink()
    if owner is not None:
        (path / "owner").write_text(owner)
    with RunFolder(tmp_path, "key", resume=True) as run:
        assert run.path == path


def test_a_process_id_used_again_is_another_owner(tmp_path: Path) -> None:
    path = left_behind(tmp_path, "key")
    (path / "owner").write_text(f"{os.getpid()} {psutil.Process().create_time() - 3600}")
    with RunFolder(tmp_path, "key", resume=True) as run:
        assert run.path == path


def test_folders_of_the_dead_are_swept_after_a_week(tmp_path: Path) -> None:
    old, young = left_behind(tmp_path, "old"), left_behind(tmp_path, "young")
    (tmp_path / "a file").write_text("not ours")
    age(old, KEEP_S + 60)
    age(young, KEEP_S - 60)
    age(tmp_path / "a file", 2 * KEEP_S)
    with RunFolder(tmp_path, "long", resume=False) as running:
        age(running.path, 2 * KEEP_S)
        with RunFolder(tmp_path, "key", resume=False):
            assert not old.exists()
            assert young.exists()
            assert running.path.exists()
            assert (tmp_path / "a file").exists()


def test_a_parent_that_cannot_be_used_is_told_and_replaced(tmp_path: Path, caplog: Any) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with RunFolder(blocked / "runs", "key", resume=True) as run:
        assert run.path.is_dir()
        assert not run.path.is_relative_to(tmp_path)
        assert not run.resumed
    assert "cannot be resumed" in caplog.text
    assert not run.path.exists()
