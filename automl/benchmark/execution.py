"""One run: a process of its own fits and predicts, and what it predicted is scored here."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from automl.benchmark import harness
from automl.benchmark.child import Child, Ended, OutOfMemory, TimedOut
from automl.benchmark.cores import reserved_cores
from automl.benchmark.frameworks import FRAMEWORKS
from automl.benchmark.plan import Run
from automl.benchmark.scoring import InvalidPredictions, check_predictions, constant_predictions, score
from automl.benchmark.splitting import Split
from automl.benchmark.suite import METRICS

_LONGEST_PREPARE_S = 300.0
_LONGEST_PREDICT_S = 600.0


@dataclass(frozen=True)
class Patience:
    """How long a framework may overrun before it is killed.

    Parameters
    ----------
    factor, grace_s : float
        A fit is killed after ``factor * budget_s + grace_s`` seconds.
    without_budget_s : float
        A fit without a budget is killed after so many.
    """

    factor: float = 2.0
    grace_s: float = 60.0
    without_budget_s: float = 3600.0

    def fit_limit_s(self, budget_s: float | None) -> float:
        """Seconds after which a fit is killed.

        Examples
        --------
        >>> Patience().fit_limit_s(10.0)
        80.0
        """
        return self.without_budget_s if budget_s is None else self.factor * budget_s + self.grace_s


@dataclass(frozen=True)
class Experience:
    """What a warm start has to start from in one run.

    Parameters
    ----------
    content : bytes
        A knowledge base, as a file.
    source : str
        What it was made from.
    left_out : tuple of str
        Tasks that were left out of it.
    """

    content: bytes
    source: str
    left_out: tuple[str, ...]


class _Failed(Exception):
    """A run that ended without predictions."""

    def __init__(self, status: str, error: str):
        super().__init__(error)
        self.status = status


def execute(
    run: Run, split: Split, python: str | None, patience: Patience, experience: Experience | None = None
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    """Run a framework in a process of its own; failures, overruns and memory are part of the result.

    Parameters
    ----------
    run : Run
    split : Split
    python : str or None
        The framework's interpreter; None is the one that runs this.
    patience : Patience
    experience : Experience, optional

    Returns
    -------
    (dict, DataFrame or None)
        The result, see `automl.benchmark.results.COLUMNS`, and the predictions on the test rows.
    """
    started, begun = datetime.now(UTC), time.monotonic()
    facts: dict[str, Any] = {"status": "ok", "error": None}
    predictions = None
    n_cores = run.conditions.n_cores
    with (
        tempfile.TemporaryDirectory(prefix="automl-benchmark-", ignore_cleanup_errors=True) as name,
        reserved_cores(n_cores) as cores,
    ):
        folder = Path(name)
        _hand_over(folder, run, split, experience)
        command = [python or sys.executable, "-P", harness.__file__, str(FRAMEWORKS[run.framework].path), name]
        with Child(command, folder, n_cores, cores, is_own_python=python is None) as child:
            try:
                predictions = _talk(child, folder, run, split, patience, facts)
            except _Failed as failed:
                facts |= {"status": failed.status, "error": str(failed)}
                facts["detail"] = {**facts.get("detail", {}), "stderr": child.last_words()[-4000:]}
        facts["peak_mb"] = round(child.peak_mb, 1)
    facts |= _scored(predictions, split)
    facts["wall_s"] = time.monotonic() - begun
    spent = sum(facts.get(name) or 0.0 for name in ("prepare_s", "fit_s", "predict_s"))
    facts["overhead_s"] = facts["wall_s"] - spent if facts["status"] == "ok" else None
    return _result(run, split, experience, started, facts), predictions


def failed(run: Run, split: Split, experience: Experience | None, error: str) -> tuple[dict[str, Any], None]:
    """Give the result of a run that no process lived to tell."""
    facts = {"status": "crash", "error": error, "peak_mb": None, "wall_s": None, "overhead_s": None}
    return _result(run, split, experience, datetime.now(UTC), {**facts, **_scored(None, split)}), None


def _hand_over(folder: Path, run: Run, split: Split, experience: Experience | None) -> None:
    framework = FRAMEWORKS[run.framework]
    store = folder / "experience.duckdb"
    if experience is not None:
        store.write_bytes(experience.content)
    job = {
        "framework": run.framework,
        "task": split.task,
        "metric": METRICS[split.task],
        "classes": list(split.classes) or None,
        "budget_s": run.budget_s,
        "max_trials": run.conditions.max_trials,
        "n_cores": run.conditions.n_cores,
        "memory_limit_mb": run.conditions.memory_limit_mb,
        "seed": run.seed,
        "folder": "scratch",
        "options": dict(framework.options),
        "knowledge_base": None if experience is None else str(store),
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    harness.write_table(split.X_train.assign(**{harness.TARGET: split.y_train}), folder / "train.parquet")


def _talk(
    child: Child, folder: Path, run: Run, split: Split, patience: Patience, facts: dict[str, Any]
) -> pd.DataFrame:
    """Take the child through its stages; puts what it says into `facts`."""
    _hear(child, "ready", _LONGEST_PREPARE_S, facts)
    _hear(child, "fitted", patience.fit_limit_s(run.budget_s), facts)
    harness.write_table(split.X_test, folder / "test.parquet")
    child.let_go_on()
    _hear(child, "predicted", _LONGEST_PREDICT_S, facts)
    try:
        predictions = pd.read_parquet(folder / "predictions.parquet")
        check_predictions(predictions, split.task, split.classes, len(split.X_test))
    except (InvalidPredictions, ValueError, TypeError, OSError) as error:
        raise _Failed("invalid", f"cannot be scored: {error}") from error
    return predictions


def _hear(child: Child, awaited: str, limit_s: float, facts: dict[str, Any]) -> None:
    try:
        event = child.hear(limit_s)
    except TimedOut:
        raise _Failed("timeout", f"killed: not {awaited} after {limit_s:g} s") from None
    except OutOfMemory as ended:
        raise _Failed("memory", f"not {awaited}: {ended}") from None
    except Ended as ended:
        raise _Failed("crash", f"not {awaited}: {ended}") from None
    if event.get("event") == "failed":
        raise _Failed(str(event["kind"]), f"{event['stage']}: {event['error']}")
    if event.get("event") != awaited:
        raise _Failed("crash", f"said {event.get('event')!r} where {awaited!r} was to come")
    facts |= {name: value for name, value in event.items() if name != "event"}


def _scored(predictions: pd.DataFrame | None, split: Split) -> dict[str, Any]:
    metric = METRICS[split.task]
    constant = constant_predictions(split.y_train, len(split.y_test), split.task)
    found = {"constant_score": score(constant, split.y_test, split.task, split.classes)[metric]}
    if predictions is None:
        return {**found, "score": None, "metrics": {}}
    metrics = score(predictions, split.y_test, split.task, split.classes)
    if metrics[metric] is None:
        error = f"{metric} is undefined on these test rows"
        return {**found, "score": None, "metrics": metrics, "status": "invalid", "error": error}
    return {**found, "score": metrics[metric], "metrics": metrics}


def _result(
    run: Run, split: Split, experience: Experience | None, started: datetime, facts: dict[str, Any]
) -> dict[str, Any]:
    conditions = run.conditions
    described = {
        "run_id": run.id, "suite": run.suite, "table": run.table, "content_hash": split.content_hash,
        "task": split.task, "metric": METRICS[split.task], "n_rows": len(split.X_train) + len(split.X_test),
        "n_features": split.X_train.shape[1], "n_classes": len(split.classes) or None, "fold": run.fold,
        "n_folds": conditions.n_folds, "seed": run.seed, "framework": run.framework, "version": None,
        "budget_s": run.budget_s, "max_trials": conditions.max_trials, "n_cores": conditions.n_cores,
        "memory_limit_mb": conditions.memory_limit_mb,
        "knowledge_base": None if experience is None else experience.source,
        "left_out": None if experience is None else list(experience.left_out),
        "n_test": len(split.X_test), "started": started.isoformat(), "commit": commit(), "machine": machine(),
        "prepare_s": None, "fit_s": None, "predict_s": None, "detail": {},
    }  # fmt: skip
    return {name: _rounded(value) for name, value in {**described, **facts}.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return float(f"{value:.7g}") if isinstance(value, float) else value


@cache
def commit() -> str:
    """Say which state of this package runs: the commit of its checkout, else its version."""
    folder = Path(__file__).resolve().parent
    git = ["git", "-C", str(folder)]
    try:
        tracked = subprocess.run([*git, "ls-files", "--error-unmatch", __file__], capture_output=True, check=False)
        if tracked.returncode == 0:
            head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
            changed = subprocess.run([*git, "diff", "--quiet", "HEAD"], capture_output=True, check=False)
            return head.stdout.strip() + ("" if changed.returncode == 0 else " with changes")
    except (OSError, subprocess.SubprocessError):
        pass
    try:
        return f"version {version('precedent-automl')}"
    except PackageNotFoundError:
        return "unknown"


@cache
def machine() -> str:
    """Describe the machine: processor, cores that may be used, memory, system, Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory_gb = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {cores} cores, {memory_gb:.0f} GB, {platform.system()}-{platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "processor")
