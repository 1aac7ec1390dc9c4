"""Frameworks made up for a test, which are quick and misbehave on demand, and what they are run on."""

from __future__ import annotations

import os
import signal
import textwrap
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

from automl.benchmark.frameworks import Framework

GOOD = """
import os
import pandas as pd

def prepare(job):
    return "1.0"

def fit(job, X, y):
    numbers = X.select_dtypes("number")
    first = numbers.iloc[:, 0].fillna(0.0) if numbers.shape[1] else pd.Series(0.0, index=X.index)
    middle = first.median() + job.seed
    parts = {above: y[(first > middle) == above] for above in (False, True)}
    return job, middle, {above: part if len(part) else y for above, part in parts.items()}

def predict(model, X):
    job, middle, parts = model
    numbers = X.select_dtypes("number")
    first = numbers.iloc[:, 0].fillna(0.0) if numbers.shape[1] else pd.Series(0.0, index=X.index)
    if job.task == "regression":
        return pd.DataFrame({"prediction": [parts[above].mean() for above in first > middle]})
    shares = {above: part.value_counts(normalize=True) for above, part in parts.items()}
    rows = pd.DataFrame([shares[above] for above in first > middle]).fillna(0.0).reset_index(drop=True)
    return rows.assign(prediction=rows.idxmax(axis=1))

def describe(model):
    return {"middle": float(model[1])}
"""
"""Splits the rows at the median of the first column of numbers, and predicts the mean or the shares of each half."""


def made_up(
    folder: Path, name: str, body: str = "", options: Mapping[str, Any] | None = None, *, takes_budget: bool = False
) -> Framework:
    """Write a framework file that does what `GOOD` does but for the functions that `body` replaces."""
    path = folder / f"{name}.py"
    path.write_text(GOOD + textwrap.dedent(body))
    return Framework(name, path, (), dict(options or {}), takes_budget)


def gone(pids: Iterable[int], within_s: float = 10.0) -> bool:
    """Wait for processes to end; False if one still lives then."""
    deadline = time.monotonic() + within_s
    while any(map(lives, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(lives, pids))


def lives(pid: int) -> bool:
    """Whether a process runs: a zombie does not, it only has not been asked about."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kills_its_worker(prepared: object) -> None:
    """What a run is replaced by that takes the worker of a cluster with it."""
    os.kill(os.getpid(), signal.SIGKILL)


def allow_failures(n: int, dask_scheduler: Any) -> int:
    """Let a task of a cluster kill so many workers before it is given up; gives how many were allowed before."""
    before: int = dask_scheduler.allowed_failures
    dask_scheduler.allowed_failures = n
    return before
