"""The inbox: one append-only file a writer, so that recording an outcome waits for nobody.

A file is named `<drawn>.live` while its writer has it open and locked, and renamed to `<drawn>.jsonl` when the
writer is done; it is `<drawn>.new` until it is locked and has its first line. That line is the study, each further one
an outcome. A writer that is killed leaves a `.live` file whose lock the operating system has taken back: then it is as
good as closed. A last line without its line feed belongs to an outcome that had not been recorded yet.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.locks import as_store_error, try_lock
from knowledge_base.records import outcome_record

FORMAT = 1
"""Version of the lines; a file of a later one is left for a later version of the package."""

NEW, LIVE, CLOSED = ".new", ".live", ".jsonl"
_FORGOTTEN_S = 60.0
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | _FLAGS


class Writer:
    """Appends the outcomes of one study to an inbox file of its own. Made by `KnowledgeBase.writer`.

    Threads may share one. Closing it, or leaving it as a context manager, hands the file over to be folded in.

    Parameters
    ----------
    folder : Path
        The inbox; made where missing.
    study : dict
        From `records.study_record`.
    on_close : callable
        Called once, without arguments, when the file has been handed over.
    study_name : str, optional
        What the study is known by in every store; drawn at random by default.

    Raises
    ------
    ReadOnly
        The inbox cannot be written to.
    """

    def __init__(self, folder: Path, study: Mapping[str, Any], on_close: Callable[[], object],
                 study_name: str | None = None) -> None:
        name = uuid.uuid4().hex
        self._live, self._closed = folder / (name + LIVE), folder / (name + CLOSED)
        self._metric: str = study["metric"]
        self._on_close = on_close
        self._guard = threading.Lock()
        self._number = 0
        draft = folder / (name + NEW)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor: int | None = os.open(draft, _APPENDING, 0o666)
        except OSError as error:
            raise as_store_error(error, folder) from error
        with contextlib.suppress(OSError):  # without locks the file is folded in once it has been closed
            try_lock(self._descriptor)
        header = {"format": FORMAT, "study": name if study_name is None else study_name,
                  "started_at": datetime.now(UTC).isoformat(), **study}
        try:
            self._write(header)
            os.rename(draft, self._live)
        except KnowledgeBaseError:
            self._discard(draft)
            raise
        except OSError as error:
            self._discard(draft)
            raise as_store_error(error, folder) from error

    def append(self, outcome: Mapping[str, object], *, number: int | None = None) -> None:
        """Record one outcome; when this returns, no killed process takes it back.

        Parameters
        ----------
        outcome : dict
            ``configuration_id``, ``algorithm``, ``configuration`` (dict of JSON values), ``status`` and
            ``is_full_fidelity`` are needed; ``loss`` is a finite number if and only if the status is ``"ok"``;
            ``metric`` (the study's), ``fold_losses``, ``metrics`` (name to value), ``fidelity`` (``folds``,
            ``iterations_fraction``, ``rows_fraction``), ``seconds``, ``fit_seconds``, ``predict_seconds``,
            ``peak_mb``, ``seed``, ``error`` and ``trial_number`` may be left out or None.
        number : int, optional
            The outcome's number in its study, not negative; by default they are counted from 0.

        Raises
        ------
        InvalidRecord
            The outcome cannot be stored as it is; nothing was written.
        KnowledgeBaseError
            The disk is full, or the writer is closed; nothing was written.
        """
        record = outcome_record(outcome, self._metric)
        with self._guard:
            self._write({"number": self._number if number is None else number, **record})
            self._number += 1

    def close(self) -> None:
        """Hand the outcomes over to the store; doing so twice does nothing the second time."""
        with self._guard:
            if self._descriptor is None:
                return
            if self._number == 0:
                self._discard(self._live)
                return
            with contextlib.suppress(OSError):
                os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
            with contextlib.suppress(OSError):  # stays `.live`, unlocked: folded in all the same
                os.rename(self._live, self._closed)
        self._on_close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def _write(self, record: Mapping[str, object]) -> None:
        if self._descriptor is None:
            raise KnowledgeBaseError("This writer is closed: make another one.")
        # ASCII holds any text, NUL and line feeds included, in one line.
        line = (json.dumps(record, separators=(",", ":")) + "\n").encode("ascii")
        end = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError as error:
            with contextlib.suppress(OSError):  # take a half-written line back, so that the next one stands alone
                os.ftruncate(self._descriptor, end)
            raise as_store_error(error, self._live) from error

    def _discard(self, path: Path) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def claimed(folder: Path, limit: int, *, leave: Container[Path] = ()) -> Iterator[list[Path]]:
    """Yield up to `limit` files, not those in `leave`, that no writer has open. The caller holds the store."""
    with contextlib.ExitStack() as stack:
        mine: list[Path] = []
        for path in files(folder):
            if len(mine) == limit:
                break
            if path in leave:
                continue
            if path.suffix == CLOSED or stack.enter_context(_abandoned(path)):
                mine.append(path)
        yield mine


def forget(folder: Path) -> None:
    """Remove the files of writers that were killed before their first line."""
    for path in folder.glob("*" + NEW):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _FORGOTTEN_S:
                path.unlink()


def files(folder: Path) -> list[Path]:
    """Return the inbox files, live ones too."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return []
    return [folder / name for name in names if name.endswith((LIVE, CLOSED))]


@contextlib.contextmanager
def _abandoned(path: Path) -> Iterator[bool]:
    """Lock a `.live` file for the length of the block; False where its writer still has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | _FLAGS)
    except OSError:
        yield False
        return
    try:
        try:
            free = try_lock(descriptor)
        except OSError:
            free = False
        yield free
    finally:
        os.close(descriptor)
