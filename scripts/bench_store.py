"""How the knowledge base bears size and company: loading, asking, opening, and many writers at once.

    python scripts/bench_store.py load [--outcomes N] [--tasks N]      made outcomes through `KnowledgeBase.import_`
    python scripts/bench_store.py query                                questions such as a warm start has on that store,
                                                                       beside pandas over Parquet and SQLite
    python scripts/bench_store.py open                                 the default store at the start of a fit
    python scripts/bench_store.py writers [--processes N] [--outcomes N]

`load` fills the folder that `query` and `open` use (--folder, by default in the folder for temporary files). At its
default size of 10 million outcomes over 10,000 tasks it takes some 2 GB of disk.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from made_outcomes import METAFEATURES, METRICS, write
from store_rivals import VERSION, PandasOverParquet, Rival, SQLite, View, build

from knowledge_base import PATH_VARIABLE, KnowledgeBase, Reader, Snapshot, schema

NEIGHBOURS, PER_TASK = 8, 30  # as a search that asks its neighbours
_OPENING = """
import time
from knowledge_base import open_default
begun = time.perf_counter()
store = open_default()
opened = time.perf_counter()
with store.snapshot():
    ready = time.perf_counter()
print(opened - begun, ready - begun)
"""


class Store:
    """The knowledge base, asked as a warm start asks it: one snapshot for all questions."""

    def __init__(self, path: Path) -> None:
        self._kb = KnowledgeBase(path)

    @contextmanager
    def opened(self) -> Iterator[View]:
        with self._kb.snapshot() as view:
            yield StoreView(view)


class StoreOverParquet:
    """The same questions put by the same code to the files of an export, as a store on object storage would be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def opened(self) -> Iterator[View]:
        with duckdb.connect() as connection:
            for table in schema.TABLES:
                connection.from_parquet(str(self._folder / f"{table}.parquet")).create_view(table)
            yield StoreView(Snapshot(lambda query, values: connection.execute(query, dict(values)).df()))


class StoreView:
    """An open snapshot."""

    def __init__(self, view: Reader) -> None:
        self._view = view

    def nearest(self, metafeatures: Mapping[str, float], task_type: str, k: int) -> list[int]:
        near = self._view.nearest_tasks(metafeatures, task_type=task_type, k=k, metafeatures_version=VERSION)
        return near["task_id"].tolist()

    def matrix(self, task_ids: Sequence[int], task_type: str, metric: str) -> pd.DataFrame:
        return self._view.loss_matrix(task_type=task_type, metric=metric, task_ids=task_ids)

    def best(self, task_ids: Sequence[int], metric: str, n: int) -> pd.DataFrame:
        return self._view.best_configurations(task_ids, metric=metric, n_per_task=n)


def load(folder: Path, n_outcomes: int, n_tasks: int) -> None:
    """Make outcomes, then import them into an empty store."""
    export, path = folder / "export", folder / "knowledge.duckdb"
    shutil.rmtree(export, ignore_errors=True)
    for old in folder.glob("knowledge.*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    begun = time.perf_counter()
    write(export, n_outcomes, n_tasks)
    made_s = time.perf_counter() - begun
    made_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.perf_counter()
    rows = KnowledgeBase(path).import_(export)
    seconds = time.perf_counter() - begun
    if rows["outcome"] != n_outcomes:
        raise RuntimeError(f"{rows['outcome']} outcomes of {n_outcomes} came in")
    parquet = sum(file.stat().st_size for file in export.iterdir())
    print(f"{n_outcomes:,} outcomes on {n_tasks:,} tasks, made in {made_s:.1f} s (not counted): {rows}")
    print(f"import {seconds:.2f} s, {n_outcomes / seconds:,.0f} rows/s")
    print(f"disk {path.stat().st_size / n_outcomes:.1f} bytes a row (as Parquet {parquet / n_outcomes:.1f})")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB (making: {made_mb:,.0f})")


def query(folder: Path, repetitions: int) -> None:
    """Ask three questions such as a warm start has for made tasks; every answer is compared with that of the store."""
    export, database = folder / "export", folder / "rival.sqlite"
    if not database.exists() or database.stat().st_mtime < (export / "outcome.parquet").stat().st_mtime:
        begun = time.perf_counter()
        build(database, export)
        print(f"SQLite filled in {time.perf_counter() - begun:.1f} s (not counted)")
    path = folder / "knowledge.duckdb"
    rivals: dict[str, tuple[Rival, Path]] = {
        "knowledge base": (Store(path), path),
        "the same over Parquet": (StoreOverParquet(export), export / "outcome.parquet"),
        "pandas over Parquet": (PandasOverParquet(export), export / "outcome.parquet"),
        "SQLite": (SQLite(database), database),
    }
    rng = np.random.default_rng(0)
    took: dict[str, list[list[float]]] = {name: [] for name in rivals}
    for repetition in range(repetitions + 1):
        task_type = list(METRICS)[repetition % len(METRICS)]
        asked = dict(zip(METAFEATURES, rng.normal(size=len(METAFEATURES)).tolist(), strict=True))
        expected: list[Any] = []
        for name, (rival, _) in rivals.items():
            times, answers = _ask(rival, asked, task_type)
            expected = expected or answers
            _compare(name, answers, expected)
            if repetition:  # the first round warms the file cache
                took[name].append([*times, sum(times)])
    rows = pq.read_metadata(export / "outcome.parquet").num_rows
    _show(rows, took, {name: path.stat().st_size / rows for name, (_, path) in rivals.items()})


def _ask(rival: Rival, asked: Mapping[str, float], task_type: str) -> tuple[list[float], list[Any]]:
    metric = METRICS[task_type][0]
    clock = [time.perf_counter()]
    with rival.opened() as view:
        clock.append(time.perf_counter())
        near = view.nearest(asked, task_type, NEIGHBOURS)
        clock.append(time.perf_counter())
        matrix = view.matrix(near, task_type, metric)
        clock.append(time.perf_counter())
        best = view.best(near, metric, PER_TASK)
        clock.append(time.perf_counter())
    return (1e3 * np.diff(clock)).tolist(), [near, matrix, best[["task_id", "configuration_id", "loss"]]]


def _compare(name: str, answers: list[Any], expected: list[Any]) -> None:
    if answers[0] != expected[0]:
        raise RuntimeError(f"{name} finds other tasks")
    for one, other in zip(answers[1:], expected[1:], strict=True):
        pd.testing.assert_frame_equal(one, other, check_names=False, check_column_type=False, check_dtype=False)


def _show(rows: int, took: dict[str, list[list[float]]], bytes_a_row: dict[str, float]) -> None:
    own = float(np.median([times[-1] for times in took["knowledge base"]]))
    n = len(took["knowledge base"])
    print(f"{rows:,} outcomes, {NEIGHBOURS} neighbours, {PER_TASK} best of each; medians of {n}, milliseconds")
    heads = ("open", "nearest", "matrix", "best", "all", "90 %", "ratio", "bytes/row")
    print(" " * 22 + "".join(f"{head:>11}" for head in heads))
    for name, times in took.items():
        medians = np.median(times, axis=0)
        cells = [*medians, np.quantile([each[-1] for each in times], 0.9), medians[-1] / own, bytes_a_row[name]]
        print(f"{name:22}" + "".join(f"{cell:11.1f}" for cell in cells))


def open_(folder: Path, repetitions: int) -> None:
    """Open the default store in fresh processes, imports not counted: without a store of the user's, and with it."""
    made = folder.resolve() / "knowledge.duckdb"
    with tempfile.TemporaryDirectory() as empty:
        cases = {"what ships alone": Path(empty) / "none.duckdb"} | ({str(made): made} if made.exists() else {})
        for name, path in cases.items():
            times = np.array([_opening_ms(path) for _ in range(repetitions)])
            opened, ready = np.median(times, axis=0)
            print(
                f"{name}: opened in {opened:.1f} ms, first question possible after {ready:.1f} ms "
                f"(medians of {repetitions}; most {times[:, 0].max():.1f} and {times[:, 1].max():.1f})"
            )


def _opening_ms(path: Path) -> list[float]:
    run = subprocess.run(
        [sys.executable, "-c", _OPENING],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, PATH_VARIABLE: str(path)},
    )
    return [1e3 * float(seconds) for seconds in run.stdout.split()]


def writers(processes: int, n_outcomes: int) -> None:
    """Let processes write at once; count what arrived."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "knowledge.duckdb"
        barrier, answers = context.Barrier(processes + 1), context.SimpleQueue()
        started = [
            context.Process(target=_write, args=(path, n, n_outcomes, barrier, answers)) for n in range(processes)
        ]
        for process in started:
            process.start()
        barrier.wait()
        begun = time.perf_counter()
        took = np.concatenate([answers.get() for _ in started])
        appended_s = time.perf_counter() - begun
        for process in started:
            process.join()
        KnowledgeBase(path).fold()
        seconds = time.perf_counter() - begun
        stored = KnowledgeBase(path).outcomes()
        expected = processes * n_outcomes
        lost = expected - len(stored.drop_duplicates(["content_hash", "trial_number"]))
        double = int(stored.duplicated(["study_id", "number"]).sum())
        print(f"{processes} processes x {n_outcomes:,} outcomes: {len(stored):,} rows, {lost} lost, {double} double")
        print(
            f"appended in {appended_s:.2f} s, {expected / appended_s:,.0f} rows/s; all in the tables after "
            f"{seconds:.2f} s, {expected / seconds:,.0f} rows/s"
        )
        print(
            "append: "
            + ", ".join(
                f"{name} {1e3 * np.quantile(took, share):.2f} ms"
                for name, share in (("median", 0.5), ("99 %", 0.99), ("most", 1.0))
            )
        )
        print(f"disk {path.stat().st_size / expected:.1f} bytes a row")


def _write(path: Path, process: int, n_outcomes: int, barrier: Barrier, answers: Any) -> None:
    rng = np.random.default_rng(process)
    losses = rng.random((n_outcomes, 5))
    took = np.empty(n_outcomes)
    task = {"content_hash": f"table {process}", "task_type": "binary", "metric": "roc_auc", "n_rows": 1_000}
    barrier.wait()
    with KnowledgeBase(path).writer(
        task=task,
        metafeatures=dict.fromkeys(METAFEATURES, 1.0),
        metafeatures_version=VERSION,
        space_version="1",
        provenance={"process": process},
    ) as writer:
        for number, folds in enumerate(losses.tolist()):
            outcome = {
                "configuration_id": str(number % 100),
                "algorithm": "knn",
                "configuration": {"n_neighbors": number % 100},
                "status": "ok",
                "loss": sum(folds) / 5,
                "fold_losses": folds,
                "metrics": {"accuracy": folds[0]},
                "fidelity": {"folds": 5, "iterations_fraction": 1.0, "rows_fraction": 1.0},
                "is_full_fidelity": True,
                "seconds": 1.0,
                "fit_seconds": 0.9,
                "predict_seconds": 0.01,
                "peak_mb": 150.0,
                "trial_number": number,
            }
            begun = time.perf_counter()
            writer.append(outcome)
            took[number] = time.perf_counter() - begun
    answers.put(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    default = Path(tempfile.gettempdir()) / "bench-store"
    loaded = commands.add_parser("load")
    loaded.add_argument("--outcomes", type=int, default=10_000_000)
    loaded.add_argument("--tasks", type=int, default=10_000)
    asked, opened = commands.add_parser("query"), commands.add_parser("open")
    for each in (loaded, asked, opened):
        each.add_argument("--folder", type=Path, default=default)
    for each in (asked, opened):
        each.add_argument("--repetitions", type=int, default=21)
    written = commands.add_parser("writers")
    written.add_argument("--processes", type=int, default=8)
    written.add_argument("--outcomes", type=int, default=10_000, help="of each process")
    options = parser.parse_args()
    if options.command == "load":
        load(options.folder, options.outcomes, options.tasks)
    elif options.command == "query":
        query(options.folder, options.repetitions)
    elif options.command == "open":
        open_(options.folder, options.repetitions)
    else:
        writers(options.processes, options.outcomes)


if __name__ == "__main__":
    main()
