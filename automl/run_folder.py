"""RunFolder: where a running fit keeps its folds, and where a killed one leaves them for the next."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psutil

logger = logging.getLogger(__name__)

KEEP_S = 7 * 24 * 3600.0
_OWNER = "owner"


class RunFolder:
    """A folder for one fit, removed when the fit ends.

    A fit that is killed leaves its folder behind; the same fit with ``resume`` takes it over. Folders of dead
    processes are swept after a week.

    Parameters
    ----------
    parent : Path or None
        Folder that holds the folders of all fits; None for a temporary one, which cannot be resumed.
    key : str
        Equal for fits of the same data, task and seed.
    resume : bool
        Take over what a dead process left under this key; otherwise that is removed.

    Attributes
    ----------
    path : Path
    resumed : bool
        Whether folds of an earlier fit were found.
    """

    def __init__(self, parent: Path | None, key: str, *, resume: bool):
        self.resumed = False
        if parent is not None:
            try:
                self.path = self._claim(parent, key, resume)
                return
            except OSError as error:
                logger.warning("the run cannot be kept beside the knowledge base (%s); it cannot be resumed", error)
        self.path = Path(tempfile.mkdtemp(prefix="precedent-"))

    def _claim(self, parent: Path, key: str, resume: bool) -> Path:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        path = parent / key
        if path.exists() and _owner_lives(path):  # the same fit runs right now in another process
            path = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=parent))
        elif path.exists() and not resume:
            shutil.rmtree(path, ignore_errors=True)
        self.resumed = resume and (path / "folds").is_dir()
        path.mkdir(exist_ok=True)
        process = psutil.Process()
        (path / _OWNER).write_text(f"{process.pid} {process.create_time()}")
        return path

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _owner_lives(path: Path) -> bool:
    try:
        pid, created = (path / _OWNER).read_text().split()
        return bool(abs(psutil.Process(int(pid)).create_time() - float(created)) < 1.0)
    except (OSError, ValueError, psutil.Error):
        return False


def _sweep(parent: Path) -> None:
    """Remove folders that nobody came back for."""
    oldest = time.time() - KEEP_S
    for entry in os.scandir(parent):
        if entry.is_dir() and entry.stat().st_mtime < oldest and not _owner_lives(Path(entry.path)):
            shutil.rmtree(entry.path, ignore_errors=True)
