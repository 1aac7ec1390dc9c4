"""Results in a folder: a file for each run as it ends, and all of them as DuckDB, Parquet and AMLB's CSV."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from automl.benchmark.amlb import write_amlb
from knowledge_base.errors import Locked
from knowledge_base.locks import held

COLUMNS = (
    "run_id", "suite", "table", "content_hash", "task", "metric", "n_rows", "n_features", "n_classes", "fold",
    "n_folds", "seed", "framework", "version", "budget_s", "max_trials", "n_cores", "memory_limit_mb",
    "knowledge_base", "left_out", "status", "error", "score", "constant_score", "metrics", "prepare_s", "fit_s",
    "predict_s", "n_test", "wall_s", "overhead_s", "peak_mb", "started", "commit", "machine", "detail",
)  # fmt: skip
"""Columns of a table of results; scores are greater is better, seconds and megabytes stand in names."""

_COUNTS = (
    "n_rows", "n_features", "n_classes", "fold", "n_folds", "seed", "max_trials", "n_cores", "n_test",
)  # fmt: skip
_AMOUNTS = (
    "budget_s", "memory_limit_mb", "score", "constant_score", "prepare_s", "fit_s", "predict_s", "wall_s", "overhead_s",
    "peak_mb",
)  # fmt: skip
_AS_JSON = ("metrics", "detail", "left_out")
_SCHEMA = pa.schema(
    (name, pa.int64() if name in _COUNTS else pa.float64() if name in _AMOUNTS else pa.string()) for name in COLUMNS
)
"""Of what is exported: the same whatever is missing, so that the results of many benchmarks can be put together."""


class ResultsFolder:
    """The folder of a benchmark.

    Parameters
    ----------
    folder : path
        Made if missing. ``runs/ID.json`` is the result of a run and ``predictions/ID.parquet`` what it predicted on
        the outer test rows; both appear whole or not at all.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self._runs, self._predictions = self.folder / "runs", self.folder / "predictions"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one benchmark, so that no run is done twice.

        Raises
        ------
        ValueError
            If another process holds it.
        """
        for each in (self._runs, self._predictions):
            each.mkdir(parents=True, exist_ok=True)
        try:
            lock = ExitStack()
            lock.enter_context(held(self.folder / ".lock", wait_s=0.0))
        except Locked as error:
            if error.__cause__ is not None:  # the file system has no locks
                raise ValueError(f"{self.folder} cannot be locked: give one on a file system with locks") from error
            raise ValueError(f"another benchmark is running in {self.folder}; give another folder, or wait") from error
        with lock:
            yield

    def done(self) -> set[str]:
        """Ids of the runs that have a result."""
        return {path.stem for path in self._runs.glob("*.json")}

    def write(self, result: Mapping[str, Any], predictions: pd.DataFrame | None) -> None:
        """Keep a result, and what was predicted if anything was; the result's file appears last."""
        name = str(result["run_id"])
        if predictions is not None:
            part = self._predictions / f"{name}.part"
            predictions.to_parquet(part, index=False)
            part.replace(self._predictions / f"{name}.parquet")
        part = self._runs / f"{name}.part"
        part.write_text(json.dumps(dict(result)), encoding="utf-8")
        part.replace(self._runs / f"{name}.json")

    def read(self) -> pd.DataFrame:
        """Give one row a run, in the order in which they were begun; columns `COLUMNS`.

        Raises
        ------
        ValueError
            If the folder has no results, or a file of them is damaged.
        """
        found = [_parsed(path) for path in sorted(self._runs.glob("*.json"))]
        if not found:
            raise ValueError(f"{self.folder} has no results of `automl benchmark run`")
        frame = pd.DataFrame(found).reindex(columns=list(COLUMNS))
        numbers = {name: pd.to_numeric(frame[name]) for name in (*_COUNTS, *_AMOUNTS)}
        return frame.assign(**numbers).sort_values(["started", "run_id"], ignore_index=True)

    def export(self) -> None:
        """Write all results as ``results.parquet``, ``results.duckdb`` (table `run`) and AMLB's ``results.csv``."""
        frame = self.read()
        plain = frame.assign(**{name: frame[name].map(_as_json) for name in _AS_JSON})
        table = pa.Table.from_pandas(plain, schema=_SCHEMA, preserve_index=False)
        draft = self.folder / "results.parquet.part"
        pq.write_table(table, draft)
        draft.replace(self.folder / "results.parquet")
        draft = self.folder / "results.duckdb.part"
        draft.unlink(missing_ok=True)
        with duckdb.connect(str(draft)) as connection:
            connection.from_arrow(table).create("run")
        draft.replace(self.folder / "results.duckdb")
        write_amlb(frame, self.folder / "results.csv")


def _parsed(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged; remove it, and its run is done again: {error}") from error


def _as_json(value: Any) -> str | None:
    return json.dumps(value) if isinstance(value, (dict, list)) else None


def read_results(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Give the results of a benchmark, one row a run; see `ResultsFolder.read`."""
    return ResultsFolder(folder).read()
