"""The child that runs one framework once: ``PYTHON -P harness.py FRAMEWORK_FILE RUN_FOLDER``.

It runs in the framework's own environment, where nothing of ours is installed, so it imports the standard library and
pandas alone. RUN_FOLDER holds ``job.json`` and ``train.parquet``, whose column ``__target__`` is the target. What the
framework prints goes to the standard error. On the standard output stands one JSON object a line:

- ``{"event": "ready", "version", "prepare_s"}`` once the framework is imported and the table is read;
- ``{"event": "fitted", "fit_s"}``, after which it waits for a line on its standard input. Only then need
  ``test.parquet``, without the target, be in RUN_FOLDER: nothing of it is there while the framework fits;
- ``{"event": "predicted", "predict_s", "detail"}`` once ``predictions.parquet`` is written;
- ``{"event": "failed", "stage", "kind", "error"}`` in place of the next of these, with the traceback on the standard
  error; stage is "prepare", "fit" or "predict", kind "memory" or "crash".
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd

TARGET = "__target__"
_LONGEST_ERROR = 1_000


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table so that every environment reads the same one.

    Parquet keeps categories only where they are strings, and a column of one type. So categories become their text, and
    so do the values of columns that mix types.

    Parameters
    ----------
    table : DataFrame
        Its index is not written.
    path : str or Path

    Examples
    --------
    >>> import tempfile
    >>> grades = pd.DataFrame({"grade": pd.Categorical([2, 1, 2], categories=[1, 2, 3])})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(grades, Path(folder, "grades.parquet"))
    ...     list(pd.read_parquet(Path(folder, "grades.parquet"))["grade"].cat.categories)
    ['1', '2', '3']
    """
    table = table.copy(deep=False)
    for name, column in table.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            table[name] = column.cat.rename_categories([str(category) for category in column.cat.categories])
        elif pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
            table[name] = column.map(str, na_action="ignore")
    table.to_parquet(path, index=False)


class Parent:
    """The process that started this one: its ends of the standard streams, which the framework does not get.

    When it dies, this process ends too, with all of its group and the folder of the run, if the group is its own.

    Parameters
    ----------
    folder : Path
        That of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._input = os.dup(0)
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._events = os.fdopen(os.dup(1), "w")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, **event: Any) -> None:
        """Write one event."""
        self._events.write(json.dumps(event) + "\n")
        self._events.flush()

    def wait(self) -> None:
        """Wait until it lets this process go on."""
        self._answers.get()

    def _listen(self) -> None:
        while answer := os.read(self._input, 1024):
            self._answers.put(answer)
        if os.getpgrp() == os.getpid():
            shutil.rmtree(self._folder, ignore_errors=True)
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


class Run:
    """One framework on one split.

    Parameters
    ----------
    framework_file, folder : Path
        Absolute.
    parent : Parent
    """

    def __init__(self, framework_file: Path, folder: Path, parent: Parent) -> None:
        self._framework_file, self._folder, self._parent = framework_file, folder, parent
        self.stage = "prepare"

    def go(self) -> None:
        """Prepare, fit, wait for the test rows, predict."""
        start = time.perf_counter()
        job = SimpleNamespace(**json.loads((self._folder / "job.json").read_text()))
        scratch = self._folder / job.folder
        scratch.mkdir(parents=True, exist_ok=True)
        job.folder = str(scratch)
        os.chdir(scratch)  # where frameworks leave their logs and models
        framework = _load(self._framework_file)
        version = framework.prepare(job)
        X = pd.read_parquet(self._folder / "train.parquet")
        y = X.pop(TARGET)
        self._parent.tell(event="ready", version=str(version), prepare_s=time.perf_counter() - start)

        self.stage = "fit"
        start = time.perf_counter()
        model = framework.fit(job, X, y)
        self._parent.tell(event="fitted", fit_s=time.perf_counter() - start)

        self._parent.wait()
        self.stage = "predict"
        X = pd.read_parquet(self._folder / "test.parquet")
        start = time.perf_counter()
        predictions = framework.predict(model, X)
        predict_s = time.perf_counter() - start
        if not isinstance(predictions, pd.DataFrame):
            raise TypeError(f"predict gave no DataFrame but {type(predictions).__name__}")
        predictions.columns = predictions.columns.map(str)
        predictions.to_parquet(self._folder / "predictions.parquet", index=False)
        self._parent.tell(event="predicted", predict_s=predict_s, detail=_described(framework, model))


def main(framework_file: str, folder: str) -> int:
    """Run a framework file; gives the exit code."""
    parent = Parent(Path(folder).resolve())
    run = Run(Path(framework_file).resolve(), Path(folder).resolve(), parent)
    try:
        run.go()
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        kind = "memory" if isinstance(error, MemoryError) else "crash"
        parent.tell(event="failed", stage=run.stage, kind=kind, error=_one_line(error))
        return 1
    return 0


def _load(path: Path) -> ModuleType:
    """Import a framework file by its path, under a name that no package has."""
    name = f"benchmarked_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _described(framework: ModuleType, model: Any) -> dict[str, Any]:
    """What the framework says of its model, as plain JSON; the predictions are worth keeping where it cannot."""
    try:
        detail = json.dumps(framework.describe(model), default=_plain)
        found: dict[str, Any] = json.loads(detail, parse_constant=lambda _: None)
    except Exception as error:
        traceback.print_exc()
        return {"describe_error": _one_line(error)}
    return found


def _plain(value: Any) -> Any:
    """Scalars of numpy as Python's, anything else as its text."""
    return value.item() if hasattr(value, "item") else str(value)


def _one_line(error: BaseException) -> str:
    return " ".join("".join(traceback.format_exception_only(error)).split())[:_LONGEST_ERROR]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
