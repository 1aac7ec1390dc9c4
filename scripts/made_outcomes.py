"""Made outcomes in the shape of real ones, written as an export of the knowledge base would be.

Twelve algorithms of 250 configurations each, of which every study tries a different draw, so that tasks share many;
two studies a task. Losses follow from how hard the task is, how good the configuration, and chance. As in a fit with
successive halving, 35 % of the outcomes have all five folds and the others the first one; 4 % failed. All numbers have
the digits that arithmetic gives them. Seconds, memory, metrics and lengths of texts are like those of public tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from knowledge_base.records import canonical_json, key_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALGORITHMS = 12
PER_ALGORITHM = 250
CONFIGURATIONS = ALGORITHMS * PER_ALGORITHM
STUDIES_PER_TASK = 2
FOLDS = 5
METAFEATURES = tuple(f"metafeature_{i:02d}" for i in range(38))
METRICS = {
    "binary": ("roc_auc", "neg_log_loss", "accuracy", "balanced_accuracy", "average_precision"),
    "multiclass": ("neg_log_loss", "accuracy", "balanced_accuracy"),
    "regression": ("neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"),
}
TASK_TYPES = tuple(METRICS)
STATUSES = ("ok", "timeout", "memory", "crash", "invalid")
_SHARES = (0.96, 0.025, 0.005, 0.005, 0.005)
_ERRORS = (
    "",
    "the limit of {} s was passed",
    "more than {} MB were needed",
    "ValueError: array of {} rows must not contain infs or NaNs",
    "no value of folds {} can be scored",
)
_SHARE_FULL = 0.35
_ROWS_AT_ONCE = 122_880  # a row group, as DuckDB writes them


@dataclass(frozen=True)
class World:
    """What the outcomes follow from: n tasks, their studies in order of key, and the configurations."""

    task_types: Integers
    hardness: Floats
    log_rows: Floats
    study_keys: Integers
    study_tasks: Integers
    configuration_keys: Integers
    quality: Floats
    pace: Floats
    seeds: Integers


def write(folder: Path, n_outcomes: int, n_tasks: int, seed: int = 0) -> None:
    """Write the six tables of `n_outcomes` outcomes on `n_tasks` tasks as Parquet files into a new folder."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    world = _world(folder, n_tasks, rng)
    per_study = np.full(len(world.study_keys), n_outcomes // len(world.study_keys))
    per_study[: n_outcomes - per_study.sum()] += 1
    with pq.ParquetWriter(folder / "outcome.parquet", _OUTCOME, compression="zstd") as writer:
        for chunk in _outcomes(world, per_study, rng):
            writer.write_table(chunk)


def _world(folder: Path, n_tasks: int, rng: np.random.Generator) -> World:
    types = rng.choice(3, n_tasks, p=(0.45, 0.25, 0.3))
    log_rows = rng.uniform(2, 6, n_tasks)
    names = [f"{value:032x}" for value in rng.integers(0, 2**63, n_tasks)]
    task_ids = np.array([key_of(name, TASK_TYPES[kind]) for name, kind in zip(names, types, strict=True)])
    features = np.round(10 ** rng.uniform(0.5, 3, n_tasks)).astype(np.int64)
    classes = [[2, 5, None][kind] for kind in types]
    _save(
        folder,
        "task",
        {
            "task_id": task_ids,
            "content_hash": names,
            "task_type": [TASK_TYPES[kind] for kind in types],
            "name": pa.nulls(n_tasks, pa.string()),
            "n_rows": np.round(10**log_rows).astype(np.int64),
            "n_features": features,
            "n_classes": pa.array(classes, pa.int64()),
            "source": ["fit"] * n_tasks,
        },
    )
    values = rng.normal(size=(n_tasks, len(METAFEATURES))) * rng.uniform(0.1, 3, len(METAFEATURES))
    values[:, 0] = log_rows
    _save(
        folder,
        "metafeature",
        {
            "task_id": np.repeat(task_ids, len(METAFEATURES)),
            "version": ["1"] * values.size,
            "name": list(METAFEATURES) * n_tasks,
            "value": values.ravel(),
        },
    )
    machines = [canonical_json({"precedent": "0.1.0", "machine": f"host-{i}"}, "provenance") for i in range(50)]
    machine_keys = np.array([key_of(text) for text in machines])
    _save(folder, "provenance", {"provenance_key": machine_keys, "provenance": machines})

    n_studies = STUDIES_PER_TASK * n_tasks
    study_tasks = rng.permutation(np.repeat(np.arange(n_tasks), STUDIES_PER_TASK))
    others = rng.random(n_studies) < 0.2  # most are by the metric that a task type has by default
    metrics = [METRICS[TASK_TYPES[types[task]]][int(other)] for task, other in zip(study_tasks, others, strict=True)]
    study_keys = np.sort(rng.integers(0, 2**63, n_studies))
    started = np.datetime64("2025-01-01", "us") + rng.integers(0, 10**13, n_studies).astype("timedelta64[us]")
    _save(
        folder,
        "study",
        {
            "study_key": study_keys,
            "task_id": task_ids[study_tasks],
            "metric": metrics,
            "split": ["5-fold"] * n_studies,
            "seed": np.zeros(n_studies, np.int64),
            "source": ["fit"] * n_studies,
            "space_version": ["1"] * n_studies,
            "metafeatures_version": ["1"] * n_studies,
            "provenance_key": rng.choice(machine_keys, n_studies),
            "started_at": started,
        },
    )
    return World(
        task_types=types,
        hardness=rng.normal(size=n_tasks),
        log_rows=log_rows,
        study_keys=study_keys,
        study_tasks=study_tasks,
        configuration_keys=_configurations(folder, rng),
        quality=rng.normal(0, 0.5, CONFIGURATIONS),
        pace=rng.normal(0, 1, CONFIGURATIONS),
        seeds=rng.integers(0, 2**31, CONFIGURATIONS),
    )


def _configurations(folder: Path, rng: np.random.Generator) -> Integers:
    algorithms = [f"algorithm_{i // PER_ALGORITHM:02d}" for i in range(CONFIGURATIONS)]
    texts = []
    for values in rng.random((CONFIGURATIONS, 7)):
        settings: dict[str, Any] = {f"hyperparameter_{place}": value for place, value in enumerate(values[:5])}
        settings |= {"imputation": ["mean", "median"][int(2 * values[5])], "n_steps": int(1000 * values[6])}
        texts.append(json.dumps(settings, sort_keys=True, separators=(",", ":")))
    names = [f"{value:016x}" for value in rng.integers(0, 2**63, CONFIGURATIONS)]
    keys = np.array([key_of(*parts) for parts in zip(names, algorithms, texts, strict=True)])
    _save(
        folder,
        "configuration",
        {"configuration_key": keys, "configuration_id": names, "algorithm": algorithms, "configuration": texts},
    )
    return keys


def _outcomes(world: World, per_study: Integers, rng: np.random.Generator) -> Iterator[pa.Table]:
    ends = np.cumsum(per_study)
    for first in range(0, int(ends[-1]), _ROWS_AT_ONCE):
        rows = np.arange(first, min(first + _ROWS_AT_ONCE, ends[-1]))
        studies = np.searchsorted(ends, rows, side="right")
        yield _outcomes_of(world, studies, rows - (ends - per_study)[studies], rng)


def _outcomes_of(world: World, studies: Integers, numbers: Integers, rng: np.random.Generator) -> pa.Table:
    """One row for each study and number given."""
    n = len(studies)
    tasks = world.study_tasks[studies]
    # Steps of a length without a common divisor with the number of configurations: none comes twice before all have.
    step = 7 + 30 * (world.study_keys[studies] % 97)
    tried = (world.study_keys[studies] // 97 + step * numbers) % CONFIGURATIONS
    status = rng.choice(len(STATUSES), n, p=_SHARES)
    is_ok = status == 0
    folds = np.where(rng.random(n) < _SHARE_FULL, FOLDS, 1)
    level = world.hardness[tasks] + world.quality[tried] + rng.normal(0, 0.3, n)
    fold_losses = 1 / (1 + np.exp(-level[:, None] - rng.normal(0, 0.1, (n, FOLDS))))
    is_regression = world.task_types[tasks] == TASK_TYPES.index("regression")
    fold_losses *= np.where(is_regression, 10 ** world.hardness[tasks], 1.0)[:, None]
    is_there = is_ok[:, None] & (np.arange(FOLDS) < folds[:, None])
    loss = np.divide((fold_losses * is_there).sum(1), folds, out=np.full(n, np.nan), where=is_ok)
    seconds = np.exp(world.pace[tried] + 0.8 * (world.log_rows[tasks] - 4) + rng.normal(0, 0.3, n)) * folds / FOLDS
    peak_mb = np.floor(256 * (150 + 10 ** (world.log_rows[tasks] - 4) * rng.uniform(1, 3, n))) / 256
    errors = [_ERRORS[kind].format(value) or None for kind, value in zip(status, folds, strict=True)]
    return pa.table(
        {
            "study_key": world.study_keys[studies],
            "number": numbers,
            "configuration_key": world.configuration_keys[tried],
            "status": pa.DictionaryArray.from_arrays(status.astype(np.int8), pa.array(STATUSES)).cast(pa.string()),
            "loss": pa.array(loss, mask=~is_ok),
            "fold_losses": _lists(is_there.sum(1), fold_losses[is_there].astype(np.float32)),
            "metrics": _metrics(world, tasks, is_ok, loss, rng),
            "folds": folds,
            "iterations_fraction": np.ones(n, np.float32),
            "rows_fraction": np.ones(n, np.float32),
            "is_full_fidelity": folds == FOLDS,
            "seconds": seconds.astype(np.float32),
            "fit_seconds": (seconds * rng.uniform(0.8, 0.99, n)).astype(np.float32),
            "predict_seconds": (seconds * rng.uniform(0.001, 0.1, n)).astype(np.float32),
            "peak_mb": peak_mb.astype(np.float32),
            "seed": world.seeds[tried],
            "error": pa.array(errors, pa.string()),
            "trial_number": numbers,
        },
        schema=_OUTCOME,
    )


def _metrics(
    world: World, tasks: Integers, is_ok: npt.NDArray[np.bool_], loss: Floats, rng: np.random.Generator
) -> pa.Array:
    """Every metric of the task type, each near the loss that the study minimised."""
    counts = np.array([len(METRICS[kind]) for kind in TASK_TYPES])[world.task_types[tasks]] * is_ok
    names = np.array([name for kind in TASK_TYPES for name in METRICS[kind]])
    begins = np.cumsum([0, *(len(METRICS[kind]) for kind in TASK_TYPES[:-1])])[world.task_types[tasks]]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    places = np.repeat(begins, counts) + within
    values = np.repeat(loss, counts) * rng.uniform(0.7, 1.0, len(places)) ** (within > 0)
    values = np.where(np.char.startswith(names, "neg_")[places], -values, 1 - values)
    keys = pa.DictionaryArray.from_arrays(places.astype(np.int32), pa.array(names)).cast(pa.string())
    return pa.MapArray.from_arrays(_offsets(counts), keys, pa.array(values))


def _lists(counts: Integers, values: npt.NDArray[np.float32]) -> pa.Array:
    return pa.ListArray.from_arrays(_offsets(counts), pa.array(values))


def _offsets(counts: Integers) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))


def _save(folder: Path, table: str, columns: dict[str, Any]) -> None:
    pq.write_table(pa.table(columns), folder / f"{table}.parquet", compression="zstd")


_OUTCOME = pa.schema(
    {
        "study_key": pa.int64(),
        "number": pa.int64(),
        "configuration_key": pa.int64(),
        "status": pa.string(),
        "loss": pa.float64(),
        "fold_losses": pa.list_(pa.float32()),
        "metrics": pa.map_(pa.string(), pa.float64()),
        "folds": pa.int64(),
        "iterations_fraction": pa.float32(),
        "rows_fraction": pa.float32(),
        "is_full_fidelity": pa.bool_(),
        "seconds": pa.float32(),
        "fit_seconds": pa.float32(),
        "predict_seconds": pa.float32(),
        "peak_mb": pa.float32(),
        "seed": pa.int64(),
        "error": pa.string(),
        "trial_number": pa.int64(),
    }
)
