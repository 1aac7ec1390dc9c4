"""Runs a framework file through the harness, as the benchmark does, and keeps what each saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.model_selection import train_test_split

from automl.benchmark import harness

METRICS = {"binary": "roc_auc", "multiclass": "neg_log_loss", "regression": "neg_root_mean_squared_error"}


@dataclass
class Seen:
    """What came of a run."""

    events: list[dict[str, Any]]
    predictions: pd.DataFrame | None
    noise: str
    code: int

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


@dataclass(frozen=True)
class Split:
    """A table's rows to learn from and rows to predict."""

    task: str
    X_train: pd.DataFrame
    y_train: pd.Series
    X_test: pd.DataFrame
    y_test: pd.Series

    @classmethod
    def of(cls, X: pd.DataFrame, y: pd.Series) -> Split:
        is_class = not pd.api.types.is_float_dtype(y)
        target = y.astype(str) if is_class else y
        task = ("binary" if target.nunique() == 2 else "multiclass") if is_class else "regression"
        parts = train_test_split(X, target, test_size=0.25, random_state=0, stratify=target if is_class else None)
        return cls(task, parts[0], parts[2], parts[1], parts[3])

    def job(self, **values: Any) -> dict[str, Any]:
        classes = None if self.task == "regression" else sorted({*self.y_train, *self.y_test})
        return {
            "framework": "", "task": self.task, "metric": METRICS[self.task], "classes": classes, "budget_s": None,
            "max_trials": None, "n_cores": 1, "memory_limit_mb": None, "seed": 0, "folder": "scratch", "options": {},
            "knowledge_base": None, **values,
        }  # fmt: skip


def run_framework(
    path: Path, folder: Path, split: Split, job: Mapping[str, Any], python: Path | str = sys.executable
) -> Seen:
    """Go through the protocol; the rows to predict are written only when the framework has said that it is fitted."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(json.dumps(job))
    harness.write_table(split.X_train.assign(**{harness.TARGET: split.y_train}), folder / "train.parquet")
    environment = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(job["n_cores"]))}
    with (folder / "noise").open("wb") as noise:
        child = subprocess.Popen(
            [str(python), "-P", str(Path(harness.__file__)), str(path), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=noise, text=True, env=environment,
        )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    events = []
    with child:
        for line in child.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "fitted":
                harness.write_table(split.X_test, folder / "test.parquet")
                child.stdin.write("go\n")
                child.stdin.flush()
    written = folder / "predictions.parquet"
    predictions = pd.read_parquet(written) if written.exists() else None
    return Seen(events, predictions, (folder / "noise").read_text(errors="replace"), child.returncode)
