"""Seconds, memory and sampling error of the core set.

    python scripts/metafeatures_cost.py size ROWS COLUMNS     seconds and peak memory on one made table
    python scripts/metafeatures_cost.py growth                the same on many, drawn into docs/metafeatures-growth.svg
    python scripts/metafeatures_cost.py error [NAME ...]      core values on samples against those on all rows

Run with OMP_NUM_THREADS=1 for figures of one thread.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import metafeatures
from metafeatures.sampling import RowLimits

DATASETS = Path(__file__).parents[1] / ".." / "shared" / "datasets"
GROWTH = Path(__file__).parents[1] / "docs" / "metafeatures-growth.svg"
SEEDS = range(5)


def made_table(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal columns, a noisy binary target."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    return X, (X[:, 0] + rng.standard_normal(rows) > 0).astype(np.int64)


class Cost(NamedTuple):
    """What the core set of one table took."""

    seconds: float
    by_group: dict[str, float]
    table_mb: float
    peak_mb: float


def size(rows: int, columns: int) -> Cost:
    """Measure in this process, whose peak memory never falls."""
    metafeatures.extract(*made_table(1_000, 3))  # imports
    X, y = made_table(rows, columns)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    result = metafeatures.extract(X, y)
    seconds = time.perf_counter() - begun
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Cost(seconds, dict(result.seconds), X.nbytes / 2**20, grown_mb)


def alone(rows: int, columns: int) -> Cost:
    """Measure in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(size, rows, columns).result()


def show(rows: int, columns: int, cost: Cost) -> None:
    """Print one line."""
    parts = ", ".join(f"{group} {s:.3f}" for group, s in cost.by_group.items())
    memory = f"table {cost.table_mb:.0f} MB, peak + {cost.peak_mb:.0f} MB"
    print(f"{rows} x {columns}: {cost.seconds:.3f} s ({parts}); {memory}", flush=True)


def growth() -> None:
    """Print and draw seconds over rows and over columns."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
    by_rows = [(rows, columns) for columns in (10, 50, 100) for rows in (1_000, 10_000, 50_000, 100_000, 1_000_000)]
    by_columns = [(rows, columns) for rows in (1_000, 10_000, 50_000) for columns in (10, 30, 100, 300, 1_000)]
    for axis, cases, fixed in ((axes[0], by_rows, 1), (axes[1], by_columns, 0)):
        seconds: dict[int, list[tuple[int, float]]] = {}
        for case in cases:
            cost = alone(*case)
            show(*case, cost)
            seconds.setdefault(case[fixed], []).append((case[1 - fixed], cost.seconds))
        for value, points in seconds.items():
            axis.loglog(*zip(*points, strict=True), marker="o", label=f"{value:,} {('rows', 'columns')[fixed]}")
        axis.set_xlabel(("columns", "rows")[fixed])
        axis.grid(alpha=0.3)
        axis.legend()
    axes[0].set_ylabel("seconds")
    figure.suptitle("The core set on made tables, one thread")
    figure.savefig(GROWTH, metadata={"Date": None})


def error(names: list[str]) -> None:
    """Print, per core value, the mean absolute error of a sample over the spread between tables."""
    catalog = pd.read_csv(DATASETS / "catalog.csv").set_index("name")
    chosen = names or catalog.index[catalog["rows"] >= 8_000].tolist()
    limits = RowLimits(columns=2_000)
    whole, errors = {}, {}
    for name in chosen:
        frame = pd.read_parquet(DATASETS / f"{name}.parquet")
        y = frame.pop(catalog.loc[name, "target"])
        task = catalog.loc[name, "task"]
        exact = metafeatures.extract(frame, y, task=task, row_limits=RowLimits.unlimited()).to_series()
        whole[name] = exact
        drawn = [metafeatures.extract(frame, y, task=task, row_limits=limits, random_state=s) for s in SEEDS]
        errors[name] = (pd.DataFrame([r.to_series() for r in drawn]) - exact).abs().mean()
    spread = pd.DataFrame(whole).std(axis=1)
    mean_error = pd.DataFrame(errors).mean(axis=1)
    report = pd.DataFrame({"mean error": mean_error, "spread between tables": spread, "ratio": mean_error / spread})
    report = report[report["mean error"] > 0].sort_values("ratio", ascending=False)
    print(f"{len(chosen)} tables, {limits.columns} rows of each for columns, {limits.subsample} for landmarkers\n")
    print(report.round(4).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    sized = commands.add_parser("size")
    sized.add_argument("rows", type=int)
    sized.add_argument("columns", type=int)
    commands.add_parser("growth")
    commands.add_parser("error").add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.command == "size":
        show(options.rows, options.columns, size(options.rows, options.columns))
    elif options.command == "growth":
        growth()
    else:
        error(options.names)


if __name__ == "__main__":
    main()
