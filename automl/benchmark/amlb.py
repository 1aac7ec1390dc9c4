"""Results in the columns of AMLB's results.csv, to be laid beside those that others published.

The columns are those of the AutoML Benchmark (Gijsbers et al., "AMLB: an AutoML Benchmark", JMLR 25, 2024), version of
April 2025.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

COLUMNS = (
    "id", "task", "framework", "constraint", "fold", "type", "result", "metric", "mode", "version", "params",
    "app_version", "utc", "duration", "training_duration", "predict_duration", "models_count", "seed", "info",
)  # fmt: skip
"""Columns that all of AMLB's results have, in its order; those of the single metrics follow, sorted by name."""

_TYPES = {"fold": "int64", "seed": "int64", "models_count": "Int64"} | dict.fromkeys(
    ("result", "duration", "training_duration", "predict_duration"), "float64"
)
_LONGEST_INFO = 200
_UNITS_S = {"h": 3600, "m": 60, "s": 1}
_OPENML_TASK = "openml/t/"


class _Metric(NamedTuple):
    """A metric of AMLB: its name there, and the sign that turns a scorer's value into its own."""

    name: str
    sign: int


_METRICS = {
    "accuracy": _Metric("acc", 1),
    "average_precision": _Metric("pr_auc", 1),
    "balanced_accuracy": _Metric("balacc", 1),
    "neg_log_loss": _Metric("logloss", -1),
    "neg_mean_absolute_error": _Metric("mae", -1),
    "neg_mean_squared_error": _Metric("mse", -1),
    "neg_root_mean_squared_error": _Metric("rmse", -1),
    "r2": _Metric("r2", 1),
    "roc_auc": _Metric("auc", 1),
}


def to_amlb(results: pd.DataFrame) -> pd.DataFrame:
    """Turn results into the rows of AMLB's results.csv.

    Parameters
    ----------
    results : DataFrame
        One row a run, as `automl.benchmark.results.read_results` gives them.

    Returns
    -------
    DataFrame
        One row a run, in the same order; `COLUMNS`, then one column for each metric of AMLB's that a run was scored
        by. As there, ``result`` is greater is better, and ``metric`` begins with ``neg_`` where the sign was turned for
        that, while the columns of the metrics keep their own sign; ``duration`` (all of the run),
        ``training_duration`` and ``predict_duration`` are seconds; ``utc`` is the end of the run; ``info`` is empty
        unless a run failed, and then ``result`` is. Runs of several seeds differ in ``seed`` only, those of several
        budgets in ``constraint``: AMLB's own reports take one of each at a time.

    Examples
    --------
    >>> run = {"suite": "files", "table": "vowel", "framework": "flaml", "budget_s": 60.0, "n_cores": 2, "fold": 0,
    ...        "task": "multiclass", "metric": "neg_log_loss", "score": -0.25, "status": "ok", "seed": 7,
    ...        "metrics": {"neg_log_loss": -0.25, "accuracy": 0.9}, "fit_s": 58.1}
    >>> to_amlb(pd.DataFrame([run])).loc[0, ["constraint", "result", "metric", "acc", "logloss"]].to_dict()
    {'constraint': '1m2c', 'result': -0.25, 'metric': 'neg_logloss', 'acc': 0.9, 'logloss': 0.25}
    """
    runs = [{str(name): value for name, value in run.items()} for run in results.to_dict("records")]
    metrics = [_metrics_of(run) for run in runs]
    scored = sorted({name for found in metrics for name in found})
    rows = [_row(run) | found for run, found in zip(runs, metrics, strict=True)]
    return pd.DataFrame(rows, columns=[*COLUMNS, *scored]).astype(_TYPES)


def write_amlb(results: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write results as AMLB's results.csv; the file appears whole or not at all.

    Parameters
    ----------
    results : DataFrame
        As in `to_amlb`.
    path : path
        An older file is replaced.
    """
    target = Path(path)
    part = target.with_name(f"{target.name}.part")
    to_amlb(results).to_csv(part, index=False)
    part.replace(target)


def _row(run: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in run.items() if _is_known(value)}
    ok = known["status"] == "ok"
    return {
        "id": _id(known),
        "task": known["table"],
        "framework": known["framework"],
        "constraint": _constraint(known),
        "fold": int(known["fold"]),
        "type": known["task"],
        "result": known.get("score") if ok else None,
        "metric": _metric(known["metric"]),
        "mode": "local",
        "version": known.get("version"),
        "params": _params(known),
        "app_version": f"precedent [{known.get('commit', 'unknown')}]",
        "utc": _end(known),
        "duration": known.get("wall_s"),
        "training_duration": known.get("fit_s"),
        "predict_duration": known.get("predict_s"),
        "models_count": _models_count(known.get("detail", {})),
        "seed": int(known["seed"]),
        "info": None if ok else _info(known),
    }


def _is_known(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _id(run: Mapping[str, Any]) -> str:
    """Address of a task on OpenML, or the name of a table, as AMLB has it for files."""
    suite = str(run.get("suite", ""))
    return f"openml.org/t/{suite.removeprefix(_OPENML_TASK)}" if suite.startswith(_OPENML_TASK) else str(run["table"])


def _constraint(run: Mapping[str, Any]) -> str:
    """Time and cores, like AMLB's 1h8c; without a budget trials and cores, or cores alone."""
    cores = f"{int(run['n_cores'])}c"
    budget_s = run.get("budget_s")
    if budget_s is not None:
        unit = next((name for name, size in _UNITS_S.items() if budget_s % size == 0), "s")
        return f"{budget_s / _UNITS_S[unit]:g}{unit}{cores}"
    return f"{int(run['max_trials'])}trials{cores}" if "max_trials" in run else cores


def _metric(scorer: str) -> str:
    known = _METRICS.get(scorer, _Metric(scorer, 1))
    return known.name if known.sign > 0 else f"neg_{known.name}"


def _metrics_of(run: Mapping[str, Any]) -> dict[str, float]:
    """Values of the metrics that AMLB has, with its sign."""
    found = run.get("metrics")
    scores = found if isinstance(found, Mapping) else {}
    known = {_METRICS[scorer]: value for scorer, value in scores.items() if scorer in _METRICS and _is_known(value)}
    return {metric.name: metric.sign * float(value) for metric, value in known.items()}


def _params(run: Mapping[str, Any]) -> str:
    """What a run was given besides the constraint, as AMLB writes a framework's parameters."""
    given = {name: run[name] for name in ("max_trials", "knowledge_base", "left_out") if name in run}
    return repr(given) if given else ""


def _end(run: Mapping[str, Any]) -> str | None:
    if "started" not in run:
        return None
    moment = pd.to_datetime(run["started"], utc=True) + pd.to_timedelta(run.get("wall_s", 0.0), unit="s")
    return str(moment.strftime("%Y-%m-%dT%H:%M:%S"))


def _models_count(detail: Mapping[str, Any]) -> int | None:
    """Count the models that were trained, or the trials that went well."""
    count = detail.get("models", detail.get("statuses", {}).get("ok"))
    return None if count is None else int(count)


def _info(run: Mapping[str, Any]) -> str:
    """Say in one line why a run failed, no longer than AMLB has it."""
    text = " ".join(f"{run['status']}: {run.get('error', 'no reason given')}".split())
    return text if len(text) <= _LONGEST_INFO else f"{text[: _LONGEST_INFO - 1]}…"
